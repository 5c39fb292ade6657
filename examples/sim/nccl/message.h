/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_NCCL_MESSAGE_H
#define SIM_NCCL_MESSAGE_H

/* Sends and receives. Messages between two ranks come in the order in which they were sent. Each carries its
 * length: a receive that is shorter than its message drops the rest, one that is longer goes on with the next
 * message, and so usually waits for ever, as with the real NCCL. */

#include <stddef.h>

#include "operation.h"

/* Does all the sends and receives of a group at the same time; returns when all are done or the communicator
 * was halted. */
void messages_run(struct ncclComm *comm, const struct operation *operations, size_t count);

#endif
