/* SPDX-License-Identifier: Apache-2.0
 *
 * The jobs that the collector serves, each with a trace and an engine of its own. Not thread-safe.
 *
 * The first job's trace is the directory that the user named; further ones are numbered (store_path()).
 * A directory that holds a trace of the job already is continued.
 */
#ifndef LOCKSTEP_COLLECTOR_JOB_H
#define LOCKSTEP_COLLECTOR_JOB_H

#include <stdbool.h>
#include <stddef.h>

#include "live.h"
#include "session.h"
#include "store.h"

#define JOB_LIMIT 64u

struct job {
    char *name;
    struct store store;
    struct live *live;
    bool aborting; /* its ranks were told to end */
};

struct jobs;

/* `base`: the directory for the first job. `sessions` gets the processes found in traces. All are borrowed.
 * NULL when memory is out. */
struct jobs *jobs_create(const char *base, struct sessions *sessions, struct log *log);
/* Closes traces and forgets engines; the jobs are gone. */
void jobs_destroy(struct jobs *jobs);

/* The hook of all jobs, borrowed; before they are opened. NULL, as at the beginning: none. */
void jobs_set_hook(struct jobs *jobs, struct hook *hook);
/* Looks at what is at `base`: continues the traces that are there, or makes the directory, so that a place
 * that cannot be written to is known before anybody sends. 0, or a negative errno with `error`
 * (TRACE_ERROR_BYTES). */
int jobs_resume(struct jobs *jobs, char *error);
/* The job of this name, opened when it is new. NULL with errno and `error`; it may be tried again. */
struct job *jobs_enter(struct jobs *jobs, const char *name, char *error);
size_t jobs_count(const struct jobs *jobs);
struct job *jobs_at(const struct jobs *jobs, size_t index);

/* How a job is called in messages: its name, or "(unnamed)". */
const char *job_title(const struct job *job);

#endif
