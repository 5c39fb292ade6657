/* SPDX-License-Identifier: Apache-2.0 */
#include "traffic.h"

#include <stddef.h>

#include "event.h"

static int below(struct traffic *traffic, int limit)
{
    return chance_below(&traffic->chance, limit);
}

static int size_of(const struct traffic *traffic, int communicator)
{
    return traffic->program->communicator[communicator].count;
}

static uint64_t some_count(struct traffic *traffic)
{
    static const uint64_t usual[] = {1, 64, 1024, 4096, 65536, 1u << 20, 25u << 20};

    return chance_percent(&traffic->chance, 60) ? usual[below(traffic, 7)]
                                                : (uint64_t)(1 + below(traffic, 100000));
}

static uint8_t some_type(struct traffic *traffic)
{
    static const uint8_t types[] = {DATATYPE_FLOAT32, DATATYPE_BFLOAT16, DATATYPE_FLOAT16,
                                    DATATYPE_INT64,   DATATYPE_INT32,    DATATYPE_UINT8};

    return types[below(traffic, 6)];
}

static struct action call_of(struct traffic *traffic, enum operation operation, uint64_t count)
{
    return (struct action){.operation = (uint8_t)operation,
                           .datatype = some_type(traffic),
                           .reduction =
                               operation_traits(operation) & TRAIT_REDUCES ? REDUCTION_SUM : REDUCTION_NONE,
                           .root = -1,
                           .count = count};
}

static void collective(struct traffic *traffic, int communicator, enum operation operation, uint64_t count)
{
    struct action call = call_of(traffic, operation, count);

    program_collective(traffic->program, communicator, &call);
}

void traffic_tensor(struct traffic *traffic, int communicator)
{
    bool sequences = chance_percent(&traffic->chance, 40);

    for (int layer = 0; layer < traffic->layers; layer++) {
        uint64_t count = some_count(traffic);

        if (sequences) {
            collective(traffic, communicator, OPERATION_ALL_GATHER, count);
            collective(traffic, communicator, OPERATION_REDUCE_SCATTER, count);
        } else {
            collective(traffic, communicator, OPERATION_ALL_REDUCE, count);
        }
    }
}

void traffic_buckets(struct traffic *traffic, int communicator)
{
    for (int buckets = 1 + below(traffic, 4); buckets > 0; buckets--)
        collective(traffic, communicator, OPERATION_ALL_REDUCE, some_count(traffic));
}

void traffic_sharded(struct traffic *traffic, int communicator)
{
    uint64_t count = some_count(traffic);

    for (int layer = 0; layer < traffic->layers; layer++)
        collective(traffic, communicator, OPERATION_ALL_GATHER, count + (uint64_t)layer);
    for (int layer = traffic->layers; layer-- > 0;) {
        collective(traffic, communicator, OPERATION_ALL_GATHER, count + (uint64_t)layer);
        collective(traffic, communicator, OPERATION_REDUCE_SCATTER, count + (uint64_t)layer);
    }
}

/* ---- messages ---- */

static void message(struct traffic *traffic, int communicator, int from, int to, uint64_t bytes)
{
    program_message(traffic->program, communicator, from, OPERATION_SEND, to, bytes);
    program_message(traffic->program, communicator, to, OPERATION_RECV, from, bytes);
}

/* A matrix of messages, each rank's in one group; `bytes[from][to]`, UINT64_MAX for none. */
static void exchange(struct traffic *traffic, int communicator, uint64_t (*bytes)(int from, int to, void *),
                     void *context)
{
    int size = size_of(traffic, communicator);

    for (int rank = 0; rank < size; rank++) {
        program_group(traffic->program, communicator, rank, ACTION_GROUP_START);
        for (int peer = 0; peer < size; peer++) {
            uint64_t out = bytes(rank, peer, context);
            uint64_t in = bytes(peer, rank, context);

            if (out != UINT64_MAX)
                program_message(traffic->program, communicator, rank, OPERATION_SEND, peer, out);
            if (in != UINT64_MAX)
                program_message(traffic->program, communicator, rank, OPERATION_RECV, peer, in);
        }
        program_group(traffic->program, communicator, rank, ACTION_GROUP_END);
    }
}

struct pattern {
    uint64_t seed;
    int size;
    int one_in; /* pairs */
};

static uint64_t uneven_bytes(int from, int to, void *context)
{
    const struct pattern *pattern = context;
    struct chance chance = chance_for(pattern->seed, (uint64_t)(from * RANKS_MAX + to));

    if (pattern->one_in > 1 && chance_below(&chance, pattern->one_in))
        return UINT64_MAX;
    return chance_percent(&chance, 15) ? 0 : (uint64_t)chance_below(&chance, 5000) * 4;
}

static uint64_t ring_bytes(int from, int to, void *context)
{
    const struct pattern *pattern = context;

    return (from + 1) % pattern->size == to ? pattern->seed : UINT64_MAX;
}

void traffic_experts(struct traffic *traffic, int communicator)
{
    int size = size_of(traffic, communicator);
    struct pattern pattern = {.seed = chance_next(&traffic->chance), .one_in = size > 16 ? size / 4 : 1};

    if (chance_percent(&traffic->chance, 40)) {
        collective(traffic, communicator, OPERATION_ALL_TO_ALL, some_count(traffic));
        collective(traffic, communicator, OPERATION_ALL_TO_ALL, some_count(traffic));
        return;
    }
    exchange(traffic, communicator, uneven_bytes, &pattern);
    pattern.seed++;
    exchange(traffic, communicator, uneven_bytes, &pattern);
}

void traffic_ring(struct traffic *traffic, int communicator)
{
    struct pattern pattern = {.seed = some_count(traffic), .size = size_of(traffic, communicator)};
    int turns = pattern.size - 1 < 4 ? pattern.size - 1 : 4;

    for (int i = 0; i < turns; i++)
        exchange(traffic, communicator, ring_bytes, &pattern);
}

static void random_pairs(struct traffic *traffic, int communicator)
{
    int size = size_of(traffic, communicator);

    for (int i = below(traffic, 2 * size + 1); i > 0 && size > 1; i--) {
        int from = below(traffic, size);
        int to = below(traffic, size);

        if (from != to)
            message(traffic, communicator, from, to, (uint64_t)below(traffic, 9) * 512);
    }
}

static void chain(struct traffic *traffic, int communicator)
{
    uint64_t bytes = some_count(traffic);

    for (int i = 0; i + 1 < size_of(traffic, communicator); i++)
        message(traffic, communicator, i, i + 1, bytes);
}

void traffic_messages(struct traffic *traffic, int communicator)
{
    int size = size_of(traffic, communicator);
    struct pattern pattern = {.seed = chance_next(&traffic->chance), .one_in = 1 + below(traffic, 3)};

    if (size > 16)
        pattern.one_in = size / 4;
    switch (below(traffic, 4)) {
    case 0:
        traffic_ring(traffic, communicator);
        break;
    case 1:
        exchange(traffic, communicator, uneven_bytes, &pattern);
        break;
    case 2:
        random_pairs(traffic, communicator);
        break;
    default:
        chain(traffic, communicator);
        break;
    }
}

/* One micro-batch from stage to stage; each pipeline communicator for itself, then what the stage computes.
 */
static void pass_on(struct traffic *traffic, int from, int to, uint64_t bytes)
{
    const struct layout *layout = traffic->layout;

    for (int i = 0; i < layout->count[PIPELINE]; i++) {
        int last = layout->size[PIPELINE] - 1;

        message(traffic, layout->communicator[PIPELINE][i], layout->reversed ? last - from : from,
                layout->reversed ? last - to : to, bytes);
    }
}

static void compute_stage(struct traffic *traffic, int stage,
                          void (*layer)(struct traffic *, int communicator))
{
    const struct layout *layout = traffic->layout;
    int per_stage = layout->count[TENSOR] / layout->size[PIPELINE];
    struct chance same = traffic->chance;

    for (int i = 0; layer && i < per_stage; i++) {
        traffic->chance = same;
        layer(traffic, layout->communicator[TENSOR][stage * per_stage + i]);
    }
}

void traffic_pipeline(struct traffic *traffic, void (*layer)(struct traffic *, int communicator))
{
    int stages = traffic->layout->size[PIPELINE];
    uint64_t bytes = 4 * some_count(traffic);

    for (int batch = 1 + below(traffic, 3); batch > 0; batch--) {
        for (int stage = 0; stage < stages; stage++) {
            compute_stage(traffic, stage, layer);
            if (stage + 1 < stages)
                pass_on(traffic, stage, stage + 1, bytes);
        }
        for (int stage = stages; stage-- > 0;) {
            compute_stage(traffic, stage, layer);
            if (stage > 0)
                pass_on(traffic, stage, stage - 1, bytes);
        }
    }
}

/* ---- anything ---- */

static enum operation some_operation(struct traffic *traffic)
{
    static const enum operation operations[] = {
        OPERATION_ALL_REDUCE, OPERATION_ALL_REDUCE, OPERATION_ALL_GATHER, OPERATION_REDUCE_SCATTER,
        OPERATION_BROADCAST,  OPERATION_REDUCE,     OPERATION_ALL_TO_ALL, OPERATION_GATHER,
        OPERATION_SCATTER,    OPERATION_BCAST};

    return operations[below(traffic, 10)];
}

static void choose_reduction(struct traffic *traffic, struct action *call)
{
    static const uint8_t reductions[] = {REDUCTION_SUM, REDUCTION_SUM, REDUCTION_MAX,         REDUCTION_MIN,
                                         REDUCTION_AVG, REDUCTION_SUM, REDUCTION_PRE_MUL_SUM, REDUCTION_PROD};

    call->reduction = reductions[below(traffic, 8)];
    if (call->reduction != REDUCTION_PRE_MUL_SUM)
        return;
    call->datatype = DATATYPE_FLOAT32;
    call->scalar = (float)(1 + below(traffic, 7)) / 8;
    if (chance_percent(&traffic->chance, 20))
        call->scalar = 0; /* on the device */
}

/* Some members pass the same bytes as another type, or use the other name of a broadcast. */
static void say_otherwise(struct traffic *traffic, int communicator)
{
    const struct communicator *on = &traffic->program->communicator[communicator];

    for (int i = 0; i < on->count; i++) {
        struct list *list = &traffic->program->rank[on->member[i]];
        struct action *call = &list->action[list->count - 1];

        if (chance_percent(&traffic->chance, 60))
            continue;
        call->count = call_size(call);
        call->datatype = DATATYPE_UINT8;
        if (call->operation == OPERATION_BROADCAST)
            call->operation = OPERATION_BCAST;
    }
}

static void any_call(struct traffic *traffic, int communicator, uint16_t flags)
{
    struct action call = call_of(traffic, some_operation(traffic), some_count(traffic));
    unsigned traits = operation_traits(call.operation);

    call.flags = flags;
    if (chance_percent(&traffic->chance, 5))
        call.count = 0;
    if (traits & TRAIT_ROOTED)
        call.root = below(traffic, size_of(traffic, communicator));
    if (traits & TRAIT_REDUCES)
        choose_reduction(traffic, &call);
    program_collective(traffic->program, communicator, &call);
    if ((traits & TRAIT_BYTES) && chance_percent(&traffic->chance, 15))
        say_otherwise(traffic, communicator);
}

static void group_all(struct traffic *traffic, int communicator, enum action_kind kind)
{
    for (int i = 0; i < size_of(traffic, communicator); i++)
        program_group(traffic->program, communicator, i, kind);
}

void traffic_anything(struct traffic *traffic, int communicator)
{
    bool grouped = chance_percent(&traffic->chance, 20);
    uint16_t flags = chance_percent(&traffic->chance, 10) ? EVENT_FLAG_CAPTURED : 0;

    if (grouped)
        group_all(traffic, communicator, ACTION_GROUP_START);
    for (int calls = 1 + below(traffic, 6); calls > 0; calls--)
        any_call(traffic, communicator, flags);
    if (grouped)
        group_all(traffic, communicator, ACTION_GROUP_END);
}

/* ---- communicators come and go ---- */

static int make_one(struct traffic *traffic, int parent)
{
    struct program *program = traffic->program;
    int size = size_of(traffic, parent);
    int one[RANKS_MAX];
    int other[RANKS_MAX];
    int count = 0;

    switch (below(traffic, 3)) {
    case 0: /* some of the ranks, some in no child */
        for (int i = 0; i < size; i++) {
            one[i] = below(traffic, 5) == 0 ? SPLIT_NO_COLOR : below(traffic, 2) * 7;
            other[i] = below(traffic, 10);
        }
        one[0] = 0;
        return program_split(program, parent, one, other);
    case 1:
        for (int i = 1; i < size && count < size - 2; i++)
            if (below(traffic, 4) == 0)
                one[count++] = i;
        if (count > 0)
            return program_shrink(program, parent, one, count);
        break;
    default:
        break;
    }
    count = 0;
    for (int i = 0; i < size; i++)
        if (i < 2 || below(traffic, 3) > 0)
            one[count++] = program->communicator[parent].member[i];
    return program_init(program, one, count);
}

void traffic_churn(struct traffic *traffic)
{
    int before = traffic->program->communicators;
    int made = make_one(traffic, traffic->layout->world);

    for (int i = made; i < traffic->program->communicators; i++)
        traffic_anything(traffic, i);
    if (size_of(traffic, made) > 2 && chance_percent(&traffic->chance, 30))
        traffic_messages(traffic, make_one(traffic, made));
    for (int i = traffic->program->communicators; i-- > before;)
        if (chance_percent(&traffic->chance, 80))
            program_leave(traffic->program, i);
}
