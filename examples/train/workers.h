/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRAIN_WORKERS_H
#define TRAIN_WORKERS_H

/* Host threads that communicate beside the main one, as a sharded optimizer does: in each step every worker
 * reduce-scatters an array and all-gathers it again, on its own stream and its own communicator of all ranks.
 * The main thread creates, starts and ends them; nothing else is shared with it. */

#include <stddef.h>

#include "layout.h"

struct workers;

/* Splits `count` communicators of all ranks from `world` and starts as many threads; none for 0. Call it on
 * all ranks. */
struct workers *workers_create(int count, const struct group *world, size_t elements);

/* Stops the threads and destroys what they had. */
void workers_destroy(struct workers *workers);

/* Lets the workers do the given step while the caller does something else. */
void workers_begin(struct workers *workers, long step);

/* Waits for the workers to finish the step, and returns how many of them had wrong results. */
int workers_end(struct workers *workers);

#endif
