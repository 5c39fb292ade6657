/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_CUDART_GRAPH_H
#define SIM_CUDART_GRAPH_H

/* Graphs: nodes in the order in which they were added, each after all that it depends on. A graph belongs to
 * whoever holds its handle; nodes belong to the graph. One thread at a time, as in CUDA; a capture uses its
 * own lock. */

#include <stdbool.h>
#include <stddef.h>

#include "work.h"

struct CUgraphNode_st {
    struct CUgraph_st *graph;
    size_t index;
    enum cudaGraphNodeType type;
    struct work *work;        /* NULL for empty nodes and child graphs */
    struct CUgraph_st *child; /* owned; or NULL */
    struct CUgraphNode_st **dependencies;
    size_t dependency_count;
};

struct CUgraph_st {
    struct CUgraphNode_st **nodes;
    size_t count;
    size_t capacity;
    bool destroyed; /* while it was under capture: goes when that ends */
    bool capturing;
};

struct CUgraph_st *graph_create(void);
void graph_destroy(struct CUgraph_st *graph);

/* A copy that shares the work; NULL without memory. */
struct CUgraph_st *graph_clone(const struct CUgraph_st *graph);

/* Adds a node; takes the work and the child, also when it fails, which is when it returns NULL: without
 * memory. */
struct CUgraphNode_st *graph_add(struct CUgraph_st *graph, enum cudaGraphNodeType type,
                                 struct work *take_work, struct CUgraph_st *take_child,
                                 struct CUgraphNode_st *const *dependencies, size_t dependency_count);

#endif
