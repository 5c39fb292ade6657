/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>

#include "api.h"
#include "comm.h"
#include "error.h"
#include "group.h"

/* The ways in which a communicator ends. */

static ncclResult_t refuse_progress(struct ncclComm *comm, const char *function)
{
    ncclResult_t result = comm_check(comm, function);

    if (result == ncclSuccess && atomic_load(&comm->state) == ncclInProgress)
        result = error_note(ncclInvalidArgument, "%s: the communicator's last operation is still in progress",
                            function);
    return result;
}

/* Nothing goes on in the background here: what was issued has ended when the call returns. */
NCCL_API(ncclResult_t, ncclCommFinalize, (ncclComm_t comm))
{
    ncclResult_t result = refuse_progress(comm, "ncclCommFinalize");

    if (result != ncclSuccess)
        return result;
    if (comm->finalized || atomic_load(&comm->revoked))
        return error_note(ncclInvalidUsage, "ncclCommFinalize: the communicator was finalized or revoked");
    comm->finalized = true;
    comm_wait_idle(comm, false, "ncclCommFinalize");
    if (!comm->blocking)
        ncclCommGetAsyncError(comm, &result);
    return result;
}

/* Waits for kernels and, as the real one does (nccl 2.28 init.cc, commDestroySync), for graphs that hold
 * some. */
NCCL_API(ncclResult_t, ncclCommDestroy, (ncclComm_t comm))
{
    ncclResult_t result;

    if (!comm)
        return ncclSuccess;
    result = comm_check(comm, "ncclCommDestroy");
    if (result != ncclSuccess)
        return result;
    comm_wait_jobs(comm);
    comm_wait_idle(comm, true, "ncclCommDestroy");
    comm->magic = 0;
    comm_release(comm);
    return ncclSuccess;
}

/* May be called while another thread is inside a call on the same communicator, which then returns. */
NCCL_API(ncclResult_t, ncclCommAbort, (ncclComm_t comm))
{
    ncclResult_t result;

    if (!comm)
        return ncclSuccess;
    result = comm_check(comm, "ncclCommAbort");
    if (result != ncclSuccess)
        return result;
    comm_halt(comm);
    comm_wait_jobs(comm);
    pthread_mutex_lock(&comm->running); /* the kernel that was running has stopped; others will not start */
    pthread_mutex_unlock(&comm->running);
    comm->magic = 0;
    comm_release(comm);
    return ncclSuccess;
}

NCCL_API(ncclResult_t, ncclCommRevoke, (ncclComm_t comm, int flags))
{
    ncclResult_t result = refuse_progress(comm, "ncclCommRevoke");

    if (result != ncclSuccess)
        return result;
    if (flags != NCCL_REVOKE_DEFAULT)
        return error_note(ncclInvalidArgument, "ncclCommRevoke: flags must be 0");
    if (comm->finalized)
        return error_note(ncclInvalidUsage, "ncclCommRevoke: the communicator was finalized");
    if (!atomic_exchange(&comm->revoked, true))
        comm_interrupt(comm);
    if (!comm->blocking)
        ncclCommGetAsyncError(comm, &result);
    return result;
}
