/* SPDX-License-Identifier: Apache-2.0
 *
 * One rank's program (schedule.h says in which words) and its encoding into messages.
 */
#ifndef TESTS_SCRIPT_H
#define TESTS_SCRIPT_H

#include "batch.h"
#include "event.h"
#include "stream.h"

struct script;

struct script *script_create(int rank, int ranks, uint64_t start_ns, uint64_t wall_ns);
void script_destroy(struct script *script);
void script_add(struct script *script, const char *words);
/* Begins anew, as another process. */
void script_rewind(struct script *script);
/* The next message, with up to `words` words in it; its time is that of the last. False when there are no
 * more; true without data when the words made no message. */
bool script_next(struct script *script, size_t words, struct message *message, uint64_t *time_ns);
/* Time of the next word; UINT64_MAX when there are no more. */
uint64_t script_time(const struct script *script);
/* False once the process has ended. */
bool script_heartbeat(struct script *script, uint64_t time_ns, struct message *message);

#endif
