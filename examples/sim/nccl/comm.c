/* SPDX-License-Identifier: Apache-2.0 */
#include "comm.h"

#include <stdlib.h>
#include <time.h>

#include "api.h"
#include "error.h"
#include "registration.h"
#include "simrt.h"

enum { NAP_NS = 100000000, SECOND_NS = 1000000000 };

struct ncclComm *comm_create(int ranks, int rank, int device, bool blocking, struct token token)
{
    struct ncclComm *comm = calloc(1, sizeof(*comm));

    if (!comm)
        return NULL;
    comm->magic = COMM_MAGIC;
    atomic_init(&comm->references, 1);
    atomic_init(&comm->state, ncclInProgress);
    comm->ranks = ranks;
    comm->rank = rank;
    comm->device = device;
    comm->blocking = blocking;
    comm->token = token;
    pthread_mutex_init(&comm->running, NULL);
    pthread_mutex_init(&comm->lock, NULL);
    pthread_cond_init(&comm->changed, NULL);
    return comm;
}

struct ncclComm *comm_retain(struct ncclComm *comm)
{
    atomic_fetch_add(&comm->references, 1);
    return comm;
}

void comm_release(struct ncclComm *comm)
{
    if (!comm || atomic_fetch_sub(&comm->references, 1) != 1)
        return;
    comm->magic = 0;
    arena_leave(&comm->arena);
    redop_table_clear(&comm->redops);
    registration_clear(comm);
    simrt_event_destroy(comm->order);
    simrt_event_destroy(comm->captured_order);
    pthread_cond_destroy(&comm->changed);
    pthread_mutex_destroy(&comm->lock);
    pthread_mutex_destroy(&comm->running);
    free(comm);
}

ncclResult_t comm_check(const struct ncclComm *comm, const char *function)
{
    if (!comm)
        return error_note(ncclInvalidArgument, "%s: comm is NULL", function);
    if (comm->magic != COMM_MAGIC)
        return error_note(ncclInvalidArgument, "%s: comm %p is corrupted or was destroyed", function,
                          (const void *)comm);
    return ncclSuccess;
}

ncclResult_t comm_ready(struct ncclComm *comm, const char *function)
{
    ncclResult_t result = comm_check(comm, function);
    ncclResult_t state = ncclSuccess;

    if (result != ncclSuccess)
        return result;
    /* Through the public name, as the real one does (nccl 2.28 init.cc, ncclCommEnsureReady). */
    result = ncclCommGetAsyncError(comm, &state);
    if (result != ncclSuccess)
        return result;
    if (state == ncclInProgress)
        return error_note(ncclInvalidArgument, "%s: the communicator's last operation is still in progress",
                          function);
    return state;
}

/* ---- Halting ---- */

bool comm_halted(const struct ncclComm *comm)
{
    return atomic_load(&comm->halts) > 0;
}

void comm_halt(struct ncclComm *comm)
{
    atomic_fetch_add(&comm->halts, 1);
    if (atomic_load(&comm->state) != ncclInProgress)
        arena_ring(&comm->arena, comm->rank);
    /* What waits for ranks of a communicator that is still being made looks by itself every 100 ms. */
    pthread_mutex_lock(&comm->lock);
    pthread_cond_broadcast(&comm->changed);
    pthread_mutex_unlock(&comm->lock);
}

void comm_set_error(struct ncclComm *comm, ncclResult_t error)
{
    int fine = ncclSuccess;

    atomic_compare_exchange_strong(&comm->state, &fine, (int)error);
}

/* ---- What goes on ---- */

void comm_kernel_issued(struct ncclComm *comm, bool captured)
{
    pthread_mutex_lock(&comm->lock);
    if (captured)
        comm->captured++;
    else
        comm->issued++;
    pthread_mutex_unlock(&comm->lock);
}

static void count(struct ncclComm *comm, unsigned long *counter, int change)
{
    pthread_mutex_lock(&comm->lock);
    *counter += (unsigned long)change;
    pthread_cond_broadcast(&comm->changed);
    pthread_mutex_unlock(&comm->lock);
}

void comm_kernel_ended(struct ncclComm *comm)
{
    count(comm, &comm->ended, 1);
}

void comm_kernel_forgotten(struct ncclComm *comm)
{
    count(comm, &comm->captured, -1);
}

void comm_job_begins(struct ncclComm *comm)
{
    count(comm, &comm->jobs, 1);
}

void comm_job_ends(struct ncclComm *comm)
{
    count(comm, &comm->jobs, -1);
}

static void nap(struct ncclComm *comm)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += NAP_NS;
    if (until.tv_nsec >= SECOND_NS) {
        until.tv_sec++;
        until.tv_nsec -= SECOND_NS;
    }
    pthread_cond_timedwait(&comm->changed, &comm->lock, &until);
}

void comm_wait_idle(struct ncclComm *comm, bool graphs, const char *operation)
{
    struct patience patience = patience_begin(comm, operation);
    unsigned long ended = 0;

    pthread_mutex_lock(&comm->lock);
    while ((comm->ended < comm->issued || (graphs && comm->captured > 0)) &&
           patience_look(&patience) != PATIENCE_HALT) {
        nap(comm);
        if (comm->ended != ended)
            patience_progress(&patience);
        ended = comm->ended;
    }
    pthread_mutex_unlock(&comm->lock);
}

/* Not comm_wait_idle(), which does not wait for what is halted. */
void comm_interrupt(struct ncclComm *comm)
{
    comm_halt(comm);
    pthread_mutex_lock(&comm->lock);
    while (comm->ended < comm->issued)
        nap(comm);
    pthread_mutex_unlock(&comm->lock);
    atomic_fetch_sub(&comm->halts, 1);
}

void comm_wait_jobs(struct ncclComm *comm)
{
    pthread_mutex_lock(&comm->lock);
    while (comm->jobs > 0)
        pthread_cond_wait(&comm->changed, &comm->lock);
    pthread_mutex_unlock(&comm->lock);
}

/* ---- Public ---- */

NCCL_API(ncclResult_t, ncclCommGetAsyncError, (ncclComm_t comm, ncclResult_t *error))
{
    ncclResult_t result = comm_check(comm, "ncclCommGetAsyncError");

    if (result != ncclSuccess)
        return result;
    if (!error)
        return error_note(ncclInvalidArgument, "ncclCommGetAsyncError: asyncError is NULL");
    *error = (ncclResult_t)atomic_load(&comm->state);
    return ncclSuccess;
}

static ncclResult_t ask(struct ncclComm *comm, const char *function, int *answer, const int *field)
{
    ncclResult_t result = comm_ready(comm, function);

    if (result != ncclSuccess)
        return result;
    if (!answer)
        return error_note(ncclInvalidArgument, "%s: the result pointer is NULL", function);
    *answer = *field;
    return ncclSuccess;
}

NCCL_API(ncclResult_t, ncclCommCount, (const ncclComm_t comm, int *count_out))
{
    return ask(comm, "ncclCommCount", count_out, comm ? &comm->ranks : NULL);
}

NCCL_API(ncclResult_t, ncclCommUserRank, (const ncclComm_t comm, int *rank))
{
    return ask(comm, "ncclCommUserRank", rank, comm ? &comm->rank : NULL);
}

NCCL_API(ncclResult_t, ncclCommCuDevice, (const ncclComm_t comm, int *device))
{
    return ask(comm, "ncclCommCuDevice", device, comm ? &comm->device : NULL);
}
