/* SPDX-License-Identifier: Apache-2.0
 *
 * As much of a CUDA runtime as the preload asks or stands in front of. One stream captures at a time.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "mock.h"

static cudaStream_t capturing;
static unsigned long long captures;

int mock_capture_questions;

cudaError_t cudaGetDevice(int *device)
{
    *device = 3;
    return cudaSuccess;
}

cudaError_t cudaDeviceGetPCIBusId(char *text, int size, int device)
{
    snprintf(text, (size_t)size, "0000:%02x:00.0", (unsigned)device + 0x3b);
    return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int *version)
{
    *version = 13000;
    return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int *version)
{
    *version = 13010;
    return cudaSuccess;
}

cudaError_t cudaStreamGetCaptureInfo(cudaStream_t stream, int *status, unsigned long long *id,
                                     cudaGraph_t *graph, void *dependencies, void *edges, size_t *count)
{
    (void)graph, (void)dependencies, (void)edges, (void)count;
    mock_capture_questions++;
    *status = stream && stream == capturing;
    *id = *status ? captures : 0;
    return cudaSuccess;
}

void mock_capture_unseen(cudaStream_t stream)
{
    capturing = stream;
    captures++;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, enum cudaStreamCaptureMode mode)
{
    (void)mode;
    capturing = stream;
    captures++;
    return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph)
{
    if (stream != capturing)
        return cudaErrorIllegalState;
    capturing = NULL;
    *graph = (cudaGraph_t)0x900;
    return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long flags)
{
    (void)graph;
    *exec = (cudaGraphExec_t)(0xe00 + flags);
    return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream)
{
    (void)exec, (void)stream;
    return cudaSuccess;
}

cudaError_t cudaGraphLaunch_ptsz(cudaGraphExec_t exec, cudaStream_t stream)
{
    return cudaGraphLaunch(exec, stream);
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec)
{
    (void)exec;
    return cudaSuccess;
}

static cudaError_t block(uintptr_t on)
{
    if (on == MOCK_KILLS)
        raise(SIGKILL);
    return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream)
{
    return block((uintptr_t)stream);
}

cudaError_t cudaStreamSynchronize_ptsz(cudaStream_t stream)
{
    return block((uintptr_t)stream);
}

cudaError_t cudaEventSynchronize(cudaEvent_t event)
{
    return block((uintptr_t)event);
}

cudaError_t cudaDeviceSynchronize(void)
{
    return cudaSuccess;
}

cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind)
{
    (void)to, (void)from;
    return kind == 3 ? block(bytes) : cudaErrorIllegalState;
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind,
                            cudaStream_t stream)
{
    return stream == (cudaStream_t)0x100 ? cudaMemcpy(to, from, bytes, kind) : cudaErrorIllegalState;
}

cudaError_t cudaMemcpy2D(void *to, size_t to_pitch, const void *from, size_t from_pitch, size_t width,
                         size_t height, enum cudaMemcpyKind kind)
{
    (void)to, (void)from;
    return kind == 3 && to_pitch == 8 && from_pitch == 4 && width == 2 ? block(height)
                                                                       : cudaErrorIllegalState;
}

void mock_synchronizes_itself(void)
{
    cudaStreamSynchronize((cudaStream_t)MOCK_KILLS);
    __asm__ volatile(""); /* else an optimised call is a jump, and returns to who called this function */
}
