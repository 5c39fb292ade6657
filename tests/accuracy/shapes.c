/* SPDX-License-Identifier: Apache-2.0 */
#include "shapes.h"

#include <string.h>

#include "event.h"
#include "layout.h"
#include "traffic.h"

/* What a step consists of. */
enum part {
    PART_TENSOR = 1,
    PART_CONTEXT = 2,
    PART_EXPERT = 4,
    PART_DATA = 8,
    PART_FSDP = 16,
    PART_PIPELINE = 32,
    PART_METRICS = 64,
    PART_ANYTHING = 128,
    PART_MESSAGES = 256,
    PART_CHURN = 512,
};

static const struct shape {
    const char *name;
    unsigned dimensions; /* bits of enum dimension */
    unsigned parts;
} shapes[] = {
    {"data parallel", 1u << DATA, PART_DATA | PART_METRICS},
    {"sharded data parallel", 1u << DATA, PART_FSDP | PART_METRICS},
    {"tensor parallel", 1u << TENSOR, PART_TENSOR | PART_METRICS},
    {"tensor and data parallel", 1u << TENSOR | 1u << DATA, PART_TENSOR | PART_DATA | PART_METRICS},
    {"pipeline", 1u << PIPELINE, PART_PIPELINE | PART_METRICS},
    {"pipeline, tensor and data", 1u << TENSOR | 1u << DATA | 1u << PIPELINE,
     PART_PIPELINE | PART_TENSOR | PART_DATA | PART_METRICS},
    {"experts", 1u << DATA, PART_EXPERT | PART_DATA},
    {"context and sharded data", 1u << CONTEXT | 1u << DATA, PART_CONTEXT | PART_FSDP | PART_METRICS},
    {"all of them", 1u << TENSOR | 1u << CONTEXT | 1u << DATA | 1u << PIPELINE,
     PART_PIPELINE | PART_TENSOR | PART_CONTEXT | PART_EXPERT | PART_DATA},
    {"any collectives", 1u << TENSOR | 1u << DATA, PART_ANYTHING},
    {"messages", 1u << CONTEXT | 1u << DATA, PART_MESSAGES | PART_METRICS},
    {"communicators come and go", 1u << TENSOR | 1u << DATA, PART_CHURN | PART_ANYTHING},
};

static void on_dimension(struct traffic *traffic, int dimension,
                         void (*part)(struct traffic *, int communicator))
{
    const struct layout *layout = traffic->layout;
    struct chance same = traffic->chance;

    /* The communicators of a dimension do the same, or each its own. */
    for (int i = 0; i < layout->count[dimension]; i++) {
        if (!traffic->uneven)
            traffic->chance = same;
        part(traffic, layout->communicator[dimension][i]);
    }
}

static void step(struct traffic *traffic, unsigned parts)
{
    if (parts & PART_PIPELINE)
        traffic_pipeline(traffic, parts & PART_TENSOR ? traffic_tensor : NULL);
    else if (parts & PART_TENSOR)
        on_dimension(traffic, TENSOR, traffic_tensor);
    if (parts & PART_CONTEXT)
        on_dimension(traffic, CONTEXT, traffic_ring);
    if (parts & PART_EXPERT)
        on_dimension(traffic, DATA, traffic_experts);
    if (parts & PART_FSDP)
        on_dimension(traffic, DATA, traffic_sharded);
    if (parts & PART_DATA)
        on_dimension(traffic, DATA, traffic_buckets);
    for (int i = 0; i < DIMENSIONS; i++) {
        if (parts & PART_ANYTHING)
            on_dimension(traffic, i, traffic_anything);
        if (parts & PART_MESSAGES)
            on_dimension(traffic, i, traffic_messages);
    }
    if (parts & (PART_ANYTHING | PART_METRICS))
        traffic_anything(traffic, traffic->layout->world);
}

/* Threads interleave as they like; each one's calls keep their order, and the makings of communicators stay
 * where they are. */
static void interleave(struct list *list, size_t from, struct chance *chance)
{
    struct action copy[512];
    size_t count = list->count - from;
    size_t next[3] = {0};

    if (count > 512)
        return;
    for (size_t i = 0; i < count; i++) {
        copy[i] = list->action[from + i];
        if (copy[i].kind == ACTION_CREATE || copy[i].kind == ACTION_READY || copy[i].kind == ACTION_DESTROY)
            return;
    }
    for (size_t done = 0; done < count;) {
        unsigned thread = (unsigned)chance_below(chance, 3);
        int run = 1 + chance_below(chance, 6);

        while (run > 0 && next[thread] < count) {
            const struct action *action = &copy[next[thread]++];

            if (action->thread == thread) {
                list->action[from + done++] = *action;
                run--;
            }
        }
    }
}

/* Tensors live where they live: the same call of each step has the same buffer. */
static void give_buffers(struct program *program)
{
    for (int rank = 0; rank < program->ranks; rank++) {
        struct list *list = &program->rank[rank];
        uint64_t buffer = 1;

        for (size_t i = 0; i < list->count; i++) {
            list->action[i].buffer = 0x7f0000000000ull + buffer++ * 4096;
            if (list->action[i].kind == ACTION_STEP)
                buffer = 1;
        }
    }
}

static void add_pauses(struct program *program, struct chance *chance)
{
    for (int times = chance_below(chance, 4); times > 0; times--) {
        struct list *list = &program->rank[chance_below(chance, program->ranks)];

        list_insert(list, (size_t)chance_below(chance, (int)list->count),
                    &(struct action){.kind = ACTION_PAUSE, .result = 1 + chance_below(chance, 3000)});
    }
}

static void run_step(struct traffic *traffic, unsigned parts, uint64_t kind)
{
    struct program *program = traffic->program;
    size_t from[RANKS_MAX];
    struct chance order = chance_for(program->seed, 1000 + (uint64_t)program->steps);

    traffic->chance = chance_for(program->seed, kind);
    for (int rank = 0; rank < program->ranks; rank++)
        from[rank] = program->rank[rank].count;
    if (parts & PART_CHURN)
        traffic_churn(traffic);
    step(traffic, parts & ~(unsigned)PART_CHURN);
    for (int rank = 0; program->threads && rank < program->ranks; rank++)
        interleave(&program->rank[rank], from[rank], &order);
    program_step(program);
}

struct program *shapes_generate(uint64_t seed, int most)
{
    struct chance chance = chance_for(seed, 1);
    const struct shape *shape = &shapes[chance_below(&chance, (int)(sizeof shapes / sizeof *shapes))];
    struct layout layout = {0};

    layout_choose(&layout, &chance, shape->dimensions, most);

    struct program *program = program_create(seed, layout_ranks(&layout));
    struct traffic traffic = {.program = program,
                              .layout = &layout,
                              .uneven = chance_percent(&chance, 25),
                              .layers = 1 + chance_below(&chance, program->ranks > 64 ? 2 : 4)};
    bool changing = chance_percent(&chance, 25); /* no two steps alike, as with experts and sequences */
    int steps = 4 + chance_below(&chance, program->ranks > 64 ? 4 : 10);
    int evaluate = 2 + chance_below(&chance, 6);

    program->shape = shape->name;
    program->threads = chance_percent(&chance, 20);
    program->told = chance_percent(&chance, 85);
    layout_build(&layout, program, &chance);
    program_step(program);
    for (int i = 0; i < steps; i++) {
        if (changing)
            run_step(&traffic, shape->parts, 100 + (uint64_t)i);
        else if (i % evaluate == evaluate - 1)
            run_step(&traffic, PART_ANYTHING, 3);
        else
            run_step(&traffic, shape->parts, 2);
    }
    give_buffers(program);
    if (chance_percent(&chance, 30))
        add_pauses(program, &chance);
    return program;
}
