/* SPDX-License-Identifier: Apache-2.0
 *
 * Who has not called a communicator's creation, or has called it in another way than the others.
 */
#ifndef LOCKSTEP_ENGINE_ABSENCE_H
#define LOCKSTEP_ENGINE_ABSENCE_H

#include "creation.h"

/* Has a member of the parent left, in order, without calling it? */
bool absence_left(const struct creation *creation);
/* Has a member of the parent gone on to calls on it that come after those which the callers had made, and do
 * all stand still? */
bool absence_moved_on(const struct creation *creation, const struct engine *engine);
/* Publishes that callers contradict each other. */
void absence_report_differing(struct creation *creation, struct engine *engine);
/* Members of the parent that have not called it and whose process is not waiting elsewhere
 * (engine_process.waiting): is there one, or nothing known about who is missing? */
bool absence_is_root(const struct creation *creation);

#endif
