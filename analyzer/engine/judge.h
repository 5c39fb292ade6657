/* SPDX-License-Identifier: Apache-2.0
 *
 * The judgement of a divergence: who is right, what the others did differently, how sure that is; then the
 * findings, and on.
 */
#ifndef LOCKSTEP_ENGINE_JUDGE_H
#define LOCKSTEP_ENGINE_JUDGE_H

#include "state.h"

/* Could members that have yet to arrive still turn the vote? */
bool judge_is_open(const struct communicator *communicator);
/* Judges the open dispute with what is known, reports, and closes it (another may be open then). */
void judge(struct communicator *communicator, struct engine *engine);

#endif
