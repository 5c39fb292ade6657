/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing records into the ring. Any thread; nothing here blocks or allocates.
 */
#ifndef LOCKSTEP_PRELOAD_RECORDS_H
#define LOCKSTEP_PRELOAD_RECORDS_H

#include <stdint.h>
#include <time.h>

#include "functions.h"
#include "names.h"
#include "ring.h"

/* CLOCK_MONOTONIC. */
static inline uint64_t records_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Writes a record whose body was prepared elsewhere: `bytes` of it, header included, of which only flags and
 * time_ns need be set; 0 stands for now. */
void records_write(struct ring *ring, enum record_kind kind, const void *record, size_t bytes,
                   enum ring_priority priority);

/* A call that returned `result`, unless that is success or says that the call goes on. */
void records_result(struct ring *ring, enum operation operation, uint32_t communicator, uint32_t sequence,
                    int result, const void *site);

#endif
