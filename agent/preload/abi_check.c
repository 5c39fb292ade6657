/* SPDX-License-Identifier: Apache-2.0
 *
 * Compiled when NCCL's header is installed, never linked: declares every function of the tables once more, as
 * the tables have it, which the compiler refuses when the header says otherwise. Functions newer than the
 * header have nothing to differ from.
 */
#include <nccl.h>
#include <stddef.h>

#if NCCL_VERSION_CODE < NCCL_VERSION(2, 29, 0)
typedef struct {
    int opCnt, peer, sigIdx, ctx;
} ncclWaitSignalDesc_t;
#endif
/* Of nccl_device.h, which is C++. */
struct ncclDevComm;
struct ncclDevCommRequirements;
struct ncclDevResourceRequirements;
struct ncclLLA2AHandle;
struct ncclLsaBarrierHandle;
struct ncclGinBarrierHandle;
typedef struct {
    int nRanks, rank, stride;
} ncclTeam_t;

#define NCCL_CALL(symbol, operation, send, recv, count, datatype, reduction, root, argument, parameters,     \
                  arguments)                                                                                 \
    ncclResult_t symbol parameters;
#define NCCL_LIFECYCLE(symbol, operation, state, parameters, arguments) ncclResult_t symbol parameters;
#define NCCL_MEMORY(symbol, operation, address, bytes, handle, window_flags, parameters, arguments)          \
    ncclResult_t symbol parameters;
#define NCCL_OWN(symbol, handler, parameters, arguments)            ncclResult_t symbol parameters;
#define NCCL_GROUP(symbol, handler)                                 ncclResult_t symbol(void);
#define NCCL_PASS(type, symbol, missing, parameters, arguments)     type symbol parameters;
#define NCCL_PASS_ANY(type, symbol, missing, parameters, arguments) type symbol parameters;
#define NCCL_RESET(symbol)                                          void symbol(void);
#include "nccl.def"

/* What the tables pass on unread cannot be compared. */
#define CUDA_OPAQUE          void *
#define cudaGraphInstantiate unread_cudaGraphInstantiate
#define cudaGraphExecUpdate  unread_cudaGraphExecUpdate
#define CUDA_GRAPH(symbol, operation, stream, graph, exec, child, parameters, arguments)                     \
    cudaError_t symbol parameters;
#define CUDA_LAUNCH(symbol, operation, stream, exec, parameters, arguments) cudaError_t symbol parameters;
#define CUDA_OWN(symbol, handler, parameters, arguments)                    cudaError_t symbol parameters;
#define CUDA_BLOCKING(symbol, operation, parameters, arguments)             cudaError_t symbol parameters;
#define CUDA_BLOCKING_BARE(symbol, operation)                               cudaError_t symbol(void);
#include "cuda.def"

/* Where abi.h has the fields of the configuration. */
_Static_assert(offsetof(ncclConfig_t, blocking) == 16, "ncclConfig_t");
_Static_assert(offsetof(ncclConfig_t, cgaClusterSize) == 20, "ncclConfig_t");
_Static_assert(offsetof(ncclConfig_t, minCTAs) == 24, "ncclConfig_t");
_Static_assert(offsetof(ncclConfig_t, maxCTAs) == 28, "ncclConfig_t");
_Static_assert(offsetof(ncclConfig_t, netName) == 32, "ncclConfig_t");
_Static_assert(offsetof(ncclConfig_t, splitShare) == 40, "ncclConfig_t");
#if NCCL_VERSION_CODE >= NCCL_VERSION(2, 27, 0)
_Static_assert(offsetof(ncclConfig_t, trafficClass) == 44, "ncclConfig_t");
_Static_assert(offsetof(ncclConfig_t, commName) == 48, "ncclConfig_t");
#endif

_Static_assert(sizeof(ncclUniqueId) == 128 && sizeof(ncclResult_t) == sizeof(int) &&
                   sizeof(ncclDataType_t) == sizeof(int) && sizeof(ncclRedOp_t) == sizeof(int) &&
                   sizeof(ncclScalarResidence_t) == sizeof(int),
               "enumerations are ints");
_Static_assert(ncclSuccess == 0 && ncclSystemError == 2 && ncclInvalidUsage == 5 && ncclInProgress == 7,
               "ncclResult_t");
_Static_assert(ncclNumOps == 5 && ncclScalarHostImmediate == 1, "reductions");
_Static_assert(cudaSuccess == 0 && cudaErrorIllegalState == 401 && cudaErrorSymbolNotFound == 500,
               "cudaError_t");
