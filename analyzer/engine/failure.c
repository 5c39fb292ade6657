/* SPDX-License-Identifier: Apache-2.0 */
#include "failure.h"

#include <stdlib.h>

#include "array.h"
#include "evidence.h"
#include "publish.h"
#include "say.h"
#include "timing.h"

enum { RESULT_SUCCESS = 0, RESULT_SYSTEM_ERROR = 2, RESULT_REMOTE_ERROR = 6, RESULT_IN_PROGRESS = 7 };

static bool is_echo(const struct failure *failure)
{
    return failure->result == RESULT_SYSTEM_ERROR || failure->result == RESULT_REMOTE_ERROR;
}

static struct failure *find(struct engine *engine, const struct failure *like)
{
    for (size_t i = 0; i < engine->failure_count; i++) {
        struct failure *failure = &engine->failures[i];

        if (failure->communicator == like->communicator && failure->operation == like->operation &&
            failure->result == like->result && failure->asynchronous == like->asynchronous)
            return failure;
    }

    struct failure *grown =
        array_reserve(engine->failures, &engine->failure_capacity, engine->failure_count + 1, sizeof *grown);

    if (!grown)
        return NULL;
    engine->failures = grown;
    grown[engine->failure_count] = *like;
    return &grown[engine->failure_count++];
}

void failure_add(struct engine_process *process, uint32_t communicator, const struct event *event,
                 int32_t result, int64_t index, bool asynchronous)
{
    struct engine *engine = process->engine;
    struct member *member = process_member(process, communicator);
    uint64_t time_ns = process_realtime(process, event->time_ns);
    bool last = process->last_call && member && process->last_communicator == member->communicator;

    if (result == RESULT_SUCCESS || result == RESULT_IN_PROGRESS)
        return;

    struct failure *failure =
        find(engine, &(struct failure){
                         .communicator = member ? member->communicator : NULL,
                         .operation = event->operation,
                         .asynchronous = asynchronous,
                         .result = result,
                         .call = last && !asynchronous ? process->last_call : CALL_UNKNOWN,
                         .site = site_number(process, event->call_site),
                         .index = index,
                         .time_ns = time_ns,
                         .opened_ns = engine->now_ns,
                     });

    if (!failure || !rank_list_add(&failure->ranks, process_rank(process))) {
        engine_out(engine);
        return;
    }
    if (time_ns < failure->time_ns)
        failure->time_ns = time_ns;
}

static void tell(struct engine *engine, struct failure *failure)
{
    struct observation *row = arena_alloc(&engine->arena, sizeof *row);
    const struct call *call = call_get(engine->calls, failure->call);
    struct communicator *communicator = failure->communicator;

    if (call && call->operation != failure->operation)
        call = NULL;

    struct fact fact = {
        .kind = FACT_FAILURE,
        .communicator = communicator ? (int)communicator->id : -1,
        .communicator_name = communicator ? communicator_name(engine, communicator) : "",
        .index = failure->index,
        .ranks = rank_list_take(&failure->ranks, &engine->arena),
        .call_site = site_text(engine, failure->site),
        .time_ns = failure->time_ns,
        .confidence = CONFIDENCE_CERTAIN,
        .caused_by = FINDING_NO_CAUSE,
        .failure = {.operation = failure->operation,
                    .result = failure->result,
                    .asynchronous = failure->asynchronous,
                    .call = call},
    };

    if (row) {
        *row = (struct observation){
            .ranks = fact.ranks,
            .index = failure->index,
            .text = say(&engine->arena, "%s returned %s",
                        call ? call_text(call, &engine->arena) : operation_symbol(failure->operation),
                        result_symbol(failure->result)),
            .call_site = fact.call_site,
            .diverging = true,
        };
        fact.table = row;
        fact.table_rows = 1;
    }
    publish(engine, &fact);
}

static bool is_due(const struct engine *engine, const struct failure *failure, enum failures which)
{
    switch (which) {
    case FAILURES_DUE:
        return engine->now_ns >= failure->opened_ns + (is_echo(failure) ? ECHO_NS : FAILURE_GATHER_NS);
    case FAILURES_OWN:
        return !is_echo(failure);
    default:
        return true;
    }
}

void failures_settle(struct engine *engine, enum failures which)
{
    size_t kept = 0;

    for (size_t i = 0; i < engine->failure_count; i++) {
        struct failure failure = engine->failures[i];

        if (is_due(engine, &failure, which))
            tell(engine, &failure);
        else
            engine->failures[kept++] = failure;
    }
    engine->failure_count = kept;
}

bool failures_pending(const struct engine *engine)
{
    for (size_t i = 0; i < engine->failure_count; i++)
        if (!is_echo(&engine->failures[i]))
            return true;
    return false;
}

bool failures_of(struct engine_process *process)
{
    const struct engine *engine = process->engine;

    for (size_t i = 0; i < engine->failure_count; i++) {
        const struct rank_list *ranks = &engine->failures[i].ranks;

        for (size_t k = 0; k < ranks->count; k++)
            if (ranks->rank[k] == process_rank(process))
                return true;
    }
    return false;
}
