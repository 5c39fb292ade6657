/* SPDX-License-Identifier: Apache-2.0 */
#include "communicator.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "matcher.h"
#include "ranks.h"
#include "state.h"

static struct communicator *add(struct engine *engine, uint64_t cid)
{
    struct communicator **grown = array_reserve(engine->communicators, &engine->communicator_capacity,
                                                engine->communicator_count + 1, sizeof(*grown));
    struct communicator *communicator = grown ? calloc(1, sizeof *communicator) : NULL;

    if (grown)
        engine->communicators = grown;
    if (!communicator) {
        engine_out(engine);
        return NULL;
    }
    communicator->id = engine->communicator_count;
    communicator->cid = cid;
    communicator->config_name = "";
    communicator->size = -1;
    communicator->left_at = NO_INDEX;
    communicator->first_finding = FINDING_NO_CAUSE;
    engine->communicators[engine->communicator_count++] = communicator;
    return communicator;
}

struct communicator *communicator_find(struct engine *engine, uint64_t cid)
{
    /* Those that stand alone take a place among the keys as well: ids and places go together. */
    struct {
        uint64_t cid;
        uint64_t alone;
    } key = {cid, cid ? 0 : engine->communicator_count + 1};
    bool added;
    uint32_t id = intern_id(engine->communicator_keys, &key, sizeof key, &added);

    if (!id) {
        engine_out(engine);
        return NULL;
    }
    if (!added)
        return engine->communicators[id - 1];

    struct communicator *communicator = add(engine, cid);

    if (!communicator)
        intern_truncate(engine->communicator_keys, id - 1);
    return communicator;
}

/* ---- members, in the order of their ranks; those without one by their processes ---- */

static int place(const struct member *member)
{
    return member->rank >= 0 ? member->rank : INT_MAX;
}

static int by_rank(const void *a, const void *b)
{
    const struct member *one = *(struct member *const *)a;
    const struct member *other = *(struct member *const *)b;

    if (place(one) != place(other))
        return place(one) < place(other) ? -1 : 1;
    if (one->process->world_rank != other->process->world_rank)
        return one->process->world_rank < other->process->world_rank ? -1 : 1;
    return memcmp(one->process->id.bytes, other->process->id.bytes, PROCESS_ID_BYTES);
}

static void sort_members(struct communicator *communicator)
{
    size_t last = communicator->member_count - 1;

    if (last > 0 && by_rank(&communicator->members[last - 1], &communicator->members[last]) > 0)
        qsort(communicator->members, communicator->member_count, sizeof(struct member *), by_rank);
}

static bool keep_for_process(struct engine_process *process, struct member *member)
{
    struct member **grown =
        array_reserve(process->members, &process->member_capacity, process->member_count + 1, sizeof(*grown));
    size_t at = process->member_count;

    if (!grown)
        return false;
    process->members = grown;
    while (at > 0 && grown[at - 1]->number > member->number) {
        grown[at] = grown[at - 1];
        at--;
    }
    grown[at] = member;
    process->member_count++;
    return true;
}

/* A member may come when the others have gone on without it: because it was given up, or because there are
 * more members than somebody said. Then it is too late to compare it. */
static void admit(struct communicator *communicator, struct member *member)
{
    if (communicator->size >= 0 && communicator->member_count > (size_t)communicator->size)
        communicator->size = (int32_t)communicator->member_count;
    if (communicator->absent > 0) {
        communicator->absent--;
        member->excluded = true; /* it has been counted as such */
    } else if (communicator->base > 0) {
        member->position = communicator->base;
        matcher_exclude(member);
    }
}

struct member *communicator_join(struct communicator *communicator, struct engine_process *process,
                                 uint32_t number, int32_t rank)
{
    struct member *member = calloc(1, sizeof *member);
    struct member **grown = array_reserve(communicator->members, &communicator->member_capacity,
                                          communicator->member_count + 1, sizeof(*grown));

    if (grown)
        communicator->members = grown;
    if (!member || !grown)
        goto out;
    *member =
        (struct member){.communicator = communicator, .process = process, .number = number, .rank = rank};
    if (!keep_for_process(process, member))
        goto out;
    communicator->members[communicator->member_count++] = member;
    sort_members(communicator);
    admit(communicator, member);
    return member;
out:
    engine_out(process->engine);
    free(member);
    return NULL;
}

void communicator_learn(struct communicator *communicator, struct member *member, int32_t size, int32_t rank)
{
    if (rank >= 0 && member && member->rank < 0) {
        member->rank = rank;
        qsort(communicator->members, communicator->member_count, sizeof(struct member *), by_rank);
    }
    if (size > 0 && communicator->size < 0) {
        communicator->size = size;
        if (communicator->member_count > (size_t)size)
            communicator->size = (int32_t)communicator->member_count;
        matcher_drain(communicator);
    }
}

struct member *communicator_rank(const struct communicator *communicator, int32_t rank)
{
    size_t low = 0;
    size_t high = communicator->member_count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (place(communicator->members[middle]) < rank)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < communicator->member_count && communicator->members[low]->rank == rank)
        return communicator->members[low];
    return NULL;
}

struct member *process_member(const struct engine_process *process, uint32_t number)
{
    size_t low = 0;
    size_t high = process->member_count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (process->members[middle]->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < process->member_count && process->members[low]->number == number ? process->members[low]
                                                                                  : NULL;
}

struct ranks communicator_ranks(struct engine *engine, const struct communicator *communicator)
{
    struct rank_list list = {0};

    for (size_t i = 0; i < communicator->member_count; i++)
        rank_list_add(&list, process_rank(communicator->members[i]->process));
    return rank_list_take(&list, &engine->arena);
}

void communicator_free(struct communicator *communicator)
{
    for (size_t i = 0; i < communicator->member_count; i++) {
        free(communicator->members[i]->pending);
        free(communicator->members[i]);
    }
    free(communicator->members);
    free(communicator->slots);
    history_free(&communicator->history);
    free(communicator);
}
