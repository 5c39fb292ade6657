/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine's side of a stream: what a process told, handed to whom it concerns.
 */
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "creation.h"
#include "failure.h"
#include "kind.h"
#include "matcher.h"
#include "say.h"
#include "state.h"

#define RANKS_LIMIT (1 << 24) /* beyond any job: a lie */

static void on_hello(void *context, const struct hello *hello)
{
    struct engine_process *process = context;
    struct engine *engine = process->engine;

    process->greeted = true;
    if (hello->world_rank >= 0 && hello->world_rank < RANKS_LIMIT)
        process->world_rank = hello->world_rank;
    process->pid = hello->pid;
    process->device = hello->device;
    if (!*process->host && hello->host)
        process->host = say(&engine->arena, "%s", hello->host);
    process->realtime_offset_ns = (int64_t)(hello->start_realtime_ns - hello->start_monotonic_ns);
    if (hello->world_size > engine->world_size && hello->world_size <= RANKS_LIMIT)
        engine->world_size = hello->world_size;
    if (process->world_rank > engine->highest_rank)
        engine->highest_rank = process->world_rank;
}

static void on_signature(void *context, uint32_t id, const struct signature *signature)
{
    kind_define(context, id, signature);
}

/* ---- calls: the path of nearly all events ---- */

static uint32_t group_of(const struct engine_process *process, const struct kind *kind)
{
    return kind->in_group ? process->group : 0;
}

static void note_call(struct engine_process *process, const struct kind *kind, uint64_t time_ns)
{
    process->calls++;
    process->last_call_ns = time_ns;
    process->last_call_engine_ns = process->engine->now_ns;
    process->last_call = kind->call;
    process->last_communicator = kind->member->communicator;
}

static void on_collective(struct engine_process *process, const struct kind *kind, uint64_t time_ns)
{
    struct made_call call = {
        .time_ns = time_ns,
        .call = kind->call,
        .site = kind->site,
        .group = group_of(process, kind),
        .stream = kind->stream,
        .ordinal = process->calls + 1,
    };

    note_call(process, kind, time_ns);
    matcher_call(kind->member, &call, kind->comparable);
}

static void on_message(struct engine_process *process, const struct kind *kind, enum side side,
                       const struct event *event)
{
    struct waiting_call call = {
        .time_ns = event->time_ns,
        .ordinal = process->calls + 1,
        .bytes = kind->bytes,
        .call = kind->call,
        .site = kind->site,
        .stream = kind->stream,
    };

    note_call(process, kind, event->time_ns);
    if (!kind->member->messages_unusable)
        channel_call(kind->channel, side, process->engine, &call,
                     side == SIDE_SEND ? event->call.send : event->call.recv);
}

static void on_call(struct engine_process *process, const struct event *event)
{
    const struct kind *kind = kind_get(process, event->call.signature);

    if (!kind)
        return;
    switch (kind->state) {
    case KIND_COLLECTIVE:
        on_collective(process, kind, event->time_ns);
        break;
    case KIND_SEND:
        on_message(process, kind, SIDE_SEND, event);
        break;
    case KIND_RECV:
        on_message(process, kind, SIDE_RECV, event);
        break;
    case KIND_GROUP_START:
        if (process->group_depth++ == 0)
            process->group++;
        break;
    case KIND_GROUP_END:
        if (process->group_depth > 0)
            process->group_depth--;
        break;
    case KIND_UNRESOLVED: /* a message of a member whose rank nobody has told: it can match nothing */
        if (kind->member)
            kind->member->messages_unusable = true;
        break;
    case KIND_IGNORED:
        break;
    }
}

/* ---- everything else ---- */

static void on_communicator(struct engine_process *process, const struct event *event)
{
    const struct communicator_change *change = &event->communicator;
    struct member *member = process_member(process, change->communicator);

    switch (change->state) {
    case COMMUNICATOR_FAILED:
        failure_add(process, change->communicator, event, change->result, -1, false);
        return;
    case COMMUNICATOR_ASYNC_ERROR:
        failure_add(process, change->communicator, event, change->result, -1, true);
        return;
    default:
        break;
    }
    if (!member)
        return;
    switch (change->state) {
    case COMMUNICATOR_READY:
        creation_ready(member, change);
        break;
    case COMMUNICATOR_FINALIZE:
    case COMMUNICATOR_DESTROY:
        matcher_depart(member, DEPARTURE_DESTROYED);
        break;
    case COMMUNICATOR_ABORT:
    case COMMUNICATOR_REVOKE:
        member->aborted = true;
        break;
    default:
        break;
    }
}

static void on_gap(struct engine_process *process, const struct gap *gap)
{
    process->engine->incomplete = true;
    process->group_depth = 0;
    if (gap->communicator == 0) {
        process->lost_records += gap->records;
        return;
    }
    process->lost_calls += gap->calls;

    struct member *member = process_member(process, gap->communicator);

    if (!member)
        return;
    member->lossy = true;
    if (gap->point_to_point)
        member->messages_unusable = true;
    else
        matcher_lost(member, gap->calls);
}

static int64_t result_index(const struct event *event)
{
    return operation_class(event->operation) == CLASS_COLLECTIVE ? (int64_t)event->result.sequence : -1;
}

static void on_event(void *context, const struct event *event)
{
    struct engine_process *process = context;

    process->events++;
    process->engine->events++;
    if (event->time_ns > process->last_seen_ns)
        process->last_seen_ns = event->time_ns;
    switch (event->kind) {
    case EVENT_CALL:
        process->last_thread = event->thread;
        on_call(process, event);
        break;
    case EVENT_CREATE:
        process->last_thread = event->thread;
        process->last_call_engine_ns = process->engine->now_ns;
        creation_call(process, event);
        break;
    case EVENT_COMMUNICATOR:
        on_communicator(process, event);
        break;
    case EVENT_RESULT:
        failure_add(process, event->result.communicator, event, event->result.result, result_index(event),
                    false);
        break;
    case EVENT_REDUCTION:
        if (event->operation != OPERATION_RED_OP_DESTROY)
            kind_reduction(process, &event->reduction);
        break;
    case EVENT_GAP:
        on_gap(process, &event->gap);
        break;
    case EVENT_GRAPH:
    case EVENT_MEMORY:
        break;
    }
}

static void on_heartbeat(void *context, const struct heartbeat *heartbeat)
{
    struct engine_process *process = context;

    if (heartbeat->time_ns > process->last_seen_ns)
        process->last_seen_ns = heartbeat->time_ns;
    whereabouts_note(process, heartbeat->time_ns, heartbeat->current, heartbeat->current_count);
    if (heartbeat->dropped > process->lost_told)
        process->lost_told = heartbeat->dropped;
    if (heartbeat->clock_error_ns > 0)
        process->realtime_offset_ns = heartbeat->clock_offset_ns;
}

/* From here on nothing is known of where this process stands. */
static void lose_track(struct engine_process *process)
{
    process->engine->incomplete = true;
    for (size_t i = 0; i < process->member_count; i++)
        matcher_lose_track(process->members[i]);
}

static void on_end(void *context, const struct process_end *end)
{
    struct engine_process *process = context;
    struct engine *engine = process->engine;

    if (process_ended(process) || end->how == END_UNKNOWN)
        return;
    process->end = end->how;
    process->end_status = end->status;
    process->end_ns = end->time_ns;
    process->end_engine_ns = engine->now_ns;
    whereabouts_note(process, end->time_ns, end->current, end->current_count);
    if (end->time_ns > process->last_seen_ns)
        process->last_seen_ns = end->time_ns;
    if (end->dropped > process->lost_told)
        process->lost_told = end->dropped;
    if (end->lost_batches > process->lost_batches)
        process->lost_batches = end->lost_batches;
    if (process_died(process)) {
        engine->deaths_to_judge++;
        return;
    }
    /* The last calls may be among what was lost, unless all of that has been counted call by call. */
    if (process_lost_unknown(process)) {
        lose_track(process);
        return;
    }
    for (size_t i = 0; i < process->member_count; i++)
        matcher_depart(process->members[i], DEPARTURE_ENDED);
}

static void on_epoch(void *context)
{
    kinds_forget(context);
}

static void on_lost(void *context, uint64_t batches)
{
    struct engine_process *process = context;

    process->lost_batches += batches;
    lose_track(process);
}

const struct stream_sink engine_sink = {
    .hello = on_hello,
    .signature = on_signature,
    .event = on_event,
    .heartbeat = on_heartbeat,
    .end = on_end,
    .epoch = on_epoch,
    .lost = on_lost,
};
