/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "allocation.h"
#include "capture.h"
#include "device.h"
#include "error.h"
#include "simrt.h"
#include "stream.h"

static const size_t device_memory_bytes = (size_t)80 << 30;

static cudaError_t allocate(void **memory, size_t bytes, enum cudaMemoryType type)
{
    cudaError_t error;

    if (!memory)
        return cudaErrorInvalidValue;
    *memory = NULL;
    error = capture_refuse_unsafe();
    if (error || bytes == 0)
        return error;
    *memory = allocation_create(bytes, type);
    return *memory ? cudaSuccess : cudaErrorMemoryAllocation;
}

/* Freeing waits for the device, as cudaFree does. */
static cudaError_t deallocate(void *memory)
{
    struct allocation allocation;
    cudaError_t error;

    if (!memory)
        return cudaSuccess;
    error = capture_refuse_unsafe();
    if (error)
        return error;
    if (!allocation_find(memory, &allocation) || allocation.start != memory || allocation.registered)
        return cudaErrorInvalidValue;
    stream_drain_device(allocation.device);
    return allocation_destroy(memory) ? cudaSuccess : cudaErrorInvalidValue;
}

cudaError_t cudaMalloc(void **memory, size_t bytes)
{
    return error_set(allocate(memory, bytes, cudaMemoryTypeDevice));
}

cudaError_t cudaMallocManaged(void **memory, size_t bytes, unsigned int flags)
{
    (void)flags;
    return error_set(allocate(memory, bytes, cudaMemoryTypeManaged));
}

cudaError_t cudaHostAlloc(void **memory, size_t bytes, unsigned int flags)
{
    (void)flags;
    return error_set(allocate(memory, bytes, cudaMemoryTypeHost));
}

cudaError_t cudaMallocHost(void **memory, size_t bytes)
{
    return error_set(allocate(memory, bytes, cudaMemoryTypeHost));
}

cudaError_t cudaFree(void *memory)
{
    return error_set(deallocate(memory));
}

cudaError_t cudaFreeHost(void *memory)
{
    return error_set(deallocate(memory));
}

cudaError_t simrt_memory_allocate(void **memory, size_t bytes)
{
    return allocate(memory, bytes, cudaMemoryTypeDevice);
}

cudaError_t simrt_memory_free(void *memory)
{
    return deallocate(memory);
}

/* ---- In stream order. Memory may be had before the stream gets there, and is given back when it does. ----
 */

cudaError_t cudaMallocAsync(void **memory, size_t bytes, cudaStream_t handle)
{
    struct CUstream_st *stream = stream_resolve(handle);

    if (!memory || !stream)
        return error_set(cudaErrorInvalidValue);
    if (atomic_load(&stream->capture))
        return error_set(cudaErrorNotSupported); /* memory that a graph owns: not imitated */
    *memory = bytes ? allocation_create(bytes, cudaMemoryTypeDevice) : NULL;
    return error_set(*memory || !bytes ? cudaSuccess : cudaErrorMemoryAllocation);
}

static void run_free(void *memory)
{
    allocation_destroy(memory);
}

cudaError_t cudaFreeAsync(void *memory, cudaStream_t handle)
{
    struct CUstream_st *stream = stream_resolve(handle);
    struct allocation allocation;

    if (!stream || !memory || !allocation_find(memory, &allocation) || allocation.start != memory)
        return error_set(cudaErrorInvalidValue);
    if (atomic_load(&stream->capture))
        return error_set(cudaErrorNotSupported);
    return error_set(
        stream_submit(stream, work_create(cudaGraphNodeTypeEmpty, run_free, NULL, memory), NULL));
}

/* ---- Questions ---- */

cudaError_t cudaHostRegister(void *memory, size_t bytes, unsigned int flags)
{
    (void)flags;
    if (!memory || !bytes)
        return error_set(cudaErrorInvalidValue);
    return error_set(allocation_register(memory, bytes));
}

cudaError_t cudaHostUnregister(void *memory)
{
    struct allocation allocation;

    if (!allocation_find(memory, &allocation) || allocation.start != memory || !allocation.registered)
        return error_set(cudaErrorHostMemoryNotRegistered);
    allocation_destroy(memory);
    return cudaSuccess;
}

cudaError_t cudaHostGetDevicePointer(void **device, void *host, unsigned int flags)
{
    (void)flags;
    if (!device || !host)
        return error_set(cudaErrorInvalidValue);
    *device = host; /* one address space, as with unified addressing */
    return cudaSuccess;
}

cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *total_bytes)
{
    size_t used = allocation_total(cudaMemoryTypeDevice);

    if (!free_bytes || !total_bytes)
        return error_set(cudaErrorInvalidValue);
    *total_bytes = device_memory_bytes;
    *free_bytes = used < device_memory_bytes ? device_memory_bytes - used : 0;
    return cudaSuccess;
}

cudaError_t cudaPointerGetAttributes(struct cudaPointerAttributes *attributes, const void *address)
{
    struct allocation allocation;

    if (!attributes)
        return error_set(cudaErrorInvalidValue);
    *attributes = (struct cudaPointerAttributes){.type = cudaMemoryTypeUnregistered, .device = -2};
    if (allocation_find(address, &allocation)) {
        attributes->type = allocation.type;
        attributes->device = allocation.device;
        attributes->devicePointer = (void *)address;
        attributes->hostPointer = allocation.type == cudaMemoryTypeDevice ? NULL : (void *)address;
    }
    return cudaSuccess;
}
