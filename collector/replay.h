/* SPDX-License-Identifier: Apache-2.0
 *
 * How a restarted collector knows what it knew: it reads its own trace.
 */
#ifndef LOCKSTEP_COLLECTOR_REPLAY_H
#define LOCKSTEP_COLLECTOR_REPLAY_H

#include "job.h"

/* Feeds everything in the job's trace to its engine, and enters its processes with the number each is at.
 * 0, or a negative errno with `error` (TRACE_ERROR_BYTES). */
int replay_trace(struct job *job, struct sessions *sessions, struct log *log, char *error);

#endif
