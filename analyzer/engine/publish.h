/* SPDX-License-Identifier: Apache-2.0
 *
 * From a fact to a finding: named by a check, linked to its cause, kept, and told.
 */
#ifndef LOCKSTEP_ENGINE_PUBLISH_H
#define LOCKSTEP_ENGINE_PUBLISH_H

#include "fact.h"
#include "state.h"

/* Returns the finding, or NULL when no check has a name for the fact or memory is out. What the fact points
 * to must live as long as the engine. */
const struct finding *publish(struct engine *engine, struct fact *fact);

#endif
