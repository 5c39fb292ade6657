/* SPDX-License-Identifier: Apache-2.0
 *
 * As much of NCCL's interface as bench-calls needs; ABI as in NCCL 2.x.
 */
#ifndef LOCKSTEP_BENCH_NCCL_H
#define LOCKSTEP_BENCH_NCCL_H

#include <stddef.h>

typedef struct {
    char internal[128];
} ncclUniqueId;
typedef struct ncclComm *ncclComm_t;

int ncclGetVersion(int *version);
int ncclGetUniqueId(ncclUniqueId *id);
int ncclCommInitRank(ncclComm_t *comm, int ranks, ncclUniqueId id, int rank);
int ncclCommDestroy(ncclComm_t comm);
int ncclCommCount(ncclComm_t comm, int *count);
int ncclCommUserRank(ncclComm_t comm, int *rank);
int ncclCommCuDevice(ncclComm_t comm, int *device);
int ncclCommGetAsyncError(ncclComm_t comm, int *error);
int ncclAllReduce(const void *send, void *recv, size_t count, int datatype, int reduction, ncclComm_t comm,
                  void *stream);

#endif
