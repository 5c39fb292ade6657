/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages from a damaged file or a liar: refused with a reason, never half used, never a crash.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "frame.h"
#include "journal.h"
#include "lockstep.pb-c.h"
#include "samples.h"

/* ---- lies: one field of a good batch is bent ---- */

struct lie {
    const char *name;
    void (*bend)(Lockstep__V1__Batch *batch);
    const char *error;
};

#define LIE(identifier, statement)                                                                           \
    static void identifier(Lockstep__V1__Batch *batch)                                                       \
    {                                                                                                        \
        statement;                                                                                           \
    }

LIE(epoch_zero, batch->epoch = 0)
LIE(strings_elsewhere, batch->strings_before = 1)
LIE(signatures_elsewhere, batch->signatures_before = UINT32_MAX)
LIE(buffers_elsewhere, batch->buffers_before = 3)
LIE(sites_elsewhere, batch->call_sites_before = 2)
LIE(what_too_high, batch->what[9] = 4)
LIE(what_absurd, batch->what[9] = UINT32_MAX)
LIE(one_time_less, batch->n_time--)
LIE(one_event_less, batch->n_what--)
LIE(one_buffer_less, batch->n_buffers--)
LIE(buffer_too_high, batch->buffers[1] = 3)
LIE(half_a_pair, batch->n_buffer_pairs--)
LIE(call_without_other, batch->what[0] = 1)
LIE(other_without_body, batch->what[8] = 0)
LIE(buffers_not_meant, batch->signatures[1]->buffers = 1)
LIE(operation_wide, batch->signatures[0]->operation = 256)
LIE(datatype_wide, batch->signatures[0]->datatype = 256)
LIE(reduction_wide, batch->signatures[0]->reduction = UINT32_MAX)
LIE(flags_wide, batch->signatures[0]->flags = 1u << 16)
LIE(site_too_high, batch->signatures[0]->call_site = 2)
LIE(module_too_high, batch->call_sites[0]->module = 6)
LIE(name_too_high, batch->others[0]->create->name = 6)
LIE(setting_too_high, batch->others[0]->create->config[1]->name = 77)
LIE(excluded_fewer, batch->others[0]->create->excluded_count = 2)
LIE(pci_too_high, batch->others[1]->communicator->pci_bus_id = UINT32_MAX)
LIE(event_site_too_high, batch->others[2]->call_site = 2)
LIE(event_operation_wide, batch->others[2]->operation = 1000)
LIE(event_flags_wide, batch->others[2]->flags = 1u << 31)
LIE(scalar_datatype_wide, batch->others[3]->reduction->datatype = 300)
LIE(gap_of_other_class, batch->others[6]->gap->point_to_point = 2)

static void lengthen_scalar(Lockstep__V1__Batch *batch)
{
    ProtobufCBinaryData *scalar = &batch->others[3]->reduction->scalar;
    scalar->data = realloc(scalar->data, 9);
    memset(scalar->data, 1, 9);
    scalar->len = 9;
}

static void lengthen_string(Lockstep__V1__Batch *batch)
{
    ProtobufCBinaryData *string = &batch->strings[0];
    string->len = EVENT_STRING_BYTES + 1;
    string->data = realloc(string->data, string->len);
    memset(string->data, 'x', string->len);
}

static const struct lie lies[] = {
    {"epoch 0", epoch_zero, "Batch of epoch 0 after one of epoch 0"},
    {"strings elsewhere", strings_elsewhere, "Batch builds on 1 strings; there are 0"},
    {"signatures elsewhere", signatures_elsewhere, "Batch builds on 4294967295 signatures; there are 0"},
    {"buffers elsewhere", buffers_elsewhere, "Batch builds on 3 buffers; there are 0"},
    {"call sites elsewhere", sites_elsewhere, "Batch builds on 2 call sites; there are 0"},
    {"signature too high", what_too_high, "signature 4 of 3"},
    {"signature absurd", what_absurd, "signature 4294967295 of 3"},
    {"a time is missing", one_time_less, "Batch has 10 events and 9 times"},
    {"an event is missing", one_event_less, "Batch has 9 events and 10 times"},
    {"a buffer is missing", one_buffer_less, "Batch has 2 calls with buffers and 1 buffers"},
    {"buffer too high", buffer_too_high, "buffer pair 3 of 2"},
    {"half a pair", half_a_pair, "Batch has half a buffer pair"},
    {"a call too many", call_without_other, "Batch has 6 events that are not calls and 7 bodies of such"},
    {"a call too few", other_without_body, "Batch has 8 events that are not calls and 7 bodies of such"},
    {"buffers not meant", buffers_not_meant, "Batch has 3 calls with buffers and 2 buffers"},
    {"operation", operation_wide, "operation 256 does not fit a byte"},
    {"data type", datatype_wide, "data type 256 does not fit a byte"},
    {"reduction", reduction_wide, "reduction 4294967295 does not fit a byte"},
    {"flags", flags_wide, "flags 0x10000 do not fit 16 bits"},
    {"call site", site_too_high, "call site 2 of 1"},
    {"module", module_too_high, "string 6 of 5"},
    {"communicator's name", name_too_high, "string 6 of 5"},
    {"setting's name", setting_too_high, "string 77 of 5"},
    {"excluded", excluded_fewer, "3 ranks excluded, said to be 2"},
    {"PCI bus id", pci_too_high, "string 4294967295 of 5"},
    {"event's call site", event_site_too_high, "call site 2 of 1"},
    {"event's operation", event_operation_wide, "operation 1000 does not fit a byte"},
    {"event's flags", event_flags_wide, "flags 0x80000000 do not fit 16 bits"},
    {"scalar's data type", scalar_datatype_wide, "data type 300 does not fit a byte"},
    {"gap's class", gap_of_other_class, "gap in calls of class 2"},
    {"scalar's length", lengthen_scalar, "scalar of 9 bytes"},
    {"string's length", lengthen_string, "string of 65537 bytes, more than 65536"},
};

/* The batch with everything in it, as the first message of its process. */
static Lockstep__V1__Envelope *good_envelope(void)
{
    struct message messages[SAMPLE_MESSAGES];
    samples_encode(messages);
    Lockstep__V1__Envelope *envelope =
        lockstep__v1__envelope__unpack(NULL, messages[1].length, messages[1].data);
    assert_non_null(envelope);
    assert_int_equal(envelope->body_case, LOCKSTEP__V1__ENVELOPE__BODY_BATCH);
    envelope->number = 1;
    samples_free(messages);
    return envelope;
}

static int feed_envelope(struct stream *stream, const Lockstep__V1__Envelope *envelope, char *error)
{
    size_t length = lockstep__v1__envelope__get_packed_size(envelope);
    uint8_t *data = malloc(length);
    assert_non_null(data);
    lockstep__v1__envelope__pack(envelope, data);
    error[0] = 0;
    int result = stream_feed(stream, data, length, error);
    free(data);
    return result;
}

static void every_lie_is_refused_by_name_and_nothing_of_it_is_used(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        char error[STREAM_ERROR_BYTES];
        struct journal journal;
        journal_open(&journal);
        struct stream *stream = stream_create(&journal_sink, &journal);
        Lockstep__V1__Envelope *envelope = good_envelope();
        lies[i].bend(envelope->batch);
        if (feed_envelope(stream, envelope, error) != -EPROTO || strcmp(error, lies[i].error) != 0)
            fail_msg("%s: \"%s\", expected \"%s\"", lies[i].name, error, lies[i].error);
        assert_string_equal(journal_text(&journal), "lost 1\n");
        lockstep__v1__envelope__free_unpacked(envelope, NULL);

        /* The stream is none the worse for it. */
        envelope = good_envelope();
        envelope->number = 2;
        journal_clear(&journal);
        assert_int_equal(feed_envelope(stream, envelope, error), 0);
        assert_non_null(strstr(journal_text(&journal), "signature 3 "));
        lockstep__v1__envelope__free_unpacked(envelope, NULL);
        stream_destroy(stream);
        journal_close(&journal);
    }
}

static void an_older_epoch_is_refused(void **state)
{
    (void)state;
    char error[STREAM_ERROR_BYTES];
    struct stream_sink sink = {0};
    struct stream *stream = stream_create(&sink, NULL);
    Lockstep__V1__Envelope *envelope = good_envelope();
    envelope->batch->epoch = 7;
    assert_int_equal(feed_envelope(stream, envelope, error), 0);
    envelope->number = 2;
    envelope->batch->epoch = 6;
    assert_int_equal(feed_envelope(stream, envelope, error), -EPROTO);
    assert_string_equal(error, "Batch of epoch 6 after one of epoch 7");
    lockstep__v1__envelope__free_unpacked(envelope, NULL);
    stream_destroy(stream);
}

/* ---- the envelope ---- */

static void assert_refused(const void *bytes, size_t length, const char *expected)
{
    struct envelope_info info;
    char error[STREAM_ERROR_BYTES] = "";
    assert_int_equal(envelope_peek(bytes, length, &info, error), -EPROTO);
    assert_string_equal(error, expected);
    struct stream_sink sink = {0};
    struct stream *stream = stream_create(&sink, NULL);
    assert_int_equal(stream_feed(stream, bytes, length, error), -EPROTO);
    assert_string_equal(error, expected);
    stream_destroy(stream);
}

#define ASSERT_REFUSED(bytes, expected) assert_refused(bytes, sizeof(bytes) - 1, expected)
#define ID                                                                                                   \
    "\x12\x10"                                                                                               \
    "0123456789abcdef"

static void an_envelope_that_is_none_is_refused(void **state)
{
    (void)state;
    ASSERT_REFUSED("", "message is empty");
    ASSERT_REFUSED("\x08", "message is malformed at byte 0 of 1");
    ASSERT_REFUSED("\x08\x01"
                   "GET / HTTP/1.1\r\n",
                   "message is malformed at byte 2 of 18");
    ASSERT_REFUSED(ID, "message has no version");
    ASSERT_REFUSED("\x08\x01", "message has no process id of 16 bytes");
    ASSERT_REFUSED("\x08\x01\x12\x0f"
                   "0123456789abcde",
                   "message has no process id of 16 bytes");
    ASSERT_REFUSED("\x08\x01" ID "\x48\x01",
                   "message is malformed at byte 20 of 22"); /* a batch that is a number */
    ASSERT_REFUSED("\x08\x01" ID "\x4a\x7f",
                   "message is malformed at byte 20 of 22"); /* longer than the message */
    ASSERT_REFUSED("\x08\x01" ID "\x4a\x00\x4a\x00", "message has 2 bodies");
    ASSERT_REFUSED("\x08\x01" ID "\x0b", "message is malformed at byte 20 of 21"); /* a group */
    ASSERT_REFUSED("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "message is malformed at byte 0 of 11");
}

static void a_message_that_must_have_a_number_is_refused_without(void **state)
{
    (void)state;
    char error[STREAM_ERROR_BYTES];
    struct journal journal;
    journal_open(&journal);
    struct stream *stream = stream_create(&journal_sink, &journal);
    Lockstep__V1__Envelope *envelope = good_envelope();
    envelope->number = 0;
    assert_int_equal(feed_envelope(stream, envelope, error), -EPROTO);
    assert_string_equal(error, "message that must have a number has none");
    assert_int_equal(stream_number(stream), 0);
    lockstep__v1__envelope__free_unpacked(envelope, NULL);
    stream_destroy(stream);
    journal_close(&journal);
}

static void a_message_longer_than_any_can_be_is_refused(void **state)
{
    (void)state;
    uint8_t *bytes = calloc(1, FRAME_MAX_BYTES + 1);
    assert_non_null(bytes);
    assert_refused(bytes, FRAME_MAX_BYTES + 1, "message of 67108865 bytes is longer than any can be");
    free(bytes);
}

/* Six million empty calls, two bytes each, would decode into half a gigabyte. */
static void a_small_message_cannot_take_much_memory(void **state)
{
    (void)state;
    enum { BODY_BYTES = 12000000 };
    static const char head[] = "\x08\x01" ID "\x52"; /* a Heartbeat */
    uint8_t *bytes = malloc(BODY_BYTES + 64);
    assert_non_null(bytes);
    size_t length = sizeof head - 1;
    memcpy(bytes, head, length);
    size_t body = BODY_BYTES;
    for (; body >= 0x80; body >>= 7)
        bytes[length++] = (uint8_t)(body | 0x80);
    bytes[length++] = (uint8_t)body;
    for (int i = 0; i < BODY_BYTES / 2; i++) {
        bytes[length++] = 0x42; /* Heartbeat.current, empty */
        bytes[length++] = 0;
    }
    struct stream_sink sink = {0};
    struct stream *stream = stream_create(&sink, NULL);
    char error[STREAM_ERROR_BYTES] = "";
    assert_int_equal(stream_feed(stream, bytes, length, error), -EPROTO);
    assert_string_equal(error, "Heartbeat of 12000000 bytes would take more than 385048576 to decode");
    stream_destroy(stream);
    free(bytes);
}

/* ---- damage ---- */

static uint64_t random_state = 88172645463325252u;

static uint64_t random_number(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* Feeds one message; it must be used or refused with a reason. */
static void feed_anything(struct stream *stream, const uint8_t *bytes, size_t length)
{
    uint8_t *copy = malloc(length + !length); /* so that a step too far is seen */
    assert_non_null(copy);
    if (length)
        memcpy(copy, bytes, length);
    char error[STREAM_ERROR_BYTES] = "";
    int result = stream_feed(stream, copy, length, error);
    assert_true(result == 0 || result == -EPROTO || result == -EPROTONOSUPPORT);
    assert_int_equal(error[0] != 0, result != 0);
    assert_null(strchr(error, '\n'));
    free(copy);
}

static void every_truncation_is_used_or_refused_with_a_reason(void **state)
{
    (void)state;
    struct message messages[SAMPLE_MESSAGES];
    struct journal journal;
    samples_encode(messages);
    journal_open(&journal);
    for (int cut = 0; cut < SAMPLE_MESSAGES; cut++) {
        for (size_t length = 0; length < messages[cut].length; length++) {
            struct stream *stream = stream_create(&journal_sink, &journal);
            for (int i = 0; i < SAMPLE_MESSAGES; i++)
                feed_anything(stream, messages[i].data, i == cut ? length : messages[i].length);
            stream_destroy(stream);
        }
        journal_clear(&journal);
    }
    journal_close(&journal);
    samples_free(messages);
}

static void every_flipped_bit_is_used_or_refused_with_a_reason(void **state)
{
    (void)state;
    struct message messages[SAMPLE_MESSAGES];
    struct journal journal;
    samples_encode(messages);
    journal_open(&journal);
    for (int bent = 0; bent < SAMPLE_MESSAGES; bent++) {
        for (size_t bit = 0; bit < messages[bent].length * 8; bit++) {
            messages[bent].data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            struct stream *stream = stream_create(&journal_sink, &journal);
            for (int i = 0; i < SAMPLE_MESSAGES; i++)
                feed_anything(stream, messages[i].data, messages[i].length);
            stream_destroy(stream);
            messages[bent].data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        journal_clear(&journal);
    }
    journal_close(&journal);
    samples_free(messages);
}

static size_t mutate(uint8_t *bytes, size_t length)
{
    for (uint64_t count = 1 + random_number() % 6; count > 0; count--) {
        size_t at = (size_t)(random_number() % length);
        size_t other = (size_t)(random_number() % length);
        size_t span = (size_t)(random_number() % 16);
        switch (random_number() % 4) {
        case 0:
            bytes[at] = (uint8_t)random_number();
            break;
        case 1:
            bytes[at] ^= (uint8_t)(1u << random_number() % 8);
            break;
        case 2:
            if (at + span <= length && other + span <= length)
                memmove(bytes + at, bytes + other, span);
            break;
        default:
            length = at + 1;
        }
    }
    return length;
}

#define MUTATIONS 20000

static void random_mutations_are_used_or_refused_with_a_reason(void **state)
{
    (void)state;
    struct message messages[SAMPLE_MESSAGES];
    struct journal journal;
    samples_encode(messages);
    journal_open(&journal);
    for (int round = 0; round < MUTATIONS; round++) {
        struct stream *stream = stream_create(&journal_sink, &journal);
        int bent = (int)(random_number() % SAMPLE_MESSAGES);
        for (int i = 0; i < SAMPLE_MESSAGES; i++) {
            size_t length = messages[i].length;
            uint8_t *copy = malloc(length);
            assert_non_null(copy);
            memcpy(copy, messages[i].data, length);
            if (i == bent)
                length = mutate(copy, length);
            feed_anything(stream, copy, length);
            free(copy);
        }
        stream_destroy(stream);
        journal_clear(&journal);
    }
    journal_close(&journal);
    samples_free(messages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_lie_is_refused_by_name_and_nothing_of_it_is_used),
        cmocka_unit_test(an_older_epoch_is_refused),
        cmocka_unit_test(an_envelope_that_is_none_is_refused),
        cmocka_unit_test(a_message_that_must_have_a_number_is_refused_without),
        cmocka_unit_test(a_message_longer_than_any_can_be_is_refused),
        cmocka_unit_test(a_small_message_cannot_take_much_memory),
        cmocka_unit_test(every_truncation_is_used_or_refused_with_a_reason),
        cmocka_unit_test(every_flipped_bit_is_used_or_refused_with_a_reason),
        cmocka_unit_test(random_mutations_are_used_or_refused_with_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
