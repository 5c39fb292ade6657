/* SPDX-License-Identifier: Apache-2.0 */
#include "capture.h"

#include "graphs.h"
#include "hooks.h"
#include "libraries.h"
#include "record.h"
#include "settings.h"
#include "threads.h"

_Atomic int capture_open;

static atomic_bool always;

/* cuda.h: CUstreamCaptureStatus, and the same in the runtime. */
enum capture_status { CAPTURE_NONE = 0, CAPTURE_ACTIVE = 1, CAPTURE_INVALIDATED = 2 };

/* The driver's question has had six parameters since CUDA 11.3. The runtime's had three and has seven since
 * CUDA 13, of which all after the third may be NULL: passing seven serves both. */
typedef int (*driver_query)(cudaStream_t, int *status, unsigned long long *id, void *, void *, void *);
typedef int (*runtime_query)(cudaStream_t, int *status, unsigned long long *id, void *, void *, void *,
                             void *);

static struct {
    _Atomic(void *) driver;
    _Atomic(void *) runtime;
} queries;

static bool ask(cudaStream_t stream, int *status, unsigned long long *id)
{
    void *driver = atomic_load_explicit(&queries.driver, memory_order_relaxed);
    void *runtime = atomic_load_explicit(&queries.runtime, memory_order_relaxed);
    if (!driver && !runtime) {
        driver = libraries_cuda_driver_symbol("cuStreamGetCaptureInfo_v2");
        atomic_store_explicit(&queries.driver, driver, memory_order_relaxed);
        if (!driver)
            runtime = libraries_cuda_runtime_symbol("cudaStreamGetCaptureInfo");
        atomic_store_explicit(&queries.runtime, runtime, memory_order_relaxed);
    }
    if (driver)
        return ((driver_query)driver)(stream, status, id, NULL, NULL, NULL) == 0;
    return runtime && ((runtime_query)runtime)(stream, status, id, NULL, NULL, NULL, NULL) == 0;
}

uint64_t capture_of(cudaStream_t stream, uint16_t *flags)
{
    int status = CAPTURE_NONE;
    unsigned long long id = 0;
    if (!ask(stream, &status, &id)) {
        /* The legacy stream while another one captures, an invalidated capture, no CUDA to ask. */
        *flags |= RECORD_FLAG_CAPTURE_UNKNOWN;
        return 0;
    }
    if (status == CAPTURE_NONE)
        return 0;
    *flags |= RECORD_FLAG_CAPTURED;
    return id;
}

void capture_start(void)
{
    if (settings_capture_always() && !atomic_exchange(&always, true))
        atomic_fetch_add(&capture_open, 1);
}

void capture_forget(void)
{
    atomic_store(&always, false);
    atomic_store(&capture_open, 0);
}

static void one_less(void)
{
    int open = atomic_load(&capture_open);
    while (open > (atomic_load(&always) ? 1 : 0) &&
           !atomic_compare_exchange_weak(&capture_open, &open, open - 1))
        continue;
}

static uint64_t id_of(cudaStream_t stream)
{
    uint16_t flags = 0;
    return capture_of(stream, &flags);
}

static void begun(struct graph_call *call, cudaStream_t stream, cudaGraph_t graph, cudaError_t result)
{
    if (result == cudaSuccess)
        atomic_fetch_add(&capture_open, 1);
    if (!call->ring)
        return;
    call->fields.stream = stream;
    call->fields.graph = graph;
    call->fields.capture = result == cudaSuccess ? id_of(stream) : 0;
}

cudaError_t capture_begin(struct origin origin, enum function function, cudaStream_t stream,
                          enum cudaStreamCaptureMode mode)
{
    struct graph_call call;
    cudaStreamBeginCapture_fn real =
        (cudaStreamBeginCapture_fn)graphs_enter(&call, origin, function, OPERATION_STREAM_BEGIN_CAPTURE);
    if (!real)
        return cudaErrorSymbolNotFound;
    const cudaError_t result = real(stream, mode);
    begun(&call, stream, NULL, result);
    graphs_leave(&call, result);
    return result;
}

cudaError_t capture_begin_to_graph(struct origin origin, enum function function, cudaStream_t stream,
                                   cudaGraph_t graph, const cudaGraphNode_t *dependencies,
                                   const cudaGraphEdgeData *edges, size_t count,
                                   enum cudaStreamCaptureMode mode)
{
    struct graph_call call;
    cudaStreamBeginCaptureToGraph_fn real = (cudaStreamBeginCaptureToGraph_fn)graphs_enter(
        &call, origin, function, OPERATION_STREAM_BEGIN_CAPTURE_TO_GRAPH);
    if (!real)
        return cudaErrorSymbolNotFound;
    const cudaError_t result = real(stream, graph, dependencies, edges, count, mode);
    begun(&call, stream, graph, result);
    graphs_leave(&call, result);
    return result;
}

cudaError_t capture_end(struct origin origin, enum function function, cudaStream_t stream, cudaGraph_t *graph)
{
    struct graph_call call;
    cudaStreamEndCapture_fn real =
        (cudaStreamEndCapture_fn)graphs_enter(&call, origin, function, OPERATION_STREAM_END_CAPTURE);
    if (!real)
        return cudaErrorSymbolNotFound;
    if (call.ring) {
        call.fields.stream = stream;
        call.fields.capture = id_of(stream);
    }
    const cudaError_t result = real(stream, graph);
    if (result != cudaErrorIllegalState) /* which says that there was no capture to end */
        one_less();
    if (call.ring && result == cudaSuccess && graph)
        call.fields.graph = *graph;
    graphs_leave(&call, result);
    return result;
}
