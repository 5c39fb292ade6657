/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRAIN_STEP_H
#define TRAIN_STEP_H

/* All that one step asks NCCL to do, in the order of a training step: forward through the layers and stages,
 * backward, gradient buckets, then the calls on the communicator of all ranks. */

#include <cuda_runtime.h>

#include "fault.h"
#include "layout.h"
#include "model.h"

struct step {
    long number;
    const struct layout *layout;
    const struct model *model;
    cudaStream_t stream;       /* eager, or being captured */
    const struct fault *fault; /* what this rank does wrong in this step; NULL: nothing */
    long world_index; /* collectives that this rank made on the world communicator before this step */
};

/* Puts the step's work on the stream and returns how many collectives it made on the world communicator. */
int step_issue(const struct step *step);

#endif
