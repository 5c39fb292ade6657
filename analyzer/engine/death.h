/* SPDX-License-Identifier: Apache-2.0
 *
 * Processes that died. When one does, the launcher kills the others, and after any other error it kills all:
 * only the first death counts, and only when nothing else explains it.
 */
#ifndef LOCKSTEP_ENGINE_DEATH_H
#define LOCKSTEP_ENGINE_DEATH_H

#include "state.h"

/* Judges the deaths that have been known long enough; all, when `finishing`. */
void deaths_settle(struct engine *engine, bool finishing);

#endif
