/* SPDX-License-Identifier: Apache-2.0
 *
 * --on-mismatch exec:PROGRAM: a program of the user's is told each thing that went wrong, as JSON on its
 * standard input. It is executed directly, without a shell, in a process group of its own; its output goes
 * where the collector's goes. The collector goes on meanwhile, and does not wait for it at the end either.
 * Not thread-safe.
 */
#ifndef LOCKSTEP_COLLECTOR_HOOK_H
#define LOCKSTEP_COLLECTOR_HOOK_H

#include <stddef.h>
#include <sys/types.h>

#include "engine.h"
#include "log.h"

/* Times that it is run in the life of the collector: a job that falls apart must not flood the machine. */
#define HOOK_LIMIT 16u

struct hook {
    const char *program; /* borrowed */
    struct log *log;     /* borrowed */
    pid_t running[HOOK_LIMIT];
    size_t running_count;
    size_t started;
};

/* Runs the program for a finding that is an error and follows from no other; nothing for others, and beyond
 * HOOK_LIMIT, which is logged. What goes wrong is logged. */
void hook_tell(struct hook *hook, const struct engine *engine, const struct finding *finding);
/* Collects those that have ended; one that failed is logged. From time to time. */
void hook_reap(struct hook *hook);

#endif
