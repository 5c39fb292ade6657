/* SPDX-License-Identifier: Apache-2.0 */
#include "agent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <zmq.h>

#include "trace.h"

#define RESEND_MS 300
#define CID       UINT64_C(0x1234567812345678)

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- making ---- */

static struct message *next_message(struct agent *agent)
{
    assert_true(agent->count < AGENT_MESSAGES);
    return &agent->messages[agent->count++];
}

static void add_hello(struct agent *agent, const struct agent_plan *plan)
{
    const struct hello hello = {
        .job = plan->job,
        .world_rank = plan->rank,
        .world_size = plan->size,
        .local_rank = plan->rank,
        .rank_source = "openmpi",
        .host = "node",
        .pid = 100 + (uint32_t)plan->rank,
        .executable = "/bin/train",
        .device = plan->rank,
        .pci_bus_id = "",
        .nccl_path = "",
        .agent_version = "0",
        .start_monotonic_ns = 1,
        .start_realtime_ns = 2,
    };

    assert_int_equal(batch_hello(agent->writer, &hello, next_message(agent)), 0);
}

static void add_communicator(struct agent *agent, const struct agent_plan *plan)
{
    struct event event = {
        .kind = EVENT_CREATE,
        .time_ns = 1000,
        .thread = 1,
        .operation = OPERATION_COMM_INIT_RANK,
        .create = {.communicator = 1, .cid = CID, .ranks = plan->size, .rank = plan->rank, .name = ""},
    };

    assert_int_equal(batch_add_event(agent->writer, &event), 0);
    event = (struct event){
        .kind = EVENT_COMMUNICATOR,
        .time_ns = 1500,
        .thread = 1,
        .operation = OPERATION_COMM_INIT_RANK,
        .communicator = {.communicator = 1,
                         .state = COMMUNICATOR_READY,
                         .ranks = plan->size,
                         .rank = plan->rank,
                         .device = plan->rank,
                         .handle = 0x1000,
                         .pci_bus_id = ""},
    };
    assert_int_equal(batch_add_event(agent->writer, &event), 0);
}

static void add_batch(struct agent *agent, const struct agent_plan *plan)
{
    const size_t number = agent->count + 1;
    const struct signature signature = {
        .operation = OPERATION_ALL_REDUCE,
        .datatype = DATATYPE_FLOAT32,
        .reduction = REDUCTION_SUM,
        .communicator = 1,
        .thread = 1,
        .root = -1,
        .stream = 0x2000,
        .count = plan->wrong_batch == number ? 512 : 1024,
    };

    for (size_t i = 0; i < AGENT_CALLS; i++)
        assert_int_equal(batch_add_call(agent->writer, 2000 + number * 100000 + i * 1000, &signature,
                                        0x10000 + i * 4096, 0x90000 + i * 4096),
                         0);
    assert_int_equal(batch_take(agent->writer, 0, next_message(agent)), 0);
}

void agent_create(struct agent *agent, const struct agent_plan *plan)
{
    *agent = (struct agent){.context = zmq_ctx_new()};
    assert_int_equal(getrandom(agent->id.bytes, sizeof(agent->id.bytes), 0), (int)sizeof(agent->id.bytes));
    agent->writer = batch_writer_create(&agent->id);
    assert_non_null(agent->writer);
    add_hello(agent, plan);
    add_communicator(agent, plan);
    for (size_t i = 0; i < plan->batches; i++)
        add_batch(agent, plan);
    if (plan->end) {
        const struct process_end end = {.how = END_CLEAN, .time_ns = 1000000000};

        assert_int_equal(batch_end(agent->writer, &end, next_message(agent)), 0);
    }
    for (size_t i = 0; i < agent->count; i++)
        assert_int_equal(agent->messages[i].number, i + 1);
}

void agent_introduce_again(struct agent *agent, const struct agent_plan *plan)
{
    batch_new_epoch(agent->writer);
    add_hello(agent, plan);
    add_batch(agent, plan);
}

void agent_destroy(struct agent *agent)
{
    agent_disconnect(agent);
    zmq_ctx_term(agent->context);
    for (size_t i = 0; i < agent->count; i++)
        free(agent->messages[i].data);
    batch_writer_destroy(agent->writer);
}

/* ---- talking ---- */

void agent_connect(struct agent *agent, const char *endpoint)
{
    const int linger = 0;

    agent_disconnect(agent);
    agent->socket = zmq_socket(agent->context, ZMQ_DEALER);
    assert_non_null(agent->socket);
    zmq_setsockopt(agent->socket, ZMQ_LINGER, &linger, sizeof(linger));
    assert_int_equal(zmq_connect(agent->socket, endpoint), 0);
}

void agent_disconnect(struct agent *agent)
{
    if (agent->socket)
        zmq_close(agent->socket);
    agent->socket = NULL;
}

void agent_send_bytes(struct agent *agent, const void *bytes, size_t length)
{
    assert_int_equal(zmq_send(agent->socket, bytes, length, 0), (int)length);
}

void agent_send(struct agent *agent, size_t number)
{
    agent_send_bytes(agent, agent->messages[number - 1].data, agent->messages[number - 1].length);
}

void agent_send_range(struct agent *agent, size_t first, size_t last)
{
    for (size_t number = first; number <= last; number++)
        agent_send(agent, number);
}

void agent_send_heartbeat(struct agent *agent)
{
    const struct heartbeat heartbeat = {.time_ns = now_ns(), .number = agent->count};
    struct message message;

    assert_int_equal(batch_heartbeat(agent->writer, &heartbeat, &message), 0);
    agent_send_bytes(agent, message.data, message.length);
    free(message.data);
}

bool agent_hear(struct agent *agent, struct control *control, int timeout_ms)
{
    zmq_pollitem_t item = {.socket = agent->socket, .events = ZMQ_POLLIN};
    uint8_t bytes[4096];
    char error[STREAM_ERROR_BYTES];

    if (zmq_poll(&item, 1, timeout_ms > 0 ? timeout_ms : 0) <= 0)
        return false;

    const int length = zmq_recv(agent->socket, bytes, sizeof(bytes), 0);

    assert_true(length > 0 && length <= (int)sizeof(bytes));
    assert_int_equal(control_decode(bytes, (size_t)length, control, error), 0);
    return true;
}

static int left_ms(uint64_t deadline_ns)
{
    const uint64_t now = now_ns();

    return now >= deadline_ns ? 0 : (int)((deadline_ns - now) / 1000000) + 1;
}

bool agent_acknowledged(struct agent *agent, uint64_t next, int timeout_ms)
{
    const uint64_t deadline_ns = now_ns() + (uint64_t)timeout_ms * 1000000;
    struct control control;

    while (agent_hear(agent, &control, left_ms(deadline_ns)))
        if (control.kind == ENVELOPE_ACK && control.ack.next >= next && !*control.ack.refused)
            return control.ack.next == next;
    return false;
}

bool agent_commanded(struct agent *agent, enum command_kind kind, int timeout_ms)
{
    const uint64_t deadline_ns = now_ns() + (uint64_t)timeout_ms * 1000000;
    struct control control;

    while (agent_hear(agent, &control, left_ms(deadline_ns)))
        if (control.kind == ENVELOPE_COMMAND && control.command.kind == kind)
            return true;
    return false;
}

bool agent_deliver(struct agent *agent, size_t first, int timeout_ms)
{
    const uint64_t deadline_ns = now_ns() + (uint64_t)timeout_ms * 1000000;
    struct control control;

    while (first <= agent->count) {
        if (now_ns() >= deadline_ns)
            return false;
        agent_send_range(agent, first, agent->count);
        while (first <= agent->count && agent_hear(agent, &control, RESEND_MS))
            if (control.kind == ENVELOPE_ACK && control.ack.next > first)
                first = control.ack.next;
    }
    return first == agent->count + 1;
}

/* ---- looking ---- */

bool agent_is_kept(const struct agent *agent, const char *path, size_t first, size_t last)
{
    char error[TRACE_ERROR_BYTES];
    char why[STREAM_ERROR_BYTES];
    struct trace_reader *reader = trace_reader_open(path, error);
    struct trace_message message;
    struct envelope_info info;
    size_t number = first;
    bool same = reader != NULL;

    while (same && trace_read(reader, &message, error) == 1) {
        if (envelope_peek(message.payload, message.length, &info, why) < 0)
            same = false;
        else if (memcmp(&info.process, &agent->id, sizeof(agent->id)) != 0 || info.number == 0)
            continue;
        else
            same = number <= last && info.number == number &&
                   message.length == agent->messages[number - 1].length &&
                   memcmp(message.payload, agent->messages[number - 1].data, message.length) == 0;
        if (!same)
            print_message("%s: found %zu where %zu was expected\n", path, (size_t)info.number, number);
        number++;
    }
    if (reader)
        trace_reader_close(reader);
    else
        print_message("%s\n", error);
    return same && number == last + 1;
}
