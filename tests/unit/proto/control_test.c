/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "lockstep.pb-c.h"

static const struct process_id process = {{16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}};

static struct control there_and_back(const struct control *control)
{
    struct message message;
    struct control decoded;
    char error[STREAM_ERROR_BYTES];
    assert_int_equal(control_encode(control, &message), 0);
    assert_int_equal(message.number, 0);
    assert_int_equal(control_decode(message.data, message.length, &decoded, error), 0);
    assert_int_equal(decoded.kind, control->kind);
    assert_memory_equal(&decoded.process, &process, sizeof process);
    free(message.data);
    return decoded;
}

static void an_acknowledgement_arrives_as_it_was_sent(void **state)
{
    (void)state;
    struct control control = {.kind = ENVELOPE_ACK, .process = process, .ack = {.next = UINT64_MAX}};
    struct control decoded = there_and_back(&control);
    assert_true(decoded.ack.next == UINT64_MAX);
    assert_string_equal(decoded.ack.refused, "");

    strcpy(control.ack.refused, "no space left on device");
    assert_string_equal(there_and_back(&control).ack.refused, "no space left on device");
}

static void clock_messages_arrive_as_they_were_sent(void **state)
{
    (void)state;
    struct control ping = {.kind = ENVELOPE_CLOCK_PING, .process = process, .clock = {.sent_ns = 12}};
    assert_int_equal(there_and_back(&ping).clock.sent_ns, 12);

    struct control pong = {
        .kind = ENVELOPE_CLOCK_PONG, .process = process, .clock = {12, 1700000000000000000}};
    struct control decoded = there_and_back(&pong);
    assert_int_equal(decoded.clock.sent_ns, 12);
    assert_int_equal(decoded.clock.received_realtime_ns, 1700000000000000000);
}

static void a_command_arrives_as_it_was_sent(void **state)
{
    (void)state;
    struct control control = {
        .kind = ENVELOPE_COMMAND, .process = process, .command = {COMMAND_ABORT, "rank 3 fell out of step"}};
    struct control decoded = there_and_back(&control);
    assert_int_equal(decoded.command.kind, COMMAND_ABORT);
    assert_string_equal(decoded.command.reason, "rank 3 fell out of step");
    control.command.kind = COMMAND_GOODBYE;
    assert_int_equal(there_and_back(&control).command.kind, COMMAND_GOODBYE);
}

static void malformed_text_is_made_well_formed(void **state)
{
    (void)state;
    struct control control = {.kind = ENVELOPE_ACK, .process = process, .ack = {.refused = "a\xff b"}};
    assert_string_equal(there_and_back(&control).ack.refused, "a? b");
}

static void a_command_that_this_version_does_not_know_is_none(void **state)
{
    (void)state;
    struct control control = {
        .kind = ENVELOPE_COMMAND, .process = process, .command = {(enum command_kind)9, ""}};
    assert_int_equal(there_and_back(&control).command.kind, COMMAND_NONE);
}

static void other_kinds_give_their_kind_and_process_only(void **state)
{
    (void)state;
    struct message message;
    struct control decoded;
    char error[STREAM_ERROR_BYTES];
    struct batch_writer *writer = batch_writer_create(&process);
    struct hello hello = {.job = "job"};
    assert_int_equal(batch_hello(writer, &hello, &message), 0);
    assert_int_equal(control_decode(message.data, message.length, &decoded, error), 0);
    assert_int_equal(decoded.kind, ENVELOPE_HELLO);
    assert_memory_equal(&decoded.process, &process, sizeof process);
    free(message.data);
    batch_writer_destroy(writer);

    struct control batch = {.kind = ENVELOPE_BATCH, .process = process};
    assert_int_equal(control_encode(&batch, &message), -EINVAL);
}

static void text_that_is_too_long_is_cut(void **state)
{
    (void)state;
    static char reason[1000];
    memset(reason, 'x', sizeof reason - 1);
    uint8_t id[PROCESS_ID_BYTES] = {0};
    Lockstep__V1__Ack ack = LOCKSTEP__V1__ACK__INIT;
    Lockstep__V1__Envelope envelope = LOCKSTEP__V1__ENVELOPE__INIT;
    ack.refused = reason;
    envelope.version = 1;
    envelope.process = (ProtobufCBinaryData){sizeof id, id};
    envelope.body_case = LOCKSTEP__V1__ENVELOPE__BODY_ACK;
    envelope.ack = &ack;
    uint8_t bytes[2000];
    size_t length = lockstep__v1__envelope__pack(&envelope, bytes);

    struct control decoded;
    char error[STREAM_ERROR_BYTES];
    assert_int_equal(control_decode(bytes, length, &decoded, error), 0);
    assert_int_equal(strlen(decoded.ack.refused), STREAM_ERROR_BYTES - 1);
}

static void every_truncation_is_refused_or_harmless(void **state)
{
    (void)state;
    struct control control = {
        .kind = ENVELOPE_COMMAND, .process = process, .command = {COMMAND_ABORT, "reason"}};
    struct message message;
    assert_int_equal(control_encode(&control, &message), 0);
    for (size_t length = 0; length < message.length; length++) {
        uint8_t *part = malloc(length + 1); /* so that a step too far is seen */
        memcpy(part, message.data, length);
        struct control decoded;
        char error[STREAM_ERROR_BYTES] = "";
        int result = control_decode(part, length, &decoded, error);
        assert_true(result == 0 || result == -EPROTO);
        assert_true(result == 0 || error[0]);
        assert_true(result != 0 || decoded.kind == ENVELOPE_UNKNOWN); /* the body is the last field */
        free(part);
    }
    free(message.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_acknowledgement_arrives_as_it_was_sent),
        cmocka_unit_test(clock_messages_arrive_as_they_were_sent),
        cmocka_unit_test(a_command_arrives_as_it_was_sent),
        cmocka_unit_test(malformed_text_is_made_well_formed),
        cmocka_unit_test(a_command_that_this_version_does_not_know_is_none),
        cmocka_unit_test(other_kinds_give_their_kind_and_process_only),
        cmocka_unit_test(text_that_is_too_long_is_cut),
        cmocka_unit_test(every_truncation_is_refused_or_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
