/* SPDX-License-Identifier: Apache-2.0
 *
 * One rank of a training job as its forwarder would send it: tensor-, pipeline- and data-parallel
 * communicators, microbatches, gradient buckets, times with jitter; cut into messages by the forwarder's
 * rules. All ranks of a job agree, so the engine must find nothing. The same arguments give the same job.
 */
#ifndef LOCKSTEP_BENCH_TRAINING_H
#define LOCKSTEP_BENCH_TRAINING_H

#include <stddef.h>
#include <stdint.h>

#include "batch.h"

/* Ranks are tensor * pipeline * data of them, tensor fastest. */
struct training_shape {
    int tensor;
    int pipeline;
    int data;
    int layers; /* on each rank */
};

struct training;

/* `take` gets every message made, borrowed. NULL when memory is out. */
struct training *training_create(const struct training_shape *shape, int rank,
                                 void (*take)(void *context, const struct message *message), void *context);
/* One training step. 0 or a negative errno. */
int training_step(struct training *training);
/* The last batch, and the End. */
int training_end(struct training *training);
void training_destroy(struct training *training);

uint64_t training_events(const struct training *training); /* put into messages or about to be */
int training_ranks(const struct training_shape *shape);

#endif
