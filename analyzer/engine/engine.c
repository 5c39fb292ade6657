/* SPDX-License-Identifier: Apache-2.0 */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "cause.h"
#include "channel.h"
#include "creation.h"
#include "death.h"
#include "dispute.h"
#include "failure.h"
#include "loss.h"
#include "standstill.h"
#include "state.h"
#include "timing.h"

struct engine *engine_create(const struct engine_options *options)
{
    struct engine *engine = calloc(1, sizeof *engine);

    if (!engine)
        return NULL;
    if (options)
        engine->options = *options;
    engine->world_size = -1;
    engine->highest_rank = -1;
    engine->calls = call_table_create();
    engine->sites = intern_create();
    engine->process_ids = intern_create();
    engine->communicator_keys = intern_create();
    engine->channel_keys = intern_create();
    engine->creation_keys = intern_create();
    if (!engine->calls || !engine->sites || !engine->process_ids || !engine->communicator_keys ||
        !engine->channel_keys || !engine->creation_keys) {
        engine_destroy(engine);
        return NULL;
    }
    return engine;
}

static void free_process(struct engine_process *process)
{
    free(process->kinds);
    free(process->members);
    free(process->reductions);
    free(process);
}

void engine_destroy(struct engine *engine)
{
    if (!engine)
        return;
    for (size_t i = 0; i < engine->process_count; i++)
        free_process(engine->processes[i]);
    for (size_t i = 0; i < engine->communicator_count; i++)
        communicator_free(engine->communicators[i]);
    for (size_t i = 0; i < engine->channel_count; i++)
        channel_free(engine->channels[i]);
    for (size_t i = 0; i < engine->creation_count; i++)
        creation_free(engine->creations[i]);
    for (size_t i = 0; i < engine->failure_count; i++)
        free(engine->failures[i].ranks.rank);
    free(engine->processes);
    free(engine->communicators);
    free(engine->channels);
    free(engine->creations);
    free(engine->failures);
    free(engine->findings);
    intern_destroy(engine->process_ids);
    intern_destroy(engine->communicator_keys);
    intern_destroy(engine->channel_keys);
    intern_destroy(engine->creation_keys);
    intern_destroy(engine->sites);
    call_table_destroy(engine->calls);
    arena_destroy(&engine->arena);
    free(engine);
}

struct engine_process *engine_process(struct engine *engine, const struct process_id *id,
                                      const struct stream *stream)
{
    bool added;
    uint32_t number = intern_id(engine->process_ids, id->bytes, sizeof id->bytes, &added);

    if (number && !added) {
        if (stream)
            engine->processes[number - 1]->stream = stream;
        return engine->processes[number - 1];
    }

    struct engine_process **grown = !number ? NULL
                                            : array_reserve(engine->processes, &engine->process_capacity,
                                                            engine->process_count + 1, sizeof(*grown));
    struct engine_process *process = grown ? calloc(1, sizeof *process) : NULL;

    if (grown)
        engine->processes = grown;
    if (!process) {
        if (number)
            intern_truncate(engine->process_ids, number - 1);
        engine_out(engine);
        return NULL;
    }
    *process = (struct engine_process){
        .engine = engine,
        .id = *id,
        .stream = stream,
        .number = engine->process_count,
        .world_rank = -1,
        .assigned_rank = -1,
        .device = -1,
        .host = "",
    };
    engine->processes[engine->process_count++] = process;
    return process;
}

/* ---- time ---- */

static void settle_disputes(struct engine *engine)
{
    for (size_t i = 0; i < engine->communicator_count; i++)
        if (engine->communicators[i]->dispute.open)
            dispute_settle(engine->communicators[i], engine);
}

static void tick(struct engine *engine)
{
    settle_disputes(engine);
    channels_settle(engine);
    creations_settle(engine);
    failures_settle(engine, FAILURES_DUE);
    deaths_settle(engine, false);
}

void engine_time(struct engine *engine, uint64_t realtime_ns)
{
    if (realtime_ns <= engine->now_ns)
        return;
    engine->now_ns = realtime_ns;
    if (realtime_ns < engine->next_tick_ns)
        return;
    engine->next_tick_ns = realtime_ns + TICK_NS;
    tick(engine);
}

void engine_finish(struct engine *engine)
{
    if (engine->finished)
        return;
    engine->finished = true;
    for (size_t i = 0; i < engine->communicator_count; i++)
        dispute_conclude(engine->communicators[i], engine);
    failures_settle(engine, FAILURES_OWN);
    channels_finish(engine);
    engine->now_ns += MOVED_ON_QUIET_NS; /* nobody will call anything any more */
    creations_settle(engine);
    deaths_settle(engine, true);
    failures_settle(engine, FAILURES_ALL);
    if (!cause_known(engine))
        standstill_report(engine);
    loss_finish(engine);
}

void engine_incomplete(struct engine *engine, const char *what)
{
    engine->incomplete = true;
    loss_report(engine, what);
}

bool engine_out_of_memory(const struct engine *engine)
{
    return engine->out_of_memory;
}
