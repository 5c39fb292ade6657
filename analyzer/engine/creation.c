/* SPDX-License-Identifier: Apache-2.0 */
#include "creation.h"

#include <stdlib.h>

#include "absence.h"
#include "array.h"
#include "matcher.h"
#include "say.h"
#include "timing.h"

struct creation_key {
    uint64_t kind; /* 'p' on a parent, 'u' by unique id, 'c' by our own id */
    uint64_t id;
    uint64_t sequence;
};

static struct creation *find(struct engine *engine, const struct creation_key *key)
{
    bool added;
    uint32_t id = intern_id(engine->creation_keys, key, sizeof *key, &added);

    if (id && !added)
        return engine->creations[id - 1];

    struct creation **grown = !id ? NULL
                                  : array_reserve(engine->creations, &engine->creation_capacity,
                                                  engine->creation_count + 1, sizeof(*grown));
    struct creation *creation = grown ? calloc(1, sizeof *creation) : NULL;

    if (grown)
        engine->creations = grown;
    if (!creation) {
        if (id)
            intern_truncate(engine->creation_keys, id - 1);
        engine_out(engine);
        return NULL;
    }
    creation->expected = -1;
    creation->opened_ns = engine->now_ns;
    engine->creations[engine->creation_count++] = creation;
    return creation;
}

void creation_free(struct creation *creation)
{
    free(creation->callers);
    free(creation);
}

bool creation_completed(const struct creation *creation)
{
    return creation->completed;
}

bool creation_waits(const struct creation *creation)
{
    return !creation->completed && !creation->settled && creation->expected >= 0 &&
           creation->caller_count < (size_t)creation->expected;
}

/* ---- the new communicator ---- */

static struct member *make_member(struct engine_process *process, const struct create *create,
                                  uint8_t operation, struct communicator *parent, struct creation *creation)
{
    struct engine *engine = process->engine;

    if (create->communicator == 0 || process_member(process, create->communicator))
        return NULL;

    struct communicator *communicator = communicator_find(engine, create->cid);

    if (!communicator)
        return NULL;
    if (communicator->member_count == 0) {
        communicator->operation = operation;
        communicator->sequence = create->sequence;
        communicator->color = create->color;
        communicator->parent = parent;
        communicator->config_name = say(&engine->arena, "%s", create->name ? create->name : "");
    }
    if (!communicator->creation)
        communicator->creation = creation;
    if (!communicator->nccl_hash)
        communicator->nccl_hash = create->nccl_hash;

    struct member *member = communicator_join(communicator, process, create->communicator, create->rank);

    if (member)
        communicator_learn(communicator, member, create->ranks, create->rank);
    if (create->ranks > 0 &&
        create->ranks > communicator->size) /* members contradict each other; nothing completes too early */
        communicator->size = create->ranks;
    return member;
}

static int32_t expected_callers(const struct create *create, uint8_t operation,
                                const struct communicator *parent)
{
    if (!parent || operation == OPERATION_COMM_GROW)
        return create->ranks;
    if (parent->size < 0)
        return -1;
    if (operation == OPERATION_COMM_SHRINK) {
        int64_t left = (int64_t)parent->size - create->excluded_count;

        return left > 0 ? (int32_t)left : -1;
    }
    return parent->size;
}

/* ---- splits: who is with whom (nccl 2.28 init.cc: by color, ordered by key, then by rank in the parent)
 * ---- */

static int by_key(const void *a, const void *b)
{
    const struct caller *one = *(const struct caller *const *)a;
    const struct caller *other = *(const struct caller *const *)b;

    if (one->key != other->key)
        return one->key < other->key ? -1 : 1;
    return (one->rank > other->rank) - (one->rank < other->rank);
}

static void assign_color(struct creation *creation, int32_t color, const struct caller **same)
{
    size_t count = 0;

    for (size_t i = 0; i < creation->caller_count; i++)
        if (creation->callers[i].color == color)
            same[count++] = &creation->callers[i];
    qsort(same, count, sizeof(*same), by_key);
    for (size_t i = 0; i < count; i++)
        if (same[i]->member)
            communicator_learn(same[i]->member->communicator, same[i]->member, (int32_t)count, (int32_t)i);
}

static void assign_children(struct creation *creation, struct engine *engine)
{
    const struct caller **same = calloc(creation->caller_count, sizeof(*same));

    if (!same) {
        engine_out(engine);
        return;
    }
    for (size_t i = 0; i < creation->caller_count; i++) {
        const struct caller *caller = &creation->callers[i];

        if (caller->member && (caller->member->communicator->size < 0 || caller->member->rank < 0))
            assign_color(creation, caller->color, same);
    }
    free(same);
}

/* ---- calls ---- */

static struct creation_key key_of(const struct create *create, uint8_t operation,
                                  const struct communicator *parent)
{
    if (parent && operation != OPERATION_COMM_GROW)
        return (struct creation_key){'p', parent->id, create->sequence};
    if (create->unique_id_hash && operation != OPERATION_COMM_GROW)
        return (struct creation_key){'u', create->unique_id_hash, create->sequence};
    return (struct creation_key){'c', create->cid, 0};
}

static void add_caller(struct creation *creation, struct engine *engine, const struct caller *caller)
{
    struct caller *grown = array_reserve(creation->callers, &creation->caller_capacity,
                                         creation->caller_count + 1, sizeof *grown);

    if (!grown) {
        engine_out(engine);
        return;
    }
    creation->callers = grown;
    for (size_t i = 0; i < creation->caller_count; i++) {
        const struct caller *other = &grown[i];

        creation->differing |= other->operation != caller->operation ||
                               (!creation->parent && other->ranks != caller->ranks) ||
                               (!creation->parent && caller->rank >= 0 && other->rank == caller->rank);
    }
    grown[creation->caller_count++] = *caller;
    creation->changed_ns = engine->now_ns;
}

void creation_call(struct engine_process *process, const struct event *event)
{
    const struct create *create = &event->create;
    struct engine *engine = process->engine;
    struct member *parent_member = create->parent ? process_member(process, create->parent) : NULL;
    struct communicator *parent = parent_member ? parent_member->communicator : NULL;
    struct creation_key key = key_of(create, event->operation, parent);
    struct creation *creation = key.id || key.kind == 'p' ? find(engine, &key) : NULL;
    struct member *member = make_member(process, create, event->operation, parent, creation);

    if (!creation || (create->parent && !parent))
        return;
    if (creation->caller_count == 0) {
        creation->operation = event->operation;
        creation->parent = key.kind == 'p' ? parent : NULL;
        creation->sequence = create->sequence;
    }
    if (creation->expected < 0)
        creation->expected = expected_callers(create, event->operation, parent);
    add_caller(creation, engine,
               &(struct caller){
                   .process = process,
                   .member = member,
                   .time_ns = event->time_ns,
                   .parent_position = parent_member ? parent_member->position : 0,
                   .site = site_number(process, event->call_site),
                   .rank = parent_member && creation->parent ? parent_member->rank : create->rank,
                   .ranks = create->ranks,
                   .color = create->color,
                   .key = create->key,
                   .operation = event->operation,
               });
    if (creation->operation == OPERATION_COMM_SPLIT && creation->expected >= 0 &&
        creation->caller_count == (size_t)creation->expected)
        assign_children(creation, engine);
}

void creation_ready(struct member *member, const struct communicator_change *change)
{
    member->ready = true;
    communicator_learn(member->communicator, member, change->ranks, change->rank);
    if (member->communicator->creation)
        member->communicator->creation->completed = true;
}

/* ---- over time ---- */

static void settle(struct creation *creation, struct engine *engine)
{
    if (creation->differing && engine->now_ns >= creation->changed_ns + DIVERGENCE_QUIET_NS) {
        absence_report_differing(creation, engine);
        return;
    }
    if (creation->expected >= 0 && creation->caller_count >= (size_t)creation->expected &&
        !creation->differing) {
        creation->settled = true;
        return;
    }
    if (!creation_waits(creation))
        return;
    if (absence_left(creation))
        creation_report_missing(creation, engine, MISSING_LEFT, 0);
    else if (absence_moved_on(creation, engine))
        creation_report_missing(creation, engine, MISSING_MOVED_ON, engine->now_ns - creation->changed_ns);
}

void creations_settle(struct engine *engine)
{
    for (size_t i = 0; i < engine->creation_count; i++)
        if (!engine->creations[i]->settled && !engine->creations[i]->completed)
            settle(engine->creations[i], engine);
}
