/* SPDX-License-Identifier: Apache-2.0
 *
 * What an event costs. Bytes are asserted, for they are a property of the format; speeds are printed, for
 * they are a property of the machine and of the build.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <time.h>

#include "batch.h"
#include "stream.h"

#define CALLS   20u    /* distinct calls of the loop */
#define BATCH   20000u /* events a batch */
#define BATCHES 50u
#define EVENTS  ((uint64_t)BATCH * BATCHES)

/* Of this process alone: the machine may be busy with other things. */
static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* A step of a training loop: all-reduces of gradient buckets between two group calls, about 50 us apart. */
static struct signature call_of_loop(uint32_t site, uint32_t i)
{
    bool group = i % CALLS == 0 || i % CALLS == CALLS - 1;
    return (struct signature){
        .operation = (uint8_t)(i % CALLS == 0 ? OPERATION_GROUP_START
                               : group        ? OPERATION_GROUP_END
                                              : OPERATION_ALL_REDUCE),
        .datatype = group ? DATATYPE_NONE : DATATYPE_BFLOAT16,
        .reduction = group ? REDUCTION_NONE : REDUCTION_SUM,
        .communicator = group ? 0 : 1,
        .thread = 4711,
        .root = -1,
        .call_site = site,
        .stream = group ? 0 : 0x55aa12340000,
        .count = group ? 0 : 1000000 + i % CALLS,
    };
}

struct run {
    struct message messages[BATCHES];
    double encode_seconds;
    double decode_seconds;
    size_t bytes; /* of the batches in the steady state */
};

static void encode(struct run *run)
{
    static const struct process_id process = {{1}};
    struct batch_writer *writer = batch_writer_create(&process);
    uint32_t site = batch_call_site(writer, "/usr/lib/libtorch_cuda.so", 0x123456);
    uint64_t time_ns = 1000000000000;
    double begin = seconds_now();
    for (uint32_t batch = 0; batch < BATCHES; batch++) {
        for (uint32_t i = 0; i < BATCH; i++) {
            struct signature signature = call_of_loop(site, i);
            uint64_t buffer = 0x7f0000000000 + (uint64_t)(i % CALLS) * 4000000;
            time_ns += 40000 + (i * 7919u) % 20000;
            assert_int_equal(batch_add_call(writer, time_ns, &signature, buffer, buffer), 0);
        }
        assert_int_equal(batch_take(writer, 0, &run->messages[batch]), 0);
        if (batch > 0)
            run->bytes += run->messages[batch].length;
    }
    run->encode_seconds = seconds_now() - begin;
    batch_writer_destroy(writer);
}

static void count_event(void *context, const struct event *event)
{
    *(uint64_t *)context += event->kind == EVENT_CALL;
}

static void decode(struct run *run)
{
    uint64_t events = 0;
    struct stream_sink sink = {.event = count_event};
    struct stream *stream = stream_create(&sink, &events);
    double begin = seconds_now();
    for (uint32_t batch = 0; batch < BATCHES; batch++) {
        char error[STREAM_ERROR_BYTES];
        const struct message *message = &run->messages[batch];
        assert_int_equal(stream_feed(stream, message->data, message->length, error), 0);
    }
    run->decode_seconds = seconds_now() - begin;
    assert_int_equal(events, EVENTS);
    stream_destroy(stream);
}

static void a_training_loop_takes_at_most_eight_bytes_an_event(void **state)
{
    (void)state;
    static struct run run;
    encode(&run);
    decode(&run);
    double bytes = (double)run.bytes / (double)(EVENTS - BATCH);
    print_message("bytes_per_event: %.2f bytes\n", bytes);
    print_message("encode_rate: %.1f million events/s\n", (double)EVENTS / run.encode_seconds / 1e6);
    print_message("decode_rate: %.1f million events/s\n", (double)EVENTS / run.decode_seconds / 1e6);
    assert_true(bytes <= 8.0);
    for (uint32_t batch = 0; batch < BATCHES; batch++)
        free(run.messages[batch].data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_training_loop_takes_at_most_eight_bytes_an_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
