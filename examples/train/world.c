/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include "check.h"

/* A call on float, summing, with root 0: what most of them are. */
static struct world_call call(enum world_op op, const struct tensor *send, const struct tensor *recv)
{
    return (struct world_call){
        .op = op,
        .send = send->device,
        .recv = recv->device,
        .count = recv->count,
        .type = ncclFloat32,
        .redop = ncclSum,
        .root = 0,
    };
}

struct world_plan world_plan_make(const struct model *model, const struct group *world)
{
    struct world_plan plan = {.count = WORLD_SLOTS};

    plan.calls[WORLD_EMBEDDING] = call(WORLD_ALL_REDUCE, &model->embedding, &model->embedding_sum);
    plan.calls[WORLD_NORMS] = call(WORLD_ALL_REDUCE, &model->norms, &model->norms_max);
    plan.calls[WORLD_NORMS].redop = ncclMax;
    plan.calls[WORLD_LOSS] = call(WORLD_BROADCAST, &model->activations[0], &model->loss);
    plan.calls[WORLD_LOSS].root = world->size - 1;
    plan.calls[WORLD_STATISTICS] = call(WORLD_REDUCE, &model->statistics, &model->statistics_sum);
    plan.calls[WORLD_BARRIER] = call(WORLD_ALL_REDUCE, &model->barrier, &model->barrier);
    return plan;
}

static void issue(const struct world_call *c, ncclComm_t comm, cudaStream_t stream)
{
    if (c->before)
        c->before();
    switch (c->op) {
    case WORLD_ALL_REDUCE:
        CHECK_NCCL(ncclAllReduce(c->send, c->recv, c->count, c->type, c->redop, comm, stream));
        break;
    case WORLD_BROADCAST:
        CHECK_NCCL(ncclBroadcast(c->send, c->recv, c->count, c->type, c->root, comm, stream));
        break;
    case WORLD_REDUCE:
        CHECK_NCCL(ncclReduce(c->send, c->recv, c->count, c->type, c->redop, c->root, comm, stream));
        break;
    }
}

void world_plan_issue(const struct world_plan *plan, ncclComm_t comm, cudaStream_t stream)
{
    for (int i = 0; i < plan->count; i++)
        issue(&plan->calls[i], comm, stream);
}
