/* SPDX-License-Identifier: Apache-2.0
 *
 * Point-to-point calls over time: which wait for a side that has left, moved on, or will never come.
 */
#include "channel.h"
#include "message.h"
#include "timing.h"

#define LOOK_NS (100 * MILLISECONDS)

static bool quiet(const struct engine_process *process)
{
    return process->engine->now_ns >= process->last_call_engine_ns + MOVED_ON_QUIET_NS;
}

static bool done(const struct channel *channel, enum side side)
{
    const struct member *member = channel_member(channel, side);

    return member && (member->departure != DEPARTURE_NONE || process_ended(member->process));
}

static bool dispute_due(const struct channel *channel, const struct engine *engine)
{
    return engine->now_ns >= channel->changed_ns + DIVERGENCE_QUIET_NS ||
           engine->now_ns >= channel->opened_ns + DIVERGENCE_LIMIT_NS ||
           (done(channel, SIDE_SEND) && done(channel, SIDE_RECV));
}

/* Has `other` made a collective that `waiting` made on the same stream after the call that waits? Then that
 * collective cannot run before the call, and the other's half was not made before it. */
static bool moved_past(const struct waiting_call *call, const struct engine_process *waiting,
                       const struct engine_process *other)
{
    for (size_t m = 0; m < waiting->member_count; m++) {
        const struct member *mine = waiting->members[m];
        const struct member *theirs = NULL;

        for (size_t o = 0; o < other->member_count && !theirs; o++)
            if (other->members[o]->communicator == mine->communicator && other->members[o] != mine)
                theirs = other->members[o];
        for (size_t i = 0; theirs && i < RECENT_CALLS; i++) {
            const struct made_call *made = &mine->recent[i];

            if (made->ordinal > call->ordinal && made->stream == call->stream &&
                made->index < mine->position && made->index < theirs->position)
                return true;
        }
    }
    return false;
}

static void look_at_waiting(struct channel *channel, struct engine *engine, enum side side)
{
    struct member *waiting = channel_member(channel, side);
    struct member *other = channel_member(channel, side == SIDE_SEND ? SIDE_RECV : SIDE_SEND);

    if (!waiting || !other)
        return;
    if (waiting->messages_unusable || other->messages_unusable || process_lost_unknown(other->process)) {
        channel_give_up(channel);
        return;
    }
    if (other->departure != DEPARTURE_NONE)
        channel_report_missing(channel, side, engine, CONFIDENCE_CERTAIN, "", 0);
    else if (!process_ended(other->process) && !other->aborted && quiet(waiting->process) &&
             quiet(other->process) &&
             moved_past(lane_front(&channel->lane[side]), waiting->process, other->process))
        channel_report_missing(channel, side, engine, CONFIDENCE_LIKELY,
                               "Both sides have gone on to calls that come after this one, and stand still.",
                               engine->now_ns - waiting->process->last_call_engine_ns);
}

static void look(struct engine *engine, bool finishing)
{
    for (size_t i = 0; i < engine->channel_count; i++) {
        struct channel *channel = engine->channels[i];

        while (channel->disputed && (finishing || dispute_due(channel, engine)))
            message_judge(channel, engine);

        int side = channel_waits(channel);

        if (side >= 0)
            look_at_waiting(channel, engine, (enum side)side);
    }
}

void channels_settle(struct engine *engine)
{
    if (engine->now_ns < engine->next_channel_look_ns)
        return;
    engine->next_channel_look_ns = engine->now_ns + LOOK_NS;
    look(engine, false);
}

void channels_finish(struct engine *engine)
{
    look(engine, true);
}
