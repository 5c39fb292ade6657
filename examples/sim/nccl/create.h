/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_NCCL_CREATE_H
#define SIM_NCCL_CREATE_H

/* What the ways to make a communicator have in common. */

#include <stdbool.h>

#include "comm.h"
#include "nccl.h"

/* Reads what the stand-in heeds of a configuration, whatever its version: whether calls block. NULL, or a
 * field that is not set, leaves `blocking` as it is. ncclInvalidArgument when it was not initialized. */
ncclResult_t create_read_config(const ncclConfig_t *config, bool *blocking, const char *function);

/* Meets the other ranks of the communicator, whose state is left to the caller. */
ncclResult_t create_connect(struct ncclComm *comm, const char *function, const struct ncclComm *patience_of);

#endif
