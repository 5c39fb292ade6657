/* SPDX-License-Identifier: Apache-2.0 */
#include "dispute.h"

#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "matcher.h"
#include "timing.h"

void dispute_open(struct communicator *communicator, struct engine *engine, uint64_t index)
{
    struct dispute *dispute = &communicator->dispute;

    if (dispute->open) {
        if (index < dispute->index) {
            dispute->longest += dispute->index - index;
            dispute->index = index;
        }
        return;
    }
    *dispute = (struct dispute){
        .open = true, .index = index, .opened_ns = engine->now_ns, .changed_ns = engine->now_ns};
}

/* ---- what members did ---- */

static uint64_t agreed_until(const struct member *member)
{
    return member->position - member->pending_count;
}

struct made_call dispute_call(const struct member *member, uint64_t index)
{
    if (index >= agreed_until(member))
        return member->pending[index - agreed_until(member)];

    const struct made_call *recent = &member->recent[index & (RECENT_CALLS - 1)];

    if (recent->index == index && recent->time_ns)
        return *recent;
    /* Too long ago to remember; but it agreed with what all made, or with what is in the slot. */
    const struct communicator *communicator = member->communicator;

    if (index < communicator->base)
        return (struct made_call){.index = index, .call = history_get(&communicator->history, index)};

    const struct slot *slot = matcher_slot(communicator, index);

    return (struct made_call){.index = index, .call = slot->call, .site = slot->site};
}

bool dispute_votes(const struct member *member, uint64_t index)
{
    if (member->excluded)
        return false;
    return member->position > index || (member->departure != DEPARTURE_NONE && member->position == index);
}

uint32_t dispute_token(const struct member *member, uint64_t index)
{
    if (index >= member->position)
        return COMPARABLE_NONE;
    return call_comparable(member->process->engine->calls, dispute_call(member, index).call);
}

/* ---- when ---- */

static bool member_done(const struct member *member)
{
    return member->excluded || member->stopped || member->aborted || process_ended(member->process);
}

static bool seen_enough(const struct member *member, uint64_t index)
{
    return member_done(member) || member->position > index + LOOKAHEAD_CALLS;
}

bool dispute_waits_for(const struct member *member)
{
    return member->position == member->communicator->dispute.index + LOOKAHEAD_CALLS + 1 ||
           member->pending_count >= PENDING_LIMIT;
}

static bool everything_known(const struct communicator *communicator)
{
    if (communicator->size < 0 ||
        communicator->member_count + communicator->absent < (size_t)communicator->size)
        return false;
    for (size_t i = 0; i < communicator->member_count; i++)
        if (!seen_enough(communicator->members[i], communicator->dispute.index))
            return false;
    return true;
}

static bool memory_wanted(const struct communicator *communicator)
{
    if (communicator->dispute.longest < PENDING_LIMIT)
        return false;
    for (size_t i = 0; i < communicator->member_count; i++)
        if (communicator->members[i]->pending_count >= PENDING_LIMIT)
            return true;
    return false;
}

static bool waited_enough(const struct communicator *communicator, const struct engine *engine)
{
    uint64_t quiet = engine->now_ns - communicator->dispute.changed_ns;
    uint64_t age = engine->now_ns - communicator->dispute.opened_ns;

    if (quiet < DIVERGENCE_QUIET_NS && age < DIVERGENCE_LIMIT_NS)
        return false;
    if (quiet >= SPLIT_VOTE_QUIET_NS || age >= SPLIT_VOTE_LIMIT_NS)
        return true;
    return !judge_is_open(communicator);
}

void dispute_settle(struct communicator *communicator, struct engine *engine)
{
    while (communicator->dispute.open && !engine->out_of_memory &&
           (everything_known(communicator) || waited_enough(communicator, engine) ||
            memory_wanted(communicator)))
        judge(communicator, engine);
}

void dispute_conclude(struct communicator *communicator, struct engine *engine)
{
    while (communicator->dispute.open && !engine->out_of_memory)
        judge(communicator, engine);
}

/* ---- and on ---- */

/* A member's calls from the disputed index on, taken out of the dispute. */
struct record {
    struct made_call *calls;
    size_t count;
};

static void free_records(struct record *records, size_t count)
{
    for (size_t i = 0; records && i < count; i++)
        free(records[i].calls);
    free(records);
}

static bool take_record(struct member *member, uint64_t index, struct record *record)
{
    if (member->excluded || member->position <= index)
        return true;

    size_t count = (size_t)(member->position - index);
    struct made_call *calls = calloc(count, sizeof *calls);

    if (!calls)
        return false;
    for (size_t i = 0; i < count; i++)
        calls[i] = dispute_call(member, index + i);
    *record = (struct record){calls, count};
    return true;
}

static void feed_again(struct member *member, const struct made_call *call)
{
    if (!member->excluded)
        matcher_feed(member, matcher_remember(member, call),
                     call_comparable(member->process->engine->calls, call->call));
}

static void feed_record(const struct record *record, const struct correction *correction)
{
    const struct made_call any = {.call = CALL_UNKNOWN};

    for (size_t i = 0; i < correction->expected; i++)
        feed_again(correction->member, &any);
    for (size_t i = correction->observed; i < record->count; i++)
        feed_again(correction->member, &record->calls[i]);
}

/* Those nobody can follow any more have said all that they could. */
static void exclude_lost(struct communicator *communicator)
{
    for (size_t i = 0; i < communicator->member_count; i++) {
        struct member *member = communicator->members[i];

        if (member->stopped && member->departure == DEPARTURE_NONE && member->pending_count == 0)
            matcher_exclude(member);
    }
}

/* Members that left were let pass while calls were counted again. */
static void look_for_leavers(struct communicator *communicator, struct engine *engine)
{
    matcher_update_left(communicator);
    if (communicator->left_at < communicator->top)
        dispute_open(communicator, engine, communicator->left_at);
}

void dispute_resume(struct communicator *communicator, struct engine *engine,
                    const struct correction *corrections)
{
    uint64_t index = communicator->dispute.index;
    size_t count = communicator->member_count;
    struct record *records = calloc(count, sizeof *records);
    bool taken = records != NULL;

    for (size_t i = 0; taken && i < count; i++)
        taken = take_record(communicator->members[i], index, &records[i]);
    communicator->dispute.open = false;
    if (!taken) {
        engine_out(engine);
        free_records(records, count);
        return;
    }

    communicator->top = index;
    communicator->left_at = NO_INDEX;
    for (size_t i = 0; i < count; i++) {
        struct member *member = communicator->members[i];

        if (records[i].count) {
            member->position = index;
            member->pending_count = 0;
        }
    }
    for (size_t i = 0; i < count; i++)
        if (corrections[i].exclude)
            matcher_exclude(communicator->members[i]);
    /* The innocent first: the window is to hold their calls. */
    for (size_t i = 0; i < count; i++)
        if (!corrections[i].culprit)
            feed_record(&records[i], &corrections[i]);
    for (size_t i = 0; i < count; i++)
        if (corrections[i].culprit)
            feed_record(&records[i], &corrections[i]);
    free_records(records, count);
    exclude_lost(communicator);
    look_for_leavers(communicator, engine);
    matcher_drain(communicator);
}
