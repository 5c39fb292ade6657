/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers, gaps and epochs; what newer writers send.
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
#include "lockstep.pb-c.h"
#include "samples.h"

struct fixture {
    struct batch_writer *writer;
    struct stream *stream;
    struct journal journal;
    char error[STREAM_ERROR_BYTES];
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (!fixture)
        return -1;
    journal_open(&fixture->journal);
    fixture->writer = batch_writer_create(&sample_process);
    fixture->stream = stream_create(&journal_sink, &fixture->journal);
    *state = fixture;
    return fixture->writer && fixture->stream ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    batch_writer_destroy(fixture->writer);
    stream_destroy(fixture->stream);
    journal_close(&fixture->journal);
    free(fixture);
    return 0;
}

/* A batch with one call, of the signature with this count, at this time. */
static struct message batch_with(struct fixture *fixture, uint64_t count, uint64_t time_ns)
{
    struct signature signature = sample_send;
    signature.count = count;
    assert_int_equal(batch_add_call(fixture->writer, time_ns, &signature, 0, 0), 0);
    return samples_take(fixture->writer);
}

static int feed(struct fixture *fixture, const struct message *message)
{
    fixture->error[0] = 0;
    return stream_feed(fixture->stream, message->data, message->length, fixture->error);
}

static void drop(struct message *message)
{
    free(message->data);
}

static int feed_and_drop(struct fixture *fixture, struct message message)
{
    int result = feed(fixture, &message);
    drop(&message);
    return result;
}

/* What was told since the last call, shortened to "S<id> " for a signature, "C<id>@<time> " for a call and
 * "lost <n> ", "epoch ", "hello ", "end " as they are. */
static const char *told(struct fixture *fixture)
{
    static char text[4096];
    size_t used = 0;
    char *copy = strdup(journal_text(&fixture->journal));
    char *rest = copy;
    text[0] = 0;
    for (char *line; (line = strsep(&rest, "\n")) && *line;) {
        unsigned id;
        unsigned long long number;
        const char *call = strstr(line, "call signature=");
        char part[64];
        if (sscanf(line, "signature %u", &id) == 1)
            snprintf(part, sizeof part, "S%u ", id);
        else if (call && sscanf(line, "%llu", &number) == 1 && sscanf(call, "call signature=%u", &id) == 1)
            snprintf(part, sizeof part, "C%u@%llu ", id, number);
        else if (sscanf(line, "lost %llu", &number) == 1)
            snprintf(part, sizeof part, "lost %llu ", number);
        else
            snprintf(part, sizeof part, "%.*s ", (int)strcspn(line, " "), line);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s", part);
    }
    free(copy);
    journal_clear(&fixture->journal);
    return text;
}

/* ---- numbers ---- */

static void messages_are_numbered_from_one_without_gaps(void **state)
{
    struct fixture *fixture = *state;
    struct message message;
    assert_int_equal(batch_hello(fixture->writer, &sample_hello, &message), 0);
    assert_int_equal(message.number, 1);
    drop(&message);
    message = batch_with(fixture, 1, 100);
    assert_int_equal(message.number, 2);
    drop(&message);
    assert_int_equal(batch_end(fixture->writer, &sample_end, &message), 0);
    assert_int_equal(message.number, 3);
    assert_int_equal(batch_number(fixture->writer), 3);
    drop(&message);
}

static void a_message_seen_before_is_ignored(void **state)
{
    struct fixture *fixture = *state;
    struct message first = batch_with(fixture, 1, 100);
    struct message second = batch_with(fixture, 1, 200);
    assert_int_equal(feed(fixture, &first), 0);
    assert_int_equal(feed(fixture, &second), 0);
    assert_string_equal(told(fixture), "S1 C1@100 C1@200 ");
    assert_int_equal(feed(fixture, &first), 0);
    assert_int_equal(feed(fixture, &second), 0);
    assert_string_equal(told(fixture), "");
    assert_int_equal(stream_number(fixture->stream), 2);
    drop(&first);
    drop(&second);
}

static void a_gap_is_told_before_what_follows_it(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(feed_and_drop(fixture, batch_with(fixture, 1, 100)), 0);
    struct message lost[] = {batch_with(fixture, 1, 200), batch_with(fixture, 1, 300)};
    assert_int_equal(feed_and_drop(fixture, batch_with(fixture, 1, 400)), 0);
    assert_string_equal(told(fixture), "S1 C1@100 lost 2 C1@400 ");
    /* Late is lost: order is gone. */
    assert_int_equal(feed(fixture, &lost[1]), 0);
    assert_string_equal(told(fixture), "");
    drop(&lost[0]);
    drop(&lost[1]);
}

static void a_stream_that_begins_in_the_middle_has_lost_its_beginning(void **state)
{
    struct fixture *fixture = *state;
    struct message first = batch_with(fixture, 1, 100);
    assert_int_equal(feed_and_drop(fixture, batch_with(fixture, 1, 200)), 0);
    assert_string_equal(told(fixture), "lost 1 lost 1 ");
    drop(&first);
}

static void batches_that_build_on_a_lost_one_are_lost_and_the_others_are_not(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(feed_and_drop(fixture, batch_with(fixture, 1, 100)), 0);
    struct message lost = batch_with(fixture, 2, 200); /* defines signature 2 */
    assert_int_equal(feed_and_drop(fixture, batch_with(fixture, 2, 300)), 0);
    assert_int_equal(feed_and_drop(fixture, batch_with(fixture, 3, 400)), 0);
    assert_string_equal(told(fixture), "S1 C1@100 lost 1 lost 1 lost 1 ");
    assert_int_equal(stream_number(fixture->stream), 4);
    drop(&lost);

    batch_new_epoch(fixture->writer);
    assert_int_equal(feed_and_drop(fixture, batch_with(fixture, 3, 500)), 0);
    assert_int_equal(feed_and_drop(fixture, batch_with(fixture, 2, 600)), 0);
    assert_string_equal(told(fixture), "epoch S1 C1@500 S2 C2@600 ");
    assert_int_equal(stream_signature(fixture->stream, 1)->count, 3);
}

static void a_lost_hello_does_not_cost_the_batches_after_it(void **state)
{
    struct fixture *fixture = *state;
    struct message hello;
    assert_int_equal(feed_and_drop(fixture, batch_with(fixture, 1, 100)), 0);
    assert_int_equal(batch_hello(fixture->writer, &sample_hello, &hello), 0);
    assert_int_equal(feed_and_drop(fixture, batch_with(fixture, 2, 200)), 0);
    assert_string_equal(told(fixture), "S1 C1@100 lost 1 S2 C2@200 ");
    drop(&hello);
}

static void an_unreadable_message_is_lost_and_the_next_ones_are_read(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(feed_and_drop(fixture, batch_with(fixture, 1, 100)), 0);
    struct message damaged = batch_with(fixture, 1, 200);
    damaged.data[damaged.length - 1] ^= 0x80; /* a varint without its end */
    assert_int_equal(feed_and_drop(fixture, damaged), -EPROTO);
    assert_string_equal(fixture->error, "Batch of 21 bytes is malformed");
    assert_int_equal(feed_and_drop(fixture, batch_with(fixture, 1, 300)), 0);
    assert_string_equal(told(fixture), "S1 C1@100 lost 1 C1@300 ");
}

static void another_process_has_no_say_in_this_stream(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(feed_and_drop(fixture, batch_with(fixture, 1, 100)), 0);
    struct process_id other = {{99}};
    struct batch_writer *writer = batch_writer_create(&other);
    struct message message;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(batch_hello(writer, &sample_hello, &message), 0);
        assert_int_equal(feed_and_drop(fixture, message), -EPROTO);
        assert_string_equal(fixture->error, "message is of another process");
    }
    batch_writer_destroy(writer);
    assert_int_equal(stream_number(fixture->stream), 1);
    assert_int_equal(feed_and_drop(fixture, batch_with(fixture, 1, 200)), 0);
    assert_string_equal(told(fixture), "S1 C1@100 C1@200 ");
}

/* ---- epochs ---- */

static void what_was_added_before_an_epoch_is_in_it(void **state)
{
    struct fixture *fixture = *state;
    uint32_t site = batch_call_site(fixture->writer, "first.so", 1);
    assert_int_equal(batch_epoch(fixture->writer), 1);
    assert_int_equal(feed_and_drop(fixture, batch_with(fixture, 1, 100)), 0);
    struct message lost = batch_with(fixture, 2, 200);

    struct signature signature = sample_send;
    signature.call_site = site;
    assert_int_equal(batch_add_call(fixture->writer, 300, &signature, 7, 8), 0);
    struct event create = sample_events[0];
    create.call_site = site;
    assert_int_equal(batch_add_event(fixture->writer, &create), 0);
    batch_new_epoch(fixture->writer);
    assert_int_equal(batch_epoch(fixture->writer), 2);
    struct message message = samples_take(fixture->writer);
    assert_int_equal(feed_and_drop(fixture, message), 0);
    drop(&lost);
    assert_string_equal(told(fixture), "S1 C1@100 lost 1 epoch S1 S2 S3 C3@300 1000 ");
    assert_int_equal(stream_signature(fixture->stream, 3)->count, sample_send.count);
    assert_string_equal(stream_call_site(fixture->stream, site).module, "first.so");
}

static void an_epoch_whose_beginning_is_lost_is_lost_up_to_the_next(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(feed_and_drop(fixture, batch_with(fixture, 1, 100)), 0);
    batch_new_epoch(fixture->writer);
    struct message lost = batch_with(fixture, 1, 200);
    assert_int_equal(feed_and_drop(fixture, batch_with(fixture, 1, 300)), 0);
    assert_string_equal(told(fixture), "S1 C1@100 lost 1 epoch lost 1 ");
    assert_null(stream_signature(fixture->stream, 1));
    batch_new_epoch(fixture->writer);
    assert_int_equal(feed_and_drop(fixture, batch_with(fixture, 1, 400)), 0);
    assert_string_equal(told(fixture), "epoch S1 C1@400 ");
    drop(&lost);
}

static void tables_that_grow_too_large_begin_an_epoch(void **state)
{
    struct fixture *fixture = *state;
    uint64_t added = 0;
    while (batch_epoch(fixture->writer) == 1) {
        for (int i = 0; i < 100000; i++)
            added += batch_add_call(fixture->writer, added, &sample_send, added, 0) == 0;
        struct message message = samples_take(fixture->writer);
        assert_int_equal(feed_and_drop(fixture, message), 0);
        assert_true(added <= 2 * BATCH_TABLE_LIMIT);
    }
    assert_true(added > BATCH_TABLE_LIMIT);
    journal_clear(&fixture->journal);
    assert_int_equal(feed_and_drop(fixture, batch_with(fixture, 1, 100)), 0);
    assert_string_equal(told(fixture), "epoch S1 C1@100 ");
}

static void long_strings_begin_an_epoch_too(void **state)
{
    struct fixture *fixture = *state;
    char *module = malloc(50001);
    assert_non_null(module);
    memset(module, 'm', 50000);
    module[50000] = 0;
    for (int i = 0; batch_epoch(fixture->writer) == 1; i++) {
        assert_true(i < 26 * 26);
        module[0] = (char)('a' + i / 26);
        module[1] = (char)('a' + i % 26);
        assert_int_not_equal(batch_call_site(fixture->writer, module, 1), 0);
        assert_int_equal(feed_and_drop(fixture, batch_with(fixture, 1, 100)), 0);
    }
    free(module);
}

/* A sink that, told of an epoch, still asks the stream about the old one. */
struct asker {
    struct stream *stream;
    uint64_t count;
};

static void ask(void *context)
{
    struct asker *asker = context;
    asker->count = stream_signature(asker->stream, 1)->count;
}

static void ids_of_the_old_epoch_can_be_asked_until_it_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct stream_sink sink = {.epoch = ask};
    struct asker asker = {0};
    asker.stream = stream_create(&sink, &asker);
    assert_non_null(asker.stream);
    for (uint64_t count = 5; count < 7; count++) {
        struct message message = batch_with(fixture, count, 100);
        assert_int_equal(stream_feed(asker.stream, message.data, message.length, NULL), 0);
        drop(&message);
        batch_new_epoch(fixture->writer);
    }
    assert_int_equal(asker.count, 5);
    stream_destroy(asker.stream);
}

/* ---- newer writers ---- */

static const uint8_t unknown_field[] = {0xfa, 0x7f, 3, 'n', 'e', 'w'}; /* field 2047, bytes */

static struct message bent(struct message message, void (*bend)(Lockstep__V1__Envelope *envelope))
{
    Lockstep__V1__Envelope *envelope = lockstep__v1__envelope__unpack(NULL, message.length, message.data);
    assert_non_null(envelope);
    bend(envelope);
    struct message result = {.length = lockstep__v1__envelope__get_packed_size(envelope),
                             .number = message.number};
    result.data = malloc(result.length);
    lockstep__v1__envelope__pack(envelope, result.data);
    lockstep__v1__envelope__free_unpacked(envelope, NULL);
    free(message.data);
    return result;
}

static void add_unknown_fields(Lockstep__V1__Envelope *envelope)
{
    static ProtobufCMessageUnknownField unknown = {2047, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, 4,
                                                   (uint8_t *)(uintptr_t) "\3new"};
    ProtobufCMessage *messages[] = {&envelope->base, &envelope->batch->base,
                                    &envelope->batch->signatures[0]->base, &envelope->batch->others[0]->base,
                                    &envelope->batch->others[0]->create->base};
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        messages[i]->n_unknown_fields = 1;
        messages[i]->unknown_fields = malloc(sizeof unknown);
        *messages[i]->unknown_fields = unknown;
        messages[i]->unknown_fields->data = memcpy(malloc(4), unknown.data, 4);
    }
}

static void fields_that_a_newer_writer_adds_are_passed_over(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(batch_add_event(fixture->writer, &sample_events[0]), 0);
    struct message message = bent(batch_with(fixture, 1, 100), add_unknown_fields);
    message.data = realloc(message.data, message.length + sizeof unknown_field);
    memcpy(message.data + message.length, unknown_field, sizeof unknown_field);
    message.length += sizeof unknown_field;
    assert_int_equal(feed_and_drop(fixture, message), 0);
    assert_string_equal(told(fixture), "S1 1000 C1@100 ");
}

static void rename_body(struct message *message, uint8_t field)
{
    uint8_t *tag = memchr(message->data, 9 << 3 | 2, message->length); /* no byte before it has that value */
    assert_non_null(tag);
    uint8_t *renamed = malloc(message->length + 1);
    size_t before = (size_t)(tag - message->data);
    memcpy(renamed, message->data, before);
    renamed[before] = (uint8_t)((field & 15) << 3 | 2 | 0x80);
    renamed[before + 1] = (uint8_t)(field >> 4);
    memcpy(renamed + before + 2, tag + 1, message->length - before - 1);
    free(message->data);
    message->data = renamed;
    message->length++;
}

static void a_kind_of_message_that_a_newer_writer_sends_is_ignored_but_counts(void **state)
{
    struct fixture *fixture = *state;
    struct message message = batch_with(fixture, 1, 100);
    batch_new_epoch(fixture->writer);
    rename_body(&message, 16);
    struct envelope_info info;
    assert_int_equal(envelope_peek(message.data, message.length, &info, fixture->error), 0);
    assert_int_equal(info.kind, ENVELOPE_UNKNOWN);
    assert_int_equal(info.number, 1);
    assert_int_equal(feed_and_drop(fixture, message), 0);
    assert_int_equal(stream_number(fixture->stream), 1);
    assert_int_equal(feed_and_drop(fixture, batch_with(fixture, 1, 200)), 0);
    assert_string_equal(told(fixture), "S1 C1@200 ");
}

static void drop_body_of_event(Lockstep__V1__Envelope *envelope)
{
    Lockstep__V1__Event *event = envelope->batch->others[0];
    lockstep__v1__create__free_unpacked(event->create, NULL);
    event->body_case = LOCKSTEP__V1__EVENT__BODY__NOT_SET;
}

static void a_kind_of_event_that_a_newer_writer_sends_is_ignored(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(batch_add_event(fixture->writer, &sample_events[0]), 0);
    assert_int_equal(batch_add_event(fixture->writer, &sample_events[6]), 0);
    struct message message = bent(batch_with(fixture, 1, 3000), drop_body_of_event);
    assert_int_equal(feed_and_drop(fixture, message), 0);
    assert_string_equal(told(fixture), "S1 1500 C1@3000 ");
}

static void make_newer(Lockstep__V1__Envelope *envelope)
{
    envelope->version = 2;
}

static void a_newer_version_is_refused_with_advice_and_counted_as_lost(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(feed_and_drop(fixture, batch_with(fixture, 1, 100)), 0);
    struct message message = bent(batch_with(fixture, 1, 200), make_newer);
    struct envelope_info info;
    assert_int_equal(envelope_peek(message.data, message.length, &info, fixture->error), -EPROTONOSUPPORT);
    assert_string_equal(fixture->error, "message version 2; this build reads up to 1: update Lockstep");
    assert_int_equal(info.number, 2);
    assert_memory_equal(&info.process, &sample_process, sizeof sample_process);
    for (int times = 0; times < 2; times++) { /* refused each time it comes, lost once */
        assert_int_equal(feed(fixture, &message), -EPROTONOSUPPORT);
        assert_string_equal(fixture->error, "message version 2; this build reads up to 1: update Lockstep");
    }
    drop(&message);
    assert_string_equal(told(fixture), "S1 C1@100 lost 1 ");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(messages_are_numbered_from_one_without_gaps),
        TEST(a_message_seen_before_is_ignored),
        TEST(a_gap_is_told_before_what_follows_it),
        TEST(a_stream_that_begins_in_the_middle_has_lost_its_beginning),
        TEST(batches_that_build_on_a_lost_one_are_lost_and_the_others_are_not),
        TEST(a_lost_hello_does_not_cost_the_batches_after_it),
        TEST(an_unreadable_message_is_lost_and_the_next_ones_are_read),
        TEST(another_process_has_no_say_in_this_stream),
        TEST(what_was_added_before_an_epoch_is_in_it),
        TEST(an_epoch_whose_beginning_is_lost_is_lost_up_to_the_next),
        TEST(tables_that_grow_too_large_begin_an_epoch),
        TEST(long_strings_begin_an_epoch_too),
        TEST(ids_of_the_old_epoch_can_be_asked_until_it_is_told),
        TEST(fields_that_a_newer_writer_adds_are_passed_over),
        TEST(a_kind_of_message_that_a_newer_writer_sends_is_ignored_but_counts),
        TEST(a_kind_of_event_that_a_newer_writer_sends_is_ignored),
        TEST(a_newer_version_is_refused_with_advice_and_counted_as_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
