/* SPDX-License-Identifier: Apache-2.0
 *
 * As much of an NCCL as the preload can tell from a real one: when handles are written and may be asked
 * about, which of its public functions it calls itself, what it returns. It communicates nothing. Compiled
 * several times, MOCK_VERSION tells the copies apart.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mock.h"

#define COMMS    8
#define DEFERRED 8

struct ncclComm {
    int used;
    int ranks, rank, device, blocking;
    int polls; /* until the creation, or that of a child, is complete */
    ncclComm_t *child_place;
    ncclComm_t child;
};

static struct ncclComm pool[COMMS];
static __thread int group_depth;
static __thread struct {
    ncclComm_t *place;
    ncclComm_t comm;
} deferred[DEFERRED];
static __thread int deferred_count;

_Atomic int mock_communications;
int mock_too_early;
size_t mock_last_count;

/* The lowest free one: an address is used again as soon as it can be. */
static ncclComm_t make(int ranks, int rank, int blocking)
{
    for (int i = 0; i < COMMS; i++) {
        if (!pool[i].used) {
            pool[i] = (struct ncclComm){1, ranks, rank, rank, blocking, blocking ? 0 : 2, NULL, NULL};
            return &pool[i];
        }
    }
    abort();
}

/* For communicators that come into being unseen. */
void *mock_make(int ranks, int rank)
{
    return make(ranks, rank, 1);
}

ncclResult_t ncclGetVersion(int *version)
{
    *version = MOCK_VERSION;
    return ncclSuccess;
}

ncclResult_t ncclGetUniqueId(ncclUniqueId *id)
{
    memset(id, 0x5a, sizeof *id);
    return ncclSuccess;
}

const char *ncclGetErrorString(ncclResult_t result)
{
    return result == ncclSuccess ? "no error" : "mock error";
}

ncclResult_t ncclCommInitRankConfig(ncclComm_t *comm, int ranks, ncclUniqueId id, int rank,
                                    ncclConfig_t *config)
{
    (void)id;
    const int blocking = !config || config->blocking != 0;
    if (rank >= ranks) {
        *comm = NULL;
        return MOCK_INVALID_ARGUMENT;
    }
    *comm = make(ranks, rank, blocking);
    return blocking ? ncclSuccess : ncclInProgress;
}

ncclResult_t ncclCommInitRank(ncclComm_t *comm, int ranks, ncclUniqueId id, int rank)
{
    (void)id;
    if (rank >= ranks)
        return MOCK_INVALID_ARGUMENT;
    *comm = make(ranks, rank, 1);
    return ncclSuccess;
}

ncclResult_t ncclCommInitAll(ncclComm_t *comms, int count, const int *devices)
{
    ncclUniqueId id;
    ncclGetUniqueId(&id); /* as the real one does, through the PLT */
    for (int i = 0; i < count; i++) {
        comms[i] = make(count, i, 1);
        comms[i]->device = devices ? devices[i] : i;
    }
    return ncclSuccess;
}

ncclResult_t ncclCommSplit(ncclComm_t comm, int color, int key, ncclComm_t *newcomm, ncclConfig_t *config)
{
    (void)key;
    (void)config;
    *newcomm = NULL;
    if (color < 0)
        return ncclSuccess;
    ncclComm_t child = make(comm->ranks / 2, comm->rank / 2, 1);
    if (!comm->blocking) {
        comm->child_place = newcomm;
        comm->child = child;
        comm->polls = 2;
        return ncclInProgress;
    }
    if (group_depth) {
        deferred[deferred_count].place = newcomm;
        deferred[deferred_count++].comm = child;
    } else {
        *newcomm = child;
    }
    return ncclSuccess;
}

ncclResult_t ncclCommShrink(ncclComm_t comm, int *excluded, int count, ncclComm_t *newcomm,
                            ncclConfig_t *config, int flags)
{
    (void)config;
    (void)flags;
    excluded[0] = -7; /* the real one sorts what it is given */
    *newcomm = make(comm->ranks - count, 0, 1);
    return ncclSuccess;
}

ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t *error)
{
    *error = comm->polls > 0                  ? ncclInProgress
             : comm->rank == MOCK_BROKEN_RANK ? ncclSystemError
                                              : ncclSuccess;
    if (comm->polls > 0 && --comm->polls == 0 && comm->child_place)
        *comm->child_place = comm->child;
    return ncclSuccess;
}

static ncclResult_t answer(const struct ncclComm *comm, int *place, int value)
{
    if (comm->polls > 0) {
        mock_too_early++;
        return MOCK_INVALID_ARGUMENT;
    }
    *place = value;
    return ncclSuccess;
}

ncclResult_t ncclCommCount(const ncclComm_t comm, int *count)
{
    return answer(comm, count, comm->ranks);
}

ncclResult_t ncclCommUserRank(const ncclComm_t comm, int *rank)
{
    return answer(comm, rank, comm->rank);
}

ncclResult_t ncclCommCuDevice(const ncclComm_t comm, int *device)
{
    return answer(comm, device, comm->device);
}

ncclResult_t ncclCommFinalize(ncclComm_t comm)
{
    (void)comm;
    return ncclSuccess;
}

ncclResult_t ncclCommDestroy(ncclComm_t comm)
{
    comm->used = 0;
    return ncclSuccess;
}

ncclResult_t ncclCommAbort(ncclComm_t comm)
{
    comm->used = 0;
    return ncclSuccess;
}

ncclResult_t ncclGroupStart(void)
{
    group_depth++;
    return ncclSuccess;
}

ncclResult_t ncclGroupEnd(void)
{
    if (group_depth == 0)
        return ncclInvalidUsage;
    if (--group_depth == 0) {
        for (int i = 0; i < deferred_count; i++)
            *deferred[i].place = deferred[i].comm;
        deferred_count = 0;
    }
    return ncclSuccess;
}

/* Every communication asks for the state of the communicator first, through the PLT. */
static ncclResult_t communicate(ncclComm_t comm, size_t count)
{
    ncclResult_t error;
    ncclCommGetAsyncError(comm, &error);
    mock_communications++;
    mock_last_count = count;
    if (count == MOCK_COUNT_KILLS)
        raise(SIGKILL);
    return count == MOCK_COUNT_FAILS ? MOCK_INVALID_ARGUMENT : ncclSuccess;
}

ncclResult_t ncclAllReduce(const void *send, void *recv, size_t count, ncclDataType_t datatype,
                           ncclRedOp_t op, ncclComm_t comm, cudaStream_t stream)
{
    (void)send, (void)recv, (void)datatype, (void)op, (void)stream;
    return communicate(comm, count);
}

ncclResult_t ncclBroadcast(const void *send, void *recv, size_t count, ncclDataType_t datatype, int root,
                           ncclComm_t comm, cudaStream_t stream)
{
    (void)send, (void)recv, (void)datatype, (void)root, (void)stream;
    return communicate(comm, count);
}

ncclResult_t ncclBcast(void *buffer, size_t count, ncclDataType_t datatype, int root, ncclComm_t comm,
                       cudaStream_t stream)
{
    return ncclBroadcast(buffer, buffer, count, datatype, root, comm, stream);
}

ncclResult_t ncclReduceScatter(const void *send, void *recv, size_t count, ncclDataType_t datatype,
                               ncclRedOp_t op, ncclComm_t comm, cudaStream_t stream)
{
    (void)send, (void)recv, (void)datatype, (void)op, (void)stream;
    return communicate(comm, count);
}

ncclResult_t ncclAllGather(const void *send, void *recv, size_t count, ncclDataType_t datatype,
                           ncclComm_t comm, cudaStream_t stream)
{
    (void)send, (void)recv, (void)datatype, (void)stream;
    return communicate(comm, count);
}

ncclResult_t ncclSend(const void *send, size_t count, ncclDataType_t datatype, int peer, ncclComm_t comm,
                      cudaStream_t stream)
{
    (void)send, (void)datatype, (void)peer, (void)stream;
    return communicate(comm, count);
}

ncclResult_t ncclRecv(void *recv, size_t count, ncclDataType_t datatype, int peer, ncclComm_t comm,
                      cudaStream_t stream)
{
    (void)recv, (void)datatype, (void)peer, (void)stream;
    return communicate(comm, count);
}

ncclResult_t ncclRedOpCreatePreMulSum(ncclRedOp_t *op, void *scalar, ncclDataType_t datatype,
                                      ncclScalarResidence_t residence, ncclComm_t comm)
{
    (void)scalar, (void)datatype, (void)residence;
    *op = 0x40000000 | (int)((uintptr_t)comm & 0xffff); /* mixed with the address, as the real one's is */
    return ncclSuccess;
}

ncclResult_t ncclRedOpDestroy(ncclRedOp_t op, ncclComm_t comm)
{
    (void)op, (void)comm;
    return ncclSuccess;
}

ncclResult_t ncclCommDeregister(const ncclComm_t comm, void *handle)
{
    (void)comm, (void)handle;
    return ncclSuccess;
}

ncclResult_t ncclCommRegister(const ncclComm_t comm, void *buffer, size_t bytes, void **handle)
{
    (void)comm, (void)bytes;
    *handle = buffer;
    return ncclSuccess;
}

ncclResult_t ncclCommWindowRegister(ncclComm_t comm, void *buffer, size_t bytes, ncclWindow_t *window,
                                    int flags)
{
    void *handle;
    (void)flags;
    *window = buffer;
    return ncclCommRegister(comm, buffer, bytes, &handle); /* through the PLT */
}
