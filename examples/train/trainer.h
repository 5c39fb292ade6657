/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRAIN_TRAINER_H
#define TRAIN_TRAINER_H

/* What one rank holds during the run, and a step from its inputs to its checked results. Main thread only. */

#include <cuda_runtime.h>

#include "layout.h"
#include "model.h"
#include "options.h"
#include "workers.h"

struct trainer {
    const struct options *options; /* borrowed */
    const struct layout *layout;   /* borrowed */
    struct model model;
    struct workers *workers;
    cudaStream_t stream;
    cudaGraphExec_t graph; /* a healthy step; NULL until one was captured */
    int graph_calls;       /* collectives on the world communicator in it */
    long world_index;      /* collectives made on the world communicator so far */
};

/* Call on all ranks: the workers split their communicators here. */
void trainer_create(struct trainer *trainer, const struct options *options, const struct layout *layout);

/* Waits for the streams and destroys everything but the layout. */
void trainer_destroy(struct trainer *trainer);

/* Does the step with the faults that were asked for and waits for its end. Returns how many results were
 * wrong; each was told on stderr. After a fault it may wait for ever, as any NCCL program would. */
int trainer_step(struct trainer *trainer, long step);

/* The loss of the last step. */
double trainer_loss(const struct trainer *trainer);

#endif
