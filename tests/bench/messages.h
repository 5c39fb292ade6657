/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole job's messages in memory, in an order in which a collector could have received them.
 */
#ifndef LOCKSTEP_BENCH_MESSAGES_H
#define LOCKSTEP_BENCH_MESSAGES_H

#include <stddef.h>
#include <stdint.h>

#include "training.h"

struct messages_stream { /* one rank's */
    struct message *all;
    size_t count;
    size_t room;
};

struct messages {
    struct messages_stream *ranks;
    int count;
    uint64_t events;
    uint64_t bytes;
};

/* Makes `steps` steps of a job. NULL when memory is out. */
struct messages *messages_create(const struct training_shape *shape, int steps);
void messages_destroy(struct messages *messages);

/* Calls `each` for all, the ranks taking turns, and stops when it does not return 0; returns that. */
int messages_each(const struct messages *messages,
                  int (*each)(void *context, int rank, const struct message *message), void *context);

#endif
