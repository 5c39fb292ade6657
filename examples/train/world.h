/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRAIN_WORLD_H
#define TRAIN_WORLD_H

/* The calls of a step on the communicator of all ranks, as a list: it is made, perhaps spoilt by a fault, and
 * issued. */

#include <cuda_runtime.h>
#include <nccl.h>
#include <stddef.h>

#include "layout.h"
#include "model.h"

/* The calls in the order in which they are made; the list of a healthy step has each once, at this position.
 */
enum world_slot {
    WORLD_EMBEDDING,  /* all-reduce, sum: gradients of the embedding, which all stages share */
    WORLD_NORMS,      /* all-reduce, max: one gradient norm a layer */
    WORLD_LOSS,       /* broadcast from the last rank, which is on the last stage */
    WORLD_STATISTICS, /* reduce to rank 0, sum */
    WORLD_BARRIER,    /* all-reduce, sum, of one element */
    WORLD_SLOTS
};

enum world_op { WORLD_ALL_REDUCE, WORLD_BROADCAST, WORLD_REDUCE };

struct world_call {
    enum world_op op;
    const void *send;
    void *recv;
    size_t count;
    ncclDataType_t type;
    ncclRedOp_t redop;    /* all-reduce and reduce */
    int root;             /* broadcast and reduce */
    void (*before)(void); /* done on the host before the call is made; or NULL */
};

struct world_plan {
    int count;
    struct world_call calls[WORLD_SLOTS + 1]; /* room for one call too many */
};

/* The list of a healthy step. */
struct world_plan world_plan_make(const struct model *model, const struct group *world);

/* Makes the calls of the list, in its order. */
void world_plan_issue(const struct world_plan *plan, ncclComm_t comm, cudaStream_t stream);

#endif
