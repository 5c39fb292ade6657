/* SPDX-License-Identifier: Apache-2.0 */
#include "step.h"

#include "check.h"

/* ---- Layers: tensor- and data-parallel collectives
 * ----------------------------------------------------------------- */

/* Gather the layer's weights from their shards, sum the partial activations. */
static void forward(const struct step *step)
{
    ncclComm_t comm = step->layout->tensor.comm;

    for (int l = 0; l < step->model->layer_count; l++) {
        const struct layer *layer = &step->model->layers[l];

        CHECK_NCCL(ncclAllGather(layer->shard.device, layer->full.device, layer->shard.count, ncclFloat32,
                                 comm, step->stream));
        CHECK_NCCL(ncclAllReduce(layer->full.device, layer->full.device, layer->full.count, ncclFloat32,
                                 ncclSum, comm, step->stream));
    }
}

/* Sum the gradients, each rank keeping those of its shard. */
static void backward(const struct step *step)
{
    for (int l = step->model->layer_count - 1; l >= 0; l--) {
        const struct layer *layer = &step->model->layers[l];

        CHECK_NCCL(ncclReduceScatter(layer->full.device, layer->bucket.device, layer->bucket.count,
                                     ncclFloat32, ncclSum, step->layout->tensor.comm, step->stream));
    }
}

static void reduce_buckets(const struct step *step)
{
    for (int l = step->model->layer_count - 1; l >= 0; l--) {
        const struct tensor *bucket = &step->model->layers[l].bucket;

        CHECK_NCCL(ncclAllReduce(bucket->device, bucket->device, bucket->count, ncclFloat32, ncclSum,
                                 step->layout->data.comm, step->stream));
    }
}

/* ---- Messages between ranks
 * ---------------------------------------------------------------------------------------- */

/* The kind of fault that this send, a rank's first in the step, is to suffer; FAULT_KINDS when it is not. */
static enum fault_kind message_fault(const struct step *step, const struct group *group, int peer)
{
    const struct fault *fault = step->fault;

    if (!fault || (fault->kind != FAULT_P2P_MISSING && fault->kind != FAULT_P2P_SIZE))
        return FAULT_KINDS;

    bool ring = group == &step->layout->world;

    fault_announce_message(fault, ring ? step->number : step->number * MICROBATCHES, step->layout->world.rank,
                           group_world_rank(group, peer), ring ? "world" : "pipeline");
    return fault->kind;
}

static void send(const struct step *step, const struct tensor *tensor, const struct group *group, int peer,
                 bool first)
{
    enum fault_kind fault = first ? message_fault(step, group, peer) : FAULT_KINDS;
    size_t count = fault == FAULT_P2P_SIZE ? tensor->count / 2 : tensor->count;

    if (fault != FAULT_P2P_MISSING)
        CHECK_NCCL(ncclSend(tensor->device, count, ncclFloat32, peer, group->comm, step->stream));
}

static void receive(const struct step *step, const struct tensor *tensor, const struct group *group, int peer)
{
    CHECK_NCCL(ncclRecv(tensor->device, tensor->count, ncclFloat32, peer, group->comm, step->stream));
}

/* One direction of the pipeline. */
struct sweep {
    int place;                    /* how many stages the microbatches passed before they come here */
    int from, to;                 /* stages that we receive from and send to; -1 at the ends */
    bool first_sends;             /* does this sweep have the step's first send? */
    const struct tensor *outputs; /* MICROBATCHES arrays to send, */
    const struct tensor *inputs;  /* and as many to receive into */
    void (*compute)(const struct step *step);
};

static bool in_range(int microbatch)
{
    return microbatch >= 0 && microbatch < MICROBATCHES;
}

/* At each tick the stage works on one microbatch, then hands it on while it takes the next one in: one group.
 */
static void pipeline_sweep(const struct step *step, const struct sweep *sweep)
{
    const struct group *pipeline = &step->layout->pipeline;

    for (int tick = 0; tick < MICROBATCHES + pipeline->size - 1; tick++) {
        int current = tick - sweep->place;
        bool sends = sweep->to >= 0 && in_range(current);
        bool receives = sweep->from >= 0 && in_range(current + 1);

        if (in_range(current))
            sweep->compute(step);
        if (!sends && !receives)
            continue;
        CHECK_NCCL(ncclGroupStart());
        if (sends)
            send(step, &sweep->outputs[current], pipeline, sweep->to, sweep->first_sends && current == 0);
        if (receives)
            receive(step, &sweep->inputs[current + 1], pipeline, sweep->from);
        CHECK_NCCL(ncclGroupEnd());
    }
}

static void pipeline_forward(const struct step *step)
{
    int stage = step->layout->pipeline.rank;
    bool last = stage == step->layout->pipeline.size - 1;

    pipeline_sweep(step, &(struct sweep){
                             .place = stage,
                             .from = stage - 1,
                             .to = last ? -1 : stage + 1,
                             .first_sends = true,
                             .outputs = step->model->activations,
                             .inputs = step->model->activations,
                             .compute = forward,
                         });
}

static void pipeline_backward(const struct step *step)
{
    int stage = step->layout->pipeline.rank;
    bool last = stage == step->layout->pipeline.size - 1;

    pipeline_sweep(step, &(struct sweep){
                             .place = step->layout->pipeline.size - 1 - stage,
                             .from = last ? -1 : stage + 1,
                             .to = stage - 1,
                             .first_sends = last, /* all others sent something forward */
                             .outputs = last ? step->model->activations : step->model->gradients,
                             .inputs = step->model->gradients,
                             .compute = backward,
                         });
}

/* Without a pipeline each rank hands a piece to its neighbour instead, as sequence parallelism does. */
static void exchange_ring(const struct step *step)
{
    const struct group *world = &step->layout->world;

    CHECK_NCCL(ncclGroupStart());
    send(step, &step->model->activations[0], world, (world->rank + 1) % world->size, true);
    receive(step, &step->model->gradients[0], world, (world->rank + world->size - 1) % world->size);
    CHECK_NCCL(ncclGroupEnd());
}

/* ---- The step
 * ------------------------------------------------------------------------------------------------------ */

int step_issue(const struct step *step)
{
    const struct group *world = &step->layout->world;

    pipeline_forward(step);
    pipeline_backward(step);
    if (step->layout->pipeline.size == 1 && world->size > 1)
        exchange_ring(step);
    reduce_buckets(step);

    struct world_plan plan = world_plan_make(step->model, world);

    fault_spoil_plan(step->fault, &plan, world, step->world_index);
    world_plan_issue(&plan, world->comm, step->stream);
    return plan.count;
}
