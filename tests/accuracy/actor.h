/* SPDX-License-Identifier: Apache-2.0
 *
 * One rank on the stage: turns its actions into messages.
 */
#ifndef TESTS_ACCURACY_ACTOR_H
#define TESTS_ACCURACY_ACTOR_H

#include "batch.h"
#include "program.h"

#define WALL_NS 1700000000000000000ull /* the real time at which all begins */

struct actor;

/* `skew_ns`: how far the host's clock is off. */
struct actor *actor_create(const struct program *program, int rank, uint64_t boot_ns, int64_t skew_ns);
void actor_destroy(struct actor *actor);

/* `time_ns` is since the beginning. */
void actor_hello(struct actor *actor, struct message *message);
/* Adds the action to the batch being filled. Returns the events that came of it. */
int actor_act(struct actor *actor, const struct action *action, uint64_t time_ns);
/* What was added so far; false when that is nothing. With `lost` it will never arrive. */
bool actor_take(struct actor *actor, bool lost, struct message *message);
void actor_heartbeat(struct actor *actor, uint64_t time_ns, struct message *message);
void actor_end(struct actor *actor, enum process_end_how how, int status, uint64_t time_ns,
               struct message *message);

#endif
