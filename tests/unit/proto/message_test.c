/* SPDX-License-Identifier: Apache-2.0
 *
 * What is encoded is what is decoded, field by field.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "journal.h"
#include "samples.h"

struct fixture {
    struct batch_writer *writer;
    struct stream *stream;
    struct journal sent;
    struct journal received;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (!fixture)
        return -1;
    journal_open(&fixture->sent);
    journal_open(&fixture->received);
    fixture->writer = batch_writer_create(&sample_process);
    fixture->stream = stream_create(&journal_sink, &fixture->received);
    *state = fixture;
    return fixture->writer && fixture->stream ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    batch_writer_destroy(fixture->writer);
    stream_destroy(fixture->stream);
    journal_close(&fixture->sent);
    journal_close(&fixture->received);
    free(fixture);
    return 0;
}

static void deliver(struct fixture *fixture, struct message *message)
{
    char error[STREAM_ERROR_BYTES] = "";
    int result = stream_feed(fixture->stream, message->data, message->length, error);
    assert_string_equal(error, "");
    assert_int_equal(result, 0);
    free(message->data);
}

static void take_and_deliver(struct fixture *fixture)
{
    struct message message = samples_take(fixture->writer);
    deliver(fixture, &message);
}

static void assert_received_what_was_sent(struct fixture *fixture)
{
    assert_string_equal(journal_text(&fixture->received), journal_text(&fixture->sent));
}

static void a_hello_arrives_field_by_field(void **state)
{
    struct fixture *fixture = *state;
    struct message message;
    assert_int_equal(batch_hello(fixture->writer, &sample_hello, &message), 0);
    assert_int_equal(message.number, 1);
    deliver(fixture, &message);
    journal_hello(&fixture->sent, &sample_hello);
    assert_received_what_was_sent(fixture);
}

static void a_heartbeat_arrives_field_by_field_and_has_no_number(void **state)
{
    struct fixture *fixture = *state;
    struct message message;
    assert_int_equal(batch_heartbeat(fixture->writer, &sample_heartbeat, &message), 0);
    assert_int_equal(message.number, 0);
    assert_int_equal(batch_number(fixture->writer), 0);
    deliver(fixture, &message);
    journal_heartbeat(&fixture->sent, &sample_heartbeat);
    assert_received_what_was_sent(fixture);
}

static void an_end_arrives_field_by_field_however_it_came(void **state)
{
    struct fixture *fixture = *state;
    for (int how = END_UNKNOWN; how <= (int)END_EXECED; how++) {
        struct message message;
        struct process_end end = sample_end;
        end.how = (enum process_end_how)how;
        assert_int_equal(batch_end(fixture->writer, &end, &message), 0);
        deliver(fixture, &message);
        journal_end(&fixture->sent, &end);
    }
    assert_received_what_was_sent(fixture);
}

static void an_event_of_every_kind_arrives_field_by_field(void **state)
{
    struct fixture *fixture = *state;
    uint32_t site = batch_call_site(fixture->writer, "/opt/app/model.so", 0xabcdef);
    for (int i = 0; i < SAMPLE_EVENTS; i++) {
        struct event event = sample_events[i];
        event.call_site = site;
        assert_int_equal(batch_add_event(fixture->writer, &event), 0);
        journal_event(&fixture->sent, &event);
    }
    assert_int_equal(batch_events(fixture->writer), SAMPLE_EVENTS);
    take_and_deliver(fixture);
    assert_received_what_was_sent(fixture);

    struct call_site decoded = stream_call_site(fixture->stream, site);
    assert_string_equal(decoded.module, "/opt/app/model.so");
    assert_int_equal(decoded.offset, 0xabcdef);
    assert_int_equal(batch_events(fixture->writer), 0);
    assert_int_equal(batch_bytes(fixture->writer), 0);
}

/* The journal line of a call with this signature. */
static void expect_call(struct fixture *fixture, uint64_t time_ns, uint32_t id,
                        const struct signature *signature, uint64_t send, uint64_t recv)
{
    struct event event = {
        .kind = EVENT_CALL,
        .time_ns = time_ns,
        .thread = signature->thread,
        .operation = signature->operation,
        .flags = signature->flags,
        .call_site = signature->call_site,
        .call = {.signature = id, .send = send, .recv = recv},
    };
    journal_event(&fixture->sent, &event);
}

static void calls_arrive_with_their_signatures_told_once(void **state)
{
    struct fixture *fixture = *state;
    struct signature all_reduce = sample_all_reduce;
    all_reduce.call_site = batch_call_site(fixture->writer, "", 0x7f0012345678);
    batch_add_call(fixture->writer, 1000, &all_reduce, 0x10, 0x20);
    batch_add_call(fixture->writer, 990, &sample_group_start, 0, 0);
    batch_add_call(fixture->writer, 1010, &sample_send, UINT64_MAX, 0);
    batch_add_call(fixture->writer, UINT64_MAX, &all_reduce, 0x10, 0x20);
    take_and_deliver(fixture);
    journal_signature(&fixture->sent, 1, &all_reduce);
    journal_signature(&fixture->sent, 2, &sample_group_start);
    journal_signature(&fixture->sent, 3, &sample_send);
    expect_call(fixture, 1000, 1, &all_reduce, 0x10, 0x20);
    expect_call(fixture, 990, 2, &sample_group_start, 0, 0);
    expect_call(fixture, 1010, 3, &sample_send, UINT64_MAX, 0);
    expect_call(fixture, UINT64_MAX, 1, &all_reduce, 0x10, 0x20);
    assert_received_what_was_sent(fixture);

    /* In the next batch nothing is told again. */
    batch_add_call(fixture->writer, 2000, &sample_send, 0x30, 0);
    batch_add_event(fixture->writer, &sample_events[6]);
    batch_add_call(fixture->writer, 2001, &all_reduce, 0x10, 0x20);
    take_and_deliver(fixture);
    expect_call(fixture, 2000, 3, &sample_send, 0x30, 0);
    journal_event(&fixture->sent, &sample_events[6]);
    expect_call(fixture, 2001, 1, &all_reduce, 0x10, 0x20);
    assert_received_what_was_sent(fixture);
    assert_string_equal(stream_call_site(fixture->stream, 1).module, "");
    assert_int_equal(stream_call_site(fixture->stream, 1).offset, 0x7f0012345678);
}

/* Two signatures that differ in one field only must stay two. */
static void every_field_of_a_signature_tells_it_apart(void **state)
{
    struct fixture *fixture = *state;
    const struct signature base = sample_all_reduce;
    struct signature variants[15];
    for (size_t i = 0; i < 15; i++)
        variants[i] = base;
    variants[1].operation = OPERATION_BROADCAST;
    variants[2].datatype = DATATYPE_FLOAT32;
    variants[3].reduction = REDUCTION_UNKNOWN;
    variants[4].flags = 0;
    variants[5].communicator++;
    variants[6].thread++;
    variants[7].root = 1;
    variants[8].call_site = batch_call_site(fixture->writer, "x", 1);
    variants[9].stream++;
    variants[10].count = 0;
    variants[11].reduction_identity++;
    variants[12].capture++;
    variants[13].argument++;
    variants[14].object++;
    for (uint32_t i = 0; i < 15; i++) {
        assert_int_equal(batch_add_call(fixture->writer, i, &variants[i], 1, 2), 0);
        journal_signature(&fixture->sent, i + 1, &variants[i]);
    }
    for (uint32_t i = 0; i < 15; i++)
        expect_call(fixture, i, i + 1, &variants[i], 1, 2);
    take_and_deliver(fixture);
    assert_received_what_was_sent(fixture);
}

static void numbers_that_no_table_knows_arrive_as_they_are(void **state)
{
    struct fixture *fixture = *state;
    struct signature signature = {.operation = 255, .datatype = 254, .reduction = 253, .flags = 0xffff};
    batch_add_call(fixture->writer, 5, &signature, 0, 0);
    struct event event = {.kind = EVENT_COMMUNICATOR,
                          .time_ns = 6,
                          .operation = 254,
                          .flags = 0x8000,
                          .communicator = {.state = (enum communicator_state)77, .pci_bus_id = ""}};
    batch_add_event(fixture->writer, &event);
    take_and_deliver(fixture);
    journal_signature(&fixture->sent, 1, &signature);
    expect_call(fixture, 5, 1, &signature, 0, 0);
    journal_event(&fixture->sent, &event);
    assert_received_what_was_sent(fixture);
}

static void a_list_that_was_cut_tells_how_long_it_was(void **state)
{
    struct fixture *fixture = *state;
    struct event event = sample_events[0];
    event.create.excluded_count = 1000;
    batch_add_event(fixture->writer, &event);
    take_and_deliver(fixture);
    journal_event(&fixture->sent, &event);
    assert_received_what_was_sent(fixture);
}

static void malformed_and_overlong_text_arrives_readable(void **state)
{
    struct fixture *fixture = *state;
    char *overlong = malloc(EVENT_STRING_BYTES + 10);
    assert_non_null(overlong);
    memset(overlong, 'x', EVENT_STRING_BYTES + 9);
    overlong[EVENT_STRING_BYTES + 9] = 0;
    uint32_t cut = batch_call_site(fixture->writer, overlong, 1);
    uint32_t malformed = batch_call_site(fixture->writer, "/tmp/\xff/a", 2);
    struct hello hello = sample_hello;
    hello.job = "job \xe2\x82";
    hello.executable = overlong;
    struct message message;
    assert_int_equal(batch_hello(fixture->writer, &hello, &message), 0);
    deliver(fixture, &message);
    batch_add_event(fixture->writer, &sample_events[6]);
    take_and_deliver(fixture);

    assert_int_equal(strlen(stream_call_site(fixture->stream, cut).module), EVENT_STRING_BYTES);
    assert_string_equal(stream_call_site(fixture->stream, malformed).module, "/tmp/?/a");
    overlong[EVENT_STRING_BYTES] = 0;
    hello.job = "job ??";
    journal_hello(&fixture->sent, &hello);
    journal_event(&fixture->sent, &sample_events[6]);
    assert_received_what_was_sent(fixture);
    free(overlong);
}

static void the_same_call_site_has_the_same_id(void **state)
{
    struct fixture *fixture = *state;
    uint32_t one = batch_call_site(fixture->writer, "a", 1);
    assert_int_equal(batch_call_site(fixture->writer, "a", 1), one);
    assert_int_not_equal(batch_call_site(fixture->writer, "a", 2), one);
    assert_int_not_equal(batch_call_site(fixture->writer, "b", 1), one);
    assert_int_not_equal(batch_call_site(fixture->writer, "", 1), one);
}

static void what_cannot_be_encoded_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct message message;
    struct event event = {.kind = EVENT_CALL};
    struct signature signature = sample_send;
    assert_int_equal(batch_add_event(fixture->writer, &event), -EINVAL);
    event.kind = (enum event_kind)99;
    assert_int_equal(batch_add_event(fixture->writer, &event), -EINVAL);
    signature.call_site = 1; /* of no epoch */
    assert_int_equal(batch_add_call(fixture->writer, 0, &signature, 0, 0), -EINVAL);
    event = sample_events[1];
    event.call_site = 1;
    assert_int_equal(batch_add_event(fixture->writer, &event), -EINVAL);
    assert_int_equal(batch_take(fixture->writer, 0, &message), -ENODATA);
    assert_int_equal(batch_events(fixture->writer), 0);
}

static void a_full_batch_takes_no_more_until_it_is_taken(void **state)
{
    struct fixture *fixture = *state;
    size_t added = 0;
    int result;
    while ((result = batch_add_call(fixture->writer, added, &sample_send, 1, 0)) == 0)
        added++;
    assert_int_equal(result, -ENOBUFS);
    assert_int_equal(added, BATCH_EVENT_LIMIT);
    assert_int_equal(batch_add_event(fixture->writer, &sample_events[1]), -ENOBUFS);
    take_and_deliver(fixture);
    assert_int_equal(batch_add_call(fixture->writer, added, &sample_send, 1, 0), 0);
}

static void the_announced_size_is_about_right(void **state)
{
    struct fixture *fixture = *state;
    uint32_t site = batch_call_site(fixture->writer, "/usr/lib/python3/torch/libtorch_cuda.so", 0x123456);
    for (uint64_t i = 0; i < 5000; i++) {
        struct signature signature = sample_send;
        signature.call_site = site;
        signature.count = i % 300;
        batch_add_call(fixture->writer, i * 10000, &signature, 0x7f0000000000 + i % 700, 0);
    }
    for (int i = 0; i < SAMPLE_EVENTS; i++)
        batch_add_event(fixture->writer, &sample_events[i]);
    size_t announced = batch_bytes(fixture->writer);
    struct message message = samples_take(fixture->writer);
    assert_true(announced > message.length * 3 / 4 && announced < message.length * 3 / 2);
    free(message.data);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_hello_arrives_field_by_field),
        TEST(a_heartbeat_arrives_field_by_field_and_has_no_number),
        TEST(an_end_arrives_field_by_field_however_it_came),
        TEST(an_event_of_every_kind_arrives_field_by_field),
        TEST(calls_arrive_with_their_signatures_told_once),
        TEST(every_field_of_a_signature_tells_it_apart),
        TEST(numbers_that_no_table_knows_arrive_as_they_are),
        TEST(a_list_that_was_cut_tells_how_long_it_was),
        TEST(malformed_and_overlong_text_arrives_readable),
        TEST(the_same_call_site_has_the_same_id),
        TEST(what_cannot_be_encoded_is_refused),
        TEST(a_full_batch_takes_no_more_until_it_is_taken),
        TEST(the_announced_size_is_about_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
