/* SPDX-License-Identifier: Apache-2.0 */
#include "actor.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 3 };

struct actor {
    const struct program *program;
    int rank;
    uint64_t boot_ns;
    int64_t skew_ns;
    struct batch_writer *writer;
    uint32_t *number; /* of each of the program's communicators; 0: none */
    uint32_t numbers;
    uint32_t *collectives; /* made on each */
    int depth[THREADS];    /* of groups */
    uint64_t reductions;
};

static void check(int error)
{
    if (error == 0)
        return;
    fprintf(stderr, "cannot encode: %s\n", strerror(-error));
    exit(70);
}

static void *need(void *memory)
{
    if (!memory)
        check(-12);
    return memory;
}

struct actor *actor_create(const struct program *program, int rank, uint64_t boot_ns, int64_t skew_ns)
{
    struct actor *actor = need(calloc(1, sizeof *actor));
    struct process_id id = {{0}};

    memcpy(id.bytes, &rank, sizeof rank);
    id.bytes[15] = 1;
    *actor = (struct actor){.program = program, .rank = rank, .boot_ns = boot_ns, .skew_ns = skew_ns};
    actor->writer = need(batch_writer_create(&id));
    actor->number = need(calloc((size_t)program->communicators, sizeof *actor->number));
    actor->collectives = need(calloc((size_t)program->communicators, sizeof *actor->collectives));
    return actor;
}

void actor_destroy(struct actor *actor)
{
    batch_writer_destroy(actor->writer);
    free(actor->number);
    free(actor->collectives);
    free(actor);
}

void actor_hello(struct actor *actor, struct message *message)
{
    struct hello hello = {.job = "accuracy",
                          .world_rank = actor->rank,
                          .world_size = actor->program->ranks,
                          .local_rank = actor->rank % 8,
                          .rank_source = "openmpi",
                          .host = "node",
                          .pid = (uint32_t)actor->rank + 100,
                          .executable = "/opt/train",
                          .device = actor->rank % 8,
                          .pci_bus_id = "",
                          .nccl_path = "",
                          .agent_version = "",
                          .start_monotonic_ns = actor->boot_ns,
                          .start_realtime_ns = WALL_NS + (uint64_t)actor->skew_ns};

    check(batch_hello(actor->writer, &hello, message));
}

/* ---- actions ---- */

static uint32_t site_of(struct actor *actor, const struct action *action)
{
    return batch_call_site(actor->writer, "/opt/train",
                           0x1000u + action->operation * 64u + action->thread * 16u);
}

static void add_event(struct actor *actor, struct event *event, uint64_t time_ns)
{
    event->time_ns = time_ns + actor->boot_ns;
    check(batch_add_event(actor->writer, event));
}

static uint64_t add_reduction(struct actor *actor, const struct action *action, uint64_t time_ns)
{
    struct event event = {.kind = EVENT_REDUCTION, .operation = OPERATION_RED_OP_CREATE_PRE_MUL_SUM};
    uint64_t identity = ++actor->reductions + (uint64_t)actor->rank * 1000;

    event.reduction = (struct reduction_change){.identity = identity,
                                                .communicator = actor->number[action->communicator],
                                                .datatype = action->datatype,
                                                .scalar_bytes = action->scalar != 0 ? sizeof(float) : 0};
    memcpy(event.reduction.scalar, &action->scalar, sizeof action->scalar);
    add_event(actor, &event, time_ns);
    return identity;
}

static int call(struct actor *actor, const struct action *action, uint64_t time_ns)
{
    struct signature signature = {
        .operation = action->operation,
        .datatype = action->datatype,
        .reduction = action->reduction,
        .flags = action->flags,
        .communicator = actor->number[action->communicator],
        .thread = (uint32_t)(actor->rank * 10 + action->thread),
        .root = action->root,
        .stream = 0x7000u + action->stream * 16u + (uint64_t)actor->rank * 256,
        .count = action->count,
        .call_site = site_of(actor, action),
    };
    int events = 1;

    if (actor->depth[action->thread] > 0)
        signature.flags |= EVENT_FLAG_IN_GROUP;
    if (action->reduction == REDUCTION_PRE_MUL_SUM) {
        signature.reduction_identity = add_reduction(actor, action, time_ns);
        events++;
    }
    actor->collectives[action->communicator] += is_collective(action);
    check(batch_add_call(actor->writer, time_ns + actor->boot_ns, &signature, action->buffer,
                         action->buffer + 64));
    return events;
}

static int group(struct actor *actor, const struct action *action, uint64_t time_ns)
{
    bool starts = action->kind == ACTION_GROUP_START;
    struct signature signature = {
        .operation = starts ? OPERATION_GROUP_START : OPERATION_GROUP_END,
        .datatype = DATATYPE_NONE,
        .reduction = REDUCTION_NONE,
        .thread = (uint32_t)(actor->rank * 10 + action->thread),
        .root = -1,
    };

    actor->depth[action->thread] += starts ? 1 : -1;
    check(batch_add_call(actor->writer, time_ns + actor->boot_ns, &signature, 0, 0));
    return 1;
}

static int create(struct actor *actor, const struct action *action, uint64_t time_ns)
{
    int made = action->communicator;
    const struct communicator *communicator =
        made == NO_COMMUNICATOR ? NULL : &actor->program->communicator[made];
    bool derived = action->operation != OPERATION_COMM_INIT_RANK_CONFIG;
    struct event event = {.kind = EVENT_CREATE, .operation = action->operation};

    if (communicator)
        actor->number[made] = ++actor->numbers;
    event.call_site = site_of(actor, action);
    event.create = (struct create){.communicator = communicator ? actor->number[made] : 0,
                                   .cid = communicator ? communicator->cid : 0,
                                   .nccl_hash = communicator ? mix(communicator->cid) : 0,
                                   .ranks = -1,
                                   .rank = -1,
                                   .color = INT_MIN,
                                   .device = actor->rank % 8,
                                   .name = ""};
    if (derived) {
        event.create.parent = actor->number[action->result];
        event.create.sequence = (uint32_t)action->count;
    }
    if (action->operation == OPERATION_COMM_SPLIT) {
        event.create.color = action->root;
        event.create.key = action->key;
    } else if (action->operation == OPERATION_COMM_SHRINK) {
        event.create.excluded = communicator->excluded;
        event.create.excluded_listed = (size_t)communicator->excluded_count;
        event.create.excluded_count = (uint32_t)communicator->excluded_count;
    } else {
        event.create.unique_id_hash = communicator->unique_id;
        event.create.ranks = communicator->count;
        event.create.rank = program_rank_in(actor->program, made, actor->rank);
        if (action->passed)
            event.create.ranks = action->passed;
    }
    add_event(actor, &event, time_ns);
    return 1;
}

static int change(struct actor *actor, const struct action *action, uint64_t time_ns)
{
    bool ready = action->kind == ACTION_READY;
    bool derived =
        actor->program->communicator[action->communicator].operation != OPERATION_COMM_INIT_RANK_CONFIG;
    bool told = ready && (actor->program->told || !derived);
    struct event event = {.kind = EVENT_COMMUNICATOR,
                          .operation = ready ? OPERATION_NONE : OPERATION_COMM_DESTROY};

    event.communicator = (struct communicator_change){
        .communicator = actor->number[action->communicator],
        .state = ready ? COMMUNICATOR_READY : COMMUNICATOR_DESTROY,
        .ranks = told ? actor->program->communicator[action->communicator].count : -1,
        .rank = told ? program_rank_in(actor->program, action->communicator, actor->rank) : -1,
        .device = actor->rank % 8,
        .pci_bus_id = ""};
    add_event(actor, &event, time_ns);
    return 1;
}

static int result(struct actor *actor, const struct action *action, uint64_t time_ns)
{
    struct event event = {.kind = EVENT_RESULT, .operation = action->operation};

    event.call_site = site_of(actor, action);
    event.result = (struct call_result){.communicator = actor->number[action->communicator],
                                        .result = action->result,
                                        .sequence = actor->collectives[action->communicator] - 1};
    add_event(actor, &event, time_ns);
    return 1;
}

int actor_act(struct actor *actor, const struct action *action, uint64_t time_ns)
{
    switch ((enum action_kind)action->kind) {
    case ACTION_CALL:
        return call(actor, action, time_ns);
    case ACTION_GROUP_START:
    case ACTION_GROUP_END:
        return group(actor, action, time_ns);
    case ACTION_CREATE:
        return create(actor, action, time_ns);
    case ACTION_READY:
    case ACTION_DESTROY:
        return change(actor, action, time_ns);
    case ACTION_RESULT:
        return result(actor, action, time_ns);
    case ACTION_PAUSE:
    case ACTION_STEP:
        break;
    }
    return 0;
}

/* ---- messages ---- */

bool actor_take(struct actor *actor, bool lost, struct message *message)
{
    if (batch_events(actor->writer) == 0)
        return false;
    check(batch_take(actor->writer, 0, message));
    if (lost)
        batch_new_epoch(actor->writer);
    return true;
}

void actor_heartbeat(struct actor *actor, uint64_t time_ns, struct message *message)
{
    struct heartbeat heartbeat = {.time_ns = time_ns + actor->boot_ns, .number = batch_number(actor->writer)};

    check(batch_heartbeat(actor->writer, &heartbeat, message));
}

void actor_end(struct actor *actor, enum process_end_how how, int status, uint64_t time_ns,
               struct message *message)
{
    struct process_end end = {.how = how, .status = status, .time_ns = time_ns + actor->boot_ns};

    check(batch_end(actor->writer, &end, message));
}
