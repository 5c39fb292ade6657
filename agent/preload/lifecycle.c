/* SPDX-License-Identifier: Apache-2.0 */
#include "lifecycle.h"

#include "creation.h"
#include "hooks.h"
#include "process.h"

static void record(struct ring *ring, const struct communicator *communicator, enum operation operation,
                   enum record_communicator_state state, int result, const void *site)
{
    const struct record_communicator record = {
        .communicator = atomic_load(&communicator->number),
        .state = (uint8_t)state,
        .operation = (uint8_t)operation,
        .result = result,
        .ranks = atomic_load(&communicator->ranks),
        .rank = atomic_load(&communicator->rank),
        .device = -1,
        .handle = (uint64_t)(uintptr_t)communicator->handle,
        .call_site = (uint64_t)(uintptr_t)site,
    };
    records_write(ring, RECORD_COMMUNICATOR, &record, sizeof record, RING_DEFINITION);
}

void *lifecycle_begin(struct call *call, struct origin origin, enum function function,
                      enum operation operation, enum record_communicator_state state, ncclComm_t comm)
{
    void *real = calls_enter(call, origin, function, operation, comm);
    if (!call->ring || !call->about)
        return real;
    record(call->ring, call->about, operation, state, 0, origin.site);
    if (state == RECORD_COMMUNICATOR_DESTROY || state == RECORD_COMMUNICATOR_ABORT) {
        atomic_store(&call->about->state, COMMUNICATOR_GONE);
        call->about = NULL;
    }
    return real;
}

/* A poll: it returns at once and is often made in a loop, so it does not show as the thread's current call.
 */
ncclResult_t lifecycle_get_async_error(struct origin origin, enum function function, ncclComm_t comm,
                                       ncclResult_t *error)
{
    struct ring *ring = calls_recorded(origin) ? process_ring() : NULL;
    struct communicator *communicator =
        ring ? communicators_used(ring, origin, comm) : communicators_find(comm);
    const int known = communicator ? atomic_load(&communicator->library) : LIBRARY_LINKED;
    ncclCommGetAsyncError_fn real = (ncclCommGetAsyncError_fn)libraries_real(origin, function, known);
    if (!real)
        return ncclSystemError;
    const ncclResult_t result = real(comm, error);
    if (!ring || !communicator || result != ncclSuccess || !error)
        return result;
    const ncclResult_t told = *error;
    if (told == ncclSuccess)
        creation_succeeded(ring, communicator, origin.site);
    if (told != ncclInProgress && atomic_exchange(&communicator->async_error, (int)told) != (int)told &&
        told != ncclSuccess)
        record(ring, communicator, OPERATION_COMM_GET_ASYNC_ERROR, RECORD_COMMUNICATOR_ASYNC_ERROR, (int)told,
               origin.site);
    return result;
}
