/* SPDX-License-Identifier: Apache-2.0 */

/* The forms that programs compiled with --default-stream per-thread call: a NULL stream is the thread's own.
 * They are in no header; the real one renames the plain functions to them. */

#include "copy.h"
#include "error.h"
#include "simrt.h"

static cudaStream_t own(cudaStream_t stream)
{
    return stream ? stream : cudaStreamPerThread;
}

/* Declares and defines cudaX_ptsz, which calls cudaX:
 *     cudaError_t cudaStreamQuery_ptsz(cudaStream_t stream);
 *     cudaError_t cudaStreamQuery_ptsz(cudaStream_t stream) { return cudaStreamQuery(own(stream)); } */
#define PER_THREAD(name, parameters, arguments)                                                              \
    cudaError_t name##_ptsz parameters;                                                                      \
    cudaError_t name##_ptsz parameters                                                                       \
    {                                                                                                        \
        return name arguments;                                                                               \
    }

PER_THREAD(cudaMemcpyAsync,
           (void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind, cudaStream_t stream),
           (to, from, bytes, kind, own(stream)))
PER_THREAD(cudaMemsetAsync, (void *memory, int value, size_t bytes, cudaStream_t stream),
           (memory, value, bytes, own(stream)))
PER_THREAD(cudaMallocAsync, (void **memory, size_t bytes, cudaStream_t stream), (memory, bytes, own(stream)))
PER_THREAD(cudaFreeAsync, (void *memory, cudaStream_t stream), (memory, own(stream)))
PER_THREAD(cudaStreamSynchronize, (cudaStream_t stream), (own(stream)))
PER_THREAD(cudaStreamQuery, (cudaStream_t stream), (own(stream)))
PER_THREAD(cudaStreamWaitEvent, (cudaStream_t stream, cudaEvent_t event, unsigned int flags),
           (own(stream), event, flags))
PER_THREAD(cudaStreamAddCallback,
           (cudaStream_t stream, cudaStreamCallback_t callback, void *data, unsigned int flags),
           (own(stream), callback, data, flags))
PER_THREAD(cudaLaunchHostFunc, (cudaStream_t stream, cudaHostFn_t function, void *data),
           (own(stream), function, data))
PER_THREAD(cudaStreamGetFlags, (cudaStream_t stream, unsigned int *flags), (own(stream), flags))
PER_THREAD(cudaStreamGetPriority, (cudaStream_t stream, int *priority), (own(stream), priority))
PER_THREAD(cudaStreamGetId, (cudaStream_t stream, unsigned long long *id), (own(stream), id))
PER_THREAD(cudaStreamGetDevice, (cudaStream_t stream, int *device), (own(stream), device))
PER_THREAD(cudaEventRecord, (cudaEvent_t event, cudaStream_t stream), (event, own(stream)))
PER_THREAD(cudaEventRecordWithFlags, (cudaEvent_t event, cudaStream_t stream, unsigned int flags),
           (event, own(stream), flags))
PER_THREAD(cudaStreamBeginCapture, (cudaStream_t stream, enum cudaStreamCaptureMode mode),
           (own(stream), mode))
PER_THREAD(cudaStreamBeginCaptureToGraph,
           (cudaStream_t stream, cudaGraph_t graph, const cudaGraphNode_t *dependencies,
            const cudaGraphEdgeData *edges, size_t count, enum cudaStreamCaptureMode mode),
           (own(stream), graph, dependencies, edges, count, mode))
PER_THREAD(cudaStreamEndCapture, (cudaStream_t stream, cudaGraph_t *graph), (own(stream), graph))
PER_THREAD(cudaStreamIsCapturing, (cudaStream_t stream, enum cudaStreamCaptureStatus *status),
           (own(stream), status))
PER_THREAD(cudaStreamGetCaptureInfo,
           (cudaStream_t stream, enum cudaStreamCaptureStatus *status, unsigned long long *id,
            cudaGraph_t *graph, const cudaGraphNode_t **dependencies, const cudaGraphEdgeData **edges,
            size_t *count),
           (own(stream), status, id, graph, dependencies, edges, count))
PER_THREAD(cudaStreamUpdateCaptureDependencies,
           (cudaStream_t stream, cudaGraphNode_t *dependencies, const cudaGraphEdgeData *edges, size_t count,
            unsigned int flags),
           (own(stream), dependencies, edges, count, flags))
PER_THREAD(cudaGraphInstantiateWithParams,
           (cudaGraphExec_t * exec, cudaGraph_t graph, cudaGraphInstantiateParams *parameters),
           (exec, graph, parameters))
PER_THREAD(cudaGraphUpload, (cudaGraphExec_t exec, cudaStream_t stream), (exec, own(stream)))
PER_THREAD(cudaGraphLaunch, (cudaGraphExec_t exec, cudaStream_t stream), (exec, own(stream)))
PER_THREAD(cudaGetDriverEntryPoint,
           (const char *symbol, void **function, unsigned long long flags,
            enum cudaDriverEntryPointQueryResult *status),
           (symbol, function, flags, status))
PER_THREAD(cudaGetDriverEntryPointByVersion,
           (const char *symbol, void **function, unsigned int version, unsigned long long flags,
            enum cudaDriverEntryPointQueryResult *status),
           (symbol, function, version, flags, status))

/* The two whose plain form has no stream. */
cudaError_t cudaMemcpy_ptds(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind);
cudaError_t cudaMemset_ptds(void *memory, int value, size_t bytes);

cudaError_t cudaMemcpy_ptds(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind)
{
    return error_set(copy_now(to, from, bytes, kind, cudaStreamPerThread));
}

cudaError_t cudaMemset_ptds(void *memory, int value, size_t bytes)
{
    return error_set(copy_fill(memory, value, bytes, cudaStreamPerThread));
}
