/* SPDX-License-Identifier: Apache-2.0 */
#include "redop.h"

#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "comm.h"
#include "error.h"

size_t type_size(ncclDataType_t type)
{
    static const unsigned char sizes[ncclNumTypes] = {
        [ncclInt8] = 1,    [ncclUint8] = 1,    [ncclInt32] = 4,      [ncclUint32] = 4,
        [ncclInt64] = 8,   [ncclUint64] = 8,   [ncclFloat16] = 2,    [ncclFloat32] = 4,
        [ncclFloat64] = 8, [ncclBfloat16] = 2, [ncclFloat8e4m3] = 1, [ncclFloat8e5m2] = 1,
    };

    return (unsigned)type < ncclNumTypes ? sizes[type] : 0;
}

void redop_table_clear(struct redop_table *table)
{
    free(table->slots);
    *table = (struct redop_table){0};
}

/* Handles are slot numbers after the built-in operations, stirred with the communicator's address so that a
 * handle used on another communicator is noticed, and so that tools learn not to compare handles between
 * ranks, as with the real one. Stirring keeps clear of the built-in numbers and is its own inverse. */
static int stir(const struct ncclComm *comm, int op)
{
    uintptr_t address = (uintptr_t)comm;
    int mask = (int)((address >> 4 ^ address >> 20) & 0x3ffffff8);
    int stirred = op ^ mask;

    return op < ncclNumOps || stirred < ncclNumOps ? op : stirred;
}

ncclResult_t redop_resolve(struct ncclComm *comm, ncclRedOp_t op, ncclDataType_t type,
                           struct reduction *reduction)
{
    int slot = stir(comm, (int)op) - ncclNumOps;
    ncclResult_t result = ncclInvalidArgument;

    *reduction = (struct reduction){.op = op};
    if ((int)op >= 0 && (int)op < ncclNumOps)
        return ncclSuccess;
    pthread_mutex_lock(&comm->lock);
    if (slot >= 0 && slot < comm->redops.count && comm->redops.slots[slot].used &&
        comm->redops.slots[slot].type == type) {
        *reduction = comm->redops.slots[slot].reduction;
        result = ncclSuccess;
    }
    pthread_mutex_unlock(&comm->lock);
    if (result != ncclSuccess)
        return error_note(result, "reduction %d is not one of this communicator for type %d", (int)op,
                          (int)type);
    return result;
}

/* A free slot, or -1 without memory. Lock held. */
static int free_slot(struct redop_table *table)
{
    struct redop_slot *slots;

    for (int i = 0; i < table->count; i++)
        if (!table->slots[i].used)
            return i;
    slots = realloc(table->slots, (size_t)(table->count + 1) * sizeof(slots[0]));
    if (!slots)
        return -1;
    table->slots = slots;
    return table->count++;
}

NCCL_API(ncclResult_t, ncclRedOpCreatePreMulSum,
         (ncclRedOp_t * op, void *scalar, ncclDataType_t type, ncclScalarResidence_t residence,
          ncclComm_t comm))
{
    ncclResult_t result = comm_ready(comm, "ncclRedOpCreatePreMulSum");
    struct redop_slot made = {.used = true, .type = type, .reduction.op = ncclNumOps};
    int slot;

    if (result != ncclSuccess)
        return result;
    if (!op || !scalar || !type_size(type) ||
        (residence != ncclScalarDevice && residence != ncclScalarHostImmediate))
        return error_note(ncclInvalidArgument, "ncclRedOpCreatePreMulSum: an argument is invalid");
    if (residence == ncclScalarDevice)
        made.reduction.device_scalar = scalar;
    else
        memcpy(made.reduction.scalar, scalar, type_size(type));

    pthread_mutex_lock(&comm->lock);
    slot = free_slot(&comm->redops);
    if (slot >= 0)
        comm->redops.slots[slot] = made;
    pthread_mutex_unlock(&comm->lock);
    if (slot < 0)
        return error_note(ncclSystemError, "ncclRedOpCreatePreMulSum: out of memory");
    *op = (ncclRedOp_t)stir(comm, ncclNumOps + slot);
    return ncclSuccess;
}

NCCL_API(ncclResult_t, ncclRedOpDestroy, (ncclRedOp_t op, ncclComm_t comm))
{
    ncclResult_t result = comm_check(comm, "ncclRedOpDestroy");
    int slot;

    if (result != ncclSuccess)
        return result;
    slot = stir(comm, (int)op) - ncclNumOps;
    result = ncclInvalidArgument;
    pthread_mutex_lock(&comm->lock);
    if ((int)op >= ncclNumOps && slot >= 0 && slot < comm->redops.count && comm->redops.slots[slot].used) {
        comm->redops.slots[slot].used = false;
        result = ncclSuccess;
    }
    pthread_mutex_unlock(&comm->lock);
    if (result != ncclSuccess)
        error_note(result, "ncclRedOpDestroy: %d is not a reduction of this communicator", (int)op);
    return result;
}
