/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRAIN_MODEL_H
#define TRAIN_MODEL_H

/* The arrays of one rank, the numbers it puts into them at the start of a step, and the check of what came
 * out. */

#include <cuda_runtime.h>
#include <stddef.h>

#include "layout.h"
#include "tensor.h"

enum { MICROBATCHES = 2 }; /* how many pieces a step sends through the pipeline */

/* A layer is sharded over the tensor group. Its numbers run shard -> full (all-gather), full (all-reduce),
 * full -> bucket (reduce-scatter), bucket (all-reduce over the data group): a right bucket means that all
 * four were right. */
struct layer {
    struct tensor shard;
    struct tensor full;
    struct tensor bucket;
};

struct model {
    int layer_count;
    struct layer *layers;
    struct tensor activations[MICROBATCHES]; /* stage 0 feeds them in, each stage passes them on */
    struct tensor gradients[MICROBATCHES]; /* the last stage returns what it got, stage 0 must see it again */

    /* Inputs and outputs of the calls on the communicator of all ranks (world.h). */
    struct tensor embedding, embedding_sum;
    struct tensor norms, norms_max;
    struct tensor loss;
    struct tensor statistics, statistics_sum;
    struct tensor barrier;
};

/* Allocates everything: layer l has elements / (1 + l % 3) elements a shard, activations elements / 4. */
void model_create(struct model *model, const struct layout *layout, int layers, size_t elements);
void model_destroy(struct model *model);

/* Puts the step's inputs on the device; in stream order. */
void model_load(struct model *model, const struct layout *layout, long step, cudaStream_t stream);

/* Fetches the step's results; in stream order, so synchronise before looking at them. */
void model_fetch(struct model *model, cudaStream_t stream);

/* Compares the fetched results with what they must be; each wrong array is a line on stderr. Returns their
 * number. */
int model_check(const struct model *model, const struct layout *layout, long step);

#endif
