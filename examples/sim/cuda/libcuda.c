/* SPDX-License-Identifier: Apache-2.0 */
#include "cuda.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "simrt.h"

/* The driver's names for what the runtime does here. It is the other way round on a GPU machine; nobody can
 * tell. */

static CUresult result_of(cudaError_t error)
{
    return (CUresult)error; /* the two count alike for all that we return */
}

CUresult cuInit(unsigned int flags)
{
    return flags ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

CUresult cuDriverGetVersion(int *version)
{
    if (!version)
        return CUDA_ERROR_INVALID_VALUE;
    *version = CUDA_VERSION;
    return CUDA_SUCCESS;
}

CUresult cuGetErrorString(CUresult error, const char **text)
{
    if (!text)
        return CUDA_ERROR_INVALID_VALUE;
    *text = cudaGetErrorString((cudaError_t)error);
    return CUDA_SUCCESS;
}

CUresult cuDeviceGetCount(int *count)
{
    if (!count)
        return CUDA_ERROR_INVALID_VALUE;
    *count = simrt_device_count();
    return CUDA_SUCCESS;
}

CUresult cuDeviceGet(CUdevice *device, int ordinal)
{
    if (!device)
        return CUDA_ERROR_INVALID_VALUE;
    if (ordinal < 0 || ordinal >= simrt_device_count())
        return CUDA_ERROR_INVALID_DEVICE;
    *device = ordinal;
    return CUDA_SUCCESS;
}

CUresult cuDeviceGetName(char *name, int length, CUdevice device)
{
    if (!name || length < 1)
        return CUDA_ERROR_INVALID_VALUE;
    if (device < 0 || device >= simrt_device_count())
        return CUDA_ERROR_INVALID_DEVICE;
    snprintf(name, (size_t)length, "Lockstep stand-in");
    return CUDA_SUCCESS;
}

static CUresult capture_info(CUstream stream, bool per_thread, CUstreamCaptureStatus *status, cuuint64_t *id,
                             CUgraph *graph, const CUgraphNode **dependencies, size_t *count)
{
    enum cudaStreamCaptureStatus now = cudaStreamCaptureStatusNone;
    unsigned long long number = 0;
    cudaError_t error;

    if (!status)
        return CUDA_ERROR_INVALID_VALUE;
    error = simrt_capture_info(stream, per_thread, &now, &number, graph, dependencies, count);
    *status = (CUstreamCaptureStatus)now;
    if (id && now != cudaStreamCaptureStatusNone)
        *id = number;
    return result_of(error);
}

CUresult cuStreamIsCapturing(CUstream stream, CUstreamCaptureStatus *status)
{
    return capture_info(stream, false, status, NULL, NULL, NULL, NULL);
}

CUresult cuStreamGetCaptureInfo_v2(CUstream stream, CUstreamCaptureStatus *status, cuuint64_t *id,
                                   CUgraph *graph, const CUgraphNode **dependencies, size_t *count)
{
    return capture_info(stream, false, status, id, graph, dependencies, count);
}

CUresult cuStreamGetCaptureInfo_v3(CUstream stream, CUstreamCaptureStatus *status, cuuint64_t *id,
                                   CUgraph *graph, const CUgraphNode **dependencies,
                                   const CUgraphEdgeData **edges, size_t *count)
{
    if (edges)
        *edges = NULL; /* all are full ones */
    return capture_info(stream, false, status, id, graph, dependencies, count);
}

CUresult cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode *mode)
{
    enum cudaStreamCaptureMode exchanged;
    cudaError_t error;

    if (!mode)
        return CUDA_ERROR_INVALID_VALUE;
    exchanged = (enum cudaStreamCaptureMode) * mode;
    error = simrt_exchange_capture_mode(&exchanged);
    *mode = (CUstreamCaptureMode)exchanged;
    return result_of(error);
}

/* ---- For programs compiled with --default-stream per-thread ---- */

CUresult cuStreamIsCapturing_ptsz(CUstream stream, CUstreamCaptureStatus *status);
CUresult cuStreamGetCaptureInfo_v2_ptsz(CUstream stream, CUstreamCaptureStatus *status, cuuint64_t *id,
                                        CUgraph *graph, const CUgraphNode **dependencies, size_t *count);
CUresult cuStreamGetCaptureInfo_v3_ptsz(CUstream stream, CUstreamCaptureStatus *status, cuuint64_t *id,
                                        CUgraph *graph, const CUgraphNode **dependencies,
                                        const CUgraphEdgeData **edges, size_t *count);

CUresult cuStreamIsCapturing_ptsz(CUstream stream, CUstreamCaptureStatus *status)
{
    return capture_info(stream, true, status, NULL, NULL, NULL, NULL);
}

CUresult cuStreamGetCaptureInfo_v2_ptsz(CUstream stream, CUstreamCaptureStatus *status, cuuint64_t *id,
                                        CUgraph *graph, const CUgraphNode **dependencies, size_t *count)
{
    return capture_info(stream, true, status, id, graph, dependencies, count);
}

CUresult cuStreamGetCaptureInfo_v3_ptsz(CUstream stream, CUstreamCaptureStatus *status, cuuint64_t *id,
                                        CUgraph *graph, const CUgraphNode **dependencies,
                                        const CUgraphEdgeData **edges, size_t *count)
{
    if (edges)
        *edges = NULL;
    return capture_info(stream, true, status, id, graph, dependencies, count);
}

/* ---- Names ---- */

/* Each name with the first CUDA version that has this form of the function: of forms with the same name, the
 * newest that the caller's version knows is the one. */
#define ENTRY(name, since, plain, per_thread)                                                                \
    {                                                                                                        \
        name, since, (void *)plain, (void *)per_thread                                                       \
    }

static const struct {
    const char *name;
    int since;
    void *plain;
    void *per_thread;
} functions[] = {
    ENTRY("cuInit", 2000, cuInit, cuInit),
    ENTRY("cuDriverGetVersion", 2020, cuDriverGetVersion, cuDriverGetVersion),
    ENTRY("cuGetErrorString", 6000, cuGetErrorString, cuGetErrorString),
    ENTRY("cuDeviceGet", 2000, cuDeviceGet, cuDeviceGet),
    ENTRY("cuDeviceGetCount", 2000, cuDeviceGetCount, cuDeviceGetCount),
    ENTRY("cuDeviceGetName", 2000, cuDeviceGetName, cuDeviceGetName),
    ENTRY("cuStreamIsCapturing", 10000, cuStreamIsCapturing, cuStreamIsCapturing_ptsz),
    ENTRY("cuStreamGetCaptureInfo", 12030, cuStreamGetCaptureInfo_v3, cuStreamGetCaptureInfo_v3_ptsz),
    ENTRY("cuStreamGetCaptureInfo", 11030, cuStreamGetCaptureInfo_v2, cuStreamGetCaptureInfo_v2_ptsz),
    ENTRY("cuThreadExchangeStreamCaptureMode", 10010, cuThreadExchangeStreamCaptureMode,
          cuThreadExchangeStreamCaptureMode),
    ENTRY("cuGetProcAddress", 12000, cuGetProcAddress_v2, cuGetProcAddress_v2),
};

CUresult cuGetProcAddress_v2(const char *symbol, void **function, int version, cuuint64_t flags,
                             CUdriverProcAddressQueryResult *status)
{
    CUdriverProcAddressQueryResult answer = CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND;

    if (!symbol || !function)
        return CUDA_ERROR_INVALID_VALUE;
    *function = NULL;
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]) && !*function; i++) {
        if (strcmp(symbol, functions[i].name) != 0)
            continue;
        if (version >= functions[i].since)
            *function = flags & CU_GET_PROC_ADDRESS_PER_THREAD_DEFAULT_STREAM ? functions[i].per_thread
                                                                              : functions[i].plain;
        answer = *function ? CU_GET_PROC_ADDRESS_SUCCESS : CU_GET_PROC_ADDRESS_VERSION_NOT_SUFFICIENT;
    }
    if (status)
        *status = answer;
    return *function || status ? CUDA_SUCCESS : CUDA_ERROR_NOT_FOUND;
}
