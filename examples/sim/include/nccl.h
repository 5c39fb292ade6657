/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOCKSTEP_SIM_NCCL_H
#define LOCKSTEP_SIM_NCCL_H

/* NCCL 2.28.9 as the stand-in has it: names, values and layouts are the real ones (tests/sim/abi_test.c
 * compares them where the real header is installed). What the functions do is NVIDIA's documentation's
 * business; what the stand-in does differently is in examples/sim/README.md. */

#include "cuda_runtime.h"
#include "nccl_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Every function exists under two names; the second is for tools that replace the first:
 *     ncclResult_t ncclMemFree(void *ptr);  ncclResult_t pncclMemFree(void *ptr); */
#define NCCL_SIM_DECLARE(type, name, parameters)                                                             \
    type name parameters;                                                                                    \
    type p##name parameters

/* ---- Communicators ---- */
NCCL_SIM_DECLARE(ncclResult_t, ncclGetVersion, (int *version));
NCCL_SIM_DECLARE(ncclResult_t, ncclGetUniqueId, (ncclUniqueId * uniqueId));
NCCL_SIM_DECLARE(ncclResult_t, ncclCommInitRank,
                 (ncclComm_t * comm, int nranks, ncclUniqueId commId, int rank));
NCCL_SIM_DECLARE(ncclResult_t, ncclCommInitRankConfig,
                 (ncclComm_t * comm, int nranks, ncclUniqueId commId, int rank, ncclConfig_t *config));
NCCL_SIM_DECLARE(ncclResult_t, ncclCommInitRankScalable,
                 (ncclComm_t * newcomm, int nranks, int myrank, int nId, ncclUniqueId *commIds,
                  ncclConfig_t *config));
NCCL_SIM_DECLARE(ncclResult_t, ncclCommInitAll, (ncclComm_t * comm, int ndev, const int *devlist));
NCCL_SIM_DECLARE(ncclResult_t, ncclCommSplit,
                 (ncclComm_t comm, int color, int key, ncclComm_t *newcomm, ncclConfig_t *config));
NCCL_SIM_DECLARE(ncclResult_t, ncclCommShrink,
                 (ncclComm_t comm, int *excludeRanksList, int excludeRanksCount, ncclComm_t *newcomm,
                  ncclConfig_t *config, int shrinkFlags));
NCCL_SIM_DECLARE(ncclResult_t, ncclCommFinalize, (ncclComm_t comm));
NCCL_SIM_DECLARE(ncclResult_t, ncclCommDestroy, (ncclComm_t comm));
NCCL_SIM_DECLARE(ncclResult_t, ncclCommAbort, (ncclComm_t comm));
NCCL_SIM_DECLARE(ncclResult_t, ncclCommRevoke, (ncclComm_t comm, int revokeFlags));
NCCL_SIM_DECLARE(ncclResult_t, ncclCommGetAsyncError, (ncclComm_t comm, ncclResult_t *asyncError));
NCCL_SIM_DECLARE(ncclResult_t, ncclCommCount, (const ncclComm_t comm, int *count));
NCCL_SIM_DECLARE(ncclResult_t, ncclCommCuDevice, (const ncclComm_t comm, int *device));
NCCL_SIM_DECLARE(ncclResult_t, ncclCommUserRank, (const ncclComm_t comm, int *rank));

/* ---- Messages ---- */
NCCL_SIM_DECLARE(const char *, ncclGetErrorString, (ncclResult_t result));
NCCL_SIM_DECLARE(const char *, ncclGetLastError, (ncclComm_t comm));
NCCL_SIM_DECLARE(void, ncclResetDebugInit, (void));

/* ---- Memory ---- */
NCCL_SIM_DECLARE(ncclResult_t, ncclMemAlloc, (void **ptr, size_t size));
NCCL_SIM_DECLARE(ncclResult_t, ncclMemFree, (void *ptr));
NCCL_SIM_DECLARE(ncclResult_t, ncclCommRegister,
                 (const ncclComm_t comm, void *buff, size_t size, void **handle));
NCCL_SIM_DECLARE(ncclResult_t, ncclCommDeregister, (const ncclComm_t comm, void *handle));
NCCL_SIM_DECLARE(ncclResult_t, ncclCommWindowRegister,
                 (ncclComm_t comm, void *buff, size_t size, ncclWindow_t *win, int winFlags));
NCCL_SIM_DECLARE(ncclResult_t, ncclCommWindowDeregister, (ncclComm_t comm, ncclWindow_t win));

/* ---- Reductions ---- */
NCCL_SIM_DECLARE(ncclResult_t, ncclRedOpCreatePreMulSum,
                 (ncclRedOp_t * op, void *scalar, ncclDataType_t datatype, ncclScalarResidence_t residence,
                  ncclComm_t comm));
NCCL_SIM_DECLARE(ncclResult_t, ncclRedOpDestroy, (ncclRedOp_t op, ncclComm_t comm));

/* ---- Collectives ---- */
NCCL_SIM_DECLARE(ncclResult_t, ncclAllReduce,
                 (const void *sendbuff, void *recvbuff, size_t count, ncclDataType_t datatype, ncclRedOp_t op,
                  ncclComm_t comm, cudaStream_t stream));
NCCL_SIM_DECLARE(ncclResult_t, ncclBroadcast,
                 (const void *sendbuff, void *recvbuff, size_t count, ncclDataType_t datatype, int root,
                  ncclComm_t comm, cudaStream_t stream));
NCCL_SIM_DECLARE(ncclResult_t, ncclBcast,
                 (void *buff, size_t count, ncclDataType_t datatype, int root, ncclComm_t comm,
                  cudaStream_t stream));
NCCL_SIM_DECLARE(ncclResult_t, ncclReduce,
                 (const void *sendbuff, void *recvbuff, size_t count, ncclDataType_t datatype, ncclRedOp_t op,
                  int root, ncclComm_t comm, cudaStream_t stream));
NCCL_SIM_DECLARE(ncclResult_t, ncclReduceScatter,
                 (const void *sendbuff, void *recvbuff, size_t recvcount, ncclDataType_t datatype,
                  ncclRedOp_t op, ncclComm_t comm, cudaStream_t stream));
NCCL_SIM_DECLARE(ncclResult_t, ncclAllGather,
                 (const void *sendbuff, void *recvbuff, size_t sendcount, ncclDataType_t datatype,
                  ncclComm_t comm, cudaStream_t stream));
NCCL_SIM_DECLARE(ncclResult_t, ncclAlltoAll,
                 (const void *sendbuff, void *recvbuff, size_t count, ncclDataType_t datatype,
                  ncclComm_t comm, cudaStream_t stream));
NCCL_SIM_DECLARE(ncclResult_t, ncclGather,
                 (const void *sendbuff, void *recvbuff, size_t count, ncclDataType_t datatype, int root,
                  ncclComm_t comm, cudaStream_t stream));
NCCL_SIM_DECLARE(ncclResult_t, ncclScatter,
                 (const void *sendbuff, void *recvbuff, size_t count, ncclDataType_t datatype, int root,
                  ncclComm_t comm, cudaStream_t stream));

/* ---- Point to point, and groups ---- */
NCCL_SIM_DECLARE(ncclResult_t, ncclSend,
                 (const void *sendbuff, size_t count, ncclDataType_t datatype, int peer, ncclComm_t comm,
                  cudaStream_t stream));
NCCL_SIM_DECLARE(ncclResult_t, ncclRecv,
                 (void *recvbuff, size_t count, ncclDataType_t datatype, int peer, ncclComm_t comm,
                  cudaStream_t stream));
NCCL_SIM_DECLARE(ncclResult_t, ncclGroupStart, (void));
NCCL_SIM_DECLARE(ncclResult_t, ncclGroupEnd, (void));
NCCL_SIM_DECLARE(ncclResult_t, ncclGroupSimulateEnd, (ncclSimInfo_t * simInfo));

#ifdef __cplusplus
}
#endif

#endif
