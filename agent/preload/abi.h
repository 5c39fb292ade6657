/* SPDX-License-Identifier: Apache-2.0
 *
 * The NCCL and CUDA types that the hooked functions pass, declared here so that one binary serves every
 * NCCL 2.x and CUDA 11 to 13: only what has kept its layout. abi_check.c compares it with the installed
 * headers when there are any.
 */
#ifndef LOCKSTEP_PRELOAD_ABI_H
#define LOCKSTEP_PRELOAD_ABI_H

#include <stddef.h>
#include <stdint.h>

/* ---- NCCL ---- */

typedef struct ncclComm *ncclComm_t;
typedef struct ncclWindow_vidmem *ncclWindow_t;
typedef struct {
    char internal[128];
} ncclUniqueId;

typedef enum {
    ncclSuccess = 0,
    ncclSystemError = 2,
    ncclInvalidUsage = 5,
    ncclInProgress = 7,
} ncclResult_t;

/* Enumerations of the real header; numbers here, because they grow. Same size, same registers. */
typedef int ncclDataType_t;
typedef int ncclRedOp_t;
typedef int ncclScalarResidence_t;

#define NCCL_SCALAR_HOST_IMMEDIATE 1
#define NCCL_BUILTIN_REDUCTIONS    5 /* ncclSum to ncclAvg; anything above is a handle */

/* 2.17 ends at split_share, with 48 bytes; later ones append. */
typedef struct {
    size_t size;
    unsigned int magic;
    unsigned int version;
    int blocking;
    int cgaClusterSize;
    int minCTAs;
    int maxCTAs;
    const char *netName;
    int splitShare;
    int trafficClass;
    const char *commName;
} ncclConfig_t;

#define NCCL_CONFIG_MAGIC 0xcafebeefu

/* abi_check.c compares the same with the real header. */
_Static_assert(offsetof(ncclConfig_t, blocking) == 16 && offsetof(ncclConfig_t, cgaClusterSize) == 20 &&
                   offsetof(ncclConfig_t, minCTAs) == 24 && offsetof(ncclConfig_t, maxCTAs) == 28 &&
                   offsetof(ncclConfig_t, netName) == 32 && offsetof(ncclConfig_t, splitShare) == 40 &&
                   offsetof(ncclConfig_t, trafficClass) == 44 && offsetof(ncclConfig_t, commName) == 48,
               "ncclConfig_t");

typedef struct ncclSimInfo ncclSimInfo_t;

typedef struct {
    int opCnt;
    int peer;
    int sigIdx;
    int ctx;
} ncclWaitSignalDesc_t;

typedef struct {
    int nRanks, rank, stride;
} ncclTeam_t;

struct ncclDevComm;
struct ncclDevCommRequirements;
struct ncclDevResourceRequirements;
struct ncclLLA2AHandle;
struct ncclLsaBarrierHandle;
struct ncclGinBarrierHandle;

/* ---- CUDA ---- */

typedef struct CUstream_st *cudaStream_t;
typedef struct CUevent_st *cudaEvent_t;
typedef struct CUgraph_st *cudaGraph_t;
typedef struct CUgraphExec_st *cudaGraphExec_t;
typedef struct CUgraphNode_st *cudaGraphNode_t;
typedef struct cudaGraphEdgeData_st cudaGraphEdgeData;
typedef struct cudaGraphInstantiateParams_st cudaGraphInstantiateParams;

typedef enum {
    cudaSuccess = 0,
    cudaErrorIllegalState = 401,
    cudaErrorSymbolNotFound = 500,
} cudaError_t;

enum cudaStreamCaptureMode { cudaStreamCaptureModeGlobal = 0 };
enum cudaMemcpyKind { cudaMemcpyHostToHost = 0 };

#endif
