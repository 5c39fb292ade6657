/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRAIN_LAYOUT_H
#define TRAIN_LAYOUT_H

/* The communicators of the job: one of all ranks, and three that are split from it. Ranks are arranged with
 * the tensor dimension fastest and the pipeline slowest, so that for 8 ranks with tensor = data = pipeline =
 * 2:
 *
 *     rank      0 1 2 3 | 4 5 6 7
 *     tensor    0 1 0 1 | 0 1 0 1     splits a layer:        {0,1} {2,3} {4,5} {6,7}
 *     data      0 0 1 1 | 0 0 1 1     copies of the model:   {0,2} {1,3} {4,6} {5,7}
 *     pipeline  0 0 0 0 | 1 1 1 1     stages of the model:   {0,4} {1,5} {2,6} {3,7}
 */

#include <nccl.h>

/* One communicator and who is in it: member i is world rank `first + i * stride`. */
struct group {
    ncclComm_t comm;
    int rank; /* ours, in this group */
    int size;
    int first;
    int stride;
};

struct layout {
    struct group world;
    struct group tensor;
    struct group data;
    struct group pipeline;
};

/* Creates all four communicators; call it on every rank of MPI_COMM_WORLD, from the thread that called
 * MPI_Init. Also chooses the GPU: the rank's number on its host, modulo the number of GPUs there. `tensor`
 * and `pipeline` are the wanted sizes of these groups, 0 to have 2 where the number of ranks allows it and 1
 * elsewhere; data parallelism gets what remains. Returns 0, or -EINVAL when the sizes do not divide the
 * number of ranks (nothing was created then). */
int layout_create(struct layout *layout, int tensor, int pipeline);

/* Destroys the communicators; no work may be left on any stream, and no graph that uses them alive. */
void layout_destroy(struct layout *layout);

/* The world rank of member `i` of the group. */
int group_world_rank(const struct group *group, int i);

/* The sum over the members of (world rank + 1): what each rank contributes to a sum, see tensor.h. */
double group_sum(const struct group *group);

#endif
