/* SPDX-License-Identifier: Apache-2.0
 *
 * What the preload knows about the current thread, and the slot in the ring header that tells the forwarder
 * which call the thread is inside.
 */
#ifndef LOCKSTEP_PRELOAD_THREADS_H
#define LOCKSTEP_PRELOAD_THREADS_H

#include <stdbool.h>
#include <stdint.h>

#include "ring.h"

struct thread {
    uint32_t id;          /* kernel thread id; 0 not asked yet */
    uint32_t depth;       /* hooked calls this thread is inside: what NCCL calls from there is not recorded */
    uint32_t group_depth; /* open ncclGroupStart; counted from the start, also before anything is recorded */
    uint32_t blocked;     /* the call of blocking.h that it is inside; 0: none */
    uint64_t blocked_ns;  /* since when */
    bool slot_asked;      /* claimed one, or found none free, or is ending */
    struct ring_slot *slot; /* NULL: none */
    /* Inside ncclCommInitAll: told the unique id that NCCL makes there, the only place where it shows. */
    void (*id_made)(const unsigned char *id, void *context);
    void *id_context;
};

/* Static TLS: an access is one instruction and never allocates. */
extern __thread struct thread thread_self __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* The kernel's id of this thread. */
uint32_t threads_id(void);

/* Marks the thread as inside a call, and as outside again. Between them, calls by NCCL itself are not
 * recorded. The second leaves the time of the call's begin in the slot. */
void threads_enter(struct ring *ring, uint32_t operation, uint32_t communicator, uint32_t sequence,
                   uint64_t now_ns);
void threads_leave(void);

/* The same for a call that may block and is none of NCCL's. What NCCL is asked from inside it is recorded as
 * ever, and is what the slot shows meanwhile. */
void threads_block(struct ring *ring, uint32_t operation, uint64_t now_ns);
void threads_unblock(void);

/* Forgets everything; in the child of a fork, where this is the only thread. */
void threads_forget(void);

#endif
