/* SPDX-License-Identifier: Apache-2.0
 *
 * User-made reductions (ncclRedOpCreatePreMulSum). NCCL mixes the communicator's address into their handles,
 * so that they differ from rank to rank; calls record the number of what the handle was made from instead.
 *
 * Concurrency: lookup is lock-free. Entries are made under a lock, reused when their handle is destroyed, and
 * never freed.
 */
#ifndef LOCKSTEP_PRELOAD_REDUCTIONS_H
#define LOCKSTEP_PRELOAD_REDUCTIONS_H

#include <stdint.h>

#include "abi.h"

/* The number of a user-made reduction (struct record_reduction), or 0 when its creation was not seen. */
uint64_t reductions_identity(ncclComm_t comm, ncclRedOp_t op);

/* In the child of a fork. */
void reductions_forget(void);

#endif
