/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls that change the state of a communicator, recorded before they are made.
 */
#ifndef LOCKSTEP_PRELOAD_LIFECYCLE_H
#define LOCKSTEP_PRELOAD_LIFECYCLE_H

#include "calls.h"

/* Enters, records `state` (enum record_communicator_state) and, when it is the communicator's end, unties its
 * handle first: NCCL may give the address to another thread's communicator before the call returns. Leave
 * with calls_leave(). */
void *lifecycle_begin(struct call *call, struct origin origin, enum function function,
                      enum operation operation, enum record_communicator_state state, ncclComm_t comm);

#endif
