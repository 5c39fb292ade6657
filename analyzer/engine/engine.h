/* SPDX-License-Identifier: Apache-2.0
 *
 * Events in, findings out. No files, no sockets, no clock of its own: the same input gives the same findings,
 * live or from a trace. Not thread-safe; one engine per job.
 *
 * Input is one stream_sink per process; processes may be interleaved in any way. Time is what engine_time()
 * says, the time at which messages were received; a decision that waits for more calls is taken when it has
 * passed.
 */
#ifndef LOCKSTEP_ENGINE_ENGINE_H
#define LOCKSTEP_ENGINE_ENGINE_H

#include "finding.h"
#include "stream.h"

struct engine;

struct engine_options {
    /* Called once for every finding as soon as it stands. A finding is final then, except that `caused_by`
     * and `root_cause` may still be set by later ones. May be NULL. */
    void (*found)(void *context, const struct finding *finding);
    void *context;
};

struct engine *engine_create(const struct engine_options *options); /* NULL when memory is out */
void engine_destroy(struct engine *engine);

/* The engine's side of a stream. `engine_process()` gives the context for `engine_sink`: the same for the
 * same id, a new process for a new one; NULL when memory is out. Owned by the engine. `stream` (borrowed,
 * must live as long as events of it are fed) resolves call sites; without one (NULL) nothing has a call site.
 * It may be given later than the process is made: the stream needs the process as its context. */
struct engine_process;
extern const struct stream_sink engine_sink;
struct engine_process *engine_process(struct engine *engine, const struct process_id *id,
                                      const struct stream *stream);

/* A message was received at `realtime_ns` and is about to be fed; time never runs backwards (an earlier one
 * is ignored). */
void engine_time(struct engine *engine, uint64_t realtime_ns);
/* There is no more input: everything that waits is decided now. Nothing may be fed afterwards. */
void engine_finish(struct engine *engine);
/* The trace itself is damaged: `what` is a sentence for the stream-incomplete finding. */
void engine_incomplete(struct engine *engine, const char *what);
/* True when memory ran out somewhere: the findings are not complete. */
bool engine_out_of_memory(const struct engine *engine);

/* ---- results; valid until the next input ---- */

size_t engine_finding_count(const struct engine *engine);
const struct finding *engine_finding(const struct engine *engine, size_t id);

enum verdict {
    VERDICT_CLEAN,
    VERDICT_MISMATCH,  /* at least one finding of severity error that is not about missing data */
    VERDICT_INCOMPLETE /* none, but data is missing: nothing can be said for sure */
};
enum verdict engine_verdict(const struct engine *engine);
const char *verdict_name(enum verdict verdict);

struct engine_totals {
    size_t processes;
    int32_t ranks; /* world size where a process knows it, else the number of processes */
    uint64_t events;
    uint64_t lost;       /* events known to be missing */
    size_t window_calls; /* calls held because not all members have made them: memory is bounded by it */
};
void engine_totals(const struct engine *engine, struct engine_totals *totals);

struct communicator_summary {
    uint64_t cid;            /* equal on all members; 0 unknown */
    uint64_t nccl_hash;      /* 0 unknown */
    const char *name;        /* config.commName, else "world", "split 0 of world, color 1", … */
    int32_t size;            /* -1 unknown */
    struct ranks members;    /* those seen, as world ranks */
    uint64_t collectives;    /* agreed on by all members */
    uint64_t point_to_point; /* matched messages */
};
size_t engine_communicator_count(const struct engine *engine);
void engine_communicator(const struct engine *engine, size_t index, struct communicator_summary *summary);

struct process_summary {
    struct process_id id;
    int32_t rank; /* world rank, given or assigned (see finding.h) */
    const char *host;
    uint32_t pid;
    int32_t device;
    uint64_t events;
    uint64_t lost;
    enum process_end_how end; /* END_UNKNOWN: still running, as far as is known */
    int32_t end_status;
};
void engine_process_summary(const struct engine *engine, size_t index, struct process_summary *summary);

#endif
