/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_NCCL_TRANSFER_H
#define SIM_NCCL_TRANSFER_H

/* Moving bytes to and from several ranks at once, and waiting while none can be moved. */

#include <stdbool.h>
#include <stddef.h>

#include "patience.h"

struct transfer {
    int peer;
    const char *send; /* one of the two */
    char *recv;
    size_t bytes;
    size_t done;
};

/* Moves all of them through the pipes for collectives; false when the communicator was halted. */
bool transfer_run(struct ncclComm *comm, struct transfer *transfers, int count, struct patience *patience);

/* When nothing has happened for a while: sets the communicator's asynchronous error if the peer is dead. The
 * operation goes on waiting, as on a GPU. */
void transfer_suspect(struct ncclComm *comm, int peer);

#endif
