/* SPDX-License-Identifier: Apache-2.0
 *
 * Creations that have returned but are not complete: in a group that is still open, or in non-blocking mode.
 * Any thread; the list is short and rarely anything but empty.
 */
#ifndef LOCKSTEP_PRELOAD_PENDING_H
#define LOCKSTEP_PRELOAD_PENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "abi.h"

struct pending {
    struct pending *next;
    ncclComm_t *
        newcomm; /* where NCCL writes the handle; the program keeps it there until the creation is complete */
    uint32_t number; /* ours for it */
    uint32_t parent; /* number of the parent; 0: none */
    uint32_t thread; /* whose open group it is in; 0: in none any more */
    unsigned operation;
    int library;
};

/* Adds a copy. Out of memory, its communicator will be one whose creation was not seen. */
void pending_add(const struct pending *pending);

/* Whether there is any; one load. */
bool pending_any(void);

/* Takes out the creations in the open group of `thread`, or those that have no group and this parent. The
 * caller frees what is returned, or gives it back with pending_add(). */
struct pending *pending_take_group(uint32_t thread);
struct pending *pending_take_children(uint32_t parent);

/* Takes out the one without a group that has come to `handle`, or NULL. Reads places that may be gone by now,
 * without faulting. */
struct pending *pending_take_handle(ncclComm_t handle);

/* What NCCL has written to the place; NULL when nothing, or when the place is gone. */
ncclComm_t pending_handle(const struct pending *pending);

/* In the child of a fork. */
void pending_forget(void);

#endif
