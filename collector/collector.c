/* SPDX-License-Identifier: Apache-2.0 */
#include "collector.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "hello.h"
#include "moment.h"
#include "reply.h"

/* A turn takes at most so much before it answers: acknowledgements must not wait for a full socket to run
 * dry. */
#define TURN_MESSAGES 512
#define TURN_BYTES    (16u << 20)

struct collector {
    struct collector_parts parts;
    struct collector_counts counts;
    struct session **owing; /* sessions to be acknowledged at the end of the turn, SESSION_LIMIT of room */
    size_t owing_count;
    char refusal[TRACE_ERROR_BYTES]; /* why a process could not be given a job or a session */
    struct log_limit malformed_limit;
    struct log_limit refusal_limit;
    struct log_limit unreadable_limit;
    struct log_limit gap_limit;
};

struct collector *collector_create(const struct collector_parts *parts)
{
    struct collector *collector = calloc(1, sizeof(*collector));

    if (!collector)
        return NULL;
    collector->parts = *parts;
    collector->owing = calloc(SESSION_LIMIT, sizeof(*collector->owing));
    if (!collector->owing) {
        free(collector);
        return NULL;
    }
    return collector;
}

void collector_destroy(struct collector *collector)
{
    if (!collector)
        return;
    free(collector->owing);
    free(collector);
}

const struct collector_counts *collector_counts(const struct collector *collector)
{
    return &collector->counts;
}

/* ---- what goes wrong ---- */

static void count_malformed(struct collector *collector, const char *why)
{
    uint64_t held_back;

    collector->counts.malformed++;
    if (log_limit_allows(&collector->malformed_limit, moment_monotonic_ns(), &held_back))
        log_error(collector->parts.log, "ignored a message: %s (%" PRIu64 " so far)", why,
                  collector->counts.malformed);
}

/* collector->refusal says why. */
static void note_refusal(struct collector *collector)
{
    uint64_t held_back;

    if (log_limit_allows(&collector->refusal_limit, moment_monotonic_ns(), &held_back))
        log_error(collector->parts.log, "cannot take in a process: %s", collector->refusal);
}

static void note_gap(struct collector *collector, const struct session *session, uint64_t number)
{
    uint64_t held_back;

    if (log_limit_allows(&collector->gap_limit, moment_monotonic_ns(), &held_back))
        log_error(collector->parts.log,
                  "job %s: a process no longer has its messages %" PRIu64 " to %" PRIu64
                  ": going on without them",
                  job_title(session->job), session->adrift ? 1 : session->next, number - 1);
}

static void note_unreadable(struct collector *collector, const struct session *session, const char *why)
{
    uint64_t held_back;

    if (log_limit_allows(&collector->unreadable_limit, moment_monotonic_ns(), &held_back))
        log_error(collector->parts.log, "job %s: stored a message that cannot be read: %s",
                  job_title(session->job), why);
}

/* ---- storing ---- */

static void owe_ack(struct collector *collector, struct session *session)
{
    if (session->owes_ack)
        return;
    session->owes_ack = true;
    collector->owing[collector->owing_count++] = session;
}

/* Gives the process its job by what its Hello says. 0 or a negative errno; -EPROTO for an unreadable Hello.
 */
static int join(struct collector *collector, struct session *session, const struct link_message *message)
{
    char *name = hello_job(message->payload, message->length, collector->refusal);

    if (!name)
        return -errno;
    session->job = jobs_enter(collector->parts.jobs, name, collector->refusal);

    const int reason = errno;

    free(name);
    return session->job ? 0 : -reason;
}

/* The disk has room again: everybody may go on. */
static void wake_processes(struct collector *collector, const struct job *job)
{
    for (size_t i = 0; i < sessions_count(collector->parts.sessions); i++) {
        struct session *session = sessions_at(collector->parts.sessions, i);

        if (session->job != job || !session->refused)
            continue;
        session->refused = false;
        owe_ack(collector, session);
    }
}

/* Stores a message of a session that has a job, and lets the engine see it: the one place for both, with one
 * time. True when it is stored. */
static bool keep(struct collector *collector, struct session *session, const struct envelope_info *info,
                 const struct link_message *message)
{
    struct job *job = session->job;
    const uint64_t received_ns = moment_realtime_ns();
    const bool was_failing = job->store.failing;
    char why[STREAM_ERROR_BYTES];

    if (store_append(&job->store, collector->parts.log, message->payload, message->length, received_ns) < 0)
        return false;
    if (session->adrift || (info->number != 0 && info->number > session->next))
        note_gap(collector, session, info->number);
    session->adrift = false;
    session_done_with(session, info);
    if (live_feed(job->live, message->payload, message->length, received_ns, why) < 0)
        note_unreadable(collector, session, why);
    if (was_failing)
        wake_processes(collector, job);
    return true;
}

static void store_numbered(struct collector *collector, struct session *session,
                           const struct envelope_info *info, const struct link_message *message)
{
    if (!session->job) {
        const int status = join(collector, session, message);

        if (status == -EPROTO || status == -EPROTONOSUPPORT) {
            count_malformed(collector, collector->refusal);
            return;
        }
        if (status < 0)
            note_refusal(collector);
    }
    session->refused = !session->job || !keep(collector, session, info, message);
    owe_ack(collector, session);
}

/* ---- one message ---- */

/* The session that a message belongs to, connected to where it came from. NULL when there can be none. */
static struct session *session_of(struct collector *collector, const struct envelope_info *info,
                                  const struct link_message *message)
{
    struct session *session = sessions_enter(collector->parts.sessions, &info->process);

    if (session && session_heard(session, message->identity, message->identity_length) == 0)
        return session;
    snprintf(collector->refusal, sizeof(collector->refusal), "%s",
             session || errno == ENOMEM ? "memory is out" : "this collector has seen too many processes");
    note_refusal(collector);
    reply_refusal(collector->parts.link, message, &info->process, collector->refusal);
    return NULL;
}

static void take_numbered(struct collector *collector, const struct envelope_info *info,
                          const struct link_message *message)
{
    struct session *session = session_of(collector, info, message);
    const uint64_t now_ns = moment_monotonic_ns();

    if (!session)
        return;
    switch (session_judge(session, info, now_ns)) {
    case NUMBERING_NEXT:
    case NUMBERING_LOST:
        store_numbered(collector, session, info, message);
        break;
    case NUMBERING_ADRIFT:
        session_done_with(session, info);
        owe_ack(collector, session);
        break;
    case NUMBERING_SEEN:
        collector->counts.repeated++;
        owe_ack(collector, session);
        break;
    case NUMBERING_AHEAD:
        if (session_asks(session, now_ns))
            owe_ack(collector, session);
        break;
    }
}

/* Heartbeats are stored too: from them the engine knows that time passes. */
static void take_heartbeat(struct collector *collector, const struct envelope_info *info,
                           const struct link_message *message)
{
    struct session *session = session_of(collector, info, message);

    if (!session)
        return;
    if (session->job)
        keep(collector, session, info, message);
    else if (session_asks(session, moment_monotonic_ns()))
        owe_ack(collector, session);
}

static void take(struct collector *collector, const struct link_message *message)
{
    struct envelope_info info = {0};
    char why[STREAM_ERROR_BYTES];

    collector->counts.messages++;
    collector->counts.bytes += message->length;

    const int status = envelope_peek(message->payload, message->length, &info, why);

    if (status < 0) {
        count_malformed(collector, why);
        if (status == -EPROTONOSUPPORT)
            reply_refusal(collector->parts.link, message, &info.process, why);
        return;
    }
    switch (info.kind) {
    case ENVELOPE_CLOCK_PING:
        reply_pong(collector->parts.link, message, moment_realtime_ns());
        return;
    case ENVELOPE_HEARTBEAT:
        if (info.number == 0)
            take_heartbeat(collector, &info, message);
        else
            count_malformed(collector, "a heartbeat with a number");
        return;
    case ENVELOPE_HELLO:
    case ENVELOPE_BATCH:
    case ENVELOPE_END:
        if (info.number != 0)
            take_numbered(collector, &info, message);
        else
            count_malformed(collector, "no number where there must be one");
        return;
    case ENVELOPE_UNKNOWN:
        /* A newer agent's. With a number it is part of its stream, which must not stop here. */
        if (info.number != 0)
            take_numbered(collector, &info, message);
        return;
    case ENVELOPE_ACK:
    case ENVELOPE_CLOCK_PONG:
    case ENVELOPE_COMMAND:
        count_malformed(collector, "only a collector says this");
        return;
    }
}

/* ---- turns ---- */

static const char *refusal_of(const struct collector *collector, const struct session *session)
{
    if (!session->refused)
        return "";
    return session->job ? session->job->store.error : collector->refusal;
}

/* Acknowledges; what is not on the disk although it should be stays owed. */
static void pay_acks(struct collector *collector)
{
    size_t kept = 0;

    for (size_t i = 0; i < collector->owing_count; i++) {
        struct session *session = collector->owing[i];

        if (collector->parts.sync && session->job &&
            store_sync(&session->job->store, collector->parts.log) < 0) {
            collector->owing[kept++] = session;
            continue;
        }
        session->owes_ack = false;
        reply_ack(collector->parts.link, session, refusal_of(collector, session));
    }
    collector->owing_count = kept;
}

int collector_turn(struct collector *collector)
{
    struct link_message message;
    size_t bytes = 0;
    int taken = 0;
    int status = 1;

    while (taken < TURN_MESSAGES && bytes < TURN_BYTES) {
        status = link_receive(collector->parts.link, &message);
        if (status == -EPROTO) {
            count_malformed(collector, "not one frame");
            status = 1;
        } else if (status == 1) {
            take(collector, &message);
            bytes += message.length;
        } else {
            break;
        }
        taken++;
    }
    pay_acks(collector);
    return status < 0 ? status : taken;
}

/* ---- orders ---- */

static void tell_abort(struct collector *collector, struct job *job)
{
    char *reason = live_abort_reason(job->live);

    for (size_t i = 0; i < sessions_count(collector->parts.sessions); i++) {
        struct session *session = sessions_at(collector->parts.sessions, i);

        if (session->job != job || session->ended || session->told_abort || !session->identity)
            continue;
        session->told_abort = true;
        reply_command(collector->parts.link, session, COMMAND_ABORT, reason ? reason : "out of step");
    }
    free(reason);
}

void collector_tick(struct collector *collector)
{
    for (size_t i = 0; collector->parts.abort && i < jobs_count(collector->parts.jobs); i++) {
        struct job *job = jobs_at(collector->parts.jobs, i);

        if (!job->aborting && live_wants_abort(job->live, moment_monotonic_ns())) {
            /* The proof first. */
            if (store_sync(&job->store, collector->parts.log) < 0)
                continue;
            job->aborting = true;
            log_note(collector->parts.log, "job %s: has fallen out of step, ending its ranks",
                     job_title(job));
        }
        if (job->aborting)
            tell_abort(collector, job);
    }
}

void collector_say_goodbye(struct collector *collector)
{
    for (size_t i = 0; i < jobs_count(collector->parts.jobs); i++)
        store_sync(&jobs_at(collector->parts.jobs, i)->store, collector->parts.log);
    for (size_t i = 0; i < sessions_count(collector->parts.sessions); i++) {
        const struct session *session = sessions_at(collector->parts.sessions, i);

        if (session->identity && !session->ended)
            reply_command(collector->parts.link, session, COMMAND_GOODBYE, "the collector is leaving");
    }
}

bool collector_is_done(const struct collector *collector)
{
    size_t joined = 0;

    for (size_t i = 0; i < sessions_count(collector->parts.sessions); i++) {
        const struct session *session = sessions_at(collector->parts.sessions, i);

        if (session->job && !session->ended)
            return false;
        joined += session->job != NULL;
    }
    return joined > 0 && collector->owing_count == 0;
}
