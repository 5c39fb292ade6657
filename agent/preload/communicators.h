/* SPDX-License-Identifier: Apache-2.0
 *
 * The communicators of this process: from NCCL's handle to our number and what we count about it.
 *
 * There is one entry per address that ever was a handle. When NCCL gives the address to a new communicator,
 * the entry gets its number and starts over; while there is none, calls that still use the old handle are
 * told the old number.
 *
 * Concurrency: lookup is lock-free, entries are never freed, all fields are atomic and mostly relaxed: one
 * communicator must not be used by two threads at once anyway (NCCL), and what is read in such a race is
 * merely attributed to either. Adding takes a lock that is never held across calls out of here.
 */
#ifndef LOCKSTEP_PRELOAD_COMMUNICATORS_H
#define LOCKSTEP_PRELOAD_COMMUNICATORS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "abi.h"
#include "libraries.h"
#include "ring.h"

enum communicator_state {
    COMMUNICATOR_PENDING, /* its creation goes on: NCCL must not be asked about it */
    COMMUNICATOR_READY,
    COMMUNICATOR_GONE, /* destroyed or aborted */
};

struct communicator {
    struct communicator *next; /* in its bucket; set before the entry is published */
    ncclComm_t handle;         /* never changes */
    _Atomic uint32_t number;
    _Atomic int state; /* enum communicator_state */
    _Atomic int library;
    _Atomic int ranks; /* -1 until ready */
    _Atomic int rank;
    _Atomic uint32_t collectives; /* calls so far */
    _Atomic uint32_t others;      /* point-to-point and one-sided calls so far */
    _Atomic uint32_t children;    /* splits, shrinks and grows so far */
    _Atomic int async_error;      /* last one told */
};

/* The entry of a handle, or NULL. */
struct communicator *communicators_find(ncclComm_t handle);

/* A number for a communicator that is about to be made. Never 0, never twice. */
uint32_t communicators_number(void);

/* Ties `handle` to a new communicator. NULL when out of memory: its calls go unrecorded as unknown. */
struct communicator *communicators_add(ncclComm_t handle, uint32_t number, int library);

/* The entry of a handle that a call uses. One never seen is added, and announced as ready without a creation;
 * NULL for a null handle. For calls that are being recorded, before they are made. */
struct communicator *communicators_used(struct ring *ring, struct origin origin, ncclComm_t handle);

/* Marks it ready, asks NCCL for its size, rank and device, and records that. Only once NCCL has reported that
 * the creation is complete. */
void communicators_announce(struct ring *ring, struct communicator *communicator, unsigned operation,
                            const void *site);

/* In the child of a fork. */
void communicators_forget(void);

#endif
