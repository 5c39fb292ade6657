/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_NCCL_COLLECTIVE_H
#define SIM_NCCL_COLLECTIVE_H

/* The collectives. Nothing checks that ranks agree: bytes flow through the pipes, and if they do not fit
 * together the call hangs or its result is wrong, as with the real NCCL. */

#include <stdbool.h>

#include "operation.h"

/* Runs one collective to its end on the calling thread. False when the communicator was halted. */
bool collective_run(const struct operation *operation);

#endif
