/* SPDX-License-Identifier: Apache-2.0 */
#include "matcher.h"

#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "dispute.h"
#include "loss.h"
#include "timing.h"

#define FIRST_SLOTS 16u

struct slot *matcher_slot(const struct communicator *communicator, uint64_t index)
{
    return &communicator->slots[index & (communicator->slot_capacity - 1)];
}

static bool grow_window(struct communicator *communicator)
{
    size_t capacity = communicator->slot_capacity ? communicator->slot_capacity * 2 : FIRST_SLOTS;
    struct slot *slots = calloc(capacity, sizeof *slots);

    if (!slots)
        return false;
    for (uint64_t i = communicator->base; i < communicator->top; i++)
        slots[i & (capacity - 1)] = *matcher_slot(communicator, i);
    free(communicator->slots);
    communicator->slots = slots;
    communicator->slot_capacity = capacity;
    return true;
}

void matcher_drain(struct communicator *communicator)
{
    uint64_t limit = communicator->dispute.open ? communicator->dispute.index : communicator->top;

    while (communicator->base < limit && communicator->size >= 0) {
        const struct slot *slot = matcher_slot(communicator, communicator->base);

        if (slot->arrived < (uint32_t)communicator->size)
            return;
        history_add(&communicator->history, slot->call);
        communicator->agreed++;
        communicator->base++;
    }
}

/* The members that are furthest behind hold up so many calls that memory would run out: go on without. */
static void give_up_slowest(struct communicator *communicator, struct engine *engine)
{
    loss_window_exceeded(engine, communicator);
    for (size_t i = 0; i < communicator->member_count; i++)
        if (communicator->members[i]->position == communicator->base)
            matcher_exclude(communicator->members[i]);
    if (communicator->top - communicator->base >= WINDOW_LIMIT)
        matcher_give_up_absent(communicator);
}

/* Opens a slot at the top of the window for a call that is the first of its index. NULL when memory is out.
 */
static struct slot *open_slot(struct communicator *communicator, struct engine *engine)
{
    if (communicator->top - communicator->base >= WINDOW_LIMIT)
        give_up_slowest(communicator, engine);
    if (communicator->top - communicator->base >= communicator->slot_capacity && !grow_window(communicator)) {
        engine_out(engine);
        return NULL;
    }

    struct slot *slot = matcher_slot(communicator, communicator->top++);

    *slot = (struct slot){.comparable = COMPARABLE_ANY, .arrived = communicator->excluded};
    return slot;
}

static void wait_in_dispute(struct member *member, const struct made_call *call)
{
    struct communicator *communicator = member->communicator;
    struct engine *engine = member->process->engine;
    struct made_call *grown =
        array_reserve(member->pending, &member->pending_capacity, member->pending_count + 1, sizeof *grown);

    if (!grown) {
        engine_out(engine);
        return;
    }
    member->pending = grown;
    grown[member->pending_count++] = *call;
    member->position++;
    communicator->dispute.changed_ns = engine->now_ns;
    if (member->position - communicator->dispute.index > communicator->dispute.longest)
        communicator->dispute.longest = member->position - communicator->dispute.index;
}

static void fill_slot(struct slot *slot, struct member *member, const struct made_call *call,
                      uint32_t comparable)
{
    slot->time_ns = call->time_ns;
    slot->comparable = comparable;
    slot->call = call->call;
    slot->site = call->site;
    slot->first = member;
}

/* The member's call is not the one in the slot. It may still not contradict it: then the slot keeps what is
 * known for sure. */
static bool reconcile(struct slot *slot, struct member *member, const struct made_call *call,
                      uint32_t comparable)
{
    const struct call_table *calls = member->process->engine->calls;

    if (!comparable_agrees(calls, slot->comparable, comparable))
        return false;
    if (comparable_is_vague(calls, slot->comparable))
        fill_slot(slot, member, call, comparable);
    return true;
}

void matcher_feed(struct member *member, const struct made_call *call, uint32_t comparable)
{
    struct communicator *communicator = member->communicator;
    struct engine *engine = member->process->engine;
    uint64_t index = member->position;
    struct slot *slot;

    if (__builtin_expect(member->excluded, 0))
        return;
    if (__builtin_expect(communicator->dispute.open && index >= communicator->dispute.index, 0)) {
        wait_in_dispute(member, call);
        return;
    }
    if (index == communicator->top) {
        if (__builtin_expect(index >= communicator->left_at, 0)) {
            dispute_open(communicator, engine, index);
            wait_in_dispute(member, call);
            return;
        }
        slot = open_slot(communicator, engine);
        if (!slot || member->excluded)
            return;
        if (comparable != COMPARABLE_ANY)
            fill_slot(slot, member, call, comparable);
    } else {
        slot = matcher_slot(communicator, index);
        if (slot->comparable != comparable && !reconcile(slot, member, call, comparable)) {
            dispute_open(communicator, engine, index);
            wait_in_dispute(member, call);
            return;
        }
    }
    member->position++;
    slot->arrived++;
    if (index == communicator->base)
        matcher_drain(communicator);
}

const struct made_call *matcher_remember(struct member *member, const struct made_call *call)
{
    struct made_call *recent = &member->recent[member->position & (RECENT_CALLS - 1)];

    *recent = *call;
    recent->index = member->position;
    return recent;
}

void matcher_call(struct member *member, const struct made_call *call, uint32_t comparable)
{
    if (__builtin_expect(member->stopped, 0))
        return; /* that a communicator is used after its end is another matter */
    matcher_feed(member, matcher_remember(member, call), comparable);
    if (__builtin_expect(member->communicator->dispute.open, 0) && dispute_waits_for(member))
        dispute_settle(member->communicator, member->process->engine);
}

void matcher_lost(struct member *member, uint32_t calls)
{
    struct communicator *communicator = member->communicator;

    member->lossy = true;
    if (member->stopped)
        return;
    if (calls > WINDOW_LIMIT) { /* nothing that far ahead can be compared anyway */
        matcher_exclude(member);
        return;
    }
    for (uint32_t i = 0; i < calls; i++)
        matcher_feed(member, &(struct made_call){.call = CALL_UNKNOWN, .index = member->position},
                     COMPARABLE_ANY);
    member->lost_until = member->position;
    dispute_settle(communicator, member->process->engine);
}

void matcher_exclude(struct member *member)
{
    struct communicator *communicator = member->communicator;

    if (member->excluded)
        return;
    member->excluded = true;
    member->position -= member->pending_count;
    member->pending_count = 0;
    communicator->excluded++;
    for (uint64_t i = member->position; i < communicator->top; i++)
        matcher_slot(communicator, i)->arrived++;
    matcher_update_left(communicator);
    matcher_drain(communicator);
}

void matcher_give_up_absent(struct communicator *communicator)
{
    if (communicator->size < 0 || (uint32_t)communicator->size <= communicator->member_count)
        return;

    uint32_t absent = (uint32_t)communicator->size - (uint32_t)communicator->member_count;

    if (absent <= communicator->absent)
        return;
    absent -= communicator->absent;
    communicator->absent += absent;
    communicator->excluded += absent;
    for (uint64_t i = communicator->base; i < communicator->top; i++)
        matcher_slot(communicator, i)->arrived += absent;
    matcher_drain(communicator);
}

void matcher_update_left(struct communicator *communicator)
{
    communicator->left_at = NO_INDEX;
    for (size_t i = 0; i < communicator->member_count; i++) {
        const struct member *member = communicator->members[i];

        if (member->departure != DEPARTURE_NONE && !member->excluded &&
            member->position < communicator->left_at)
            communicator->left_at = member->position;
    }
}

void matcher_lose_track(struct member *member)
{
    member->lossy = true;
    member->messages_unusable = true;
    member->stopped = true;
    if (member->pending_count == 0)
        matcher_exclude(member);
    else
        dispute_settle(member->communicator, member->process->engine);
}

void matcher_depart(struct member *member, enum departure departure)
{
    struct communicator *communicator = member->communicator;

    if (member->stopped || member->excluded)
        return;
    member->departure = departure;
    member->stopped = true;
    matcher_update_left(communicator);
    if (member->position < communicator->top &&
        !(communicator->dispute.open && communicator->dispute.index <= member->position))
        dispute_open(communicator, member->process->engine, member->position);
    dispute_settle(communicator, member->process->engine);
}
