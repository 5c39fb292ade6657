/* SPDX-License-Identifier: Apache-2.0 */
#include "calls.h"

#include "capture.h"
#include "process.h"
#include "reductions.h"
#include "threads.h"

bool calls_recorded(struct origin origin)
{
    return thread_self.depth == 0 && libraries_containing(origin.site) < 0;
}

ncclResult_t calls_missing(const struct call *call)
{
    return call->missing;
}

/* Finds the real function, and the ring and the communicator if the call is to be recorded. */
static void *prepare(struct call *call, struct origin origin, enum function function,
                     enum operation operation, ncclComm_t comm)
{
    struct ring *ring = process_ring();
    if (ring && !calls_recorded(origin))
        ring = NULL;
    call->site = origin.site;
    call->operation = operation;
    call->sequence = 0;
    call->about = ring ? communicators_used(ring, origin, comm) : communicators_find(comm);
    call->communicator = call->about ? atomic_load_explicit(&call->about->number, memory_order_relaxed) : 0;
    const int known =
        call->about ? atomic_load_explicit(&call->about->library, memory_order_relaxed) : LIBRARY_LINKED;
    void *real = libraries_real(origin, function, known);
    call->ring = real ? ring : NULL;
    if (!real)
        call->missing = libraries_missing();
    return real;
}

void *calls_enter(struct call *call, struct origin origin, enum function function, enum operation operation,
                  ncclComm_t comm)
{
    void *real = prepare(call, origin, function, operation, comm);
    if (call->ring) {
        call->time_ns = records_now();
        threads_enter(call->ring, operation, call->communicator, 0, call->time_ns);
    }
    return real;
}

/* As nccl.h defines it for each operation. */
static bool in_place(const struct call_arguments *arguments, int rank)
{
    const uintptr_t send = (uintptr_t)arguments->send;
    const uintptr_t recv = (uintptr_t)arguments->recv;
    const uintptr_t bytes = arguments->count * datatype_bytes((unsigned)arguments->datatype);
    switch (arguments->operation) {
    case OPERATION_ALL_REDUCE:
    case OPERATION_REDUCE:
    case OPERATION_BROADCAST:
    case OPERATION_BCAST:
    case OPERATION_ALL_TO_ALL:
        return send == recv;
    case OPERATION_ALL_GATHER:
        return rank >= 0 && send == recv + (uintptr_t)rank * bytes;
    case OPERATION_REDUCE_SCATTER:
        return rank >= 0 && recv == send + (uintptr_t)rank * bytes;
    case OPERATION_GATHER:
        return rank >= 0 && rank == arguments->root && send == recv + (uintptr_t)rank * bytes;
    case OPERATION_SCATTER:
        return rank >= 0 && rank == arguments->root && recv == send + (uintptr_t)rank * bytes;
    default:
        return false;
    }
}

static uint16_t flags_of(const struct call *call, const struct call_arguments *arguments)
{
    unsigned flags = 0;
    const int rank = call->about ? atomic_load_explicit(&call->about->rank, memory_order_relaxed) : -1;
    if (thread_self.group_depth)
        flags |= RECORD_FLAG_IN_GROUP;
    if (in_place(arguments, rank))
        flags |= RECORD_FLAG_IN_PLACE;
    /* What ncclPutSignal has in `recv` is an offset, not a buffer. */
    const uintptr_t recv = arguments->operation == OPERATION_PUT_SIGNAL ? 0 : (uintptr_t)arguments->recv;
    if (((uintptr_t)arguments->send | recv) & 15)
        flags |= RECORD_FLAG_MISALIGNED;
    return (uint16_t)flags;
}

static void set_reduction(struct record_call *record, const struct call_arguments *arguments)
{
    record->reduction_identity = 0;
    record->reduction = (uint8_t)arguments->reduction;
    if ((unsigned)arguments->reduction < NCCL_BUILTIN_REDUCTIONS || arguments->reduction == REDUCTION_NONE)
        return;
    record->reduction_identity = reductions_identity(arguments->comm, arguments->reduction);
    record->reduction = record->reduction_identity ? REDUCTION_PRE_MUL_SUM : REDUCTION_UNKNOWN;
}

static void record(const struct call *call, const struct call_arguments *arguments)
{
    uint16_t flags = flags_of(call, arguments);
    uint64_t capture_id = 0;
    if (capture_to_be_asked())
        capture_id = capture_of(arguments->stream, &flags);
    struct record_call *record = (void *)ring_reserve(call->ring, RECORD_CALL, sizeof *record, RING_ORDINARY);
    if (!record)
        return;
    record->header.time_ns = call->time_ns;
    record->header.thread = threads_id();
    record->header.flags = flags;
    record->communicator = call->communicator;
    record->operation = (uint8_t)arguments->operation;
    record->datatype = calls_datatype(arguments->datatype);
    set_reduction(record, arguments);
    record->unused = 0;
    record->root = arguments->root;
    record->sequence = call->sequence;
    record->count = arguments->count;
    record->send = (uint64_t)(uintptr_t)arguments->send;
    record->recv = (uint64_t)(uintptr_t)arguments->recv;
    record->stream = (uint64_t)(uintptr_t)arguments->stream;
    record->call_site = (uint64_t)(uintptr_t)call->site;
    record->capture = capture_id;
    record->argument = arguments->argument;
    ring_commit(call->ring, &record->header);
}

void *calls_begin(struct call *call, struct origin origin, enum function function,
                  const struct call_arguments *arguments)
{
    void *real = prepare(call, origin, function, arguments->operation, arguments->comm);
    if (!call->ring)
        return real;
    if (call->about) {
        /* operations.def keeps collectives below 16. */
        _Atomic uint32_t *counter =
            arguments->operation < OPERATION_SEND ? &call->about->collectives : &call->about->others;
        call->sequence = atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
    }
    call->time_ns = records_now();
    record(call, arguments);
    threads_enter(call->ring, arguments->operation, call->communicator, call->sequence, call->time_ns);
    return real;
}

void calls_leave(const struct call *call, ncclResult_t result)
{
    if (!call->ring)
        return;
    threads_leave();
    if (__builtin_expect(result != ncclSuccess, 0))
        records_result(call->ring, call->operation, call->communicator, call->sequence, (int)result,
                       call->site);
    else if (call->about &&
             __builtin_expect(atomic_load_explicit(&call->about->state, memory_order_relaxed) ==
                                      COMMUNICATOR_PENDING &&
                                  thread_self.group_depth == 0,
                              0))
        /* NCCL lets a call succeed outside a group only once the communicator is complete. */
        communicators_announce(call->ring, call->about, OPERATION_NONE, call->site);
}
