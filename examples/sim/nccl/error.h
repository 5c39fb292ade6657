/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_NCCL_ERROR_H
#define SIM_NCCL_ERROR_H

/* The message behind ncclGetLastError(). */

#include "nccl.h"

/* Keeps the message, prints it on stderr when NCCL_DEBUG asks for warnings or more, and returns the result.
 * Any thread. */
ncclResult_t error_note(ncclResult_t result, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
