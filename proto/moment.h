/* SPDX-License-Identifier: Apache-2.0
 *
 * Now, in nanoseconds. Any thread.
 */
#ifndef LOCKSTEP_PROTO_MOMENT_H
#define LOCKSTEP_PROTO_MOMENT_H

#include <stdint.h>
#include <time.h>

#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

static inline uint64_t moment_on(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* For what is stored: it means the same on another machine. */
static inline uint64_t moment_realtime_ns(void)
{
    return moment_on(CLOCK_REALTIME);
}

/* For waiting: it never jumps. */
static inline uint64_t moment_monotonic_ns(void)
{
    return moment_on(CLOCK_MONOTONIC);
}

#endif
