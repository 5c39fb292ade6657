/* SPDX-License-Identifier: Apache-2.0
 *
 * What one job's messages mean, while they come: the engine, its findings as lines, and when a job that fell
 * out of step is to be ended. Only messages that are stored are fed, with the time they are stored with, so
 * that the verdict from the trace is the same. Not thread-safe.
 */
#ifndef LOCKSTEP_COLLECTOR_LIVE_H
#define LOCKSTEP_COLLECTOR_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine.h"
#include "hook.h"
#include "log.h"

/* From the finding to the order to abort: time for the other ranks' calls to arrive, so that the report can
 * show them. */
#define LIVE_SETTLE_NS UINT64_C(1000000000)

struct live;

struct live *live_create(struct log *log); /* NULL when memory is out; `log` is borrowed */
void live_destroy(struct live *live);

/* Feeds a stored message. 0, or a negative errno with `error` (STREAM_ERROR_BYTES) for one that cannot be
 * read; the engine knows of the loss then. */
int live_feed(struct live *live, const void *payload, size_t length, uint64_t received_ns, char *error);
/* Between these two, findings are not printed: a restarted collector reads what it has said before. */
void live_begin_replay(struct live *live);
void live_end_replay(struct live *live);
/* From here on the findings are also in a file of the trace directory (findings.h), those so far included. 0
 * or -ENOMEM. */
int live_keep_findings(struct live *live, const char *trace);
/* From here on `hook` (borrowed; NULL: none) is told the findings. */
void live_set_hook(struct live *live, struct hook *hook);
/* The trace so far is damaged: see engine_incomplete(). */
void live_incomplete(struct live *live, const char *what);
/* No more will come: what waits is decided, and printed. */
void live_finish(struct live *live);

const struct engine *live_engine(const struct live *live);

/* True once a finding of severity error that follows from no other has stood for LIVE_SETTLE_NS. `now_ns`:
 * CLOCK_MONOTONIC, the same clock at every call. */
bool live_wants_abort(struct live *live, uint64_t now_ns);
/* One line for the ranks that are to be aborted. free() it; NULL when memory is out or there is no cause. */
char *live_abort_reason(const struct live *live);

#endif
