/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

#include <stdlib.h>

#include "check.h"

void model_create(struct model *model, const struct layout *layout, int layers, size_t elements)
{
    model->layer_count = layers;
    model->layers = calloc((size_t)layers, sizeof(*model->layers));
    CHECK_THAT(model->layers != NULL);
    for (int l = 0; l < layers; l++) {
        size_t count = elements / (1 + (size_t)l % 3);

        model->layers[l].shard = tensor_create("shard of a layer", count);
        model->layers[l].full = tensor_create("full layer", count * (size_t)layout->tensor.size);
        model->layers[l].bucket = tensor_create("gradient bucket of a layer", count);
    }
    for (int m = 0; m < MICROBATCHES; m++) {
        model->activations[m] = tensor_create("activations", elements / 4);
        model->gradients[m] = tensor_create("activation gradients", elements / 4);
    }
    model->embedding = tensor_create("embedding gradients", elements);
    model->embedding_sum = tensor_create("sum of the embedding gradients", elements);
    model->norms = tensor_create("gradient norms", (size_t)layers);
    model->norms_max = tensor_create("largest gradient norms", (size_t)layers);
    model->loss = tensor_create("loss", 4);
    model->statistics = tensor_create("statistics", 8);
    model->statistics_sum = tensor_create("sum of the statistics", 8);
    model->barrier = tensor_create("barrier", 1);
}

void model_destroy(struct model *model)
{
    for (int l = 0; l < model->layer_count; l++) {
        tensor_destroy(&model->layers[l].shard);
        tensor_destroy(&model->layers[l].full);
        tensor_destroy(&model->layers[l].bucket);
    }
    free(model->layers);
    for (int m = 0; m < MICROBATCHES; m++) {
        tensor_destroy(&model->activations[m]);
        tensor_destroy(&model->gradients[m]);
    }
    tensor_destroy(&model->embedding);
    tensor_destroy(&model->embedding_sum);
    tensor_destroy(&model->norms);
    tensor_destroy(&model->norms_max);
    tensor_destroy(&model->loss);
    tensor_destroy(&model->statistics);
    tensor_destroy(&model->statistics_sum);
    tensor_destroy(&model->barrier);
}

/* The loss falls as a training run's does, and is known beforehand. */
static double loss_at(long step)
{
    return 2.5 / (1.0 + 0.1 * (double)step);
}

static void load(struct tensor *tensor, long step, double offset, double scale, cudaStream_t stream)
{
    tensor_fill(tensor, step, offset, scale);
    tensor_upload(tensor, stream);
}

void model_load(struct model *model, const struct layout *layout, long step, cudaStream_t stream)
{
    double own = layout->world.rank + 1;

    for (int l = 0; l < model->layer_count; l++)
        load(&model->layers[l].shard, step, own, 1, stream);
    if (layout->pipeline.rank == 0) /* the other stages receive theirs */
        for (int m = 0; m < MICROBATCHES; m++)
            load(&model->activations[m], step, loss_at(step), 0, stream);
    load(&model->embedding, step, own, 1, stream);
    load(&model->norms, step, own, 1, stream);
    load(&model->statistics, step, own, 1, stream);
    load(&model->barrier, step, 1, 0, stream);
}

void model_fetch(struct model *model, cudaStream_t stream)
{
    for (int l = 0; l < model->layer_count; l++)
        tensor_download(&model->layers[l].bucket, stream);
    for (int m = 0; m < MICROBATCHES; m++)
        tensor_download(&model->gradients[m], stream);
    tensor_download(&model->embedding_sum, stream);
    tensor_download(&model->norms_max, stream);
    tensor_download(&model->loss, stream);
    tensor_download(&model->statistics_sum, stream);
    tensor_download(&model->barrier, stream);
}

/* Activations come back to the first stage of a pipeline; without a pipeline, to the neighbour in the ring.
 */
static int returned_microbatches(const struct layout *layout)
{
    if (layout->pipeline.size > 1)
        return layout->pipeline.rank == 0 ? MICROBATCHES : 0;
    return layout->world.size > 1 ? 1 : 0;
}

int model_check(const struct model *model, const struct layout *layout, long step)
{
    const struct group *world = &layout->world;
    double tensor_squared = (double)layout->tensor.size * layout->tensor.size;
    double data_sum = group_sum(&layout->data);
    int wrong = 0;

    for (int l = 0; l < model->layer_count; l++)
        wrong += !tensor_check(&model->layers[l].bucket, world->rank, step, tensor_squared * data_sum,
                               tensor_squared * layout->data.size);
    for (int m = 0; m < returned_microbatches(layout); m++)
        wrong += !tensor_check(&model->gradients[m], world->rank, step, loss_at(step), 0);
    wrong += !tensor_check(&model->embedding_sum, world->rank, step, group_sum(world), world->size);
    wrong += !tensor_check(&model->norms_max, world->rank, step, world->size, 1);
    wrong += !tensor_check(&model->loss, world->rank, step, loss_at(step), 0);
    if (world->rank == 0)
        wrong += !tensor_check(&model->statistics_sum, world->rank, step, group_sum(world), world->size);
    wrong += !tensor_check(&model->barrier, world->rank, step, world->size, 0);
    return wrong;
}
