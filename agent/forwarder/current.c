/* SPDX-License-Identifier: Apache-2.0 */
#include "current.h"

/* A thread in a hurry changes its slot while it is read; after a few tries the last reading has to do. */
#define TRIES 4

static struct current_call read_slot(const struct ring_slot *slot)
{
    struct current_call call;
    for (int try = 0; try < TRIES; try++) {
        call.operation = atomic_load_explicit(&slot->operation, memory_order_acquire);
        call.thread = atomic_load_explicit(&slot->thread, memory_order_relaxed);
        call.communicator = atomic_load_explicit(&slot->communicator, memory_order_relaxed);
        call.sequence = atomic_load_explicit(&slot->sequence, memory_order_relaxed);
        call.since_ns = atomic_load_explicit(&slot->since_ns, memory_order_relaxed);
        call.last_operation = atomic_load_explicit(&slot->last_operation, memory_order_relaxed);
        call.calls = atomic_load_explicit(&slot->calls, memory_order_relaxed);
        atomic_thread_fence(memory_order_acquire);
        if (call.operation == atomic_load_explicit(&slot->operation, memory_order_relaxed) &&
            call.calls == atomic_load_explicit(&slot->calls, memory_order_relaxed))
            break;
    }
    return call;
}

size_t current_calls(const struct ring *ring, struct current_call calls[RING_SLOTS])
{
    size_t count = 0;
    for (size_t i = 0; i < RING_SLOTS; i++) {
        const struct current_call call = read_slot(&ring->header->slot[i]);
        if (call.thread != 0)
            calls[count++] = call;
    }
    return count;
}
