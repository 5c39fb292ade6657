/* SPDX-License-Identifier: Apache-2.0 */
#include "sight.h"

#include "dispute.h"
#include "matcher.h"

void sight_observed(struct sight *sight, const struct member *member, uint64_t index)
{
    sight->count = 0;
    for (uint64_t i = index; sight->count < ALIGN_LIMIT && dispute_votes(member, i); i++)
        sight->token[sight->count++] = dispute_token(member, i);
    sight->known = sight->count;
}

static uint32_t agreed_comparable(const struct communicator *communicator, struct engine *engine,
                                  uint64_t index)
{
    if (index < communicator->base)
        return call_comparable(engine->calls, history_get(&communicator->history, index));
    return matcher_slot(communicator, index)->comparable;
}

/* The calls before `index`, as far as they are remembered. Returns how many. */
static size_t past(const struct communicator *communicator, struct engine *engine, uint64_t index,
                   uint64_t *tokens, size_t limit)
{
    uint64_t first = index > limit ? index - limit : 0;
    size_t count = 0;

    for (uint64_t i = first; i < index; i++)
        tokens[count++] = agreed_comparable(communicator, engine, i);
    return count;
}

bool sight_expected(struct sight *sight, struct engine *engine, const struct member *member, uint64_t index)
{
    uint64_t tokens[HISTORY_CALLS + ALIGN_LIMIT];

    sight_observed(sight, member, index);
    if (sight->count == 0 || sight->count == ALIGN_LIMIT || sight->token[sight->count - 1] == COMPARABLE_NONE)
        return true;

    size_t count = past(member->communicator, engine, index, tokens, HISTORY_CALLS);

    for (size_t i = 0; i < sight->count; i++)
        tokens[count++] = sight->token[i];
    sight->count += history_predict(tokens, count, sight->token + sight->count, ALIGN_LIMIT - sight->count);
    return true;
}

void sight_forget_unshared_end(struct sight *one, struct sight *other)
{
    bool one_ends = one->count && one->token[one->count - 1] == COMPARABLE_NONE;
    bool other_ends = other->count && other->token[other->count - 1] == COMPARABLE_NONE;

    if (one_ends && !other_ends)
        one->known = --one->count;
    if (other_ends && !one_ends)
        other->known = --other->count;
}

uint64_t sight_before(const struct communicator *communicator, uint64_t index)
{
    if (index == 0)
        return COMPARABLE_NONE;
    if (index - 1 >= communicator->base)
        return matcher_slot(communicator, index - 1)->comparable;
    if (communicator->member_count == 0)
        return COMPARABLE_NONE;
    return call_comparable(communicator->members[0]->process->engine->calls,
                           history_get(&communicator->history, index - 1));
}

uint64_t sight_usual(const struct communicator *communicator, struct engine *engine, uint64_t index)
{
    uint64_t tokens[HISTORY_CALLS];
    uint64_t usual;
    size_t count = past(communicator, engine, index, tokens, HISTORY_CALLS);

    return history_predict(tokens, count, &usual, 1) ? usual : COMPARABLE_ANY;
}
