/* SPDX-License-Identifier: Apache-2.0
 *
 * ncclGroupStart and its ends. The depth is counted from the start of the program: the first communicators
 * are often made inside a group.
 */
#ifndef LOCKSTEP_PRELOAD_GROUPS_H
#define LOCKSTEP_PRELOAD_GROUPS_H

#include "ring.h"

/* When tracing starts: records the groups that this thread has open, which nobody saw begin. */
void groups_tell_open(struct ring *ring);

#endif
