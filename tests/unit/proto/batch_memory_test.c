/* SPDX-License-Identifier: Apache-2.0
 *
 * When memory runs out: an operation is done or it is not, and can be tried again. Every allocation of the
 * codecs goes through the wrappers below, which fail the one that a test has chosen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "control.h"
#include "journal.h"
#include "samples.h"
#include "stream.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static long allowed = -1; /* allocations until one fails; -1: none fails */

static bool may_allocate(void)
{
    if (allowed == 0)
        return false;
    allowed -= allowed > 0;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return may_allocate() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return may_allocate() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *memory, size_t size)
{
    return may_allocate() ? __real_realloc(memory, size) : NULL;
}

/* A batch's worth of work, each step tried again until it succeeds, with the nth allocation of each try
 * failing. */
struct work {
    struct batch_writer *writer;
    bool failing;
};

static int attempt(struct work *work, int (*step)(struct work *work))
{
    int failures = 0;
    for (long count = 0;; count++) {
        size_t events = batch_events(work->writer);
        size_t bytes = batch_bytes(work->writer);
        uint64_t number = batch_number(work->writer);
        allowed = work->failing ? count : -1;
        int result = step(work);
        allowed = -1;
        if (result == 0)
            return failures;
        assert_int_equal(result, -ENOMEM);
        assert_int_equal(batch_events(work->writer), events);
        assert_int_equal(batch_bytes(work->writer), bytes);
        assert_int_equal(batch_number(work->writer), number);
        assert_true(++failures < 100);
    }
}

static uint32_t site;
static struct message last;
static int which;

static int intern_site(struct work *work)
{
    site = batch_call_site(work->writer, "/opt/app/model.so", 0x1234 + (uint64_t)which);
    return site ? 0 : -ENOMEM;
}

static int add_call(struct work *work)
{
    struct signature signature = sample_all_reduce;
    signature.call_site = site;
    signature.count = (uint64_t)which;
    return batch_add_call(work->writer, 100, &signature, (uint64_t)which, 2);
}

static int add_event(struct work *work)
{
    struct event event = sample_events[which % SAMPLE_EVENTS];
    event.call_site = site;
    return batch_add_event(work->writer, &event);
}

static int take(struct work *work)
{
    return batch_take(work->writer, 0, &last);
}

static int say_hello(struct work *work)
{
    return batch_hello(work->writer, &sample_hello, &last);
}

static int beat(struct work *work)
{
    return batch_heartbeat(work->writer, &sample_heartbeat, &last);
}

static int say_end(struct work *work)
{
    return batch_end(work->writer, &sample_end, &last);
}

static void collect(struct message *messages, size_t *count)
{
    messages[(*count)++] = last;
}

/* Returns how often memory was out. */
static int encode_everything(bool failing, struct message *messages, size_t *count)
{
    struct work work = {batch_writer_create(&sample_process), failing};
    assert_non_null(work.writer);
    int failures = 0;
    *count = 0;
    failures += attempt(&work, say_hello);
    collect(messages, count);
    for (which = 0; which < 200; which++) {
        failures += attempt(&work, intern_site);
        failures += attempt(&work, add_call);
        failures += attempt(&work, add_event);
        if (which % 90 == 89) {
            failures += attempt(&work, take);
            collect(messages, count);
        }
    }
    failures += attempt(&work, take);
    collect(messages, count);
    failures += attempt(&work, beat);
    collect(messages, count);
    failures += attempt(&work, say_end);
    collect(messages, count);
    batch_writer_destroy(work.writer);
    return failures;
}

enum { MESSAGES = 6 };

static void free_all(struct message *messages)
{
    for (int i = 0; i < MESSAGES; i++)
        free(messages[i].data);
}

static void what_failed_for_want_of_memory_leaves_no_trace(void **state)
{
    (void)state;
    struct message plain[MESSAGES];
    struct message failing[MESSAGES];
    size_t count;
    assert_int_equal(encode_everything(false, plain, &count), 0);
    assert_int_equal(count, MESSAGES);
    assert_true(encode_everything(true, failing, &count) > 20);
    assert_int_equal(count, MESSAGES);
    for (int i = 0; i < MESSAGES; i++) {
        assert_int_equal(failing[i].length, plain[i].length);
        assert_memory_equal(failing[i].data, plain[i].data, plain[i].length);
    }
    free_all(plain);
    free_all(failing);
}

static void a_message_that_failed_for_want_of_memory_may_be_fed_again(void **state)
{
    (void)state;
    struct message messages[MESSAGES];
    struct journal plain;
    struct journal failing;
    size_t count;
    encode_everything(false, messages, &count);
    journal_open(&plain);
    journal_open(&failing);
    struct stream *one = stream_create(&journal_sink, &plain);
    struct stream *other = stream_create(&journal_sink, &failing);
    int failures = 0;
    for (int i = 0; i < MESSAGES; i++) {
        char error[STREAM_ERROR_BYTES] = "";
        assert_int_equal(stream_feed(one, messages[i].data, messages[i].length, error), 0);
        int result = -ENOMEM;
        for (long round = 0; result; round++) {
            journal_text(&failing); /* the journal's own memory is not at stake */
            size_t length = failing.length;
            allowed = round;
            result = stream_feed(other, messages[i].data, messages[i].length, error);
            allowed = -1;
            if (result == 0)
                break;
            failures++;
            assert_int_equal(result, -ENOMEM);
            assert_non_null(strstr(error, "memory"));
            journal_text(&failing);
            assert_int_equal(failing.length, length);
        }
    }
    assert_true(failures > 10);
    assert_string_equal(journal_text(&failing), journal_text(&plain));
    stream_destroy(one);
    stream_destroy(other);
    journal_close(&plain);
    journal_close(&failing);
    free_all(messages);
}

static void creation_fails_cleanly(void **state)
{
    (void)state;
    struct stream_sink sink = {0};
    struct batch_writer *writer = NULL;
    struct stream *stream = NULL;
    long round = 0;
    for (; !writer; round++) {
        allowed = round;
        writer = batch_writer_create(&sample_process);
    }
    assert_true(round > 5);
    allowed = 0;
    assert_null(stream_create(&sink, NULL));
    allowed = -1;
    stream = stream_create(&sink, NULL);
    assert_non_null(stream);
    stream_destroy(stream);
    batch_writer_destroy(writer);
}

static void control_messages_fail_cleanly(void **state)
{
    (void)state;
    struct control control = {.kind = ENVELOPE_ACK, .ack = {.next = 7}};
    struct control decoded;
    struct message message;
    char error[STREAM_ERROR_BYTES];
    allowed = 0;
    assert_int_equal(control_encode(&control, &message), -ENOMEM);
    allowed = -1;
    assert_int_equal(control_encode(&control, &message), 0);
    allowed = 0;
    assert_int_equal(control_decode(message.data, message.length, &decoded, error), -ENOMEM);
    allowed = -1;
    assert_int_equal(control_decode(message.data, message.length, &decoded, error), 0);
    assert_int_equal(decoded.ack.next, 7);
    free(message.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_failed_for_want_of_memory_leaves_no_trace),
        cmocka_unit_test(a_message_that_failed_for_want_of_memory_may_be_fed_again),
        cmocka_unit_test(creation_fails_cleanly),
        cmocka_unit_test(control_messages_fail_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
