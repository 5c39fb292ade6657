/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOCKSTEP_BENCH_STOPWATCH_H
#define LOCKSTEP_BENCH_STOPWATCH_H

#include <stdint.h>
#include <time.h>

static inline uint64_t stopwatch_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static inline double stopwatch_seconds_since(uint64_t start_ns)
{
    return (double)(stopwatch_ns() - start_ns) / 1e9;
}

#endif
