/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "batch.h"
#include "names.h"
#include "stream.h"
#include "translate.h"

/* A translator, and a stream that decodes what it made. */
struct fixture {
    struct modules modules;
    struct batch_writer *writer;
    struct translator *translator;
    struct stream *stream;
    uint64_t told_lost;
    /* seen by the stream */
    unsigned events;
    unsigned calls;
    struct signature signature;
    struct gap gap;
    struct create create;
    char name[64];
    char setting[32];
    int32_t excluded[4];
    /* seen by the observer */
    int32_t ranks;
    int32_t rank;
    int32_t device;
    char pci_bus_id[32];
};

static void on_world(void *context, int32_t ranks, int32_t rank)
{
    struct fixture *fixture = context;
    fixture->ranks = ranks;
    fixture->rank = rank;
}

static void on_device(void *context, int32_t device, const char *pci_bus_id)
{
    struct fixture *fixture = context;
    fixture->device = device;
    snprintf(fixture->pci_bus_id, sizeof fixture->pci_bus_id, "%s", pci_bus_id);
}

static void on_event(void *context, const struct event *event)
{
    struct fixture *fixture = context;
    fixture->events++;
    if (event->kind == EVENT_CALL) {
        fixture->calls++;
        fixture->signature = *stream_signature(fixture->stream, event->call.signature);
    } else if (event->kind == EVENT_GAP) {
        fixture->gap = event->gap;
    } else if (event->kind == EVENT_CREATE) {
        fixture->create = event->create;
        snprintf(fixture->name, sizeof fixture->name, "%s", event->create.name);
        if (event->create.settings_count > 0)
            snprintf(fixture->setting, sizeof fixture->setting, "%s=%d", event->create.settings[0].name,
                     event->create.settings[0].value);
        for (size_t i = 0; i < event->create.excluded_listed && i < 4; i++)
            fixture->excluded[i] = event->create.excluded[i];
    }
}

static int begin(void **state)
{
    const struct process_id id = {{1}};
    const struct stream_sink sink = {.event = on_event};
    struct fixture *fixture = calloc(1, sizeof *fixture);
    const struct translate_observer observer = {on_world, on_device, fixture};
    fixture->modules = (struct modules){.pid = -1};
    fixture->writer = batch_writer_create(&id);
    fixture->translator = translate_create(fixture->writer, &fixture->modules, &observer);
    fixture->stream = stream_create(&sink, fixture);
    *state = fixture;
    return fixture->writer && fixture->translator && fixture->stream ? 0 : -1;
}

static int end(void **state)
{
    struct fixture *fixture = *state;
    stream_destroy(fixture->stream);
    translate_destroy(fixture->translator);
    batch_writer_destroy(fixture->writer);
    modules_close(&fixture->modules);
    free(fixture);
    return 0;
}

/* Sends what there is from the one to the other. */
static void transfer(struct fixture *fixture)
{
    struct message message;
    char error[STREAM_ERROR_BYTES];
    if (batch_take(fixture->writer, 0, &message) != 0)
        return;
    assert_int_equal(stream_feed(fixture->stream, message.data, message.length, error), 0);
    free(message.data);
}

static void translate(struct fixture *fixture, struct record_header *header, enum record_kind kind,
                      size_t bytes)
{
    header->kind = (uint8_t)kind;
    header->units = (uint8_t)((bytes + RECORD_UNIT - 1) / RECORD_UNIT);
    translate_record(fixture->translator, header, fixture->told_lost, 22809, 1);
    transfer(fixture);
}

static void a_call_keeps_all_its_arguments(void **state)
{
    struct fixture *fixture = *state;
    union {
        struct record_call call;
        uint8_t room[RECORD_UNIT * 2];
    } record = {.call = {
                    .header = {.thread = 9, .flags = RECORD_FLAG_IN_PLACE | RECORD_FLAG_CAPTURED},
                    .communicator = 3,
                    .operation = OPERATION_REDUCE,
                    .datatype = DATATYPE_FLOAT16,
                    .reduction = REDUCTION_PRE_MUL_SUM,
                    .root = 5,
                    .count = 77,
                    .stream = 8,
                    .capture = 11,
                    .reduction_identity = 12,
                    .argument = 13,
                }};
    translate(fixture, &record.call.header, RECORD_CALL, sizeof record);
    const struct signature *signature = &fixture->signature;
    assert_int_equal(fixture->calls, 1);
    assert_int_equal(signature->operation, OPERATION_REDUCE);
    assert_int_equal(signature->datatype, DATATYPE_FLOAT16);
    assert_int_equal(signature->reduction, REDUCTION_PRE_MUL_SUM);
    assert_int_equal(signature->flags, EVENT_FLAG_IN_PLACE | EVENT_FLAG_CAPTURED);
    assert_int_equal(signature->communicator, 3);
    assert_int_equal(signature->thread, 9);
    assert_int_equal(signature->root, 5);
    assert_int_equal(signature->count, 77);
    assert_int_equal(signature->stream, 8);
    assert_int_equal(signature->capture, 11);
    assert_int_equal(signature->reduction_identity, 12);
    assert_int_equal(signature->argument, 13);
    assert_int_equal(translate_events(fixture->translator), 1);
}

static void a_graph_launch_is_a_call_on_its_graph(void **state)
{
    struct fixture *fixture = *state;
    union {
        struct record_graph graph;
        uint8_t room[RECORD_UNIT * 2];
    } record = {.graph = {.operation = OPERATION_GRAPH_LAUNCH, .stream = 4, .exec = 99}};
    translate(fixture, &record.graph.header, RECORD_GRAPH, sizeof record);
    assert_int_equal(fixture->calls, 1);
    assert_int_equal(fixture->signature.object, 99);
    record.graph.operation = OPERATION_GRAPH_EXEC_DESTROY;
    translate(fixture, &record.graph.header, RECORD_GRAPH, sizeof record);
    assert_int_equal(fixture->calls, 1);
    assert_int_equal(fixture->events, 2);
}

static void a_creation_has_identity_settings_and_a_clean_name(void **state)
{
    struct fixture *fixture = *state;
    struct record_create create = {
        .communicator = 1,
        .operation = OPERATION_COMM_INIT_RANK_CONFIG,
        .has_id = 1,
        .ranks = 8,
        .rank = 6,
        .color = RECORD_UNSET,
        .key = RECORD_UNSET,
        .config_blocking = 0,
        .config_cga_cluster_size = RECORD_UNSET,
        .config_min_ctas = RECORD_UNSET,
        .config_max_ctas = RECORD_UNSET,
        .config_split_share = RECORD_UNSET,
        .config_traffic_class = RECORD_UNSET,
    };
    memset(create.name, 'n', sizeof create.name); /* no zero at its end */
    create.name[0] = '\xff';
    translate(fixture, &create.header, RECORD_CREATE, sizeof create);
    assert_int_not_equal(fixture->create.cid, 0);
    assert_int_not_equal(fixture->create.nccl_hash, 0);
    assert_int_not_equal(fixture->create.unique_id_hash, 0);
    assert_int_equal(fixture->create.settings_count, 1);
    assert_string_equal(fixture->setting, "blocking=0");
    assert_int_equal(fixture->name[0], '?');
    assert_int_equal(fixture->ranks, 8);
    assert_int_equal(fixture->rank, 6);
}

static void no_more_excluded_ranks_are_read_than_there_are(void **state)
{
    struct fixture *fixture = *state;
    union {
        struct record_create create;
        uint8_t room[RECORD_UNIT * 6];
    } record = {.create = {.communicator = 2, .parent = 1, .operation = OPERATION_COMM_SHRINK}};
    const size_t room = (sizeof record - sizeof record.create) / sizeof *record.create.excluded;
    assert_true(room > 0);
    record.create.excluded_count = UINT32_MAX;
    translate(fixture, &record.create.header, RECORD_CREATE, sizeof record);
    assert_int_equal(fixture->create.excluded_listed, room);
    assert_int_equal(fixture->create.excluded_count, UINT32_MAX);
}

static void a_ready_communicator_tells_the_device(void **state)
{
    struct fixture *fixture = *state;
    union {
        struct record_communicator communicator;
        uint8_t room[RECORD_UNIT * 2];
    } record = {.communicator = {.communicator = 1,
                                 .state = RECORD_COMMUNICATOR_READY,
                                 .device = 3,
                                 .pci_bus_id = "0000:17:00.0"}};
    translate(fixture, &record.communicator.header, RECORD_COMMUNICATOR, sizeof record);
    assert_int_equal(fixture->device, 3);
    assert_string_equal(fixture->pci_bus_id, "0000:17:00.0");
}

static void a_record_that_is_too_short_is_a_loss(void **state)
{
    struct fixture *fixture = *state;
    union {
        struct record_call call;
        uint8_t room[RECORD_UNIT * 2];
    } record = {.call = {.communicator = 1, .operation = OPERATION_ALL_REDUCE, .sequence = 0}};
    translate(fixture, &record.call.header, RECORD_CALL, RECORD_UNIT);
    assert_int_equal(fixture->events, 0);
    record.call.sequence = 1;
    translate(fixture, &record.call.header, RECORD_CALL, sizeof record);
    assert_int_equal(fixture->calls, 1);
    assert_int_equal(fixture->gap.communicator, 1);
    assert_int_equal(fixture->gap.calls, 1);
}

static void a_ring_full_of_nonsense_makes_a_stream_that_decodes(void **state)
{
    struct fixture *fixture = *state;
    static union {
        struct record_header header;
        uint8_t bytes[RECORD_MAX_BYTES];
    } record;
    uint32_t random = 42;
    for (int round = 0; round < 3000; round++) {
        for (size_t i = 0; i < 1024; i++) {
            random = random * 1664525u + 1013904223u;
            record.bytes[i] = (uint8_t)(random >> 24);
        }
        record.header.kind = (uint8_t)(random >> 8) % (RECORD_KIND_LIMIT + 1);
        record.header.units = (uint8_t)(1 + (random >> 16) % RECORD_MAX_UNITS);
        translate_record(fixture->translator, &record.header, (uint64_t)round, 22809,
                         (uint64_t)round * 1000000);
        if (round % 16 == 0)
            translate_settle(fixture->translator, (uint64_t)round, (uint64_t)round * 1000000, false);
        if (round % 64 == 0)
            transfer(fixture);
    }
    translate_settle(fixture->translator, 3000, UINT64_MAX / 2, true);
    transfer(fixture);
    assert_int_equal(fixture->events, translate_events(fixture->translator));
    assert_true(fixture->events > 1000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_call_keeps_all_its_arguments),
        TEST(a_graph_launch_is_a_call_on_its_graph),
        TEST(a_creation_has_identity_settings_and_a_clean_name),
        TEST(no_more_excluded_ranks_are_read_than_there_are),
        TEST(a_ready_communicator_tells_the_device),
        TEST(a_record_that_is_too_short_is_a_loss),
        TEST(a_ring_full_of_nonsense_makes_a_stream_that_decodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
