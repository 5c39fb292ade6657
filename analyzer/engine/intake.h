/* SPDX-License-Identifier: Apache-2.0
 *
 * From received messages to the engine: one stream per process, one engine per job. The collector (live) and
 * the report (from a trace) both go through here, which is why their verdicts are the same. Not thread-safe.
 */
#ifndef LOCKSTEP_ENGINE_INTAKE_H
#define LOCKSTEP_ENGINE_INTAKE_H

#include "engine.h"

struct intake;

struct intake *intake_create(const struct engine_options *options); /* NULL when memory is out */
void intake_destroy(struct intake *intake);

/* Feeds one message of any process, in the order of receipt. 0, or what stream_feed() says (with `error`,
 * STREAM_ERROR_BYTES); the loss is already known to the engine then. */
int intake_feed(struct intake *intake, const void *message, size_t length, uint64_t received_ns, char *error);

struct engine *intake_engine(struct intake *intake); /* owned by the intake */
/* Number of the last numbered message of this process; 0 when there was none. A restarted collector goes on
 * from it. */
uint64_t intake_number(const struct intake *intake, const struct process_id *process);
uint64_t intake_unreadable(const struct intake *intake); /* messages that intake_feed() failed on */

#endif
