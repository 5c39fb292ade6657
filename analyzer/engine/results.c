/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be asked of an engine.
 */
#include "channel.h"
#include "engine.h"
#include "ranks.h"
#include "state.h"

size_t engine_finding_count(const struct engine *engine)
{
    return engine->finding_count;
}

const struct finding *engine_finding(const struct engine *engine, size_t id)
{
    return id < engine->finding_count ? engine->findings[id] : NULL;
}

enum verdict engine_verdict(const struct engine *engine)
{
    for (size_t i = 0; i < engine->finding_count; i++)
        if (engine->findings[i]->severity == SEVERITY_ERROR &&
            engine->findings[i]->code != FINDING_STREAM_INCOMPLETE)
            return VERDICT_MISMATCH;
    return engine->incomplete || engine->out_of_memory ? VERDICT_INCOMPLETE : VERDICT_CLEAN;
}

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[] = {
        [VERDICT_CLEAN] = "clean", [VERDICT_MISMATCH] = "mismatch", [VERDICT_INCOMPLETE] = "incomplete"};

    return names[verdict];
}

void engine_totals(const struct engine *engine, struct engine_totals *totals)
{
    *totals = (struct engine_totals){
        .processes = engine->process_count,
        .ranks = engine->world_size >= 0 ? engine->world_size : (int32_t)engine->process_count,
        .events = engine->events,
    };
    for (size_t i = 0; i < engine->process_count; i++)
        totals->lost += process_lost(engine->processes[i]);
    for (size_t i = 0; i < engine->communicator_count; i++) {
        const struct communicator *communicator = engine->communicators[i];

        totals->window_calls += (size_t)(communicator->top - communicator->base);
        for (size_t m = 0; m < communicator->member_count; m++)
            totals->window_calls += communicator->members[m]->pending_count;
    }
    for (size_t i = 0; i < engine->channel_count; i++)
        totals->window_calls +=
            engine->channels[i]->lane[SIDE_SEND].count + engine->channels[i]->lane[SIDE_RECV].count;
}

size_t engine_communicator_count(const struct engine *engine)
{
    return engine->communicator_count;
}

/* Names and rank sets are made when they are asked for: the engine changes, but nothing that it says. */
static struct engine *writable(const struct engine *engine)
{
    union {
        const struct engine *in;
        struct engine *out;
    } cast = {engine};

    return cast.out;
}

void engine_communicator(const struct engine *engine, size_t index, struct communicator_summary *summary)
{
    struct communicator *communicator = engine->communicators[index];

    *summary = (struct communicator_summary){
        .cid = communicator->cid,
        .nccl_hash = communicator->nccl_hash,
        .name = communicator_name(writable(engine), communicator),
        .size = communicator->size,
        .members = communicator_ranks(writable(engine), communicator),
        .collectives = communicator->agreed,
        .point_to_point = communicator->messages,
    };
}

void engine_process_summary(const struct engine *engine, size_t index, struct process_summary *summary)
{
    struct engine_process *process = engine->processes[index];

    *summary = (struct process_summary){
        .id = process->id,
        .rank = process_rank(process),
        .host = process->host,
        .pid = process->pid,
        .device = process->device,
        .events = process->events,
        .lost = process_lost(process),
        .end = process->end,
        .end_status = process->end_status,
    };
}
