/* SPDX-License-Identifier: Apache-2.0
 *
 * A process's call signatures, made ready for comparison once, at their first use.
 */
#ifndef LOCKSTEP_ENGINE_KIND_H
#define LOCKSTEP_ENGINE_KIND_H

#include "state.h"

/* Keeps a signature under its id. */
void kind_define(struct engine_process *process, uint32_t id, const struct signature *signature);
/* The kind with this id, made ready as far as that is possible by now; NULL for an unknown id. */
struct kind *kind_get(struct engine_process *process, uint32_t id);
/* All ids are void. */
void kinds_forget(struct engine_process *process);
/* A user-made reduction was created. */
void kind_reduction(struct engine_process *process, const struct reduction_change *change);

#endif
