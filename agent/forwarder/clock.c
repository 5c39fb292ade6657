/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

#include "moment.h"

bool clock_due(const struct clock *clock, uint64_t now_ns)
{
    const uint64_t interval = clock->count < CLOCK_SAMPLES ? NS_PER_S : 10 * NS_PER_S;
    return clock->pinged_ns == 0 || now_ns - clock->pinged_ns >= interval;
}

void clock_pinged(struct clock *clock, uint64_t now_ns)
{
    clock->pinged_ns = now_ns;
    clock->awaiting_ns = now_ns;
}

void clock_ponged(struct clock *clock, uint64_t sent_ns, uint64_t collector_realtime_ns, uint64_t now_ns)
{
    if (clock->awaiting_ns == 0 || sent_ns != clock->awaiting_ns || now_ns <= sent_ns)
        return;
    clock->awaiting_ns = 0;
    const uint64_t round_trip = now_ns - sent_ns;
    clock->samples[clock->count++ % CLOCK_SAMPLES] = (struct clock_sample){
        .offset_ns = (int64_t)(collector_realtime_ns - (sent_ns + round_trip / 2)),
        .round_trip_ns = round_trip,
    };
}

void clock_forget(struct clock *clock)
{
    *clock = (struct clock){0};
}

void clock_estimate(const struct clock *clock, int64_t *offset_ns, uint64_t *error_ns)
{
    const struct clock_sample *best = NULL;
    for (size_t i = 0; i < CLOCK_SAMPLES; i++) {
        const struct clock_sample *sample = &clock->samples[i];
        if (sample->round_trip_ns != 0 && (!best || sample->round_trip_ns < best->round_trip_ns))
            best = sample;
    }
    *offset_ns = best ? best->offset_ns : 0;
    *error_ns = best ? best->round_trip_ns / 2 + 1 : 0;
}
