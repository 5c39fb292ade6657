/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether this process is being traced, and its ring: the preload's one process-wide state.
 *
 * A process begins idle and stays so until it creates a communicator. Then tracing starts, or fails once and
 * for all with one line on stderr. It ends at exit(). The child of a fork is idle again: silent, until it
 * creates a communicator itself, which starts a ring and a forwarder of its own.
 */
#ifndef LOCKSTEP_PRELOAD_PROCESS_H
#define LOCKSTEP_PRELOAD_PROCESS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "libraries.h"
#include "ring.h"

/* The ring while tracing, else NULL. Set once (release), read by every call. */
extern struct ring *_Atomic process_tracing __attribute__((visibility("hidden")));

static inline struct ring *process_ring(void)
{
    return atomic_load_explicit(&process_tracing, memory_order_acquire);
}

/* Starts tracing if that has not been tried, and returns the ring or NULL. For creations of a communicator by
 * the NCCL copy `library` (or LIBRARY_LINKED), before they are made. Any thread; takes milliseconds the first
 * time; threads that come meanwhile wait. */
struct ring *process_start(int library);

#endif
