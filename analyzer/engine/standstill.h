/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of a job that did not go on: who waited for whom when the input ended. What waits because somebody
 * else does is no root; the earliest wait for somebody who waits for nobody is.
 */
#ifndef LOCKSTEP_ENGINE_STANDSTILL_H
#define LOCKSTEP_ENGINE_STANDSTILL_H

#include "state.h"

/* To be called last of all, when nothing explains why the job ended. Publishes at most one finding. */
void standstill_report(struct engine *engine);

#endif
