/* SPDX-License-Identifier: Apache-2.0
 *
 * CUDA stream capture: which calls go into a graph instead of being run. Asking CUDA about every call's
 * stream would cost more than recording it, so it is asked only while some capture that was seen to begin
 * goes on, or always with LOCKSTEP_CAPTURE=always. What is captured through the CUDA driver or a static CUDA
 * runtime is not seen to begin.
 */
#ifndef LOCKSTEP_PRELOAD_CAPTURE_H
#define LOCKSTEP_PRELOAD_CAPTURE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "abi.h"

/* Captures seen to begin and not to end, plus one if always to be asked. May stay too high, never too low: a
 * stream can be destroyed while it captures. */
extern _Atomic int capture_open __attribute__((visibility("hidden")));

static inline bool capture_to_be_asked(void)
{
    return __builtin_expect(atomic_load_explicit(&capture_open, memory_order_relaxed) > 0, 0);
}

/* CUDA's id of the capture that the stream is in, or 0. Sets RECORD_FLAG_CAPTURED or
 * RECORD_FLAG_CAPTURE_UNKNOWN. */
uint64_t capture_of(cudaStream_t stream, uint16_t *flags);

/* When tracing starts: reads LOCKSTEP_CAPTURE. */
void capture_start(void);

/* In the child of a fork. */
void capture_forget(void);

#endif
