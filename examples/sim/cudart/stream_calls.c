/* SPDX-License-Identifier: Apache-2.0 */
#include "capture.h"
#include "device.h"
#include "error.h"
#include "stream.h"

/* The public functions of streams. */

cudaError_t cudaStreamCreateWithPriority(cudaStream_t *handle, unsigned int flags, int priority)
{
    if (!handle || (flags & ~(unsigned)cudaStreamNonBlocking))
        return error_set(cudaErrorInvalidValue);
    *handle = stream_create(device_current(), flags, priority);
    return error_set(*handle ? cudaSuccess : cudaErrorMemoryAllocation);
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *handle, unsigned int flags)
{
    return cudaStreamCreateWithPriority(handle, flags, 0);
}

cudaError_t cudaStreamCreate(cudaStream_t *handle)
{
    return cudaStreamCreateWithPriority(handle, cudaStreamDefault, 0);
}

cudaError_t cudaStreamDestroy(cudaStream_t handle)
{
    if (!handle || handle == cudaStreamLegacy || handle == cudaStreamPerThread)
        return error_set(cudaErrorInvalidResourceHandle);
    capture_forget_stream(handle);
    stream_destroy(handle);
    return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t handle)
{
    struct CUstream_st *stream = stream_resolve(handle);
    cudaError_t error = capture_refuse_stream(stream);

    if (!error && stream_legacy_conflict(stream, true))
        error = cudaErrorStreamCaptureImplicit;
    if (error)
        return error_set(error);
    return error_set(stream_drain(stream));
}

cudaError_t cudaStreamQuery(cudaStream_t handle)
{
    struct CUstream_st *stream = stream_resolve(handle);
    cudaError_t error = capture_refuse_stream(stream);

    if (error)
        return error_set(error);
    return stream_done(stream, stream_last(stream)) ? cudaSuccess : cudaErrorNotReady;
}

cudaError_t cudaStreamGetFlags(cudaStream_t handle, unsigned int *flags)
{
    if (!flags)
        return error_set(cudaErrorInvalidValue);
    *flags = stream_resolve(handle)->flags;
    return cudaSuccess;
}

cudaError_t cudaStreamGetPriority(cudaStream_t handle, int *priority)
{
    if (!priority)
        return error_set(cudaErrorInvalidValue);
    *priority = stream_resolve(handle)->priority;
    return cudaSuccess;
}

cudaError_t cudaStreamGetId(cudaStream_t handle, unsigned long long *id)
{
    if (!id)
        return error_set(cudaErrorInvalidValue);
    *id = stream_resolve(handle)->id;
    return cudaSuccess;
}

cudaError_t cudaStreamGetDevice(cudaStream_t handle, int *device)
{
    if (!device)
        return error_set(cudaErrorInvalidValue);
    *device = stream_resolve(handle)->device;
    return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize(void)
{
    cudaError_t error = capture_refuse_unsafe();

    if (!error)
        stream_drain_device(device_current());
    return error_set(error);
}
