/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_NCCL_KERNEL_H
#define SIM_NCCL_KERNEL_H

/* What a group does on one communicator, as the work of a stream: first the collectives, one after the other,
 * then all messages at once. */

#include <stdbool.h>
#include <stddef.h>

#include "operation.h"

struct kernel {
    struct ncclComm *comm; /* a reference */
    bool captured;
    size_t count;
    struct operation operations[];
};

/* Copies the operations and puts them into the order in which they are done. Counts as issued on the
 * communicator. NULL without memory. */
struct kernel *kernel_create(struct ncclComm *comm, const struct operation *operations, size_t count,
                             bool captured);
void kernel_run(void *kernel);
void kernel_release(void *kernel);

#endif
