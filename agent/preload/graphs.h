/* SPDX-License-Identifier: Apache-2.0
 *
 * The frame around CUDA graph calls, like calls.h is for NCCL's. Graph calls are recorded from the first
 * communicator on; captures are counted from the start. What was captured, instantiated or launched before is
 * not seen.
 */
#ifndef LOCKSTEP_PRELOAD_GRAPHS_H
#define LOCKSTEP_PRELOAD_GRAPHS_H

#include "libraries.h"
#include "names.h"
#include "ring.h"

struct graph_fields {
    cudaStream_t stream;
    cudaGraph_t graph;
    cudaGraphExec_t exec;
    cudaGraph_t child;
    uint64_t capture;
};

struct graph_call {
    struct ring *ring; /* NULL: not recorded */
    const void *site;
    enum operation operation;
    struct graph_fields fields; /* filled by the caller before graphs_leave() */
};

/* Enters and returns the real function, or NULL. */
void *graphs_enter(struct graph_call *call, struct origin origin, enum function function,
                   enum operation operation);

/* Leaves and records. */
void graphs_leave(const struct graph_call *call, cudaError_t result);

/* The same for a launch, which is recorded when it begins: it may block. */
void *graphs_enter_launch(struct graph_call *call, struct origin origin, enum function function,
                          cudaStream_t stream, cudaGraphExec_t exec);
void graphs_leave_launch(const struct graph_call *call);

#endif
