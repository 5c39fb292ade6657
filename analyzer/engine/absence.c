/* SPDX-License-Identifier: Apache-2.0 */
#include "absence.h"

#include <inttypes.h>
#include <stdlib.h>

#include "cause.h"
#include "publish.h"
#include "ranks.h"
#include "say.h"
#include "timing.h"
#include "vote.h"

static bool called(const struct creation *creation, const struct engine_process *process, int32_t rank)
{
    for (size_t i = 0; i < creation->caller_count; i++)
        if (creation->callers[i].process == process &&
            (rank < 0 || creation->callers[i].rank < 0 || creation->callers[i].rank == rank))
            return true;
    return false;
}

/* Has this member of the parent not called it? Not known when records of its process are missing. */
static bool absent(const struct creation *creation, const struct member *member)
{
    return !member->aborted && !process_lost_unknown(member->process) &&
           !called(creation, member->process, member->rank);
}

/* Could it be accused, while the job goes on? A dead one could not call it. */
static bool missing(const struct creation *creation, const struct member *member)
{
    return absent(creation, member) && !process_died(member->process);
}

/* Shrink leaves ranks out on purpose, and only the callers know which: nobody can be told by the parent. */
static const struct communicator *members_known(const struct creation *creation)
{
    return creation->operation == OPERATION_COMM_SPLIT ? creation->parent : NULL;
}

bool absence_left(const struct creation *creation)
{
    const struct communicator *parent = members_known(creation);

    for (size_t i = 0; parent && i < parent->member_count; i++)
        if (parent->members[i]->departure != DEPARTURE_NONE && missing(creation, parent->members[i]))
            return true;
    return false;
}

static uint64_t callers_position(const struct creation *creation)
{
    uint64_t position = 0;

    for (size_t i = 0; i < creation->caller_count; i++)
        if (creation->callers[i].parent_position > position)
            position = creation->callers[i].parent_position;
    return position;
}

static bool went_past(const struct creation *creation, const struct member *member)
{
    return missing(creation, member) && member->position > callers_position(creation);
}

static bool quiet(const struct engine *engine, const struct engine_process *process)
{
    return engine->now_ns >= process->last_call_engine_ns + MOVED_ON_QUIET_NS;
}

bool absence_moved_on(const struct creation *creation, const struct engine *engine)
{
    const struct communicator *parent = members_known(creation);
    bool moved = false;

    if (!parent || engine->now_ns < creation->changed_ns + MOVED_ON_QUIET_NS)
        return false;
    for (size_t i = 0; i < parent->member_count; i++) {
        const struct member *member = parent->members[i];

        if (!called(creation, member->process, member->rank) && !quiet(engine, member->process))
            return false;
        moved |= went_past(creation, member);
    }
    return moved;
}

bool absence_is_root(const struct creation *creation)
{
    const struct communicator *parent = members_known(creation);

    if (!parent || parent->size < 0 || parent->member_count < (size_t)parent->size)
        return true;
    for (size_t i = 0; i < parent->member_count; i++)
        if (absent(creation, parent->members[i]) && !parent->members[i]->process->waiting)
            return true;
    return false;
}

/* ---- who is missing ---- */

static bool accused(const struct creation *creation, const struct member *member,
                    enum creation_evidence evidence)
{
    switch (evidence) {
    case MISSING_LEFT:
        return missing(creation, member) && member->departure != DEPARTURE_NONE;
    case MISSING_MOVED_ON:
        return went_past(creation, member);
    default: /* jobs that hang are killed: that it has died does not excuse it */
        return absent(creation, member) && !member->process->waiting;
    }
}

static struct ranks missing_of_parent(const struct creation *creation, struct engine *engine,
                                      enum creation_evidence evidence)
{
    const struct communicator *parent = members_known(creation);
    struct rank_list list = {0};
    struct rank_list circle = {0};

    for (size_t i = 0; i < parent->member_count; i++)
        if (accused(creation, parent->members[i], evidence))
            rank_list_add(&list, process_rank(parent->members[i]->process));
    /* All of them wait for others themselves: in a circle nobody is the first, but these are in it. */
    for (size_t i = 0; list.count == 0 && evidence == MISSING_AT_END && i < parent->member_count; i++)
        if (absent(creation, parent->members[i]))
            rank_list_add(&circle, process_rank(parent->members[i]->process));
    return rank_list_take(list.count ? &list : &circle, &engine->arena);
}

static struct ranks callers(const struct creation *creation, struct engine *engine)
{
    struct rank_list list = {0};

    for (size_t i = 0; i < creation->caller_count; i++)
        rank_list_add(&list, process_rank(creation->callers[i].process));
    return rank_list_take(&list, &engine->arena);
}

/* All ranks of the job that are not among the callers, when the communicator is to have all of them. */
static struct ranks missing_of_world(const struct creation *creation, struct engine *engine)
{
    struct ranks present = callers(creation, engine);
    struct rank_list list = {0};

    if (engine->world_size < 0 || creation->expected != engine->world_size)
        return (struct ranks){0};
    for (int32_t rank = 0; rank < engine->world_size; rank++)
        if (!ranks_have(present, rank))
            rank_list_add(&list, rank);
    return rank_list_take(&list, &engine->arena);
}

#define LISTED_LIMIT (1 << 20) /* ranks; nobody reads more */

static const char *missing_communicator_ranks(const struct creation *creation, struct engine *engine)
{
    struct rank_list present = {0};
    struct rank_list absent = {0};

    for (size_t i = 0; i < creation->caller_count; i++)
        if (creation->callers[i].rank >= 0)
            rank_list_add(&present, creation->callers[i].rank);

    struct ranks ranks = rank_list_take(&present, &engine->arena);

    bool listed = creation->operation != OPERATION_COMM_SHRINK && creation->expected <= LISTED_LIMIT;

    for (int32_t rank = 0; listed && rank < creation->expected; rank++)
        if (!ranks_have(ranks, rank))
            rank_list_add(&absent, rank);
    ranks = rank_list_take(&absent, &engine->arena);
    return ranks.count ? ranks_text(ranks, &engine->arena) : "";
}

/* ---- findings ---- */

static const struct caller *first_caller(const struct creation *creation)
{
    const struct caller *first = &creation->callers[0];

    for (size_t i = 1; i < creation->caller_count; i++)
        if (process_realtime(creation->callers[i].process, creation->callers[i].time_ns) <
            process_realtime(first->process, first->time_ns))
            first = &creation->callers[i];
    return first;
}

static struct fact begin(struct creation *creation, struct engine *engine)
{
    const struct caller *first = first_caller(creation);
    struct communicator *about = creation->parent ? creation->parent
                                 : first->member  ? first->member->communicator
                                                  : NULL;

    creation->settled = true;
    return (struct fact){
        .kind = FACT_CREATION,
        .communicator = about ? (int)about->id : -1,
        .communicator_name = about ? communicator_name(engine, about) : "",
        .index = creation->parent ? (int64_t)callers_position(creation) : -1,
        .call_site = site_text(engine, first->site),
        .time_ns = process_realtime(first->process, first->time_ns),
        .caused_by = FINDING_NO_CAUSE,
        .creation = {.operation = creation->operation,
                     .parent = creation->parent ? communicator_name(engine, creation->parent) : "",
                     .sequence = creation->sequence,
                     .size = creation->expected,
                     .callers = callers(creation, engine),
                     .missing_communicator_ranks = "",
                     .difference = ""},
    };
}

static void add_table(struct fact *fact, struct engine *engine, const char *did, const char *else_text)
{
    struct observation *table = arena_alloc(&engine->arena, 2 * sizeof *table);

    if (!table)
        return;
    table[0] = (struct observation){.ranks = fact->creation.callers,
                                    .index = -1,
                                    .text = did,
                                    .call_site = fact->call_site,
                                    .expected = true,
                                    .diverging = true};
    table[1] = (struct observation){
        .ranks = fact->ranks, .index = -1, .text = else_text, .call_site = "", .diverging = true};
    fact->table = table;
    fact->table_rows = fact->ranks.count ? 2 : 1;
}

void creation_report_missing(struct creation *creation, struct engine *engine,
                             enum creation_evidence evidence, uint64_t waited_ns)
{
    struct fact fact = begin(creation, engine);
    const char *symbol = operation_symbol(creation->operation);

    fact.ranks = members_known(creation) ? missing_of_parent(creation, engine, evidence)
                                         : missing_of_world(creation, engine);
    fact.confidence = evidence == MISSING_LEFT ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
    fact.creation.missing = (size_t)creation->expected - creation->caller_count;
    fact.creation.missing_communicator_ranks = missing_communicator_ranks(creation, engine);
    fact.creation.ended = evidence == MISSING_LEFT;
    fact.creation.moved_on = evidence == MISSING_MOVED_ON;
    fact.creation.waited_ns = waited_ns;
    add_table(&fact, engine, say(&engine->arena, "called %s", symbol),
              say(&engine->arena, "did not call %s", symbol));
    publish(engine, &fact);
}

/* ---- callers that contradict each other ---- */

static uint64_t what_passed(const struct caller *caller)
{
    return (uint64_t)caller->operation << 32 | (uint32_t)caller->ranks;
}

static const char *passed_text(const struct creation *creation, struct engine *engine, uint64_t token)
{
    if (creation->parent)
        return say(&engine->arena, "called %s", operation_symbol((unsigned)(token >> 32)));
    return say(&engine->arena, "called %s for %d ranks", operation_symbol((unsigned)(token >> 32)),
               (int32_t)(uint32_t)token);
}

static void report_parties(struct creation *creation, struct engine *engine, const struct party *parties,
                           size_t count)
{
    struct election election = vote(parties, count, creation->caller_count);
    uint64_t right = parties[election.winner].token;
    uint64_t wrong = parties[election.winner == 0].token;
    struct fact fact = begin(creation, engine);
    struct rank_list guilty = {0};
    struct rank_list others = {0};

    for (size_t i = 0; i < creation->caller_count; i++) {
        bool winner = what_passed(&creation->callers[i]) == right;

        if (!winner || election.tie)
            rank_list_add(&guilty, process_rank(creation->callers[i].process));
        if (winner)
            rank_list_add(&others, process_rank(creation->callers[i].process));
    }
    fact.ranks = rank_list_take(&guilty, &engine->arena);
    fact.creation.callers = rank_list_take(&others, &engine->arena);
    fact.creation.differing = true;
    fact.confidence = election.tie ? CONFIDENCE_UNDECIDED : CONFIDENCE_CERTAIN;
    fact.reason = election.tie ? "As many ranks are on one side as on the other." : "";
    add_table(&fact, engine, passed_text(creation, engine, right), passed_text(creation, engine, wrong));
    fact.creation.difference =
        say(&engine->arena, "some of the ranks %s %s, %s %s", ranks_text(fact.ranks, &engine->arena),
            passed_text(creation, engine, wrong), ranks_named(fact.creation.callers, &engine->arena),
            passed_text(creation, engine, right));
    if (!election.tie)
        fact.creation.difference =
            say(&engine->arena, "%s %s where %s %s", ranks_named(fact.ranks, &engine->arena),
                passed_text(creation, engine, wrong), ranks_named(fact.creation.callers, &engine->arena),
                passed_text(creation, engine, right));
    publish(engine, &fact);
}

static void report_twice(struct creation *creation, struct engine *engine)
{
    for (size_t i = 1; i < creation->caller_count; i++) {
        for (size_t j = 0; j < i; j++) {
            struct rank_list list = {0};

            if (creation->callers[i].rank != creation->callers[j].rank)
                continue;

            struct fact fact = begin(creation, engine);

            rank_list_add(&list, process_rank(creation->callers[i].process));
            rank_list_add(&list, process_rank(creation->callers[j].process));
            fact.ranks = rank_list_take(&list, &engine->arena);
            fact.creation.differing = true;
            fact.creation.difference =
                say(&engine->arena, "%s both called it as rank %d", ranks_named(fact.ranks, &engine->arena),
                    creation->callers[i].rank);
            fact.confidence = CONFIDENCE_CERTAIN;
            add_table(&fact, engine, "called as other ranks",
                      say(&engine->arena, "called as rank %d", creation->callers[i].rank));
            publish(engine, &fact);
            return;
        }
    }
}

void absence_report_differing(struct creation *creation, struct engine *engine)
{
    struct party *parties = calloc(creation->caller_count, sizeof *parties);
    size_t count = 0;

    creation->settled = true;
    if (!parties) {
        engine_out(engine);
        return;
    }
    for (size_t i = 0; i < creation->caller_count; i++) {
        size_t p = 0;

        while (p < count && parties[p].token != what_passed(&creation->callers[i]))
            p++;
        if (p == count)
            parties[count++].token = what_passed(&creation->callers[i]);
        parties[p].members++;
    }
    if (count > 1)
        report_parties(creation, engine, parties, count);
    else
        report_twice(creation, engine);
    free(parties);
}
