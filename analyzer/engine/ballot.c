/* SPDX-License-Identifier: Apache-2.0 */
#include "ballot.h"

#include <stdlib.h>

#include "array.h"
#include "dispute.h"
#include "ranks.h"

/* The party that agrees with this token; a new one when none does. NO_PARTY when memory is out. */
static size_t find_party(struct ballot *ballot, size_t *capacity, const struct call_table *calls,
                         uint32_t token)
{
    for (size_t i = 0; i < ballot->count; i++) {
        struct party *party = &ballot->parties[i];

        if (!comparable_agrees(calls, (uint32_t)party->token, token))
            continue;
        if (comparable_is_vague(calls, (uint32_t)party->token))
            party->token = token; /* what is known for sure decides who joins next */
        return i;
    }

    struct party *grown = array_reserve(ballot->parties, capacity, ballot->count + 1, sizeof *grown);

    if (!grown)
        return NO_PARTY;
    ballot->parties = grown;
    grown[ballot->count] = (struct party){.token = token};
    return ballot->count++;
}

static bool may_vote(const struct member *member)
{
    return !member->excluded && !member->stopped && !member->aborted && !process_died(member->process);
}

bool ballot_take(struct ballot *ballot, const struct communicator *communicator, uint64_t index)
{
    size_t capacity = 0;

    *ballot = (struct ballot){.index = index};
    ballot->party_of = calloc(communicator->member_count + 1, sizeof *ballot->party_of);
    if (!ballot->party_of)
        return false;
    if (communicator->size > 0 &&
        (size_t)communicator->size > communicator->member_count + communicator->absent)
        ballot->electorate = (size_t)communicator->size - communicator->member_count - communicator->absent;
    for (size_t i = 0; i < communicator->member_count; i++) {
        const struct member *member = communicator->members[i];
        uint32_t token = COMPARABLE_ANY;

        ballot->party_of[i] = NO_PARTY;
        if (dispute_votes(member, index))
            token = dispute_token(member, index);
        else
            ballot->electorate += may_vote(member);
        if (token == COMPARABLE_ANY)
            continue;
        ballot->party_of[i] = find_party(ballot, &capacity, member->process->engine->calls, token);
        if (ballot->party_of[i] == NO_PARTY)
            return false;
        ballot->parties[ballot->party_of[i]].members++;
        ballot->electorate++;
        ballot->voters++;
    }
    return true;
}

void ballot_free(struct ballot *ballot)
{
    free(ballot->parties);
    free(ballot->party_of);
}

struct member *ballot_example(const struct ballot *ballot, const struct communicator *communicator,
                              size_t party)
{
    struct member *best = NULL;

    for (size_t i = 0; i < communicator->member_count; i++)
        if (ballot->party_of[i] == party && (!best || communicator->members[i]->position > best->position))
            best = communicator->members[i];
    return best;
}

struct ranks ballot_ranks(const struct ballot *ballot, const struct communicator *communicator, size_t party)
{
    struct rank_list list = {0};
    struct engine *engine = NULL;

    for (size_t i = 0; i < communicator->member_count; i++) {
        if (ballot->party_of[i] != party)
            continue;
        engine = communicator->members[i]->process->engine;
        rank_list_add(&list, process_rank(communicator->members[i]->process));
    }
    return engine ? rank_list_take(&list, &engine->arena) : (struct ranks){0};
}
