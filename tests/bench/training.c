/* SPDX-License-Identifier: Apache-2.0 */
#include "training.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The forwarder's: a batch is sent when it is this large or this old. */
#define BATCH_BYTES  (64u << 10)
#define BATCH_EVENTS 4096u
#define BATCH_AGE_NS UINT64_C(100000000)
#define BEAT_NS      UINT64_C(1000000000)

#define MICROBATCHES 4
#define BUCKETS      8

enum { WORLD = 1, TENSOR, PIPELINE, DATA };

struct training {
    struct training_shape shape;
    int rank;
    struct batch_writer *writer;
    void (*take)(void *context, const struct message *message);
    void *context;
    uint64_t events;
    uint64_t time_ns;
    uint64_t batch_since_ns;
    uint64_t beat_ns;
    uint32_t random;
    int error; /* the first one */
};

int training_ranks(const struct training_shape *shape)
{
    return shape->tensor * shape->pipeline * shape->data;
}

uint64_t training_events(const struct training *training)
{
    return training->events;
}

/* ---- messages ---- */

static void hand_over(struct training *training, int status, struct message *message)
{
    if (status < 0) {
        if (training->error == 0)
            training->error = status;
        return;
    }
    training->take(training->context, message);
    free(message->data);
}

static void flush(struct training *training)
{
    struct message message;

    if (batch_events(training->writer) > 0)
        hand_over(training, batch_take(training->writer, 0, &message), &message);
    training->batch_since_ns = training->time_ns;
}

static void beat(struct training *training)
{
    const struct current_call current = {.thread = 4000,
                                         .operation = OPERATION_ALL_REDUCE,
                                         .communicator = WORLD,
                                         .sequence = (uint32_t)training->events,
                                         .since_ns = training->time_ns,
                                         .last_operation = OPERATION_GROUP_END,
                                         .calls = (uint32_t)training->events};
    const struct heartbeat heartbeat = {.time_ns = training->time_ns,
                                        .number = batch_number(training->writer),
                                        .events = training->events,
                                        .clock_offset_ns = 1000000000000000000,
                                        .clock_error_ns = 20000,
                                        .current = &current,
                                        .current_count = 1};
    struct message message;

    hand_over(training, batch_heartbeat(training->writer, &heartbeat, &message), &message);
    training->beat_ns = training->time_ns;
}

static void after_event(struct training *training, int status)
{
    if (status < 0 && training->error == 0)
        training->error = status;
    training->events++;
    if (batch_bytes(training->writer) >= BATCH_BYTES || batch_events(training->writer) >= BATCH_EVENTS ||
        training->time_ns - training->batch_since_ns >= BATCH_AGE_NS)
        flush(training);
    if (training->time_ns - training->beat_ns >= BEAT_NS)
        beat(training);
}

/* Time passes: at least `least_ns`, and up to as much again. */
static void pass(struct training *training, uint32_t least_ns)
{
    training->random = training->random * 1664525 + 1013904223;
    training->time_ns += least_ns + (training->random >> 8) % least_ns;
}

/* ---- calls ---- */

struct call {
    enum operation operation;
    uint32_t communicator;
    uint64_t count;
    int peer;
    unsigned site;
    unsigned buffer; /* which of the program's buffers */
};

static void do_call(struct training *training, const struct call *call)
{
    const unsigned traits = operation_traits(call->operation);
    const bool group = operation_class(call->operation) == CLASS_GROUP;
    const struct signature signature = {
        .operation = (uint8_t)call->operation,
        .datatype = group ? DATATYPE_NONE : DATATYPE_BFLOAT16,
        .reduction = traits & TRAIT_REDUCES ? REDUCTION_SUM : REDUCTION_NONE,
        .flags = operation_class(call->operation) == CLASS_POINT_TO_POINT ? EVENT_FLAG_IN_GROUP : 0,
        .communicator = call->communicator,
        .thread = 4000,
        .root = traits & TRAIT_PEER ? call->peer : -1,
        .call_site =
            batch_call_site(training->writer, "/opt/train/libtorch_cuda.so", 0x10000 + call->site * 0x40),
        .stream = group ? 0 : 0x55550000 + call->communicator * 0x100,
        .count = call->count,
    };
    const uint64_t buffer = 0x7f0000000000 + (uint64_t)call->buffer * 0x200000;

    pass(training, 8000);
    after_event(training, batch_add_call(training->writer, training->time_ns, &signature, group ? 0 : buffer,
                                         group ? 0 : buffer + 0x100000));
}

static void exchange(struct training *training, enum operation operation, int peer, unsigned site,
                     unsigned buffer)
{
    do_call(training, &(struct call){.operation = OPERATION_GROUP_START, .site = site});
    do_call(training, &(struct call){.operation = operation,
                                     .communicator = PIPELINE,
                                     .count = 1 << 20,
                                     .peer = peer,
                                     .site = site + 1,
                                     .buffer = buffer});
    do_call(training, &(struct call){.operation = OPERATION_GROUP_END, .site = site + 2});
}

/* Gather and scatter-reduce a layer's activations, with its tensor-parallel neighbours. */
static void layer(struct training *training, int index, int microbatch, unsigned site)
{
    const unsigned buffer = 100 + (unsigned)index * 8 + (unsigned)(microbatch % 2) * 4;

    pass(training, 150000);
    do_call(training, &(struct call){.operation = OPERATION_ALL_GATHER,
                                     .communicator = TENSOR,
                                     .count = 1 << 19,
                                     .site = site,
                                     .buffer = buffer});
    pass(training, 80000);
    do_call(training, &(struct call){.operation = OPERATION_REDUCE_SCATTER,
                                     .communicator = TENSOR,
                                     .count = 1 << 18,
                                     .site = site + 1,
                                     .buffer = buffer + 1});
}

static void forward(struct training *training, int microbatch, int stage)
{
    const unsigned buffer = 10 + (unsigned)microbatch;

    if (stage > 0)
        exchange(training, OPERATION_RECV, stage - 1, 10, buffer);
    for (int i = 0; i < training->shape.layers; i++)
        layer(training, i, microbatch, 20);
    if (stage + 1 < training->shape.pipeline)
        exchange(training, OPERATION_SEND, stage + 1, 30, buffer + 10);
}

static void backward(struct training *training, int microbatch, int stage)
{
    const unsigned buffer = 30 + (unsigned)microbatch;

    if (stage + 1 < training->shape.pipeline)
        exchange(training, OPERATION_RECV, stage + 1, 40, buffer);
    for (int i = training->shape.layers; i-- > 0;)
        layer(training, i, microbatch, 50);
    if (stage > 0)
        exchange(training, OPERATION_SEND, stage - 1, 60, buffer + 10);
}

int training_step(struct training *training)
{
    const int stage = training->rank / training->shape.tensor % training->shape.pipeline;

    for (int i = 0; i < MICROBATCHES; i++)
        forward(training, i, stage);
    for (int i = 0; i < MICROBATCHES; i++)
        backward(training, i, stage);
    for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
        pass(training, 100000);
        do_call(training, &(struct call){.operation = OPERATION_ALL_REDUCE,
                                         .communicator = DATA,
                                         .count = (1 << 22) + bucket * 4096,
                                         .site = 70,
                                         .buffer = 60 + bucket});
    }
    for (unsigned i = 0; i < 2; i++)
        do_call(training, &(struct call){.operation = OPERATION_ALL_REDUCE,
                                         .communicator = WORLD,
                                         .count = i + 1,
                                         .site = 71 + i,
                                         .buffer = 80 + i});
    return training->error;
}

/* ---- beginning and end ---- */

static void say_hello(struct training *training)
{
    const char *const command[] = {"python3", "train.py", "--config", "large.yaml"};
    const struct variable environment[] = {{"NCCL_DEBUG", "WARN"}, {"NCCL_IB_HCA", "mlx5"}};
    const struct hello hello = {
        .job = "bench",
        .world_rank = training->rank,
        .world_size = training_ranks(&training->shape),
        .local_rank = training->rank % 8,
        .rank_source = "torchrun",
        .host = "node",
        .pid = 4000 + (uint32_t)training->rank,
        .executable = "/usr/bin/python3",
        .command = command,
        .command_count = 4,
        .device = training->rank % 8,
        .pci_bus_id = "0000:17:00.0",
        .nccl_version = 22809,
        .nccl_path = "/opt/nccl/libnccl.so.2",
        .environment = environment,
        .environment_count = 2,
        .agent_version = LOCKSTEP_VERSION,
        .start_monotonic_ns = training->time_ns,
        .start_realtime_ns = training->time_ns,
    };
    struct message message;

    hand_over(training, batch_hello(training->writer, &hello, &message), &message);
}

static void make_communicator(struct training *training, uint32_t number, int color, int ranks, int rank)
{
    const struct event create = {
        .kind = EVENT_CREATE,
        .time_ns = training->time_ns,
        .thread = 4000,
        .operation = OPERATION_COMM_INIT_RANK,
        .create = {.communicator = number,
                   .cid = UINT64_C(0x9e3779b97f4a7c15) * ((uint64_t)number * 100000 + (uint64_t)color + 1),
                   .ranks = ranks,
                   .rank = rank,
                   .color = SPLIT_NO_COLOR,
                   .device = training->rank % 8,
                   .name = ""},
    };
    const struct event ready = {
        .kind = EVENT_COMMUNICATOR,
        .time_ns = training->time_ns + 1000,
        .thread = 4000,
        .operation = OPERATION_COMM_INIT_RANK,
        .communicator = {.communicator = number,
                         .state = COMMUNICATOR_READY,
                         .ranks = ranks,
                         .rank = rank,
                         .device = training->rank % 8,
                         .handle = 0x5555000 + number * 0x1000,
                         .pci_bus_id = "0000:17:00.0"},
    };

    pass(training, 1000000);
    after_event(training, batch_add_event(training->writer, &create));
    after_event(training, batch_add_event(training->writer, &ready));
}

static void make_communicators(struct training *training)
{
    const struct training_shape *shape = &training->shape;
    const int within_stage = training->rank % shape->tensor;
    const int stage = training->rank / shape->tensor % shape->pipeline;
    const int replica = training->rank / (shape->tensor * shape->pipeline);

    make_communicator(training, WORLD, 0, training_ranks(shape), training->rank);
    make_communicator(training, TENSOR, replica * shape->pipeline + stage, shape->tensor, within_stage);
    make_communicator(training, PIPELINE, replica * shape->tensor + within_stage, shape->pipeline, stage);
    make_communicator(training, DATA, stage * shape->tensor + within_stage, shape->data, replica);
}

struct training *training_create(const struct training_shape *shape, int rank,
                                 void (*take)(void *context, const struct message *message), void *context)
{
    struct training *training = calloc(1, sizeof(*training));
    struct process_id id = {{'b', 'e', 'n', 'c', 'h'}};

    if (!training)
        return NULL;
    memcpy(id.bytes + 8, &rank, sizeof(rank));
    *training = (struct training){.shape = *shape,
                                  .rank = rank,
                                  .writer = batch_writer_create(&id),
                                  .take = take,
                                  .context = context,
                                  .time_ns = UINT64_C(1000000000000),
                                  .random = (uint32_t)rank * 7919 + 1};
    training->batch_since_ns = training->time_ns;
    training->beat_ns = training->time_ns;
    if (!training->writer) {
        free(training);
        return NULL;
    }
    say_hello(training);
    make_communicators(training);
    return training;
}

int training_end(struct training *training)
{
    const struct process_end end = {
        .how = END_CLEAN, .time_ns = training->time_ns, .events = training->events};
    struct message message;

    flush(training);
    hand_over(training, batch_end(training->writer, &end, &message), &message);
    return training->error;
}

void training_destroy(struct training *training)
{
    if (!training)
        return;
    batch_writer_destroy(training->writer);
    free(training);
}
