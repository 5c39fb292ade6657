/* SPDX-License-Identifier: Apache-2.0
 *
 * What the threads of the traced process are doing right now, from the ring's slots.
 */
#ifndef LOCKSTEP_FORWARDER_CURRENT_H
#define LOCKSTEP_FORWARDER_CURRENT_H

#include <stddef.h>

#include "event.h"
#include "ring.h"

/* Fills `calls` with one entry per thread that has a slot, and returns their number. */
size_t current_calls(const struct ring *ring, struct current_call calls[RING_SLOTS]);

#endif
