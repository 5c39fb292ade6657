/* SPDX-License-Identifier: Apache-2.0 */
#include "replay.h"

#include <errno.h>
#include <inttypes.h>

static int replay_message(struct job *job, struct sessions *sessions, const struct trace_message *message)
{
    char why[STREAM_ERROR_BYTES];
    struct envelope_info info;

    /* What cannot be read costs the engine a gap, not the collector its start. */
    if (live_feed(job->live, message->payload, message->length, message->received_ns, why) == -ENOMEM)
        return -ENOMEM;
    if (envelope_peek(message->payload, message->length, &info, why) < 0)
        return 0;

    struct session *session = sessions_enter(sessions, &info.process);

    if (!session)
        return -errno;
    session->job = job;
    if (info.number == 0 || info.number >= session->next)
        session_done_with(session, &info);
    return 0;
}

/* A trace that was damaged must not look whole. */
static void tell_damage(struct job *job, const struct trace_damage *damage, struct log *log)
{
    char what[256];

    if (damage->damaged_frames == 0 && damage->newer_frames == 0)
        return;
    snprintf(what, sizeof(what),
             "The trace has %" PRIu64 " places that cannot be read, %" PRIu64 " bytes were passed over.",
             damage->damaged_frames + damage->newer_frames, damage->damaged_bytes);
    live_incomplete(job->live, what);
    log_error(log, "%s: %s", job->store.path, what);
}

int replay_trace(struct job *job, struct sessions *sessions, struct log *log, char *error)
{
    struct trace_reader *reader = trace_reader_open(job->store.path, error);
    struct trace_message message;
    uint64_t messages = 0;
    int status;

    if (!reader)
        return -errno;
    live_begin_replay(job->live);
    while ((status = trace_read(reader, &message, error)) == 1) {
        status = replay_message(job, sessions, &message);
        if (status < 0) {
            snprintf(error, TRACE_ERROR_BYTES, "%s: memory is out", job->store.path);
            break;
        }
        messages++;
    }
    tell_damage(job, trace_reader_damage(reader), log);
    live_end_replay(job->live);
    trace_reader_close(reader);
    if (status == 0 && messages > 0) {
        struct engine_totals totals;

        engine_totals(live_engine(job->live), &totals);
        log_note(log, "job %s: continuing %s: %" PRIu64 " messages of %zu processes, %zu findings so far",
                 job_title(job), job->store.path, messages, totals.processes,
                 engine_finding_count(live_engine(job->live)));
    }
    return status;
}
