/* SPDX-License-Identifier: Apache-2.0 */
#include "samples.h"

#include <stdlib.h>

const struct process_id sample_process = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

static const char *const command[] = {"python3", "train.py", "--epochs", "3", ""};
static const struct variable environment[] = {{"NCCL_DEBUG", "INFO"}, {"NCCL_ALGO", ""}};

const struct hello sample_hello = {
    .job = "job-7",
    .world_rank = 3,
    .world_size = 8,
    .local_rank = -1,
    .rank_source = "openmpi",
    .host = "node-1",
    .pid = 4242,
    .executable = "/usr/bin/python3",
    .command = command,
    .command_count = 5,
    .device = 2,
    .pci_bus_id = "0000:17:00.0",
    .nccl_version = 22809,
    .cuda_runtime_version = 13000,
    .cuda_driver_version = 13010,
    .nccl_path = "/opt/nccl/libnccl.so.2",
    .environment = environment,
    .environment_count = 2,
    .agent_version = "0.1.0",
    .start_monotonic_ns = 123456789,
    .start_realtime_ns = 1700000000123456789,
};

static const struct current_call current[] = {
    {.thread = 11, .operation = 1, .communicator = 2, .sequence = 900, .since_ns = 77, .calls = 12},
    {.thread = 12, .since_ns = 78, .last_operation = 24, .calls = 5},
};

const struct heartbeat sample_heartbeat = {
    .time_ns = 5000,
    .number = 3,
    .events = 100,
    .dropped = 4,
    .lost_batches = 5,
    .ring_bytes = 6,
    .queued_bytes = 7,
    .clock_offset_ns = -1700000000000000000,
    .clock_error_ns = 30000,
    .current = current,
    .current_count = 2,
};

const struct process_end sample_end = {
    .how = END_SIGNAL,
    .status = 9,
    .time_ns = 6000,
    .events = 101,
    .dropped = 4,
    .lost_batches = 5,
    .current = current,
    .current_count = 2,
};

const struct signature sample_all_reduce = {
    .operation = OPERATION_ALL_REDUCE,
    .datatype = DATATYPE_INT8,
    .reduction = REDUCTION_SUM,
    .flags = EVENT_FLAG_IN_PLACE | EVENT_FLAG_CAPTURED,
    .communicator = 2,
    .thread = 11,
    .root = -1,
    .stream = 0x7f0000001000,
    .count = UINT64_MAX,
    .reduction_identity = 6,
    .capture = 8,
    .argument = 5ull << 32 | 1,
    .object = 0x7f0000009000,
};

const struct signature sample_send = {
    .operation = OPERATION_SEND,
    .datatype = DATATYPE_FLOAT8_E5M2,
    .reduction = REDUCTION_NONE,
    .communicator = 1,
    .thread = 12,
    .root = 7,
    .count = 1024,
};

const struct signature sample_group_start = {
    .operation = OPERATION_GROUP_START,
    .datatype = DATATYPE_NONE,
    .reduction = REDUCTION_NONE,
    .thread = 12,
    .root = -1,
};

static const int32_t excluded[] = {1, 4, 6};
static const struct setting settings[] = {{"blocking", 0}, {"minCTAs", -2147483647}};

const struct event sample_events[SAMPLE_EVENTS] = {
    {.kind = EVENT_CREATE,
     .time_ns = 1000,
     .thread = 11,
     .operation = OPERATION_COMM_SHRINK,
     .flags = EVENT_FLAG_IN_GROUP,
     .create = {.communicator = 2,
                .parent = 1,
                .cid = 0xfedcba9876543210,
                .nccl_hash = 0x123456789abcdef0,
                .unique_id_hash = 0xff00ff00ff00ff00,
                .sequence = 5,
                .ranks = -1,
                .rank = 3,
                .color = SPLIT_NO_COLOR,
                .key = -7,
                .device = 2,
                .name = "tensor-parallel",
                .excluded = excluded,
                .excluded_listed = 3,
                .excluded_count = 3,
                .settings = settings,
                .settings_count = 2}},
    {.kind = EVENT_COMMUNICATOR,
     .time_ns = 900, /* another thread's clock reading; order is that of recording */
     .thread = 11,
     .operation = OPERATION_COMM_SHRINK,
     .communicator = {.communicator = 2,
                      .state = COMMUNICATOR_ASYNC_ERROR,
                      .result = 6,
                      .ranks = 5,
                      .rank = 2,
                      .device = 1,
                      .handle = 0x55550000,
                      .pci_bus_id = "0000:18:00.0"}},
    {.kind = EVENT_RESULT,
     .time_ns = 1100,
     .thread = 12,
     .operation = OPERATION_SEND,
     .result = {.communicator = 2, .result = 4, .sequence = 17}},
    {.kind = EVENT_REDUCTION,
     .time_ns = 1200,
     .thread = 12,
     .operation = OPERATION_RED_OP_CREATE_PRE_MUL_SUM,
     .flags = EVENT_FLAG_DEVICE_SCALAR,
     .reduction = {.identity = 6,
                   .communicator = 2,
                   .datatype = DATATYPE_FLOAT32,
                   .scalar_bytes = 8,
                   .scalar = {0, 0, 128, 63, 0, 1, 2, 3}}},
    {.kind = EVENT_GRAPH,
     .time_ns = 1300,
     .thread = 12,
     .operation = OPERATION_GRAPH_INSTANTIATE,
     .graph = {.result = 1, .stream = 2, .graph = 3, .exec = 4, .child = 5, .capture = 6}},
    {.kind = EVENT_MEMORY,
     .time_ns = 1400,
     .thread = 12,
     .operation = OPERATION_COMM_WINDOW_REGISTER,
     .memory = {.communicator = 2,
                .result = -1,
                .window_flags = 1,
                .address = 0x7f1200000000,
                .bytes = 1ull << 40,
                .handle = 0x55551000}},
    {.kind = EVENT_GAP,
     .time_ns = 1500,
     .gap = {.communicator = 2, .point_to_point = true, .calls = 12, .records = 13}},
};

struct message samples_take(struct batch_writer *writer)
{
    struct message message;
    if (batch_take(writer, 4, &message))
        abort();
    return message;
}

static void check(int result)
{
    if (result)
        abort();
}

static void add_calls(struct batch_writer *writer, uint64_t time_ns)
{
    struct signature all_reduce = sample_all_reduce;
    all_reduce.call_site = batch_call_site(writer, "/opt/app/model.so", 0x1234);
    check(batch_add_call(writer, time_ns, &all_reduce, 0x1000, 0x2000));
    check(batch_add_call(writer, time_ns + 50, &sample_group_start, 0, 0));
    check(batch_add_call(writer, time_ns + 100, &sample_send, 0x1000, 0));
}

void samples_encode(struct message messages[SAMPLE_MESSAGES])
{
    struct batch_writer *writer = batch_writer_create(&sample_process);
    check(writer ? 0 : -1);
    check(batch_hello(writer, &sample_hello, &messages[0]));
    for (int i = 0; i < SAMPLE_EVENTS; i++)
        check(batch_add_event(writer, &sample_events[i]));
    add_calls(writer, 2000);
    messages[1] = samples_take(writer);
    add_calls(writer, 3000);
    messages[2] = samples_take(writer);
    check(batch_heartbeat(writer, &sample_heartbeat, &messages[3]));
    check(batch_end(writer, &sample_end, &messages[4]));
    batch_writer_destroy(writer);
}

void samples_free(struct message messages[SAMPLE_MESSAGES])
{
    for (int i = 0; i < SAMPLE_MESSAGES; i++)
        free(messages[i].data);
}
