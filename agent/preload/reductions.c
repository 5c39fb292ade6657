/* SPDX-License-Identifier: Apache-2.0 */
#include "reductions.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "hooks.h"
#include "records.h"

#define BUCKET_BITS 8

struct reduction_entry {
    struct reduction_entry *next; /* set before the entry is published */
    ncclComm_t comm;              /* these two never change: a pair comes back when NCCL reuses the handle */
    ncclRedOp_t op;
    _Atomic uint64_t identity; /* 0: destroyed */
};

static struct {
    pthread_mutex_t adding;
    struct reduction_entry *_Atomic bucket[1u << BUCKET_BITS];
    _Atomic uint64_t last_identity;
} state = {.adding = PTHREAD_MUTEX_INITIALIZER};

static struct reduction_entry *_Atomic *bucket_of(ncclComm_t comm, ncclRedOp_t op)
{
    const uint64_t key = (uint64_t)(uintptr_t)comm + (uint32_t)op;
    return &state.bucket[(key * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - BUCKET_BITS)];
}

static struct reduction_entry *find(ncclComm_t comm, ncclRedOp_t op)
{
    struct reduction_entry *entry = atomic_load_explicit(bucket_of(comm, op), memory_order_acquire);
    while (entry && (entry->comm != comm || entry->op != op))
        entry = entry->next;
    return entry;
}

uint64_t reductions_identity(ncclComm_t comm, ncclRedOp_t op)
{
    const struct reduction_entry *entry = find(comm, op);
    return entry ? atomic_load_explicit(&entry->identity, memory_order_relaxed) : 0;
}

static void add(ncclComm_t comm, ncclRedOp_t op, uint64_t identity)
{
    struct reduction_entry *_Atomic *bucket = bucket_of(comm, op);
    pthread_mutex_lock(&state.adding);
    struct reduction_entry *entry = find(comm, op);
    if (!entry && (entry = calloc(1, sizeof *entry))) {
        entry->comm = comm;
        entry->op = op;
        entry->next = atomic_load_explicit(bucket, memory_order_relaxed);
        atomic_store_explicit(bucket, entry, memory_order_release);
    }
    if (entry)
        atomic_store_explicit(&entry->identity, identity, memory_order_relaxed);
    pthread_mutex_unlock(&state.adding);
}

static void record_creation(const struct call *call, ncclComm_t comm, ncclRedOp_t op, const void *scalar,
                            ncclDataType_t datatype, ncclScalarResidence_t residence)
{
    struct record_reduction record = {
        .communicator = call->communicator,
        .operation = OPERATION_RED_OP_CREATE_PRE_MUL_SUM,
        .datatype = calls_datatype(datatype),
        .identity = atomic_fetch_add(&state.last_identity, 1) + 1,
    };
    const size_t bytes = datatype_bytes(record.datatype);
    if (residence != NCCL_SCALAR_HOST_IMMEDIATE) {
        record.header.flags = RECORD_FLAG_DEVICE_SCALAR;
    } else if (scalar && bytes <= sizeof record.scalar) {
        record.scalar_bytes = (uint8_t)bytes;
        memcpy(record.scalar, scalar, bytes);
    }
    add(comm, op, record.identity);
    records_write(call->ring, RECORD_REDUCTION, &record, sizeof record, RING_DEFINITION);
}

ncclResult_t reductions_create_pre_mul_sum(struct origin origin, enum function function, ncclRedOp_t *op,
                                           void *scalar, ncclDataType_t datatype,
                                           ncclScalarResidence_t residence, ncclComm_t comm)
{
    struct call call;
    ncclRedOpCreatePreMulSum_fn real = (ncclRedOpCreatePreMulSum_fn)calls_enter(
        &call, origin, function, OPERATION_RED_OP_CREATE_PRE_MUL_SUM, comm);
    if (!real)
        return calls_missing(&call);
    const ncclResult_t result = real(op, scalar, datatype, residence, comm);
    if (call.ring && result == ncclSuccess)
        record_creation(&call, comm, *op, scalar, datatype, residence);
    calls_leave(&call, result);
    return result;
}

/* The handle stops meaning anything before the call, after which NCCL may give it out again. */
static void record_destruction(const struct call *call, ncclComm_t comm, ncclRedOp_t op)
{
    struct reduction_entry *entry = find(comm, op);
    if (!entry)
        return;
    const struct record_reduction record = {
        .communicator = call->communicator,
        .operation = OPERATION_RED_OP_DESTROY,
        .datatype = DATATYPE_NONE,
        .identity = atomic_exchange(&entry->identity, 0),
    };
    records_write(call->ring, RECORD_REDUCTION, &record, sizeof record, RING_DEFINITION);
}

ncclResult_t reductions_destroy(struct origin origin, enum function function, ncclRedOp_t op, ncclComm_t comm)
{
    struct call call;
    ncclRedOpDestroy_fn real =
        (ncclRedOpDestroy_fn)calls_enter(&call, origin, function, OPERATION_RED_OP_DESTROY, comm);
    if (!real)
        return calls_missing(&call);
    if (call.ring)
        record_destruction(&call, comm, op);
    const ncclResult_t result = real(op, comm);
    calls_leave(&call, result);
    return result;
}

void reductions_forget(void)
{
    for (size_t i = 0; i < sizeof state.bucket / sizeof *state.bucket; i++)
        atomic_store_explicit(&state.bucket[i], NULL, memory_order_relaxed);
    pthread_mutex_init(&state.adding, NULL);
}
