/* SPDX-License-Identifier: Apache-2.0
 *
 * bench-calls PREFIX ROUNDS: what ncclAllReduce costs here, with or without the preload. With it, the ring is
 * emptied between the rounds by this program itself: a call must never find it full, and nothing else may run
 * meanwhile.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "nccl.h"
#include "ring.h"
#include "timing.h"

/* A ring that is new is slow: its pages are not there yet. */
#define WARM_ROUNDS 40

struct drain {
    struct ring ring;
    struct ring_reader reader;
    bool open;
};

static ncclComm_t comm;
static float buffers[2][64];

static void call(void *context, size_t number)
{
    (void)context;
    ncclAllReduce(buffers[0], buffers[1], 1024 + number % 8, 7, 0, comm, NULL);
}

/* Opens the ring that the preload has made. */
static void open_ring(struct drain *drain)
{
    const char *spool = getenv("LOCKSTEP_SPOOL");
    char pattern[4096];
    glob_t found;

    if (!spool)
        return;
    snprintf(pattern, sizeof(pattern), "%s/*.ring", spool);
    if (glob(pattern, 0, NULL, &found) != 0 || ring_open(&drain->ring, found.gl_pathv[0]) != 0) {
        fprintf(stderr, "bench-calls: the preload made no ring in %s\n", spool);
        exit(1);
    }
    globfree(&found);
    ring_reader_init(&drain->reader, &drain->ring);
    drain->open = true;
}

static size_t empty_ring(struct drain *drain)
{
    size_t records = 0;

    if (!drain->open)
        return 0;
    while (ring_next(&drain->reader, false))
        records++;
    ring_release(&drain->reader);
    return records;
}

int main(int argc, char **argv)
{
    static struct drain drain;
    const size_t rounds = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    ncclUniqueId id;
    size_t records = 0;

    if (rounds == 0) {
        fprintf(stderr, "usage: bench-calls PREFIX ROUNDS\n");
        return 2;
    }
    ncclGetUniqueId(&id);
    ncclCommInitRank(&comm, 4, id, 0);
    open_ring(&drain);

    struct timing warm = timing_create(WARM_ROUNDS);
    struct timing timing = timing_create(rounds);

    for (size_t i = 0; i < WARM_ROUNDS; i++) {
        timing_round(&warm, call, NULL);
        empty_ring(&drain);
    }
    for (size_t i = 0; i < rounds; i++) {
        timing_round(&timing, call, NULL);
        records += empty_ring(&drain);
    }

    /* A bench of calls that were not recorded would be a good one. */
    const size_t calls = rounds * (TIMING_BATCH * TIMING_BATCHES + TIMING_SINGLES);

    if (drain.open && (records != calls || atomic_load(&drain.ring.header->dropped) != 0)) {
        fprintf(stderr, "bench-calls: %zu calls left %zu records\n", calls, records);
        return 1;
    }
    timing_print(&timing, argv[1]);
    if (drain.open)
        figure_print("clock_gettime_ns_p50", timing_clock_ns(), "ns");
    return 0;
}
