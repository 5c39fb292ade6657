/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_NCCL_LAUNCH_H
#define SIM_NCCL_LAUNCH_H

/* From the operations of a group to kernels on streams. */

#include <stddef.h>

#include "operation.h"

/* Launches what a group has collected: a kernel for each communicator. */
ncclResult_t launch(const struct operation *operations, size_t count);

#endif
