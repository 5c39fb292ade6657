/* SPDX-License-Identifier: Apache-2.0 */
#include "registration.h"

#include <stdlib.h>

#include "api.h"
#include "comm.h"
#include "error.h"
#include "simrt.h"

struct registration {
    struct registration *next;
    void *buffer;
    size_t bytes;
};

/* What an ncclWindow_t points to. */
struct ncclWindow_vidmem {
    void *handle; /* of the registration under it */
};

static void put(struct ncclComm *comm, struct registration *registration)
{
    pthread_mutex_lock(&comm->lock);
    registration->next = comm->registrations;
    comm->registrations = registration;
    pthread_mutex_unlock(&comm->lock);
}

static struct registration *take(struct ncclComm *comm, const void *handle)
{
    struct registration *found = NULL;

    pthread_mutex_lock(&comm->lock);
    for (struct registration **where = &comm->registrations; *where && !found; where = &(*where)->next) {
        if (*where == handle) {
            found = *where;
            *where = found->next;
            break;
        }
    }
    pthread_mutex_unlock(&comm->lock);
    return found;
}

void registration_clear(struct ncclComm *comm)
{
    for (struct registration *r = comm->registrations, *next; r; r = next) {
        next = r->next;
        free(r);
    }
    comm->registrations = NULL;
}

NCCL_API(ncclResult_t, ncclCommRegister, (const ncclComm_t comm, void *buffer, size_t bytes, void **handle))
{
    ncclResult_t result = comm_ready(comm, "ncclCommRegister");
    struct registration *registration;

    if (result != ncclSuccess)
        return result;
    if (!buffer || !bytes || !handle)
        return error_note(ncclInvalidArgument, "ncclCommRegister: an argument is NULL or 0");
    registration = malloc(sizeof(*registration));
    if (!registration)
        return error_note(ncclSystemError, "ncclCommRegister: out of memory");
    *registration = (struct registration){.buffer = buffer, .bytes = bytes};
    put(comm, registration);
    *handle = registration;
    return ncclSuccess;
}

NCCL_API(ncclResult_t, ncclCommDeregister, (const ncclComm_t comm, void *handle))
{
    ncclResult_t result = comm_check(comm, "ncclCommDeregister");
    struct registration *registration;

    if (result != ncclSuccess || !handle)
        return result;
    registration = take(comm, handle);
    if (!registration)
        return error_note(ncclInvalidArgument, "ncclCommDeregister: %p is not a handle of this communicator",
                          handle);
    free(registration);
    return ncclSuccess;
}

/* Through the public names, as in the real one (nccl 2.28 dev_runtime.cc). */
NCCL_API(ncclResult_t, ncclCommWindowRegister,
         (ncclComm_t comm, void *buffer, size_t bytes, ncclWindow_t *window, int flags))
{
    struct ncclWindow_vidmem *made;
    ncclResult_t result;

    if (!window || (flags & ~NCCL_WIN_COLL_SYMMETRIC))
        return error_note(ncclInvalidArgument, "ncclCommWindowRegister: win is NULL, or invalid flags");
    *window = NULL;
    made = calloc(1, sizeof(*made));
    if (!made)
        return error_note(ncclSystemError, "ncclCommWindowRegister: out of memory");
    result = ncclCommRegister(comm, buffer, bytes, &made->handle);
    if (result == ncclSuccess)
        *window = made;
    else
        free(made);
    return result;
}

NCCL_API(ncclResult_t, ncclCommWindowDeregister, (ncclComm_t comm, ncclWindow_t window))
{
    ncclResult_t result;

    if (!window)
        return ncclSuccess;
    result = ncclCommDeregister(comm, window->handle);
    if (result == ncclSuccess)
        free(window);
    return result;
}

NCCL_API(ncclResult_t, ncclMemAlloc, (void **memory, size_t bytes))
{
    enum cudaStreamCaptureMode mode = cudaStreamCaptureModeRelaxed;
    cudaError_t error;

    if (!memory || !bytes)
        return error_note(ncclInvalidArgument, "ncclMemAlloc: ptr is NULL or size is 0");
    simrt_exchange_capture_mode(&mode);
    error = simrt_memory_allocate(memory, bytes);
    simrt_exchange_capture_mode(&mode);
    return error ? error_note(ncclUnhandledCudaError, "ncclMemAlloc: %s", cudaGetErrorString(error))
                 : ncclSuccess;
}

NCCL_API(ncclResult_t, ncclMemFree, (void *memory))
{
    enum cudaStreamCaptureMode mode = cudaStreamCaptureModeRelaxed;
    cudaError_t error;

    simrt_exchange_capture_mode(&mode);
    error = simrt_memory_free(memory);
    simrt_exchange_capture_mode(&mode);
    return error ? error_note(ncclInvalidUsage, "ncclMemFree: %s", cudaGetErrorString(error)) : ncclSuccess;
}
