/* SPDX-License-Identifier: Apache-2.0
 *
 * How fast stored messages become findings: decoding alone, and decoding with the engine behind it.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

#include "figure.h"
#include "intake.h"
#include "messages.h"
#include "stopwatch.h"

#define REPEATS 3

struct size {
    struct training_shape shape;
    int steps;
};

static const struct size sizes[] = {
    {{.tensor = 2, .pipeline = 2, .data = 2, .layers = 8}, 1200},
    {{.tensor = 4, .pipeline = 4, .data = 4, .layers = 8}, 150},
    {{.tensor = 8, .pipeline = 8, .data = 16, .layers = 8}, 10},
};

/* ---- decoding alone ---- */

struct decoding {
    struct stream **streams;
    uint64_t events;
};

static void count_event(void *context, const struct event *event)
{
    struct decoding *decoding = context;

    (void)event;
    decoding->events++;
}

static int decode_one(void *context, int rank, const struct message *message)
{
    struct decoding *decoding = context;
    char error[STREAM_ERROR_BYTES];

    return stream_feed(decoding->streams[rank], message->data, message->length, error);
}

/* Events per second; negative when it failed. */
static double decode(const struct messages *messages)
{
    struct decoding decoding = {.streams = calloc((size_t)messages->count, sizeof(*decoding.streams))};
    const struct stream_sink sink = {.event = count_event};
    double speed = -1;

    if (!decoding.streams)
        return -1;
    for (int rank = 0; rank < messages->count; rank++)
        decoding.streams[rank] = stream_create(&sink, &decoding);

    const uint64_t start_ns = stopwatch_ns();

    if (messages_each(messages, decode_one, &decoding) == 0 && decoding.events == messages->events)
        speed = (double)decoding.events / stopwatch_seconds_since(start_ns);
    for (int rank = 0; rank < messages->count; rank++)
        stream_destroy(decoding.streams[rank]);
    free(decoding.streams);
    return speed;
}

/* ---- with the engine ---- */

struct judging {
    struct intake *intake;
    uint64_t received_ns;
};

static int judge_one(void *context, int rank, const struct message *message)
{
    struct judging *judging = context;
    char error[STREAM_ERROR_BYTES];

    /* Ranks send a batch every 100 ms. */
    judging->received_ns += rank == 0 ? 100000000 : 1000;
    return intake_feed(judging->intake, message->data, message->length, judging->received_ns, error);
}

static double judge(const struct messages *messages)
{
    struct judging judging = {.intake = intake_create(&(struct engine_options){0}),
                              .received_ns = UINT64_C(1700000000000000000)};
    double speed = -1;

    if (!judging.intake)
        return -1;

    const uint64_t start_ns = stopwatch_ns();

    if (messages_each(messages, judge_one, &judging) == 0) {
        struct engine *engine = intake_engine(judging.intake);

        engine_finish(engine);
        speed = (double)messages->events / stopwatch_seconds_since(start_ns);
        if (engine_verdict(engine) != VERDICT_CLEAN) {
            fprintf(stderr, "lockstep-bench: engine: a clean job was judged %s\n",
                    verdict_name(engine_verdict(engine)));
            speed = -1;
        }
    }
    intake_destroy(judging.intake);
    return speed;
}

static double median_of(double (*measure)(const struct messages *messages), const struct messages *messages)
{
    double speeds[REPEATS];

    for (int i = 0; i < REPEATS; i++) {
        speeds[i] = measure(messages);
        if (speeds[i] < 0)
            return -1;
    }
    return figure_quantile(speeds, REPEATS, 0.5);
}

static int bench_size(const struct size *size, bool quick)
{
    const int steps = quick ? 2 + size->steps / 100 : size->steps;
    const int ranks = training_ranks(&size->shape);
    struct messages *messages = messages_create(&size->shape, steps);
    char name[64];

    if (!messages)
        return -1;

    const double decoded = median_of(decode, messages);
    const double judged = decoded < 0 ? -1 : median_of(judge, messages);

    messages_destroy(messages);
    if (judged < 0) {
        fprintf(stderr, "lockstep-bench: engine: failed with %d ranks\n", ranks);
        return -1;
    }
    snprintf(name, sizeof(name), "decode_events_per_s_%d_ranks", ranks);
    figure_print(name, decoded, "events/s");
    snprintf(name, sizeof(name), "engine_events_per_s_%d_ranks", ranks);
    figure_print(name, judged, "events/s");
    return 0;
}

int bench_engine(const struct bench_options *options)
{
    int status = 0;

    for (size_t i = 0; status == 0 && i < sizeof(sizes) / sizeof(sizes[0]); i++)
        status = bench_size(&sizes[i], options->quick);
    return status;
}
