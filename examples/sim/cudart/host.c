/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "error.h"
#include "simrt.h"
#include "stream.h"

/* Work that is a call into the application or into libnccl. */

struct host_call {
    cudaHostFn_t function;
    cudaStreamCallback_t callback; /* the older form; one of the two is NULL */
    cudaStream_t stream;
    void *user_data;
};

static void run_host_call(void *argument)
{
    const struct host_call *call = argument;

    if (call->function)
        call->function(call->user_data);
    else
        call->callback(call->stream, cudaSuccess, call->user_data);
}

static cudaError_t submit(cudaStream_t handle, struct host_call call)
{
    struct host_call *copy = malloc(sizeof(*copy));

    if (!copy)
        return cudaErrorMemoryAllocation;
    *copy = call;
    return stream_submit(stream_resolve(handle),
                         work_create(cudaGraphNodeTypeHost, run_host_call, free, copy), NULL);
}

cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void *user_data)
{
    if (!function)
        return error_set(cudaErrorInvalidValue);
    return error_set(submit(stream, (struct host_call){.function = function, .user_data = user_data}));
}

cudaError_t cudaStreamAddCallback(cudaStream_t handle, cudaStreamCallback_t callback, void *user_data,
                                  unsigned int flags)
{
    struct CUstream_st *stream = stream_resolve(handle);

    if (!callback || flags)
        return error_set(cudaErrorInvalidValue);
    if (stream && atomic_load(&stream->capture))
        return error_set(cudaErrorStreamCaptureUnsupported); /* CUDA cannot capture this one */
    return error_set(
        submit(handle, (struct host_call){.callback = callback, .stream = handle, .user_data = user_data}));
}

cudaError_t simrt_launch(cudaStream_t stream, void (*run)(void *), void (*release)(void *), void *argument)
{
    return stream_submit(stream_resolve(stream), work_create(cudaGraphNodeTypeKernel, run, release, argument),
                         NULL);
}
