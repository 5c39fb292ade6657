/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls that make communicators. Each gives its communicator a number and records it before the call; the
 * handle is tied to the number when NCCL tells it (nccl 2.28 init.cc):
 *   - ncclCommInitRank and its kin write the handle at once, also in a group and in non-blocking mode;
 *   - ncclCommSplit, Shrink and Grow write it when the creation is complete: on return; at the end of the
 * outermost group; or, in non-blocking mode, by another thread, before ncclCommGetAsyncError(parent) says
 * success.
 */
#ifndef LOCKSTEP_PRELOAD_CREATION_H
#define LOCKSTEP_PRELOAD_CREATION_H

#include "communicators.h"

/* This thread's outermost group has ended with `result`: so have, or go on without it, the creations in it.
 */
void creation_group_ended(struct ring *ring, ncclResult_t result, const void *site);

/* NCCL has reported success for this communicator: if its creation was going on, it is complete, and so are
 * those that have it as parent. */
void creation_succeeded(struct ring *ring, struct communicator *communicator, const void *site);

/* Ties a handle that a call uses and nobody knows to the creation going on that it came out of. NULL when it
 * came out of none. */
struct communicator *creation_adopt(ncclComm_t handle);

/* In the child of a fork. */
void creation_forget(void);

#endif
