/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_NCCL_COMM_H
#define SIM_NCCL_COMM_H

/* One rank's end of a communicator. Counted references: one for the handle that the application has, one for
 * each kernel that may still run and each job that works on it. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "nccl.h"
#include "redop.h"
#include "token.h"

struct registration;

struct ncclComm {
    uint64_t magic; /* COMM_MAGIC while the handle is valid */
    atomic_int references;
    int rank;
    int ranks;
    int device;
    bool blocking;
    struct token token;
    struct arena arena; /* mapped once `state` is ncclSuccess */

    atomic_int state; /* ncclInProgress while a job works on it; ncclSuccess; or the asynchronous error */
    atomic_int halts; /* > 0: what waits or runs must stop */
    atomic_bool revoked;
    bool finalized;

    /* Written by the thread that makes the calls. */
    unsigned int splits;
    unsigned int shrinks;

    pthread_mutex_t running; /* held by the kernel that runs: one at a time, whatever the streams */

    pthread_mutex_t lock; /* protects all that follows */
    pthread_cond_t changed;
    unsigned long issued; /* kernels put on streams, and how many of them have ended */
    unsigned long ended;
    unsigned long captured; /* kernels in graphs that are still alive */
    unsigned long jobs;
    struct redop_table redops;
    struct registration *registrations;
    /* The last kernel's place, which the next one comes after: on its stream, and in its capture. */
    cudaEvent_t order;
    cudaStream_t order_stream;
    bool order_used;
    cudaEvent_t captured_order;
    unsigned long long captured_order_id;
};

#define COMM_MAGIC UINT64_C(0x6c6f636b73746570)

/* A communicator that is not connected yet: state ncclInProgress, one reference. NULL without memory. */
struct ncclComm *comm_create(int ranks, int rank, int device, bool blocking, struct token token);
struct ncclComm *comm_retain(struct ncclComm *comm);
void comm_release(struct ncclComm *comm);

/* ncclSuccess when the handle is one, else ncclInvalidArgument. */
ncclResult_t comm_check(const struct ncclComm *comm, const char *function);

/* comm_check(), and the communicator can be used: neither in progress nor in error, nor revoked. */
ncclResult_t comm_ready(struct ncclComm *comm, const char *function);

bool comm_halted(const struct ncclComm *comm);

/* Makes everything stop that waits or runs on the communicator, for good. */
void comm_halt(struct ncclComm *comm);

/* Makes what was issued on the communicator stop, and waits for that; new work is possible afterwards. */
void comm_interrupt(struct ncclComm *comm);

/* Remembers an asynchronous error, the first one. */
void comm_set_error(struct ncclComm *comm, ncclResult_t error);

/* Count kernels and jobs, for comm_wait_idle(). */
void comm_kernel_issued(struct ncclComm *comm, bool captured);
void comm_kernel_ended(struct ncclComm *comm);
void comm_kernel_forgotten(struct ncclComm *comm);
void comm_job_begins(struct ncclComm *comm);
void comm_job_ends(struct ncclComm *comm);

/* Wait until no kernel is on a stream and no graph holds any (`graphs`), or until no job works on it. */
void comm_wait_idle(struct ncclComm *comm, bool graphs, const char *operation);
void comm_wait_jobs(struct ncclComm *comm);

#endif
