/* SPDX-License-Identifier: Apache-2.0 */
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"

static void *grow(void *old, size_t bytes)
{
    void *memory = realloc(old, bytes);

    if (!memory) {
        fputs("out of memory\n", stderr);
        exit(70);
    }
    return memory;
}

struct program *program_create(uint64_t seed, int ranks)
{
    struct program *program = grow(NULL, sizeof *program);

    *program = (struct program){.seed = seed, .ranks = ranks, .told = true, .shape = ""};
    program->rank = grow(NULL, (size_t)ranks * sizeof *program->rank);
    memset(program->rank, 0, (size_t)ranks * sizeof *program->rank);
    return program;
}

void program_destroy(struct program *program)
{
    for (int i = 0; i < program->communicators; i++) {
        free(program->communicator[i].member);
        free(program->communicator[i].excluded);
    }
    for (int i = 0; i < program->ranks; i++)
        free(program->rank[i].action);
    free(program->communicator);
    free(program->rank);
    free(program);
}

/* ---- lists ---- */

struct action *list_add(struct list *list, const struct action *action)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 128;
        list->action = grow(list->action, list->capacity * sizeof *list->action);
    }
    list->action[list->count] = *action;
    return &list->action[list->count++];
}

void list_insert(struct list *list, size_t at, const struct action *action)
{
    list_add(list, action);
    memmove(&list->action[at + 1], &list->action[at], (list->count - 1 - at) * sizeof *list->action);
    list->action[at] = *action;
}

void list_remove(struct list *list, size_t at)
{
    list->count--;
    memmove(&list->action[at], &list->action[at + 1], (list->count - at) * sizeof *list->action);
}

/* ---- communicators ---- */

static int new_communicator(struct program *program, int parent, enum operation operation)
{
    if (program->communicators == program->capacity) {
        program->capacity = program->capacity ? program->capacity * 2 : 16;
        program->communicator =
            grow(program->communicator, (size_t)program->capacity * sizeof *program->communicator);
    }

    int number = program->communicators++;

    program->communicator[number] = (struct communicator){
        .parent = parent,
        .operation = (uint8_t)operation,
        .cid = mix(program->seed ^ mix((uint64_t)number + 5)) | 1,
        .thread = (uint8_t)(program->threads ? number % 3 : 0),
        .stream = (uint8_t)(number % 6), /* threads do not share streams */
    };
    return number;
}

static void add_member(struct communicator *communicator, int rank)
{
    communicator->member =
        grow(communicator->member, (size_t)(communicator->count + 1) * sizeof *communicator->member);
    communicator->member[communicator->count++] = rank;
}

static void add_create(struct program *program, int rank, const struct action *like)
{
    struct action action = *like;

    action.kind = ACTION_CREATE;
    action.birth = program->communicators;
    list_add(&program->rank[rank], &action);
    if (action.communicator != NO_COMMUNICATOR) {
        action.kind = ACTION_READY;
        list_add(&program->rank[rank], &action);
    }
}

int program_init(struct program *program, const int *member, int count)
{
    int number = new_communicator(program, NO_COMMUNICATOR, OPERATION_COMM_INIT_RANK_CONFIG);
    struct communicator *communicator = &program->communicator[number];

    communicator->unique_id = mix(communicator->cid);
    for (int i = 0; i < count; i++)
        add_member(communicator, member[i]);
    for (int i = 0; i < count; i++)
        add_create(program, member[i],
                   &(struct action){.operation = communicator->operation, .communicator = number});
    return number;
}

/* Members by (key, parent rank), as NCCL orders them. */
static void gather_color(struct program *program, int child, int parent, const int *color, const int *key,
                         int wanted)
{
    const struct communicator *from = &program->communicator[parent];
    bool taken[RANKS_MAX] = {false};

    for (;;) {
        int best = -1;

        for (int i = 0; i < from->count; i++)
            if (color[i] == wanted && !taken[i] && (best < 0 || key[i] < key[best]))
                best = i;
        if (best < 0)
            return;
        taken[best] = true;
        add_member(&program->communicator[child], from->member[best]);
    }
}

int program_split(struct program *program, int parent, const int *color, const int *key)
{
    int size = program->communicator[parent].count;
    int child_of[RANKS_MAX];
    int first = program->communicators;
    uint32_t sequence = (uint32_t)program->communicator[parent].children++;

    for (int i = 0; i < size; i++)
        child_of[i] = NO_COMMUNICATOR;
    for (int last = -1;;) {
        int next = -1;

        for (int i = 0; i < size; i++)
            if (color[i] > last && (next < 0 || color[i] < next))
                next = color[i];
        if (next < 0)
            break;

        int child = new_communicator(program, parent, OPERATION_COMM_SPLIT);

        program->communicator[child].sequence = sequence;
        gather_color(program, child, parent, color, key, next);
        for (int i = 0; i < size; i++)
            if (color[i] == next)
                child_of[i] = child;
        last = next;
    }
    for (int i = 0; i < size; i++)
        add_create(program, program->communicator[parent].member[i],
                   &(struct action){.operation = OPERATION_COMM_SPLIT,
                                    .communicator = child_of[i],
                                    .result = parent,
                                    .root = color[i],
                                    .count = sequence,
                                    .key = key[i]});
    return first;
}

int program_shrink(struct program *program, int parent, const int *excluded, int count)
{
    int child = new_communicator(program, parent, OPERATION_COMM_SHRINK);
    struct communicator *communicator = &program->communicator[child];
    const struct communicator *from = &program->communicator[parent];

    communicator->sequence = (uint32_t)program->communicator[parent].children++;
    communicator->excluded = grow(NULL, (size_t)count * sizeof(int));
    memcpy(communicator->excluded, excluded, (size_t)count * sizeof(int));
    communicator->excluded_count = count;
    for (int i = 0; i < from->count; i++) {
        bool out = false;

        for (int e = 0; e < count; e++)
            out |= excluded[e] == i;
        if (!out)
            add_member(communicator, from->member[i]);
    }
    for (int i = 0; i < communicator->count; i++)
        add_create(program, communicator->member[i],
                   &(struct action){.operation = OPERATION_COMM_SHRINK,
                                    .communicator = child,
                                    .result = parent,
                                    .count = communicator->sequence});
    return child;
}

void program_leave(struct program *program, int communicator)
{
    struct communicator *leaving = &program->communicator[communicator];

    for (int i = 0; i < leaving->count; i++)
        list_add(&program->rank[leaving->member[i]],
                 &(struct action){.kind = ACTION_DESTROY, .communicator = communicator});
    leaving->gone = true;
}

int program_rank_in(const struct program *program, int communicator, int rank)
{
    const struct communicator *in = &program->communicator[communicator];

    for (int i = 0; i < in->count; i++)
        if (in->member[i] == rank)
            return i;
    return -1;
}

/* ---- calls ---- */

void program_collective(struct program *program, int communicator, const struct action *call)
{
    const struct communicator *on = &program->communicator[communicator];
    struct action action = *call;

    action.kind = ACTION_CALL;
    action.communicator = communicator;
    action.thread = on->thread;
    action.stream = on->stream;
    for (int i = 0; i < on->count; i++)
        list_add(&program->rank[on->member[i]], &action);
}

void program_message(struct program *program, int communicator, int from, enum operation operation, int peer,
                     uint64_t bytes)
{
    const struct communicator *on = &program->communicator[communicator];

    list_add(&program->rank[on->member[from]], &(struct action){.kind = ACTION_CALL,
                                                                .operation = (uint8_t)operation,
                                                                .datatype = DATATYPE_UINT8,
                                                                .reduction = REDUCTION_NONE,
                                                                .communicator = communicator,
                                                                .thread = on->thread,
                                                                .stream = on->stream,
                                                                .root = peer,
                                                                .count = bytes});
}

void program_group(struct program *program, int communicator, int rank, enum action_kind kind)
{
    const struct communicator *on = &program->communicator[communicator];

    list_add(&program->rank[on->member[rank]],
             &(struct action){.kind = (uint8_t)kind, .communicator = communicator, .thread = on->thread});
}

void program_step(struct program *program)
{
    for (int i = 0; i < program->ranks; i++)
        list_add(&program->rank[i], &(struct action){.kind = ACTION_STEP});
    program->steps++;
}

/* ---- comparison ---- */

uint64_t call_size(const struct action *call)
{
    return call->count * datatype_bytes(call->datatype);
}

static unsigned same_thing(const struct action *call)
{
    return call->operation == OPERATION_BCAST ? OPERATION_BROADCAST : call->operation;
}

static bool reduction_equal(const struct action *one, const struct action *other)
{
    if (one->reduction == REDUCTION_UNKNOWN || other->reduction == REDUCTION_UNKNOWN)
        return true;
    if (one->reduction != other->reduction)
        return false;
    return one->reduction != REDUCTION_PRE_MUL_SUM || one->scalar == 0 || other->scalar == 0 ||
           one->scalar == other->scalar;
}

bool call_equal(const struct action *one, const struct action *other)
{
    unsigned traits = operation_traits(one->operation);

    if (one->count == 0 && other->count == 0)
        return true;
    if (same_thing(one) != same_thing(other) || call_size(one) != call_size(other))
        return false;
    if ((traits & TRAIT_ROOTED) && one->root != other->root)
        return false;
    if (!(traits & TRAIT_REDUCES))
        return true;
    return one->datatype == other->datatype && reduction_equal(one, other);
}
