/* SPDX-License-Identifier: Apache-2.0
 *
 * Mistakes in the making of communicators, which block the callers for ever.
 */
#include <signal.h>
#include <stdio.h>

#include "fault.h"

static size_t creation_of(const struct list *list, int communicator, int parent, uint64_t sequence)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct action *action = &list->action[i];

        if (action->kind != ACTION_CREATE)
            continue;
        if (action->communicator == communicator && communicator != NO_COMMUNICATOR && parent < 0)
            return i;
        if (parent >= 0 && action->operation == OPERATION_COMM_SPLIT && action->result == parent &&
            action->count == sequence)
            return i;
    }
    return SIZE_MAX;
}

/* A creation by unique id or a split. Those of one rank block nobody. */
static bool choose(const struct program *program, struct chance *chance, enum fault_kind kind, int *chosen)
{
    for (int tries = 0; tries < 200; tries++) {
        *chosen = chance_below(chance, program->communicators);

        const struct communicator *communicator = &program->communicator[*chosen];

        if (communicator->operation == OPERATION_COMM_SPLIT && kind == FAULT_INIT_MISSING)
            return true;
        if (communicator->operation == OPERATION_COMM_INIT_RANK_CONFIG && communicator->count >= 2)
            return true;
    }
    return false;
}

/* Whoever is to call it: the members, or all members of the parent. */
static const struct communicator *callers_of(const struct program *program, int made)
{
    const struct communicator *communicator = &program->communicator[made];

    return communicator->operation == OPERATION_COMM_SPLIT ? &program->communicator[communicator->parent]
                                                           : communicator;
}

static size_t place_in(const struct program *program, int rank, int made)
{
    const struct communicator *communicator = &program->communicator[made];
    bool split = communicator->operation == OPERATION_COMM_SPLIT;

    return creation_of(&program->rank[rank], made, split ? communicator->parent : -1, communicator->sequence);
}

/* What the rank goes on with that never made the communicator: nothing on it, or on what is made of it. */
static void forget(struct program *program, int rank, int made)
{
    struct list *list = &program->rank[rank];
    size_t at = place_in(program, rank, made);
    int child = list->action[at].communicator;
    size_t kept = at;

    for (size_t i = at + 1; i < list->count; i++) {
        const struct action *action = &list->action[i];
        bool gone = child != NO_COMMUNICATOR && action->communicator == child;

        if (action->kind == ACTION_CREATE && child != NO_COMMUNICATOR && action->result == child)
            break;
        if (!gone)
            list->action[kept++] = *action;
    }
    list->count = kept;
}

/* The step's end, or the next creation of anything: nobody gets further than that when others are stuck. */
static size_t stops_at(const struct list *list, size_t from, int birth)
{
    for (size_t i = from; i < list->count; i++)
        if (list->action[i].kind == ACTION_STEP ||
            (list->action[i].kind == ACTION_CREATE && list->action[i].birth > birth))
            return i;
    return list->count;
}

bool fault_in_creation(struct fault *fault, struct program *program, struct chance *chance)
{
    int made;

    if (!choose(program, chance, fault->kind, &made))
        return false;

    const struct communicator *callers = callers_of(program, made);
    bool split = program->communicator[made].operation == OPERATION_COMM_SPLIT;
    int culprit = callers->member[chance_below(chance, callers->count)];
    size_t at = place_in(program, culprit, made);
    size_t reached = at;
    int birth;
    int step;

    if (at == SIZE_MAX || callers->count < 2)
        return false;
    birth = program->rank[culprit].action[at].birth;
    step = step_of(&program->rank[culprit], at);
    fault_hang(fault, program, step, chance);
    for (int rank = 0; rank < program->ranks; rank++) {
        size_t place = program_rank_in(program, split ? program->communicator[made].parent : made, rank) < 0
                           ? SIZE_MAX
                           : place_in(program, rank, made);
        size_t start = step > 0 ? end_of_step(&program->rank[rank], step - 1) : 0;

        /* Callers are inside it; others may have got as far as the next thing that they all do. */
        fault->fate[rank].actions =
            place == SIZE_MAX ? stops_at(&program->rank[rank], start, birth) : place + 1;
    }
    fault->culprit[fault->culprits++] = culprit;
    fault->communicator = split ? program->communicator[made].parent : made;
    if (fault->kind == FAULT_INIT_SIZE) {
        program->rank[culprit].action[at].passed = callers->count + 1;
        fault->tie = callers->count == 2;
        fault->suspect = callers->member;
        fault->suspects = callers->count;
    } else {
        forget(program, culprit, made);
        reached = chance_percent(chance, 60) ? stops_at(&program->rank[culprit], at, birth) : at;
        fault->fate[culprit].actions = reached;
        /* Whom a unique id was meant for is not known, except when it is for all. */
        fault->culprit_unseen = !split && callers->count != program->ranks;
        if (callers->count == program->ranks && !split && at == 0)
            return false; /* a process without any communicator is not traced at all */
    }
    /* The others wait for it in other places, too, and one of these is the first. */
    if (fault->kind == FAULT_INIT_MISSING && reached == at && callers->count < program->ranks) {
        fault->codes |= 1ull << FINDING_MISSING_CALL | 1ull << FINDING_P2P_UNMATCHED;
        fault->communicator = NO_COMMUNICATOR;
    }
    fault_watchdog(fault, callers->member[callers->member[0] == culprit ? 1 : 0]);
    snprintf(fault->text, sizeof fault->text, "%s: communicator %d, the culprit makes %zu more actions",
             fault_name(fault->kind), made, reached - at);
    return true;
}
