/* SPDX-License-Identifier: Apache-2.0 */
#include "threads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

__thread struct thread thread_self __attribute__((tls_model("initial-exec"), visibility("hidden")));

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool key_made;

static void thread_ends(void *slot)
{
    if (thread_self.slot == slot) {
        ring_slot_release(slot);
        thread_self.slot = NULL; /* destructors of others may still call NCCL: without a slot */
    }
}

static void make_key(void)
{
    key_made = pthread_key_create(&key, thread_ends) == 0;
}

uint32_t threads_id(void)
{
    if (__builtin_expect(thread_self.id == 0, 0))
        thread_self.id = (uint32_t)gettid();
    return thread_self.id;
}

/* A slot that could not be given back is not taken. */
static void claim_slot(struct ring *ring)
{
    thread_self.slot_asked = true;
    pthread_once(&key_once, make_key);
    if (!key_made)
        return;
    struct ring_slot *slot = ring_slot_claim(ring, threads_id());
    if (!slot)
        return;
    thread_self.slot = slot;
    if (pthread_setspecific(key, slot) != 0)
        thread_ends(slot);
}

static inline void show(uint32_t operation, uint32_t communicator, uint32_t sequence, uint64_t since_ns)
{
    struct ring_slot *slot = thread_self.slot;
    if (!slot)
        return;
    const uint32_t calls = atomic_load_explicit(&slot->calls, memory_order_relaxed);
    atomic_store_explicit(&slot->since_ns, since_ns, memory_order_relaxed);
    atomic_store_explicit(&slot->communicator, communicator, memory_order_relaxed);
    atomic_store_explicit(&slot->sequence, sequence, memory_order_relaxed);
    atomic_store_explicit(&slot->last_operation, operation, memory_order_relaxed);
    atomic_store_explicit(&slot->calls, calls + 1, memory_order_relaxed);
    atomic_store_explicit(&slot->operation, operation, memory_order_release);
}

static void show_none(void)
{
    if (thread_self.slot)
        atomic_store_explicit(&thread_self.slot->operation, 0, memory_order_release);
}

void threads_enter(struct ring *ring, uint32_t operation, uint32_t communicator, uint32_t sequence,
                   uint64_t now_ns)
{
    thread_self.depth++;
    if (__builtin_expect(!thread_self.slot_asked, 0))
        claim_slot(ring);
    show(operation, communicator, sequence, now_ns);
}

void threads_leave(void)
{
    thread_self.depth--;
    show_none();
    if (__builtin_expect(thread_self.blocked != 0, 0))
        show(thread_self.blocked, 0, 0, thread_self.blocked_ns);
}

void threads_block(struct ring *ring, uint32_t operation, uint64_t now_ns)
{
    thread_self.blocked = operation;
    thread_self.blocked_ns = now_ns;
    if (__builtin_expect(!thread_self.slot_asked, 0))
        claim_slot(ring);
    show(operation, 0, 0, now_ns);
}

void threads_unblock(void)
{
    thread_self.blocked = 0;
    show_none();
}

void threads_forget(void)
{
    memset(&thread_self, 0, sizeof thread_self);
    if (key_made)
        pthread_setspecific(key, NULL);
}
