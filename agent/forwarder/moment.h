/* SPDX-License-Identifier: Apache-2.0
 *
 * Moments and spans as the forwarder counts them: nanoseconds of CLOCK_MONOTONIC, the clock of the ring's
 * records.
 */
#ifndef LOCKSTEP_FORWARDER_MOMENT_H
#define LOCKSTEP_FORWARDER_MOMENT_H

#include <stdint.h>
#include <time.h>

#define MILLISECONDS(n) ((uint64_t)(n)*1000000u)
#define SECONDS(n)      ((uint64_t)(n)*1000000000u)

static inline uint64_t moment_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#endif
