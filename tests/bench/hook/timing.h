/* SPDX-License-Identifier: Apache-2.0
 *
 * How the hook bench times something that takes nanoseconds. The median comes from batches of TIMING_BATCH
 * between two looks at the clock, divided; the 99th percentile from single ones, less a look at the clock.
 */
#ifndef LOCKSTEP_BENCH_TIMING_H
#define LOCKSTEP_BENCH_TIMING_H

#include <stddef.h>

#define TIMING_BATCH   64
#define TIMING_BATCHES 64  /* a round */
#define TIMING_SINGLES 256 /* a round */

struct timing {
    double *batches; /* nanoseconds per call */
    double *singles;
    size_t batch_count;
    size_t single_count;
};

/* Room for so many rounds. Exits when memory is out. */
struct timing timing_create(size_t rounds);
/* One round: calls `call(context)` again and again. */
void timing_round(struct timing *timing, void (*call)(void *context, size_t number), void *context);
/* What a bare clock_gettime takes: median nanoseconds. */
double timing_clock_ns(void);
/* Prints "<prefix>_ns_p50" and "<prefix>_ns_p99", and forgets the samples. */
void timing_print(struct timing *timing, const char *prefix);

#endif
