/* SPDX-License-Identifier: Apache-2.0 */
#include "copy.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "allocation.h"
#include "capture.h"
#include "error.h"
#include "stream.h"

struct copy {
    void *to;
    const void *from; /* or `staged` */
    size_t bytes;
    char staged[];
};

struct fill {
    void *memory;
    int value;
    size_t bytes;
};

static void run_copy(void *argument)
{
    const struct copy *copy = argument;

    memmove(copy->to, copy->from, copy->bytes);
}

static void run_fill(void *argument)
{
    const struct fill *fill = argument;

    memset(fill->memory, fill->value, fill->bytes);
}

static bool pageable(const void *address)
{
    struct allocation allocation;

    return !allocation_find(address, &allocation);
}

static bool on_device(const void *address)
{
    struct allocation allocation;

    return allocation_find(address, &allocation) && allocation.type == cudaMemoryTypeDevice;
}

/* Does the kind agree with where the memory is? CUDA goes by the addresses, but says no to nonsense. */
static cudaError_t check(const void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind)
{
    if ((unsigned)kind > cudaMemcpyDefault)
        return cudaErrorInvalidMemcpyDirection;
    if (bytes && (!to || !from))
        return cudaErrorInvalidValue;
    if (kind == cudaMemcpyHostToDevice && bytes && pageable(to))
        return cudaErrorInvalidValue;
    if (kind == cudaMemcpyDeviceToHost && bytes && pageable(from))
        return cudaErrorInvalidValue;
    return cudaSuccess;
}

/* Puts the copy on the stream. Pageable source memory is read at once, since CUDA stages it, so that the
 * application may change it on return; not so under capture, where it is read at each launch. */
static cudaError_t submit(void *to, const void *from, size_t bytes, struct CUstream_st *stream)
{
    bool stage = pageable(from) && !atomic_load(&stream->capture);
    struct copy *copy = malloc(sizeof(*copy) + (stage ? bytes : 0));

    if (!copy)
        return cudaErrorMemoryAllocation;
    *copy = (struct copy){.to = to, .from = stage ? copy->staged : from, .bytes = bytes};
    if (stage)
        memcpy(copy->staged, from, bytes);
    return stream_submit(stream, work_create(cudaGraphNodeTypeMemcpy, run_copy, free, copy), NULL);
}

cudaError_t copy_now(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind, cudaStream_t handle)
{
    struct CUstream_st *stream = stream_resolve(handle);
    cudaError_t error = check(to, from, bytes, kind);

    if (!error)
        error = capture_refuse_unsafe();
    if (!error)
        error = capture_refuse_stream(stream);
    if (error || !bytes)
        return error;
    error = submit(to, from, bytes, stream);
    if (!error && !(on_device(from) && on_device(to)))
        stream_wait(stream, stream_last(stream));
    return error;
}

cudaError_t copy_fill(void *memory, int value, size_t bytes, cudaStream_t handle)
{
    struct fill *fill;

    if (!bytes)
        return cudaSuccess;
    if (!memory || pageable(memory))
        return cudaErrorInvalidValue;
    fill = malloc(sizeof(*fill));
    if (!fill)
        return cudaErrorMemoryAllocation;
    *fill = (struct fill){.memory = memory, .value = value, .bytes = bytes};
    return stream_submit(stream_resolve(handle), work_create(cudaGraphNodeTypeMemset, run_fill, free, fill),
                         NULL);
}

cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind)
{
    return error_set(copy_now(to, from, bytes, kind, cudaStreamLegacy));
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind,
                            cudaStream_t handle)
{
    struct CUstream_st *stream = stream_resolve(handle);
    cudaError_t error = check(to, from, bytes, kind);
    bool captured;

    if (error || !bytes)
        return error_set(error);
    if (!stream)
        return error_set(cudaErrorMemoryAllocation);
    captured = atomic_load(&stream->capture) != NULL;
    error = submit(to, from, bytes, stream);
    if (!error && !captured && pageable(to)) /* as CUDA documents it: this one returns when it is done */
        stream_wait(stream, stream_last(stream));
    return error_set(error);
}

cudaError_t cudaMemcpyPeer(void *to, int to_device, const void *from, int from_device, size_t bytes)
{
    (void)to_device;
    (void)from_device;
    return cudaMemcpy(to, from, bytes, cudaMemcpyDefault);
}

cudaError_t cudaMemcpyPeerAsync(void *to, int to_device, const void *from, int from_device, size_t bytes,
                                cudaStream_t stream)
{
    (void)to_device;
    (void)from_device;
    return cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream);
}

cudaError_t cudaMemset(void *memory, int value, size_t bytes)
{
    return error_set(copy_fill(memory, value, bytes, cudaStreamLegacy));
}

cudaError_t cudaMemsetAsync(void *memory, int value, size_t bytes, cudaStream_t stream)
{
    return error_set(copy_fill(memory, value, bytes, stream));
}
