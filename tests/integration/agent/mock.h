/* SPDX-License-Identifier: Apache-2.0
 *
 * What the mocks and the programs that are traced with them agree on.
 */
#ifndef LOCKSTEP_TEST_AGENT_MOCK_H
#define LOCKSTEP_TEST_AGENT_MOCK_H

#include "functions.h"

#define MOCK_INVALID_ARGUMENT ((ncclResult_t)4)
#define MOCK_COUNT_FAILS      4444 /* a communication of that many elements fails */
#define MOCK_COUNT_KILLS      9999 /* … kills the process, inside NCCL */
#define MOCK_BROKEN_RANK      5    /* communicators of that rank have an asynchronous error */

extern _Atomic int mock_communications; /* made so far */
extern int mock_too_early;              /* questions about communicators that are not complete */
extern int mock_capture_questions;      /* asked about the capture state so far */

extern size_t mock_last_count; /* of the last one */

void mock_capture_unseen(cudaStream_t stream);
void *mock_make(int ranks, int rank);

/* The functions of the tables, as the real headers would declare them. */
#define NCCL_CALL(symbol, operation, send, recv, count, datatype, reduction, root, argument, parameters,     \
                  ...)                                                                                       \
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

cudaError_t cudaGetDevice(int *device);
cudaError_t cudaDeviceGetPCIBusId(char *text, int size, int device);
cudaError_t cudaRuntimeGetVersion(int *version);
cudaError_t cudaDriverGetVersion(int *version);
cudaError_t cudaStreamGetCaptureInfo(cudaStream_t stream, int *status, unsigned long long *id,
                                     cudaGraph_t *graph, void *dependencies, void *edges, size_t *count);
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, enum cudaStreamCaptureMode mode);
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph);
cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long flags);
cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream);
cudaError_t cudaGraphLaunch_ptsz(cudaGraphExec_t exec, cudaStream_t stream);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec);

/* This stream, event, number of bytes or of rows kills the process, inside CUDA. */
#define MOCK_KILLS 0xdead

cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaStreamSynchronize_ptsz(cudaStream_t stream);
cudaError_t cudaEventSynchronize(cudaEvent_t event);
cudaError_t cudaDeviceSynchronize(void);
cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind);
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind,
                            cudaStream_t stream);
cudaError_t cudaMemcpy2D(void *to, size_t to_pitch, const void *from, size_t from_pitch, size_t width,
                         size_t height, enum cudaMemcpyKind kind);
void mock_synchronizes_itself(void); /* through the public function, and is killed in there */

#endif
