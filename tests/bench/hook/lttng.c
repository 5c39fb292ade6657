/* SPDX-License-Identifier: Apache-2.0
 *
 * bench-lttng ROUNDS: what the same event costs through LTTng-UST. Run by bench-lttng.sh, which makes the
 * session that records it.
 */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lttng_event.h"
#include "timing.h"

static float buffers[2][64];

static void call(void *context, size_t number)
{
    (void)context;
    lttng_ust_tracepoint(lockstep_bench, call, (uint64_t)(uintptr_t)buffers[0],
                         (uint64_t)(uintptr_t)buffers[1], 1024 + number % 8, 0, 1, 1, 7, 0);
}

/* Time for the consumer to empty the buffers: dropping an event is faster than recording it. */
static void rest(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

int main(int argc, char **argv)
{
    const size_t rounds = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;

    if (rounds == 0) {
        fprintf(stderr, "usage: bench-lttng ROUNDS\n");
        return 2;
    }

    struct timing warm = timing_create(20);
    struct timing timing = timing_create(rounds);

    for (size_t i = 0; i < 20; i++, rest())
        timing_round(&warm, call, NULL);
    for (size_t i = 0; i < rounds; i++, rest())
        timing_round(&timing, call, NULL);
    timing_print(&timing, "lttng_event");
    fprintf(stderr, "%zu\n", (rounds + 20) * (TIMING_BATCH * TIMING_BATCHES + TIMING_SINGLES));
    return 0;
}
