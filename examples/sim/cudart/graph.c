/* SPDX-License-Identifier: Apache-2.0 */
#include "graph.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"

struct CUgraph_st *graph_create(void)
{
    return calloc(1, sizeof(struct CUgraph_st));
}

static void node_destroy(struct CUgraphNode_st *node)
{
    work_release(node->work);
    if (node->child)
        graph_destroy(node->child);
    free(node->dependencies);
    free(node);
}

void graph_destroy(struct CUgraph_st *graph)
{
    for (size_t i = 0; i < graph->count; i++)
        node_destroy(graph->nodes[i]);
    free(graph->nodes);
    free(graph);
}

static bool make_room(struct CUgraph_st *graph)
{
    size_t capacity = graph->capacity ? 2 * graph->capacity : 16;
    struct CUgraphNode_st **nodes;

    if (graph->count < graph->capacity)
        return true;
    nodes = realloc(graph->nodes, capacity * sizeof(nodes[0]));
    if (!nodes)
        return false;
    graph->nodes = nodes;
    graph->capacity = capacity;
    return true;
}

struct CUgraphNode_st *graph_add(struct CUgraph_st *graph, enum cudaGraphNodeType type,
                                 struct work *take_work, struct CUgraph_st *take_child,
                                 struct CUgraphNode_st *const *dependencies, size_t dependency_count)
{
    struct CUgraphNode_st *node = calloc(1, sizeof(*node));
    struct CUgraphNode_st **copy = calloc(dependency_count + 1, sizeof(copy[0]));

    if (!node || !copy || !make_room(graph)) {
        free(node);
        free(copy);
        work_release(take_work);
        if (take_child)
            graph_destroy(take_child);
        return NULL;
    }
    if (dependency_count)
        memcpy(copy, dependencies, dependency_count * sizeof(copy[0]));
    *node = (struct CUgraphNode_st){.graph = graph,
                                    .index = graph->count,
                                    .type = type,
                                    .work = take_work,
                                    .child = take_child,
                                    .dependencies = copy,
                                    .dependency_count = dependency_count};
    graph->nodes[graph->count++] = node;
    return node;
}

static bool clone_node(struct CUgraph_st *copy, const struct CUgraphNode_st *node)
{
    struct CUgraph_st *child = NULL;
    struct CUgraphNode_st *made;

    if (node->child && !(child = graph_clone(node->child)))
        return false;
    made = graph_add(copy, node->type, node->work ? work_retain(node->work) : NULL, child, node->dependencies,
                     node->dependency_count);
    if (!made)
        return false;
    for (size_t i = 0; i < made->dependency_count; i++)
        made->dependencies[i] = copy->nodes[node->dependencies[i]->index];
    return true;
}

struct CUgraph_st *graph_clone(const struct CUgraph_st *graph)
{
    struct CUgraph_st *copy = graph_create();

    for (size_t i = 0; copy && i < graph->count; i++) {
        if (!clone_node(copy, graph->nodes[i])) {
            graph_destroy(copy);
            return NULL;
        }
    }
    return copy;
}

/* ---- Public ---- */

cudaError_t cudaGraphCreate(cudaGraph_t *handle, unsigned int flags)
{
    if (!handle || flags)
        return error_set(cudaErrorInvalidValue);
    *handle = graph_create();
    return error_set(*handle ? cudaSuccess : cudaErrorMemoryAllocation);
}

cudaError_t cudaGraphClone(cudaGraph_t *handle, cudaGraph_t original)
{
    if (!handle || !original)
        return error_set(cudaErrorInvalidValue);
    *handle = graph_clone(original);
    return error_set(*handle ? cudaSuccess : cudaErrorMemoryAllocation);
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph)
{
    if (!graph)
        return error_set(cudaErrorInvalidValue);
    if (graph->capturing)
        graph->destroyed = true;
    else
        graph_destroy(graph);
    return cudaSuccess;
}

static cudaError_t add(cudaGraphNode_t *handle, cudaGraph_t graph, enum cudaGraphNodeType type,
                       struct work *take_work, struct CUgraph_st *take_child,
                       const cudaGraphNode_t *dependencies, size_t count)
{
    *handle = graph_add(graph, type, take_work, take_child, dependencies, count);
    return error_set(*handle ? cudaSuccess : cudaErrorMemoryAllocation);
}

static bool acceptable(const cudaGraphNode_t *handle, const struct CUgraph_st *graph,
                       const cudaGraphNode_t *dependencies, size_t count)
{
    if (!handle || !graph || (count && !dependencies))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!dependencies[i] || dependencies[i]->graph != graph)
            return false;
    return true;
}

cudaError_t cudaGraphAddEmptyNode(cudaGraphNode_t *handle, cudaGraph_t graph,
                                  const cudaGraphNode_t *dependencies, size_t count)
{
    if (!acceptable(handle, graph, dependencies, count))
        return error_set(cudaErrorInvalidValue);
    return add(handle, graph, cudaGraphNodeTypeEmpty, NULL, NULL, dependencies, count);
}

static void run_host_node(void *argument)
{
    const struct cudaHostNodeParams *call = argument;

    call->fn(call->userData);
}

cudaError_t cudaGraphAddHostNode(cudaGraphNode_t *handle, cudaGraph_t graph,
                                 const cudaGraphNode_t *dependencies, size_t count,
                                 const struct cudaHostNodeParams *parameters)
{
    struct cudaHostNodeParams *copy;
    struct work *work;

    if (!acceptable(handle, graph, dependencies, count) || !parameters || !parameters->fn)
        return error_set(cudaErrorInvalidValue);
    copy = malloc(sizeof(*copy));
    if (!copy)
        return error_set(cudaErrorMemoryAllocation);
    *copy = *parameters;
    work = work_create(cudaGraphNodeTypeHost, run_host_node, free, copy);
    if (!work)
        return error_set(cudaErrorMemoryAllocation);
    return add(handle, graph, cudaGraphNodeTypeHost, work, NULL, dependencies, count);
}

cudaError_t cudaGraphAddChildGraphNode(cudaGraphNode_t *handle, cudaGraph_t graph,
                                       const cudaGraphNode_t *dependencies, size_t count, cudaGraph_t child)
{
    struct CUgraph_st *copy;

    if (!acceptable(handle, graph, dependencies, count) || !child)
        return error_set(cudaErrorInvalidValue);
    copy = graph_clone(child);
    if (!copy)
        return error_set(cudaErrorMemoryAllocation);
    return add(handle, graph, cudaGraphNodeTypeGraph, NULL, copy, dependencies, count);
}

cudaError_t cudaGraphChildGraphNodeGetGraph(cudaGraphNode_t node, cudaGraph_t *graph)
{
    if (!node || !graph || !node->child)
        return error_set(cudaErrorInvalidValue);
    *graph = node->child;
    return cudaSuccess;
}

cudaError_t cudaGraphNodeGetType(cudaGraphNode_t node, enum cudaGraphNodeType *type)
{
    if (!node || !type)
        return error_set(cudaErrorInvalidValue);
    *type = node->type;
    return cudaSuccess;
}

/* Fills in up to *count nodes and sets *count to how many that are; without an array, to how many there are.
 */
static cudaError_t list(struct CUgraph_st *graph, bool roots_only, cudaGraphNode_t *nodes, size_t *count)
{
    size_t found = 0;

    if (!graph || !count)
        return error_set(cudaErrorInvalidValue);
    for (size_t i = 0; i < graph->count; i++) {
        if (roots_only && graph->nodes[i]->dependency_count > 0)
            continue;
        if (nodes && found == *count)
            break;
        if (nodes)
            nodes[found] = graph->nodes[i];
        found++;
    }
    for (size_t i = found; nodes && i < *count; i++)
        nodes[i] = NULL;
    *count = found;
    return cudaSuccess;
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t *nodes, size_t *count)
{
    return list(graph, false, nodes, count);
}

cudaError_t cudaGraphGetRootNodes(cudaGraph_t graph, cudaGraphNode_t *nodes, size_t *count)
{
    return list(graph, true, nodes, count);
}
