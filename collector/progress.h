/* SPDX-License-Identifier: Apache-2.0
 *
 * The line on the terminal: "ranks 4/4 · 12.3k events/s · 96 kB/s · lost 0 · 1 finding". Not thread-safe.
 */
#ifndef LOCKSTEP_COLLECTOR_PROGRESS_H
#define LOCKSTEP_COLLECTOR_PROGRESS_H

#include "collector.h"

#define PROGRESS_TEXT_BYTES 128

/* All jobs together. */
struct progress_sums {
    uint64_t processes;
    uint64_t ranks; /* expected, or processes where that is not known */
    uint64_t events;
    uint64_t bytes;
    uint64_t lost;
    uint64_t findings;
};

struct progress {
    struct progress_sums last;
    uint64_t last_ns;
};

/* Shows the line anew when PROGRESS_EVERY_NS have passed. */
#define PROGRESS_EVERY_NS UINT64_C(500000000)
void progress_show(struct progress *progress, const struct jobs *jobs, const struct collector_counts *counts,
                   struct log *log);

struct progress_sums progress_sum(const struct jobs *jobs, const struct collector_counts *counts);
/* Writes the line for what happened between two sums, `elapsed_ns` apart, into `text`. */
void progress_text(char text[PROGRESS_TEXT_BYTES], const struct progress_sums *before,
                   const struct progress_sums *now, uint64_t elapsed_ns);
/* Writes 12345 as "12.3k": three digits with the letter of the thousand, k, M, G or T. */
#define PROGRESS_SHORT_BYTES 16
const char *progress_short(char text[PROGRESS_SHORT_BYTES], double value);

#endif
