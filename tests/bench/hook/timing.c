/* SPDX-License-Identifier: Apache-2.0 */
#include "timing.h"

#include <stdio.h>
#include <stdlib.h>

#include "figure.h"
#include "stopwatch.h"

struct timing timing_create(size_t rounds)
{
    struct timing timing = {.batches = calloc(rounds * TIMING_BATCHES, sizeof(double)),
                            .singles = calloc(rounds * TIMING_SINGLES, sizeof(double))};

    if (!timing.batches || !timing.singles)
        exit(1);
    return timing;
}

void timing_round(struct timing *timing, void (*call)(void *context, size_t number), void *context)
{
    for (size_t i = 0; i < TIMING_BATCHES; i++) {
        const uint64_t start_ns = stopwatch_ns();

        for (size_t j = 0; j < TIMING_BATCH; j++)
            call(context, j);
        timing->batches[timing->batch_count++] = (double)(stopwatch_ns() - start_ns) / TIMING_BATCH;
    }
    for (size_t i = 0; i < TIMING_SINGLES; i++) {
        const uint64_t start_ns = stopwatch_ns();

        call(context, i);
        timing->singles[timing->single_count++] = (double)(stopwatch_ns() - start_ns);
    }
}

double timing_clock_ns(void)
{
    enum { ROUNDS = 1001, LOOKS = 256 };
    static double samples[ROUNDS];

    for (size_t i = 0; i < ROUNDS; i++) {
        const uint64_t start_ns = stopwatch_ns();

        for (size_t j = 1; j < LOOKS; j++)
            stopwatch_ns(); /* a call: it is never optimized away */
        samples[i] = (double)(stopwatch_ns() - start_ns) / LOOKS;
    }
    return figure_quantile(samples, ROUNDS, 0.5);
}

void timing_print(struct timing *timing, const char *prefix)
{
    const double clock_ns = timing_clock_ns();
    const double p99 = figure_quantile(timing->singles, timing->single_count, 0.99) - clock_ns;
    char name[96];

    snprintf(name, sizeof(name), "%s_ns_p50", prefix);
    figure_print(name, figure_quantile(timing->batches, timing->batch_count, 0.5), "ns");
    snprintf(name, sizeof(name), "%s_ns_p99", prefix);
    figure_print(name, p99 > 0 ? p99 : 0, "ns");
    free(timing->batches);
    free(timing->singles);
}
