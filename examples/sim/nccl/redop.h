/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_NCCL_REDOP_H
#define SIM_NCCL_REDOP_H

/* Reductions: the built-in ones, and the user's, which multiply each rank's input by that rank's number
 * before the sum. User-made handles are numbers that only mean something on the communicator that they were
 * made for. */

#include <stdbool.h>
#include <stddef.h>

#include "nccl.h"

struct reduction {
    ncclRedOp_t op;            /* built-in; ncclNumOps: multiply, then sum */
    const void *device_scalar; /* read when the kernel runs; NULL: the number is in `scalar` */
    char scalar[8];
};

struct redop_slot {
    bool used;
    ncclDataType_t type;
    struct reduction reduction;
};

struct redop_table {
    struct redop_slot *slots;
    int count;
};

void redop_table_clear(struct redop_table *table);

/* What the handle means on this communicator for this type, or an error: ncclInvalidArgument. */
ncclResult_t redop_resolve(struct ncclComm *comm, ncclRedOp_t op, ncclDataType_t type,
                           struct reduction *reduction);

/* Reduces element by element what the ranks have given, in the order of ranks, so that the result does not
 * depend on who computes it. The small floating-point types are reduced as float and rounded once. The
 * operation is a built-in one. `out` may be one of the inputs. */
void reduce(ncclDataType_t type, ncclRedOp_t op, void *out, const void *const *inputs, int ranks,
            size_t count);

/* Multiplies the elements by the number. `out` may be `in`. */
void reduce_scale(ncclDataType_t type, void *out, const void *in, size_t count, const void *number);

/* Bytes per element; 0 for no type. */
size_t type_size(ncclDataType_t type);

#endif
