/* SPDX-License-Identifier: Apache-2.0 */
#include "loss.h"

#include <inttypes.h>

#include "creation.h"
#include "matcher.h"
#include "publish.h"
#include "ranks.h"
#include "say.h"

static void tell(struct engine *engine, struct communicator *communicator, struct ranks ranks,
                 const char *what, bool missing, const char *consequence)
{
    struct fact fact = {
        .kind = FACT_LOSS,
        .communicator = communicator ? (int)communicator->id : -1,
        .communicator_name = communicator ? communicator_name(engine, communicator) : "",
        .index = -1,
        .ranks = ranks,
        .confidence = CONFIDENCE_CERTAIN,
        .caused_by = FINDING_NO_CAUSE,
        .loss = {.what = what, .missing = missing, .consequence = consequence},
    };

    engine->incomplete |= missing;
    publish(engine, &fact);
}

void loss_report(struct engine *engine, const char *what)
{
    tell(engine, NULL, (struct ranks){0}, say(&engine->arena, "%s", what), true,
         "A mismatch in what is missing cannot be seen.");
}

void loss_window_exceeded(struct engine *engine, struct communicator *communicator)
{
    struct rank_list list = {0};

    for (size_t i = 0; i < communicator->member_count; i++)
        if (!communicator->members[i]->excluded && communicator->members[i]->position == communicator->base)
            rank_list_add(&list, process_rank(communicator->members[i]->process));

    struct ranks ranks = rank_list_take(&list, &engine->arena);

    tell(engine, communicator, ranks,
         say(&engine->arena, "More than %" PRIu64 " calls on communicator %s wait for %s.",
             communicator->top - communicator->base, communicator_name(engine, communicator),
             ranks.count ? ranks_named(ranks, &engine->arena) : "members that were never seen"),
         true, "Their calls on it are not compared any more.");
}

static void tell_lost_records(struct engine *engine)
{
    struct rank_list list = {0};
    uint64_t lost = 0;
    uint64_t batches = 0;

    for (size_t i = 0; i < engine->process_count; i++) {
        struct engine_process *process = engine->processes[i];

        if (process_lost(process) == 0)
            continue;
        lost += process_lost(process) - process->lost_batches;
        batches += process->lost_batches;
        rank_list_add(&list, process_rank(process));
    }
    if (!list.count)
        return;

    struct ranks ranks = rank_list_take(&list, &engine->arena);
    const char *what =
        batches == 0 ? say(&engine->arena, "%" PRIu64 " records of %s are missing.", lost,
                           ranks_named(ranks, &engine->arena))
        : lost == 0
            ? say(&engine->arena, "%" PRIu64 " batches of records of %s are missing.", batches,
                  ranks_named(ranks, &engine->arena))
            : say(&engine->arena, "%" PRIu64 " records and %" PRIu64 " batches of records of %s are missing.",
                  lost, batches, ranks_named(ranks, &engine->arena));

    tell(engine, NULL, ranks, what, true, "A mismatch in what is missing cannot be seen.");
}

/* Creation completed, so all members called it; some of them are in no stream. */
static void tell_unseen_members(struct engine *engine)
{
    for (size_t i = 0; i < engine->communicator_count; i++) {
        struct communicator *communicator = engine->communicators[i];

        if (communicator->size < 0 || (size_t)communicator->size <= communicator->member_count ||
            !communicator->creation || !creation_completed(communicator->creation))
            continue;
        tell(engine, communicator, (struct ranks){0},
             say(&engine->arena, "%zu of the %d members of communicator %s are not in the trace.",
                 (size_t)communicator->size - communicator->member_count, communicator->size,
                 communicator_name(engine, communicator)),
             true, "Only the others were compared with each other.");
        return; /* the same processes are missing from all others */
    }
}

static void tell_open_streams(struct engine *engine)
{
    struct rank_list list = {0};
    size_t open = 0;

    for (size_t i = 0; i < engine->process_count; i++)
        open += !process_ended(engine->processes[i]);
    if (open == 0 || open == engine->process_count)
        return;
    for (size_t i = 0; i < engine->process_count; i++)
        if (!process_ended(engine->processes[i]))
            rank_list_add(&list, process_rank(engine->processes[i]));

    struct ranks ranks = rank_list_take(&list, &engine->arena);

    tell(engine, NULL, ranks,
         say(&engine->arena, "%s had not ended, as far as the trace tells, when others had.",
             ranks_begin(ranks, &engine->arena)),
         false, "They were still running, or their last records did not arrive.");
}

void loss_finish(struct engine *engine)
{
    tell_lost_records(engine);
    tell_unseen_members(engine);
    tell_open_streams(engine);
}
