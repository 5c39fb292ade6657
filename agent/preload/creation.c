/* SPDX-License-Identifier: Apache-2.0 */
#include "creation.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "config.h"
#include "creation_record.h"
#include "device.h"
#include "hooks.h"
#include "pending.h"
#include "process.h"
#include "threads.h"
#include "unique_ids.h"

void creation_forget(void)
{
    pending_forget();
    unique_ids_forget();
}

static bool completed(ncclResult_t result)
{
    return result == ncclSuccess;
}

static bool goes_on(ncclResult_t result)
{
    return result == ncclInProgress;
}

/* ---- the frame around one creation ---- */

struct creation {
    struct call call;
    int library;
    struct record_create record; /* last: it may be followed by excluded ranks, though not here */
};

/* Starts tracing if need be and enters the call. NULL: no real function. The record's fields are set by the
 * caller; it is recorded by announce(). */
static void *enter(struct creation *creation, struct origin origin, enum function function,
                   enum operation operation, ncclComm_t parent)
{
    if (calls_recorded(origin)) {
        libraries_scan();
        process_start((int)origin.library);
    }
    void *real = calls_enter(&creation->call, origin, function, operation, parent);
    if (!creation->call.ring)
        return real;
    creation->library = libraries_containing(real);
    creation_record_init(&creation->record, &creation->call);
    return real;
}

static void announce(struct creation *creation)
{
    creation->record.communicator = communicators_number();
    records_write(creation->call.ring, RECORD_CREATE, &creation->record, sizeof creation->record,
                  RING_DEFINITION);
}

/* Ties a handle to its number and, when NCCL can be asked about it, announces it. */
static void tie(struct ring *ring, const struct pending *created, ncclComm_t handle, bool complete,
                const void *site)
{
    struct communicator *entry = communicators_find(handle);
    const bool tied = entry && atomic_load(&entry->number) == created->number;
    if (!tied)
        entry = communicators_add(handle, created->number, created->library);
    if (entry && complete && atomic_load(&entry->state) == COMMUNICATOR_PENDING)
        communicators_announce(ring, entry, created->operation, site);
}

/* After the real call: the handle, if it is there, the rest later. `created` describes the call's
 * communicator. */
static void settle(struct ring *ring, struct pending *created, ncclResult_t result, const void *site)
{
    if (!completed(result) && !goes_on(result)) {
        creation_record_failure(ring, created->number, created->operation, result, site);
        return;
    }
    const bool in_group = thread_self.group_depth > 0;
    const ncclComm_t handle = created->newcomm ? *created->newcomm : NULL;
    const bool complete = completed(result) && !in_group;
    if (handle)
        tie(ring, created, handle, complete, site);
    if (in_group || (!handle && created->newcomm)) {
        created->thread = in_group ? threads_id() : 0;
        pending_add(created);
    }
}

/* Leaves the call and settles what it made. */
static void leave(struct creation *creation, ncclComm_t *newcomm, ncclResult_t result)
{
    const struct call *call = &creation->call;
    if (!call->ring)
        return;
    threads_leave();
    struct pending created = {
        .newcomm = newcomm,
        .number = creation->record.communicator,
        .parent = creation->record.parent,
        .operation = call->operation,
        .library = creation->library,
    };
    if (created.number != 0)
        settle(call->ring, &created, result, call->site);
    else
        records_result(call->ring, call->operation, creation->record.parent, 0, (int)result, call->site);
}

/* ---- what becomes of pending creations ---- */

void creation_group_ended(struct ring *ring, ncclResult_t result, const void *site)
{
    struct pending *created = pending_take_group(threads_id());
    while (created) {
        struct pending *next = created->next;
        created->thread = 0;
        if (goes_on(result)) {
            /* Not blocking. What has its handle already is found by it. */
            if (!*created->newcomm)
                pending_add(created);
        } else {
            settle(ring, created, result, site);
        }
        free(created);
        created = next;
    }
}

void creation_succeeded(struct ring *ring, struct communicator *communicator, const void *site)
{
    if (atomic_load_explicit(&communicator->state, memory_order_relaxed) == COMMUNICATOR_PENDING)
        communicators_announce(ring, communicator, OPERATION_NONE, site);
    struct pending *created = pending_take_children(atomic_load(&communicator->number));
    while (created) {
        struct pending *next = created->next;
        const ncclComm_t handle = pending_handle(created);
        if (handle)
            tie(ring, created, handle, true, site);
        else
            pending_add(created);
        free(created);
        created = next;
    }
}

struct communicator *creation_adopt(ncclComm_t handle)
{
    struct pending *created = pending_any() ? pending_take_handle(handle) : NULL;
    if (!created)
        return NULL;
    struct communicator *entry = communicators_add(handle, created->number, created->library);
    free(created);
    return entry;
}

/* ---- the calls ---- */

static void describe_init(struct record_create *record, int ranks, int rank, const ncclUniqueId *id)
{
    record->ranks = ranks;
    record->rank = rank;
    if (!id)
        return;
    record->has_id = 1;
    memcpy(record->unique_id, id->internal, RECORD_ID_BYTES);
    record->sequence = unique_ids_use(record->unique_id, rank);
}

static void describe_child(struct creation *creation, const ncclConfig_t *config)
{
    creation->record.parent = creation->call.communicator;
    if (creation->call.about)
        creation->record.sequence = atomic_fetch_add(&creation->call.about->children, 1);
    config_describe(&creation->record, config);
}

ncclResult_t creation_init_rank(struct origin origin, enum function function, ncclComm_t *newcomm, int nranks,
                                ncclUniqueId id, int rank)
{
    struct creation creation;
    ncclCommInitRank_fn real =
        (ncclCommInitRank_fn)enter(&creation, origin, function, OPERATION_COMM_INIT_RANK, NULL);
    if (!real)
        return calls_missing(&creation.call);
    if (creation.call.ring) {
        describe_init(&creation.record, nranks, rank, &id);
        announce(&creation);
    }
    const ncclResult_t result = real(newcomm, nranks, id, rank);
    leave(&creation, newcomm, result);
    return result;
}

ncclResult_t creation_init_rank_config(struct origin origin, enum function function, ncclComm_t *newcomm,
                                       int nranks, ncclUniqueId id, int rank, ncclConfig_t *config)
{
    struct creation creation;
    ncclCommInitRankConfig_fn real =
        (ncclCommInitRankConfig_fn)enter(&creation, origin, function, OPERATION_COMM_INIT_RANK_CONFIG, NULL);
    if (!real)
        return calls_missing(&creation.call);
    if (creation.call.ring) {
        describe_init(&creation.record, nranks, rank, &id);
        config_describe(&creation.record, config);
        announce(&creation);
    }
    const ncclResult_t result = real(newcomm, nranks, id, rank, config);
    leave(&creation, newcomm, result);
    return result;
}

/* Only the first of the ids identifies the communicator. */
ncclResult_t creation_init_rank_scalable(struct origin origin, enum function function, ncclComm_t *newcomm,
                                         int nranks, int rank, int count, ncclUniqueId *ids,
                                         ncclConfig_t *config)
{
    struct creation creation;
    ncclCommInitRankScalable_fn real = (ncclCommInitRankScalable_fn)enter(
        &creation, origin, function, OPERATION_COMM_INIT_RANK_SCALABLE, NULL);
    if (!real)
        return calls_missing(&creation.call);
    if (creation.call.ring) {
        describe_init(&creation.record, nranks, rank, count > 0 ? ids : NULL);
        config_describe(&creation.record, config);
        announce(&creation);
    }
    const ncclResult_t result = real(newcomm, nranks, rank, count, ids, config);
    leave(&creation, newcomm, result);
    return result;
}

ncclResult_t creation_split(struct origin origin, enum function function, ncclComm_t comm, int color, int key,
                            ncclComm_t *newcomm, ncclConfig_t *config)
{
    struct creation creation;
    ncclCommSplit_fn real = (ncclCommSplit_fn)enter(&creation, origin, function, OPERATION_COMM_SPLIT, comm);
    if (!real)
        return calls_missing(&creation.call);
    if (creation.call.ring) {
        describe_child(&creation, config);
        creation.record.color = color;
        creation.record.key = key;
        if (color == CREATION_NO_COLOR) /* no communicator comes, but the others' ordering needs the call */
            records_write(creation.call.ring, RECORD_CREATE, &creation.record, sizeof creation.record,
                          RING_DEFINITION);
        else
            announce(&creation);
    }
    const ncclResult_t result = real(comm, color, key, newcomm, config);
    leave(&creation, newcomm, result);
    return result;
}

ncclResult_t creation_shrink(struct origin origin, enum function function, ncclComm_t comm, int *excluded,
                             int count, ncclComm_t *newcomm, ncclConfig_t *config, int flags)
{
    struct creation creation;
    ncclCommShrink_fn real =
        (ncclCommShrink_fn)enter(&creation, origin, function, OPERATION_COMM_SHRINK, comm);
    if (!real)
        return calls_missing(&creation.call);
    if (creation.call.ring) {
        describe_child(&creation, config);
        creation.record.communicator = communicators_number();
        creation_record_write_excluded(creation.call.ring, &creation.record, excluded, count);
    }
    const ncclResult_t result = real(comm, excluded, count, newcomm, config, flags);
    leave(&creation, newcomm, result);
    return result;
}

/* Members of the parent pass it; new ones pass the id instead; the root passes both. */
ncclResult_t creation_grow(struct origin origin, enum function function, ncclComm_t comm, int nranks,
                           const ncclUniqueId *id, int rank, ncclComm_t *newcomm, ncclConfig_t *config)
{
    struct creation creation;
    ncclCommGrow_fn real = (ncclCommGrow_fn)enter(&creation, origin, function, OPERATION_COMM_GROW, comm);
    if (!real)
        return calls_missing(&creation.call);
    if (creation.call.ring) {
        describe_init(&creation.record, nranks, rank, id);
        if (comm)
            describe_child(&creation, config);
        else
            config_describe(&creation.record, config);
        announce(&creation);
    }
    const ncclResult_t result = real(comm, nranks, id, rank, newcomm, config);
    leave(&creation, newcomm, result);
    return result;
}
