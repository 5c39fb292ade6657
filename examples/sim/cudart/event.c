/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture.h"
#include "error.h"
#include "simrt.h"
#include "stream.h"

/* A point in a stream's queue, shared by the event and by the queue that will pass it. */
struct stamp {
    atomic_int references;
    struct CUstream_st *stream;
    uint64_t position;
    atomic_ullong time_ns;
};

/* An event was last recorded in a stream (`stamp`), or during a capture (`capture_id` and the nodes), or
 * never. */
struct CUevent_st {
    pthread_mutex_t lock;
    unsigned int flags;
    struct stamp *stamp;
    unsigned long long capture_id; /* 0: not captured */
    struct CUgraphNode_st **tips;
    size_t tip_count;
};

static void stamp_release(void *argument)
{
    struct stamp *stamp = argument;

    if (!stamp || atomic_fetch_sub(&stamp->references, 1) != 1)
        return;
    stream_release(stamp->stream);
    free(stamp);
}

static void stamp_run(void *argument)
{
    struct stamp *stamp = argument;
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    atomic_store(&stamp->time_ns,
                 (unsigned long long)now.tv_sec * 1000000000ULL + (unsigned long long)now.tv_nsec);
}

static struct stamp *current_stamp(struct CUevent_st *event)
{
    struct stamp *stamp;

    pthread_mutex_lock(&event->lock);
    stamp = event->stamp;
    if (stamp)
        atomic_fetch_add(&stamp->references, 1);
    pthread_mutex_unlock(&event->lock);
    return stamp;
}

/* Takes the stamp and the array of tips. */
static void set(struct CUevent_st *event, struct stamp *stamp, unsigned long long capture_id,
                struct CUgraphNode_st **tips, size_t tip_count)
{
    pthread_mutex_lock(&event->lock);
    struct stamp *old = event->stamp;

    free(event->tips);
    event->stamp = stamp;
    event->capture_id = capture_id;
    event->tips = tips;
    event->tip_count = tip_count;
    pthread_mutex_unlock(&event->lock);
    stamp_release(old);
}

static cudaError_t record(struct CUevent_st *event, struct CUstream_st *stream)
{
    if (!event)
        return cudaErrorInvalidResourceHandle;
    if (!stream)
        return cudaErrorMemoryAllocation;
    if (atomic_load(&stream->capture)) {
        struct CUgraphNode_st **tips;
        unsigned long long id;
        size_t count;
        cudaError_t error = capture_tips(stream, &id, &tips, &count);

        if (!error)
            set(event, NULL, id, tips, count);
        return error;
    }

    struct stamp *stamp = malloc(sizeof(*stamp));

    if (!stamp)
        return cudaErrorMemoryAllocation;
    atomic_init(&stamp->references, 2); /* the queue's and ours, which becomes the event's */
    atomic_init(&stamp->time_ns, 0);
    stamp->stream = stream_retain(stream);

    cudaError_t error = stream_submit(
        stream, work_create(cudaGraphNodeTypeEmpty, stamp_run, stamp_release, stamp), &stamp->position);

    if (error)
        stamp_release(stamp);
    else
        set(event, stamp, 0, NULL, 0);
    return error;
}

static cudaError_t wait_captured(struct CUstream_st *stream, struct CUevent_st *event, bool *captured)
{
    cudaError_t error = cudaSuccess;

    pthread_mutex_lock(&event->lock);
    *captured = event->capture_id != 0;
    if (*captured)
        error = capture_join(stream, event->capture_id, event->tips, event->tip_count);
    pthread_mutex_unlock(&event->lock);
    return error;
}

static cudaError_t wait(struct CUstream_st *stream, struct CUevent_st *event)
{
    bool captured;
    cudaError_t error;
    struct stamp *stamp;

    if (!event)
        return cudaErrorInvalidResourceHandle;
    error = wait_captured(stream, event, &captured);
    if (captured || error)
        return error;
    if (atomic_load(&stream->capture)) {
        stamp = current_stamp(event);
        if (!stamp)
            return cudaSuccess;
        stamp_release(stamp);
        return capture_isolation_broken(stream);
    }
    stamp = current_stamp(event);
    if (!stamp)
        return cudaSuccess;
    error = stream_wait_for(stream, stamp->stream, stamp->position);
    stamp_release(stamp);
    return error;
}

/* ---- Public ---- */

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *handle, unsigned int flags)
{
    struct CUevent_st *event;

    if (!handle)
        return error_set(cudaErrorInvalidValue);
    event = calloc(1, sizeof(*event));
    if (!event)
        return error_set(cudaErrorMemoryAllocation);
    pthread_mutex_init(&event->lock, NULL);
    event->flags = flags;
    *handle = event;
    return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t *handle)
{
    return cudaEventCreateWithFlags(handle, cudaEventDefault);
}

cudaError_t cudaEventDestroy(cudaEvent_t event)
{
    if (!event)
        return error_set(cudaErrorInvalidResourceHandle);
    set(event, NULL, 0, NULL, 0);
    pthread_mutex_destroy(&event->lock);
    free(event);
    return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream)
{
    return error_set(record(event, stream_resolve(stream)));
}

cudaError_t cudaEventRecordWithFlags(cudaEvent_t event, cudaStream_t handle, unsigned int flags)
{
    struct CUstream_st *stream = stream_resolve(handle);

    if (flags == cudaEventRecordExternal && stream && atomic_load(&stream->capture))
        return error_set(cudaErrorNotSupported); /* an event that a graph records: not imitated */
    if (flags & ~(unsigned)cudaEventRecordExternal)
        return error_set(cudaErrorInvalidValue);
    return error_set(record(event, stream));
}

cudaError_t cudaStreamWaitEvent(cudaStream_t handle, cudaEvent_t event, unsigned int flags)
{
    struct CUstream_st *stream = stream_resolve(handle);

    if (flags == cudaEventWaitExternal && stream && atomic_load(&stream->capture))
        return error_set(cudaErrorNotSupported);
    if (flags & ~(unsigned)cudaEventWaitExternal)
        return error_set(cudaErrorInvalidValue);
    return error_set(stream ? wait(stream, event) : cudaErrorMemoryAllocation);
}

/* Common to query and synchronise: the stamp to look at, or NULL with the answer. */
static struct stamp *stamp_to_ask(struct CUevent_st *event, cudaError_t *answer)
{
    if (!event) {
        *answer = cudaErrorInvalidResourceHandle;
        return NULL;
    }
    *answer = capture_refuse_unsafe();
    if (*answer)
        return NULL;
    pthread_mutex_lock(&event->lock);
    if (event->capture_id)
        *answer = cudaErrorCapturedEvent;
    pthread_mutex_unlock(&event->lock);
    return *answer ? NULL : current_stamp(event);
}

cudaError_t cudaEventQuery(cudaEvent_t event)
{
    cudaError_t answer;
    struct stamp *stamp = stamp_to_ask(event, &answer);

    if (!stamp)
        return error_set(answer);
    answer = stream_done(stamp->stream, stamp->position) ? cudaSuccess : cudaErrorNotReady;
    stamp_release(stamp);
    return answer;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event)
{
    cudaError_t answer;
    struct stamp *stamp = stamp_to_ask(event, &answer);

    if (!stamp)
        return error_set(answer);
    stream_wait(stamp->stream, stamp->position);
    stamp_release(stamp);
    return cudaSuccess;
}

cudaError_t cudaEventElapsedTime(float *ms, cudaEvent_t start, cudaEvent_t end)
{
    cudaError_t error = cudaErrorInvalidResourceHandle;
    struct stamp *from;
    struct stamp *to;

    if (!ms)
        return error_set(cudaErrorInvalidValue);
    if (!start || !end || ((start->flags | end->flags) & cudaEventDisableTiming))
        return error_set(cudaErrorInvalidResourceHandle);
    from = current_stamp(start);
    to = current_stamp(end);
    if (from && to) {
        error = cudaErrorNotReady;
        if (stream_done(from->stream, from->position) && stream_done(to->stream, to->position)) {
            *ms = (float)((double)(long long)(atomic_load(&to->time_ns) - atomic_load(&from->time_ns)) / 1e6);
            error = cudaSuccess;
        }
    }
    stamp_release(from);
    stamp_release(to);
    return error_set(error);
}

/* ---- For the stand-in's libnccl ---- */

cudaError_t simrt_event_create(cudaEvent_t *event)
{
    return cudaEventCreateWithFlags(event, cudaEventDisableTiming);
}

cudaError_t simrt_event_record(cudaEvent_t event, cudaStream_t stream)
{
    return record(event, stream_resolve(stream));
}

cudaError_t simrt_event_wait(cudaStream_t stream, cudaEvent_t event)
{
    return wait(stream_resolve(stream), event);
}

void simrt_event_destroy(cudaEvent_t event)
{
    if (event)
        cudaEventDestroy(event);
}
