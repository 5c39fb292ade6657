/* SPDX-License-Identifier: Apache-2.0 */
#include "standstill.h"

#include "absence.h"
#include "channel.h"
#include "creation.h"
#include "evidence.h"
#include "matcher.h"
#include "publish.h"
#include "ranks.h"
#include "timing.h"

/* A wait for somebody, in one of three places. */
struct wait {
    struct communicator *communicator; /* a collective */
    struct channel *channel;           /* a message */
    struct creation *creation;
    bool root;         /* those waited for wait for nobody */
    uint64_t since_ns; /* real time */
    uint64_t waited_ns;
};

static bool holds_up(const struct communicator *communicator, const struct member *member)
{
    return !member->excluded && member->position == communicator->base;
}

static bool behind(const struct communicator *communicator)
{
    return communicator_shared(communicator) && communicator->base < communicator->top &&
           matcher_slot(communicator, communicator->base)->first;
}

/* ---- who waits ---- */

static void mark_collectives(struct engine *engine)
{
    for (size_t i = 0; i < engine->communicator_count; i++) {
        const struct communicator *communicator = engine->communicators[i];

        for (size_t m = 0; behind(communicator) && m < communicator->member_count; m++)
            if (!communicator->members[m]->excluded &&
                communicator->members[m]->position > communicator->base)
                communicator->members[m]->process->waiting = true;
    }
}

static void mark_messages(struct engine *engine)
{
    for (size_t i = 0; i < engine->channel_count; i++) {
        int side = channel_waits(engine->channels[i]);
        struct member *member = side < 0 ? NULL : channel_member(engine->channels[i], (enum side)side);

        if (member)
            member->process->waiting = true;
    }
}

static void mark_creations(struct engine *engine)
{
    for (size_t i = 0; i < engine->creation_count; i++) {
        const struct creation *creation = engine->creations[i];

        for (size_t c = 0; creation_waits(creation) && c < creation->caller_count; c++)
            creation->callers[c].process->waiting = true;
    }
}

/* ---- candidates ---- */

static void consider(struct wait *best, const struct wait *candidate)
{
    bool none = !best->communicator && !best->channel && !best->creation;

    if (candidate->waited_ns < WAITING_NS)
        return;
    if (none || (candidate->root && !best->root) ||
        (candidate->root == best->root && candidate->since_ns < best->since_ns))
        *best = *candidate;
}

static struct wait wait_since(const struct engine_process *process, uint64_t time_ns)
{
    return (struct wait){
        .since_ns = process_realtime(process, time_ns),
        .waited_ns = process->last_seen_ns > time_ns ? process->last_seen_ns - time_ns : 0,
    };
}

static void consider_collectives(struct engine *engine, struct wait *best)
{
    for (size_t i = 0; i < engine->communicator_count; i++) {
        struct communicator *communicator = engine->communicators[i];
        bool anyone = false;

        if (!behind(communicator))
            continue;

        const struct slot *slot = matcher_slot(communicator, communicator->base);
        struct wait wait = wait_since(slot->first->process, slot->time_ns);

        wait.communicator = communicator;
        for (size_t m = 0; m < communicator->member_count; m++) {
            if (!holds_up(communicator, communicator->members[m]))
                continue;
            anyone = true;
            wait.root |= !communicator->members[m]->process->waiting;
        }
        if (anyone)
            consider(best, &wait);
    }
}

static void consider_messages(struct engine *engine, struct wait *best)
{
    for (size_t i = 0; i < engine->channel_count; i++) {
        struct channel *channel = engine->channels[i];
        int side = channel_waits(channel);
        struct member *waiting = side < 0 ? NULL : channel_member(channel, (enum side)side);
        struct member *other =
            side < 0 ? NULL : channel_member(channel, side == SIDE_SEND ? SIDE_RECV : SIDE_SEND);

        if (!waiting || !other)
            continue;

        struct wait wait = wait_since(waiting->process, lane_front(&channel->lane[side])->time_ns);

        wait.channel = channel;
        wait.root = !other->process->waiting;
        consider(best, &wait);
    }
}

static void consider_creations(struct engine *engine, struct wait *best)
{
    for (size_t i = 0; i < engine->creation_count; i++) {
        struct creation *creation = engine->creations[i];

        for (size_t c = 0; creation_waits(creation) && c < creation->caller_count; c++) {
            struct wait wait = wait_since(creation->callers[c].process, creation->callers[c].time_ns);

            wait.creation = creation;
            wait.root = absence_is_root(creation);
            consider(best, &wait);
        }
    }
}

/* ---- findings ---- */

static void report_collective(struct engine *engine, const struct wait *wait)
{
    struct communicator *communicator = wait->communicator;
    const struct slot *slot = matcher_slot(communicator, communicator->base);
    struct observation *table = arena_alloc(&engine->arena, 2 * sizeof *table);
    struct rank_list missing = {0};
    struct rank_list waiting = {0};
    struct engine_process *last = NULL;

    for (size_t m = 0; m < communicator->member_count; m++) {
        struct member *member = communicator->members[m];

        if (holds_up(communicator, member) && (!wait->root || !member->process->waiting)) {
            last = member->process;
            rank_list_add(&missing, process_rank(member->process));
        } else if (!member->excluded && member->position > communicator->base) {
            rank_list_add(&waiting, process_rank(member->process));
        }
    }

    struct fact fact = {
        .kind = FACT_WAIT,
        .communicator = (int)communicator->id,
        .communicator_name = communicator_name(engine, communicator),
        .index = (int64_t)communicator->base,
        .ranks = rank_list_take(&missing, &engine->arena),
        .call_site = site_text(engine, slot->site),
        .time_ns = wait->since_ns,
        .confidence = wait->root ? CONFIDENCE_LIKELY : CONFIDENCE_UNDECIDED,
        .reason = wait->root ? "They may have been about to call it."
                             : "They wait for others themselves: the ranks wait for each other.",
        .caused_by = FINDING_NO_CAUSE,
        .wait = {.call = call_get(engine->calls, slot->call),
                 .waiting = rank_list_take(&waiting, &engine->arena),
                 .waited_ns = wait->waited_ns,
                 .last = last ? evidence_last(last) : ""},
    };

    if (table) {
        table[0] = (struct observation){.ranks = fact.wait.waiting,
                                        .index = fact.index,
                                        .text = call_text(fact.wait.call, &engine->arena),
                                        .call_site = fact.call_site,
                                        .expected = true,
                                        .diverging = true};
        table[1] = (struct observation){.ranks = fact.ranks,
                                        .index = fact.index,
                                        .text = "nothing so far",
                                        .call_site = "",
                                        .diverging = true};
        fact.table = table;
        fact.table_rows = 2;
    }
    publish(engine, &fact);
}

void standstill_report(struct engine *engine)
{
    struct wait best = {0};

    mark_collectives(engine);
    mark_messages(engine);
    mark_creations(engine);
    consider_collectives(engine, &best);
    consider_messages(engine, &best);
    consider_creations(engine, &best);
    if (best.communicator)
        report_collective(engine, &best);
    else if (best.channel)
        channel_report_missing(best.channel, (enum side)channel_waits(best.channel), engine,
                               best.root ? CONFIDENCE_LIKELY : CONFIDENCE_UNDECIDED,
                               "The trace ended while it waited.", best.waited_ns);
    else if (best.creation)
        creation_report_missing(best.creation, engine, MISSING_AT_END, best.waited_ns);
}
