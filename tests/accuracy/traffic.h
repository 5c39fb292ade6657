/* SPDX-License-Identifier: Apache-2.0
 *
 * What goes over a communicator in a step, written for all of its members at once.
 */
#ifndef TESTS_ACCURACY_TRAFFIC_H
#define TESTS_ACCURACY_TRAFFIC_H

#include "layout.h"

struct traffic {
    struct program *program;
    struct layout *layout;
    struct chance chance;
    bool uneven; /* the groups of a dimension do not do the same */
    int layers;
};

/* All-reduces, or all-gathers and reduce-scatters, of activations. */
void traffic_tensor(struct traffic *traffic, int communicator);
/* Gradients in buckets. */
void traffic_buckets(struct traffic *traffic, int communicator);
/* Parameters gathered and gradients scattered for each layer. */
void traffic_sharded(struct traffic *traffic, int communicator);
/* Tokens to experts and back: all-to-alls as a collective or as grouped messages of any size, also none. */
void traffic_experts(struct traffic *traffic, int communicator);
/* Keys and values round a ring, grouped. */
void traffic_ring(struct traffic *traffic, int communicator);
/* Micro-batches through all stages, with `layer` (may be NULL) on each stage's tensor communicators. */
void traffic_pipeline(struct traffic *traffic, void (*layer)(struct traffic *, int communicator));
/* Any collective, with what NCCL allows: empty ones, other types of the same bytes, groups, captures. */
void traffic_anything(struct traffic *traffic, int communicator);
/* Rings, exchanges, batches in both directions, uneven pairs, chains. */
void traffic_messages(struct traffic *traffic, int communicator);
/* Communicators that are made, used and destroyed. */
void traffic_churn(struct traffic *traffic);

#endif
