/* SPDX-License-Identifier: Apache-2.0 */
#include "death.h"

#include <signal.h>

#include "cause.h"
#include "channel.h"
#include "creation.h"
#include "evidence.h"
#include "failure.h"
#include "matcher.h"
#include "publish.h"
#include "ranks.h"
#include "timing.h"

/* Processes that are ended together are gone within this time: launchers ask first and kill later. */
#define TOGETHER_NS (10000 * MILLISECONDS)
/* So long others may take to follow, before the first is said to be the only one. */
#define ASKED_NS  (5000 * MILLISECONDS)
#define EXITED_NS (1000 * MILLISECONDS)

static uint64_t death_time(const struct engine_process *process)
{
    return process_realtime(process, process->end_ns);
}

static struct engine_process *first_unjudged(const struct engine *engine)
{
    struct engine_process *first = NULL;

    for (size_t i = 0; i < engine->process_count; i++) {
        struct engine_process *process = engine->processes[i];

        if (process_died(process) && !process->death_judged &&
            (!first || death_time(process) < death_time(first)))
            first = process;
    }
    return first;
}

static bool asked_to_leave(const struct engine_process *process)
{
    return process->end == END_SIGNAL &&
           (process->end_status == SIGTERM || process->end_status == SIGINT || process->end_status == SIGHUP);
}

static bool ended_like(const struct engine_process *one, const struct engine_process *other)
{
    return one->end == other->end && one->end_status == other->end_status;
}

/* Was the whole job ended from outside? Then all are asked to leave, or all leave alike (Open MPI's ranks
 * exit when they lose their daemon), at about the same time. */
static bool job_cancelled(const struct engine *engine, const struct engine_process *first)
{
    if (!asked_to_leave(first) && first->end != END_EXITED)
        return false;
    for (size_t i = 0; i < engine->process_count; i++) {
        const struct engine_process *process = engine->processes[i];

        if (!process_ended(process) || death_time(process) > death_time(first) + TOGETHER_NS)
            return false;
        if (first->end == END_EXITED && !ended_like(first, process))
            return false;
    }
    return engine->process_count > 1;
}

/* Others may still be found to have gone with it. */
static uint64_t patience(const struct engine_process *process)
{
    return asked_to_leave(process) ? ASKED_NS : process->end == END_EXITED ? EXITED_NS : DEATH_GATHER_NS;
}

static bool waits_in_collective(const struct engine_process *process)
{
    for (size_t i = 0; i < process->member_count; i++) {
        const struct communicator *communicator = process->members[i]->communicator;

        if (!process->members[i]->excluded && communicator_shared(communicator) &&
            process->members[i]->position > communicator->base)
            return true;
    }
    return false;
}

static bool waits_in_message(const struct engine_process *process)
{
    const struct engine *engine = process->engine;

    for (size_t i = 0; i < engine->channel_count; i++) {
        int side = channel_waits(engine->channels[i]);
        const struct member *member = side < 0 ? NULL : channel_member(engine->channels[i], (enum side)side);

        if (member && member->process == process)
            return true;
    }
    return false;
}

static bool waits_in_creation(const struct engine_process *process)
{
    const struct engine *engine = process->engine;

    for (size_t i = 0; i < engine->creation_count; i++) {
        const struct creation *creation = engine->creations[i];

        for (size_t c = 0; creation_waits(creation) && c < creation->caller_count; c++)
            if (creation->callers[c].process == process)
                return true;
    }
    return false;
}

/* Watchdogs end a rank that has waited too long for others; then those others are to be looked at. */
static bool waited_in_vain(const struct engine_process *process)
{
    bool gave_up =
        process->end == END_EXITED || (process->end == END_SIGNAL && process->end_status == SIGABRT);

    return gave_up && process->end_ns >= process->last_call_ns + WAITING_NS &&
           (waits_in_collective(process) || waits_in_message(process) || waits_in_creation(process));
}

static bool still_there(const struct engine_process *process, const struct engine_process *dead)
{
    return !process_ended(process) || death_time(process) > death_time(dead);
}

/* Do others depend on this member: has its communicator members that are still there? */
static bool depended_on(const struct member *member)
{
    const struct communicator *communicator = member->communicator;

    if (!communicator_shared(communicator) || member->departure != DEPARTURE_NONE || member->aborted)
        return false;
    for (size_t i = 0; i < communicator->member_count; i++) {
        const struct member *other = communicator->members[i];

        if (other->process != member->process && other->departure != DEPARTURE_DESTROYED && !other->aborted &&
            still_there(other->process, member->process))
            return true;
    }
    return false;
}

static bool waited_for(const struct member *member)
{
    const struct communicator *communicator = member->communicator;

    return !member->excluded && member->position >= communicator->base &&
           member->position < communicator->top &&
           matcher_slot(communicator, member->position)->first != NULL;
}

/* The communicator to name: the first in which others wait for it, else the first that it shared. */
static struct member *where(const struct engine_process *process)
{
    struct member *best = NULL;

    for (size_t i = 0; i < process->member_count; i++) {
        struct member *member = process->members[i];

        if (!depended_on(member))
            continue;
        if (waited_for(member))
            return member;
        if (!best)
            best = member;
    }
    return best;
}

static void list_others(struct fact *fact, struct engine *engine, const struct member *member)
{
    const struct communicator *communicator = member->communicator;
    struct rank_list waiting = {0};
    struct rank_list others = {0};

    for (size_t i = 0; i < communicator->member_count; i++) {
        const struct member *other = communicator->members[i];

        if (other == member || other->excluded)
            continue;
        rank_list_add(&others, process_rank(other->process));
        if (other->position > member->position)
            rank_list_add(&waiting, process_rank(other->process));
    }
    fact->death.waiting = rank_list_take(&waiting, &engine->arena);
    fact->death.others = rank_list_take(&others, &engine->arena);
}

static void add_table(struct fact *fact, struct engine *engine, const struct member *member,
                      const struct slot *slot)
{
    struct observation *table = arena_alloc(&engine->arena, 2 * sizeof *table);

    if (!table)
        return;
    table[0] = (struct observation){.ranks = fact->death.waiting,
                                    .index = fact->index,
                                    .text = call_text(fact->death.call, &engine->arena),
                                    .call_site = site_text(engine, slot->site),
                                    .expected = true,
                                    .diverging = true};
    table[1] = (struct observation){.ranks = fact->ranks,
                                    .index = (int64_t)member->position,
                                    .text = "nothing: the process had died",
                                    .call_site = "",
                                    .diverging = true};
    fact->table = table;
    fact->table_rows = 2;
}

static void tell(struct engine *engine, struct engine_process *process, const struct member *member)
{
    struct communicator *communicator = member->communicator;
    struct rank_list dead = {0};
    struct fact fact = {
        .kind = FACT_DEATH,
        .communicator = (int)communicator->id,
        .communicator_name = communicator_name(engine, communicator),
        .index = (int64_t)member->position,
        .call_site = member->position > 0
                         ? site_text(engine, member->recent[(member->position - 1) & (RECENT_CALLS - 1)].site)
                         : "",
        .time_ns = death_time(process),
        .confidence = process->end == END_VANISHED ? CONFIDENCE_LIKELY : CONFIDENCE_CERTAIN,
        .reason = process->end == END_VANISHED ? "Its end was not seen." : "",
        .caused_by = FINDING_NO_CAUSE,
        .death = {.how = process->end, .status = process->end_status, .last = evidence_last(process)},
    };

    rank_list_add(&dead, process_rank(process));
    fact.ranks = rank_list_take(&dead, &engine->arena);
    list_others(&fact, engine, member);
    if (waited_for(member)) {
        const struct slot *slot = matcher_slot(communicator, member->position);

        fact.death.call = call_get(engine->calls, slot->call);
        add_table(&fact, engine, member, slot);
    }
    publish(engine, &fact);
}

static bool dispute_pending(const struct engine *engine)
{
    for (size_t i = 0; i < engine->communicator_count; i++)
        if (engine->communicators[i]->dispute.open)
            return true;
    return failures_pending(engine);
}

void deaths_settle(struct engine *engine, bool finishing)
{
    while (engine->deaths_to_judge > 0) {
        struct engine_process *process = first_unjudged(engine);

        if (!finishing &&
            (engine->now_ns < process->end_engine_ns + patience(process) || dispute_pending(engine)))
            return;

        bool explained = cause_explains_end(process) || failures_of(process) ||
                         job_cancelled(engine, process) || waited_in_vain(process);
        struct member *member = explained ? NULL : where(process);

        process->death_judged = true;
        engine->deaths_to_judge--;
        if (member)
            tell(engine, process, member);
    }
}
