/* SPDX-License-Identifier: Apache-2.0
 *
 * The rank's environment: looked up for its identity and settings, and the part of it that a report may show.
 * It is the forwarder's own: the rank hands over what it has at its first communicator, which
 * /proc/PID/environ, the block of its start, may not have yet (torch.multiprocessing sets RANK in the child
 * itself).
 */
#ifndef LOCKSTEP_FORWARDER_ENVIRONMENT_H
#define LOCKSTEP_FORWARDER_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "event.h"

struct environment {
    char **entries; /* "NAME=value", each its own allocation */
    size_t count;
};

#define ENVIRONMENT_VALUE_BYTES 1024 /* longer values are cut when shown */

/* Copies `entries` (as in environ, NULL-terminated). 0 or -ENOMEM. */
int environment_copy(struct environment *environment, char *const *entries);
void environment_clear(struct environment *environment);

/* The value of `name`, or NULL. Borrowed. */
const char *environment_get(const struct environment *environment, const char *name);
/* The value as a whole number within 0..INT32_MAX, or -1: unset, empty, anything else than a number. */
int32_t environment_number(const struct environment *environment, const char *name);
/* Is it set to something other than "" and "0"? */
bool environment_set(const struct environment *environment, const char *name);

/* The variables that say how NCCL, CUDA and the launcher were set up, in order, without any whose name says
 * that it is a secret. `*shown` is one allocation: free(*shown). Returns their number or -ENOMEM. */
ssize_t environment_shown(const struct environment *environment, struct variable **shown);

#endif
