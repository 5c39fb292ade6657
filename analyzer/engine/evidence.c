/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence.h"

#include "dispute.h"
#include "ranks.h"
#include "say.h"

enum { ROWS_BEFORE = 2, ROWS_AFTER = 2, PARTIES_SHOWN = 12 };

struct table {
    struct observation row[ROWS_BEFORE + PARTIES_SHOWN + 2 * ROWS_AFTER];
    size_t rows;
};

const char *evidence_text(struct engine *engine, const struct member *member, uint64_t index)
{
    if (index < member->position)
        return call_text(call_get(engine->calls, dispute_call(member, index).call), &engine->arena);
    return member->departure == DEPARTURE_DESTROYED ? "nothing: destroyed the communicator"
                                                    : "nothing: the process had ended";
}

static void add_row(struct table *table, struct engine *engine, const struct member *member, uint64_t index,
                    struct ranks ranks, bool expected, bool diverging)
{
    const char *site = "";

    if (!member || !dispute_votes(member, index) || table->rows == sizeof table->row / sizeof table->row[0])
        return;
    if (index < member->position)
        site = site_text(engine, dispute_call(member, index).site);
    table->row[table->rows++] = (struct observation){
        .ranks = ranks,
        .index = (int64_t)index,
        .text = evidence_text(engine, member, index),
        .call_site = site,
        .expected = expected,
        .diverging = diverging,
    };
}

/* All who are past `index`, those who have not voted yet included. */
static struct ranks everyone(const struct communicator *communicator, struct engine *engine, uint64_t index)
{
    struct rank_list list = {0};

    for (size_t i = 0; i < communicator->member_count; i++)
        if (!communicator->members[i]->excluded && communicator->members[i]->position > index)
            rank_list_add(&list, process_rank(communicator->members[i]->process));
    return rank_list_take(&list, &engine->arena);
}

/* The same call from the same place in the program? Then one row says it for both. */
static bool same_call(const struct member *one, const struct member *other, uint64_t index)
{
    struct made_call here = dispute_call(one, index);
    struct made_call there = dispute_call(other, index);

    return here.call == there.call && here.site == there.site;
}

static struct ranks both(struct ranks one, struct ranks other, struct engine *engine)
{
    struct rank_list list = {0};

    for (size_t i = 0; i < one.count; i++)
        rank_list_add(&list, one.rank[i]);
    for (size_t i = 0; i < other.count; i++)
        rank_list_add(&list, other.rank[i]);
    return rank_list_take(&list, &engine->arena);
}

void evidence_divergence(struct communicator *communicator, struct engine *engine,
                         const struct ballot *ballot, size_t winner, const struct member *culprit,
                         struct ranks culprits, const struct observation **rows, size_t *count)
{
    struct table table = {.rows = 0};
    const struct member *example = ballot_example(ballot, communicator, winner);
    struct ranks winners = ballot_ranks(ballot, communicator, winner);
    uint64_t index = ballot->index;

    for (uint64_t i = index < ROWS_BEFORE ? 0 : index - ROWS_BEFORE; i < index; i++)
        add_row(&table, engine, example, i, everyone(communicator, engine, i), true, false);
    add_row(&table, engine, example, index, winners, true, true);
    for (size_t p = 0; p < ballot->count && p < PARTIES_SHOWN - 1; p++)
        if (p != winner)
            add_row(&table, engine, ballot_example(ballot, communicator, p), index,
                    ballot_ranks(ballot, communicator, p), false, true);
    for (uint64_t i = index + 1; i <= index + ROWS_AFTER; i++) {
        bool winning = example && i < example->position;
        bool culpable = culprit && i < culprit->position;

        if (winning && culpable && same_call(example, culprit, i)) {
            add_row(&table, engine, example, i, both(winners, culprits, engine), true, false);
            continue;
        }
        if (winning)
            add_row(&table, engine, example, i, winners, true, false);
        if (culpable)
            add_row(&table, engine, culprit, i, culprits, false, false);
    }

    struct observation *kept = arena_alloc(&engine->arena, table.rows * sizeof *kept + 1);

    *rows = kept;
    *count = kept ? table.rows : 0;
    for (size_t i = 0; i < *count; i++)
        kept[i] = table.row[i];
}

const char *evidence_last(struct engine_process *process)
{
    struct engine *engine = process->engine;

    if (!process->last_call || !process->last_communicator)
        return "";
    return say(&engine->arena, "Rank %d last called %s on %s", process_rank(process),
               call_text(call_get(engine->calls, process->last_call), &engine->arena),
               communicator_name(engine, process->last_communicator));
}
