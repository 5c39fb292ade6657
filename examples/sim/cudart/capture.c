/* SPDX-License-Identifier: Apache-2.0 */
#include "capture.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "graph.h"
#include "simrt.h"
#include "stream.h"

struct capture {
    struct capture *next;
    unsigned long long id;
    struct CUgraph_st *graph;
    bool borrowed_graph; /* cudaStreamBeginCaptureToGraph */
    enum cudaStreamCaptureMode mode;
    pthread_t thread;
    struct CUstream_st *origin;
    struct CUstream_st **joined; /* all its streams, the origin first */
    size_t joined_count;
    bool invalid;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct capture *captures;
static unsigned long long last_id;
static atomic_int active;
static _Thread_local enum cudaStreamCaptureMode thread_mode = cudaStreamCaptureModeGlobal;

bool capture_any(void)
{
    return atomic_load(&active) > 0;
}

/* ---- A stream's place in a capture. All with the lock held. ---- */

/* Replaces the stream's tips by the given ones, or adds them to what is there. */
static cudaError_t put_tips(struct CUstream_st *stream, struct CUgraphNode_st *const *tips, size_t count,
                            bool add)
{
    size_t kept = add ? stream->tip_count : 0;
    struct CUgraphNode_st **all = calloc(kept + count + 1, sizeof(all[0]));

    if (!all)
        return cudaErrorMemoryAllocation;
    if (kept)
        memcpy(all, stream->tips, kept * sizeof(all[0]));
    for (size_t i = 0; i < count; i++) {
        bool known = false;

        for (size_t k = 0; k < kept && !known; k++)
            known = all[k] == tips[i];
        if (!known)
            all[kept++] = tips[i];
    }
    free(stream->tips);
    stream->tips = all;
    stream->tip_count = kept;
    return cudaSuccess;
}

static cudaError_t enter(struct capture *capture, struct CUstream_st *stream,
                         struct CUgraphNode_st *const *tips, size_t count)
{
    struct CUstream_st **joined =
        realloc(capture->joined, (capture->joined_count + 1) * sizeof(capture->joined[0]));
    cudaError_t error;

    if (!joined)
        return cudaErrorMemoryAllocation;
    capture->joined = joined;
    error = put_tips(stream, tips, count, false);
    if (error)
        return error;
    joined[capture->joined_count++] = stream_retain(stream);
    atomic_store(&stream->capture, capture);
    return cudaSuccess;
}

static void leave(struct CUstream_st *stream)
{
    atomic_store(&stream->capture, NULL);
    free(stream->tips);
    stream->tips = NULL;
    stream->tip_count = 0;
    stream_release(stream);
}

/* The stream's capture, spoilt unless it is intact. */
static cudaError_t intact(struct CUstream_st *stream, struct capture **capture)
{
    *capture = atomic_load(&stream->capture);
    if (!*capture)
        return cudaErrorIllegalState;
    return (*capture)->invalid ? cudaErrorStreamCaptureInvalidated : cudaSuccess;
}

/* ---- For the other modules ---- */

cudaError_t capture_add(struct CUstream_st *stream, struct work *take_work)
{
    struct capture *capture;
    cudaError_t error;

    pthread_mutex_lock(&lock);
    error = intact(stream, &capture);
    if (error) {
        work_release(take_work);
    } else {
        struct CUgraphNode_st *node =
            graph_add(capture->graph, take_work->type, take_work, NULL, stream->tips, stream->tip_count);

        error = node ? put_tips(stream, &node, 1, false) : cudaErrorMemoryAllocation;
    }
    pthread_mutex_unlock(&lock);
    return error;
}

cudaError_t capture_tips(struct CUstream_st *stream, unsigned long long *id, struct CUgraphNode_st ***tips,
                         size_t *count)
{
    struct capture *capture;
    cudaError_t error;

    pthread_mutex_lock(&lock);
    error = intact(stream, &capture);
    if (!error) {
        *id = capture->id;
        *count = stream->tip_count;
        *tips = calloc(*count + 1, sizeof(**tips));
        if (!*tips)
            error = cudaErrorMemoryAllocation;
        else if (*count)
            memcpy(*tips, stream->tips, *count * sizeof(**tips));
    }
    pthread_mutex_unlock(&lock);
    return error;
}

cudaError_t capture_join(struct CUstream_st *stream, unsigned long long id,
                         struct CUgraphNode_st *const *tips, size_t count)
{
    cudaError_t error;
    struct capture *capture;

    pthread_mutex_lock(&lock);
    struct capture *own = atomic_load(&stream->capture);

    for (capture = captures; capture && capture->id != id; capture = capture->next)
        ;
    if (!capture) {
        error = cudaErrorCapturedEvent;
    } else if (capture->invalid || (own && own->invalid)) {
        error = cudaErrorStreamCaptureInvalidated;
    } else if (own && own != capture) {
        own->invalid = capture->invalid = true;
        error = cudaErrorStreamCaptureMerge;
    } else if (stream->legacy) {
        capture->invalid = true;
        error = cudaErrorStreamCaptureImplicit;
    } else if (own) {
        error = put_tips(stream, tips, count, true);
    } else {
        error = enter(capture, stream, tips, count);
    }
    pthread_mutex_unlock(&lock);
    return error;
}

bool capture_invalidate(struct CUstream_st *stream)
{
    struct capture *capture;

    pthread_mutex_lock(&lock);
    capture = atomic_load(&stream->capture);
    if (capture)
        capture->invalid = true;
    pthread_mutex_unlock(&lock);
    return capture != NULL;
}

cudaError_t capture_isolation_broken(struct CUstream_st *stream)
{
    capture_invalidate(stream);
    return cudaErrorStreamCaptureIsolation;
}

cudaError_t capture_refuse_stream(struct CUstream_st *stream)
{
    if (!stream)
        return cudaErrorMemoryAllocation;
    if (!atomic_load(&stream->capture))
        return cudaSuccess;
    return capture_invalidate(stream) ? cudaErrorStreamCaptureUnsupported : cudaSuccess;
}

cudaError_t capture_refuse_unsafe(void)
{
    cudaError_t error = cudaSuccess;

    if (!capture_any() || thread_mode == cudaStreamCaptureModeRelaxed)
        return cudaSuccess;
    pthread_mutex_lock(&lock);
    for (struct capture *c = captures; c; c = c->next) {
        bool ours = pthread_equal(c->thread, pthread_self());
        bool forbids =
            ours ? c->mode != cudaStreamCaptureModeRelaxed
                 : c->mode == cudaStreamCaptureModeGlobal && thread_mode == cudaStreamCaptureModeGlobal;

        if (forbids) {
            c->invalid = true;
            error = cudaErrorStreamCaptureUnsupported;
        }
    }
    pthread_mutex_unlock(&lock);
    return error;
}

/* Removes the capture and lets its streams go; the graph remains. Lock held. */
static void end(struct capture *capture)
{
    for (struct capture **where = &captures; *where; where = &(*where)->next) {
        if (*where == capture) {
            *where = capture->next;
            break;
        }
    }
    atomic_fetch_sub(&active, 1);
    for (size_t i = 0; i < capture->joined_count; i++)
        leave(capture->joined[i]);
    capture->graph->capturing = false;
    free(capture->joined);
    free(capture);
}

void capture_forget_stream(struct CUstream_st *stream)
{
    struct capture *capture;

    if (!atomic_load(&stream->capture))
        return;
    pthread_mutex_lock(&lock);
    capture = atomic_load(&stream->capture);
    if (capture && capture->origin == stream) {
        struct CUgraph_st *graph = capture->graph;
        bool borrowed = capture->borrowed_graph;

        end(capture);
        if (!borrowed)
            graph_destroy(graph);
    } else if (capture) {
        capture->invalid = true;
    }
    pthread_mutex_unlock(&lock);
}

/* ---- Begin and end ---- */

static cudaError_t begin(struct CUstream_st *stream, struct CUgraph_st *graph,
                         const cudaGraphNode_t *dependencies, size_t count, enum cudaStreamCaptureMode mode)
{
    struct capture *capture;
    cudaError_t error = cudaSuccess;

    if (!stream)
        return cudaErrorMemoryAllocation;
    if (stream->legacy)
        return cudaErrorStreamCaptureUnsupported;
    if (mode < cudaStreamCaptureModeGlobal || mode > cudaStreamCaptureModeRelaxed || (count && !dependencies))
        return cudaErrorInvalidValue;
    capture = calloc(1, sizeof(*capture));
    if (!capture)
        return cudaErrorMemoryAllocation;
    capture->graph = graph ? graph : graph_create();
    capture->borrowed_graph = graph != NULL;
    capture->mode = mode;
    capture->thread = pthread_self();
    capture->origin = stream;

    pthread_mutex_lock(&lock);
    if (!capture->graph)
        error = cudaErrorMemoryAllocation;
    else if (atomic_load(&stream->capture))
        error = cudaErrorIllegalState;
    else
        error = enter(capture, stream, dependencies, count);
    if (!error) {
        capture->id = ++last_id;
        capture->graph->capturing = true;
        capture->next = captures;
        captures = capture;
        atomic_fetch_add(&active, 1);
    }
    pthread_mutex_unlock(&lock);
    if (error) {
        if (!graph && capture->graph)
            graph_destroy(capture->graph);
        free(capture->joined);
        free(capture);
    }
    return error;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t handle, enum cudaStreamCaptureMode mode)
{
    return error_set(begin(stream_resolve(handle), NULL, NULL, 0, mode));
}

cudaError_t cudaStreamBeginCaptureToGraph(cudaStream_t handle, cudaGraph_t graph,
                                          const cudaGraphNode_t *dependencies, const cudaGraphEdgeData *edges,
                                          size_t count, enum cudaStreamCaptureMode mode)
{
    (void)edges; /* all our edges are full ones */
    if (!graph)
        return error_set(cudaErrorInvalidValue);
    return error_set(begin(stream_resolve(handle), graph, dependencies, count, mode));
}

static void mark(const struct CUgraphNode_st *node, bool *reached)
{
    if (reached[node->index])
        return;
    reached[node->index] = true;
    for (size_t i = 0; i < node->dependency_count; i++)
        mark(node->dependencies[i], reached);
}

/* Does the origin come after everything that the other streams did? */
static cudaError_t check_joined(const struct capture *capture)
{
    bool *reached = calloc(capture->graph->count + 1, sizeof(reached[0]));
    bool all = true;

    if (!reached)
        return cudaErrorMemoryAllocation;
    for (size_t i = 0; i < capture->origin->tip_count; i++)
        mark(capture->origin->tips[i], reached);
    for (size_t s = 0; s < capture->joined_count && all; s++)
        for (size_t i = 0; i < capture->joined[s]->tip_count && all; i++)
            all = reached[capture->joined[s]->tips[i]->index];
    free(reached);
    return all ? cudaSuccess : cudaErrorStreamCaptureUnjoined;
}

cudaError_t cudaStreamEndCapture(cudaStream_t handle, cudaGraph_t *result)
{
    struct CUstream_st *stream = stream_resolve(handle);
    struct CUgraph_st *unwanted = NULL;
    struct capture *capture;
    cudaError_t error;

    if (!stream || !result)
        return error_set(cudaErrorInvalidValue);
    *result = NULL;
    pthread_mutex_lock(&lock);
    capture = atomic_load(&stream->capture);
    if (!capture) {
        error = cudaErrorIllegalState;
    } else if (capture->origin != stream) {
        capture->invalid = true;
        error = cudaErrorStreamCaptureUnmatched;
    } else if (capture->mode != cudaStreamCaptureModeRelaxed &&
               !pthread_equal(capture->thread, pthread_self())) {
        error = cudaErrorStreamCaptureWrongThread;
    } else {
        error = capture->invalid ? cudaErrorStreamCaptureInvalidated : check_joined(capture);
        if (capture->graph->destroyed || (error && !capture->borrowed_graph))
            unwanted = capture->graph;
        if (!error && !unwanted)
            *result = capture->graph;
        end(capture);
    }
    pthread_mutex_unlock(&lock);
    if (unwanted)
        graph_destroy(unwanted);
    return error_set(error);
}

/* ---- Questions ---- */

cudaError_t simrt_capture_info(cudaStream_t handle, bool per_thread, enum cudaStreamCaptureStatus *status,
                               unsigned long long *id, cudaGraph_t *graph,
                               const cudaGraphNode_t **dependencies, size_t *dependency_count)
{
    struct CUstream_st *stream = stream_resolve(!handle && per_thread ? cudaStreamPerThread : handle);
    struct capture *capture;

    if (!stream || !status)
        return cudaErrorInvalidValue;
    if (stream_legacy_conflict(stream, false))
        return cudaErrorStreamCaptureImplicit;
    *status = cudaStreamCaptureStatusNone;
    if (!atomic_load(&stream->capture))
        return cudaSuccess;
    pthread_mutex_lock(&lock);
    capture = atomic_load(&stream->capture);
    if (capture) {
        *status = capture->invalid ? cudaStreamCaptureStatusInvalidated : cudaStreamCaptureStatusActive;
        if (id)
            *id = capture->id;
        if (graph)
            *graph = capture->graph;
        if (dependencies)
            *dependencies = stream->tips;
        if (dependency_count)
            *dependency_count = stream->tip_count;
    }
    pthread_mutex_unlock(&lock);
    return cudaSuccess;
}

cudaError_t cudaStreamIsCapturing(cudaStream_t handle, enum cudaStreamCaptureStatus *status)
{
    return error_set(simrt_capture_info(handle, false, status, NULL, NULL, NULL, NULL));
}

cudaError_t cudaStreamGetCaptureInfo(cudaStream_t handle, enum cudaStreamCaptureStatus *status,
                                     unsigned long long *id, cudaGraph_t *graph,
                                     const cudaGraphNode_t **dependencies, const cudaGraphEdgeData **edges,
                                     size_t *dependency_count)
{
    if (edges)
        *edges = NULL; /* all are full ones */
    return error_set(simrt_capture_info(handle, false, status, id, graph, dependencies, dependency_count));
}

cudaError_t cudaStreamUpdateCaptureDependencies(cudaStream_t handle, cudaGraphNode_t *dependencies,
                                                const cudaGraphEdgeData *edges, size_t count,
                                                unsigned int flags)
{
    struct CUstream_st *stream = stream_resolve(handle);
    struct capture *capture;
    cudaError_t error;

    (void)edges;
    if (!stream || flags > cudaStreamSetCaptureDependencies || (count && !dependencies))
        return error_set(cudaErrorInvalidValue);
    pthread_mutex_lock(&lock);
    error = intact(stream, &capture);
    for (size_t i = 0; !error && i < count; i++)
        if (!dependencies[i] || dependencies[i]->graph != capture->graph)
            error = cudaErrorInvalidValue;
    if (!error)
        error = put_tips(stream, dependencies, count, flags == cudaStreamAddCaptureDependencies);
    pthread_mutex_unlock(&lock);
    return error_set(error);
}

cudaError_t simrt_exchange_capture_mode(enum cudaStreamCaptureMode *mode)
{
    enum cudaStreamCaptureMode old = thread_mode;

    if (!mode || *mode < cudaStreamCaptureModeGlobal || *mode > cudaStreamCaptureModeRelaxed)
        return cudaErrorInvalidValue;
    thread_mode = *mode;
    *mode = old;
    return cudaSuccess;
}

cudaError_t cudaThreadExchangeStreamCaptureMode(enum cudaStreamCaptureMode *mode)
{
    return error_set(simrt_exchange_capture_mode(mode));
}
