/* SPDX-License-Identifier: Apache-2.0
 *
 * What follows from what. One thing that goes wrong makes others wait, fail and die; only the first of them
 * is the root cause.
 */
#ifndef LOCKSTEP_ENGINE_CAUSE_H
#define LOCKSTEP_ENGINE_CAUSE_H

#include "fact.h"
#include "state.h"

/* Sets caused_by and root_cause of a new finding, and of older ones that turn out to follow from it. */
void cause_link(struct engine *engine, const struct fact *fact, struct finding *finding);
/* Is the end of this process (or that it does nothing any more) explained by what was found before it? */
bool cause_explains_end(const struct engine_process *process);
/* Has an error been found that is nobody's consequence? What merely waits at the end is one of it then. */
bool cause_known(const struct engine *engine);

#endif
