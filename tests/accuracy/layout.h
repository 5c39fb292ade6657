/* SPDX-License-Identifier: Apache-2.0
 *
 * How the ranks of a training job are laid out: pipeline x data x context x tensor, the last running fastest,
 * and the communicators along each dimension.
 */
#ifndef TESTS_ACCURACY_LAYOUT_H
#define TESTS_ACCURACY_LAYOUT_H

#include "program.h"

enum dimension { TENSOR, CONTEXT, DATA, PIPELINE, DIMENSIONS };

struct layout {
    int size[DIMENSIONS];
    int world;
    /* Along each dimension, communicators of several ranks; communicator rank is the coordinate, or with
     * `reversed` its opposite. */
    int communicator[DIMENSIONS][RANKS_MAX];
    int count[DIMENSIONS];
    int of[DIMENSIONS][RANKS_MAX]; /* by world rank */
    bool reversed;
};

/* Sizes whose product is at most `most` and at least two. Only dimensions in `wanted` (bits) are larger than
 * one. */
void layout_choose(struct layout *layout, struct chance *chance, unsigned wanted, int most);
int layout_ranks(const struct layout *layout);
/* Makes the world and the communicators along all dimensions, by splits or by unique ids. */
void layout_build(struct layout *layout, struct program *program, struct chance *chance);

#endif
