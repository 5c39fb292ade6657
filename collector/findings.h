/* SPDX-License-Identifier: Apache-2.0
 *
 * findings.jsonl in a trace directory: a line for each finding as soon as it stands, for programs that follow
 * it. Line n (from 0) is the finding n of `lockstep report --json`, the same object; `caused_by` counts
 * lines. What later findings change about the cause of earlier ones is in the file once it is written anew,
 * which happens when a trace is opened and when the job is over: then a whole file takes the old one's place.
 *
 * Nothing is lost when it cannot be written, as everything in it follows from the trace: that is logged once,
 * and the next line tries to write all of them. Not thread-safe.
 */
#ifndef LOCKSTEP_COLLECTOR_FINDINGS_H
#define LOCKSTEP_COLLECTOR_FINDINGS_H

#include <stdbool.h>

#include "engine.h"
#include "log.h"

#define FINDINGS_NAME "findings.jsonl"

struct findings {
    struct log *log; /* borrowed */
    char *path;
    char *draft;  /* where a new file is written before it takes that place */
    int fd;       /* -1: not open */
    bool failing; /* the file is not what it should be */
};

/* The file in the trace directory `trace`; touches nothing yet. 0 or -ENOMEM. */
int findings_open(struct findings *findings, const char *trace, struct log *log);
void findings_close(struct findings *findings);

/* Writes the file anew, with all that the engine has found. */
void findings_rewrite(struct findings *findings, const struct engine *engine);
/* Adds the engine's latest finding; it is in the file when this returns, unless that fails. */
void findings_append(struct findings *findings, const struct engine *engine, const struct finding *finding);

#endif
