/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_CUDART_STREAM_H
#define SIM_CUDART_STREAM_H

/* Streams: queues of work, each with a thread of its own that starts with the first work. Items are numbered
 * from 1 in the order in which they were put in; "item n of stream s is done" is what events and waits
 * between streams are made of. Waits only ever refer to items that were put in before, so they cannot form a
 * circle. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "cuda_runtime_api.h"
#include "work.h"

struct capture;
struct item;

struct CUstream_st {
    atomic_int references;
    int device;
    unsigned int flags;
    int priority;
    unsigned long long id;
    bool legacy;

    struct CUstream_st *next_of_device; /* protected by the list's lock in stream.c */

    pthread_mutex_t lock; /* protects what follows, up to the next blank line; taken last */
    pthread_cond_t arrived;
    pthread_cond_t progressed;
    struct item *first;
    struct item **end;
    uint64_t submitted;
    uint64_t completed;
    bool started;
    bool closing;

    /* Written under capture_lock() only; `capture` may be read without it to see whether there is one. */
    _Atomic(struct capture *) capture;
    struct CUgraphNode_st **tips; /* what the next captured node depends on */
    size_t tip_count;
};

/* What a handle means to the calling thread: NULL and cudaStreamLegacy are the current device's legacy
 * stream, cudaStreamPerThread is the thread's own. Borrowed. NULL when a thread's stream cannot be had. */
struct CUstream_st *stream_resolve(cudaStream_t handle);

/* Makes a stream with one reference, which stream_destroy() takes back: work that is left is still done, as
 * in CUDA, and the thread goes when there is none. NULL without memory. */
struct CUstream_st *stream_create(int device, unsigned int flags, int priority);
void stream_destroy(struct CUstream_st *stream);

struct CUstream_st *stream_retain(struct CUstream_st *stream);
void stream_release(struct CUstream_st *stream);

/* Puts work at the end of the queue, or adds it to the graph under capture; takes the reference in either
 * case and when it fails. A NULL work is cudaErrorMemoryAllocation. `position`, if not NULL, receives the
 * item's number (0 when captured). Any thread. */
cudaError_t stream_submit(struct CUstream_st *stream, struct work *take_work, uint64_t *position);

/* Makes what is put into `stream` from now on wait for item `position` of `other`. */
cudaError_t stream_wait_for(struct CUstream_st *stream, struct CUstream_st *other, uint64_t position);

/* Blocks the calling thread until item `position` is done. */
void stream_wait(struct CUstream_st *stream, uint64_t position);
bool stream_done(struct CUstream_st *stream, uint64_t position);
uint64_t stream_last(struct CUstream_st *stream);

/* Blocks until all that is in the stream is done; for the legacy stream, all that is in the blocking streams
 * too. */
cudaError_t stream_drain(struct CUstream_st *stream);

/* Is this the legacy stream while a blocking stream of its device is under capture? Such work would tie the
 * capture to the outside; the capture is then invalid, if so asked. */
bool stream_legacy_conflict(struct CUstream_st *stream, bool invalidate);

/* Waits for all work of all streams of the device. */
void stream_drain_device(int device);

/* Ends all stream threads, with a bounded wait for what they are doing; the process is about to exit. */
void stream_stop_all(void);

#endif
