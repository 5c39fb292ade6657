/* SPDX-License-Identifier: Apache-2.0
 *
 * The collector's clock against ours, from pings: the answer that took the shortest way tells the most.
 * Values only.
 */
#ifndef LOCKSTEP_FORWARDER_CLOCK_H
#define LOCKSTEP_FORWARDER_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The best of so many recent answers counts: old ones go, since clocks drift apart. */
#define CLOCK_SAMPLES 8

struct clock_sample {
    int64_t offset_ns;      /* collector's realtime minus our monotonic */
    uint64_t round_trip_ns; /* 0: no sample */
};

struct clock {
    struct clock_sample samples[CLOCK_SAMPLES];
    size_t count;         /* answers so far */
    uint64_t pinged_ns;   /* when asked last; 0 never */
    uint64_t awaiting_ns; /* time in the ping that has no answer yet; 0 none */
};

/* Is it time to ask? Every second at first, every ten later. */
bool clock_due(const struct clock *clock, uint64_t now_ns);
void clock_pinged(struct clock *clock, uint64_t now_ns);
/* The answer to the ping sent at `sent_ns`. Answers to other pings are ignored. */
void clock_ponged(struct clock *clock, uint64_t sent_ns, uint64_t collector_realtime_ns, uint64_t now_ns);
/* The connection is a new one, perhaps to another machine. */
void clock_forget(struct clock *clock);

/* The best estimate; an error of 0 says that there is none. */
void clock_estimate(const struct clock *clock, int64_t *offset_ns, uint64_t *error_ns);

#endif
