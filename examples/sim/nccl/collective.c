/* SPDX-License-Identifier: Apache-2.0 */
#include "collective.h"

#include <stdlib.h>
#include <string.h>

#include "comm.h"
#include "transfer.h"

/* Up to SMALL_BYTES an all-reduce goes through rank 0 instead of being shared out. */
enum { SMALL_BYTES = 4096, CHUNK_BYTES = 32768 };

/* A collective under way. */
struct task {
    const struct operation *operation;
    struct ncclComm *comm;
    int rank;
    int ranks;
    size_t size; /* of an element */
    const char *send;
    char *recv;
    struct patience patience;
    struct transfer *transfers; /* room for 2 a rank */
    int transfer_count;
    char *scratch; /* room for a chunk a rank */
    const void **inputs;
};

static void add_send(struct task *task, int peer, const void *data, size_t bytes)
{
    if (bytes)
        task->transfers[task->transfer_count++] =
            (struct transfer){.peer = peer, .send = data, .bytes = bytes};
}

static void add_recv(struct task *task, int peer, void *data, size_t bytes)
{
    if (bytes)
        task->transfers[task->transfer_count++] =
            (struct transfer){.peer = peer, .recv = data, .bytes = bytes};
}

static bool exchange(struct task *task)
{
    int count = task->transfer_count;

    task->transfer_count = 0;
    return transfer_run(task->comm, task->transfers, count, &task->patience);
}

static void copy(void *to, const void *from, size_t bytes)
{
    if (to != from && bytes)
        memmove(to, from, bytes);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t chunk_elements(const struct task *task)
{
    return CHUNK_BYTES / task->size;
}

/* Receives `bytes` from every other rank into the scratch, and lists that and our own as inputs. */
static void gather_inputs(struct task *task, const char *own, size_t bytes)
{
    for (int r = 0; r < task->ranks; r++) {
        char *place = task->scratch + (size_t)r * CHUNK_BYTES;

        task->inputs[r] = r == task->rank ? own : place;
        if (r != task->rank)
            add_recv(task, r, place, bytes);
    }
}

static void reduce_inputs(struct task *task, char *out, size_t bytes)
{
    reduce(task->operation->type, task->operation->reduction.op, out, task->inputs, task->ranks,
           bytes / task->size);
}

/* ---- The five ---- */

static bool broadcast(struct task *task)
{
    int root = task->operation->peer;
    size_t bytes = task->operation->count * task->size;

    if (task->rank == root) {
        for (int r = 0; r < task->ranks; r++)
            if (r != root)
                add_send(task, r, task->send, bytes);
        copy(task->recv, task->send, bytes);
    } else {
        add_recv(task, root, task->recv, bytes);
    }
    return exchange(task);
}

static bool all_gather(struct task *task)
{
    size_t bytes = task->operation->count * task->size;

    for (int r = 0; r < task->ranks; r++) {
        if (r == task->rank)
            continue;
        add_send(task, r, task->send, bytes);
        add_recv(task, r, task->recv + (size_t)r * bytes, bytes);
    }
    copy(task->recv + (size_t)task->rank * bytes, task->send, bytes);
    return exchange(task);
}

static bool reduce_to_root(struct task *task)
{
    size_t total = task->operation->count * task->size;
    size_t chunk = chunk_elements(task) * task->size;

    for (size_t at = 0; at < total; at += chunk) {
        size_t bytes = smaller(chunk, total - at);
        bool root = task->rank == task->operation->peer;

        if (root)
            gather_inputs(task, task->send + at, bytes);
        else
            add_send(task, task->operation->peer, task->send + at, bytes);
        if (!exchange(task))
            return false;
        if (root)
            reduce_inputs(task, task->recv + at, bytes);
    }
    return true;
}

/* In rounds: each rank gets a chunk of its block from all others and reduces it. */
static bool reduce_scatter(struct task *task)
{
    size_t block = task->operation->count * task->size;
    size_t chunk = chunk_elements(task) * task->size;

    for (size_t at = 0; at < block; at += chunk) {
        size_t bytes = smaller(chunk, block - at);

        for (int r = 0; r < task->ranks; r++)
            if (r != task->rank)
                add_send(task, r, task->send + (size_t)r * block + at, bytes);
        gather_inputs(task, task->send + (size_t)task->rank * block + at, bytes);
        if (!exchange(task))
            return false;
        reduce_inputs(task, task->recv + at, bytes);
    }
    return true;
}

/* Rank 0 reduces and tells the others: twice as far as if everybody sent everything to everybody, but with so
 * few messages that it is several times faster where ranks share processors. */
static bool all_reduce_small(struct task *task, size_t bytes)
{
    if (task->rank != 0) {
        add_send(task, 0, task->send, bytes);
        if (!exchange(task))
            return false;
        add_recv(task, 0, task->recv, bytes);
        return exchange(task);
    }
    gather_inputs(task, task->send, bytes);
    if (!exchange(task))
        return false;
    reduce_inputs(task, task->recv, bytes);
    for (int r = 1; r < task->ranks; r++)
        add_send(task, r, task->recv, bytes);
    return exchange(task);
}

/* The part of the array that rank r reduces for all, as far as round `at` goes. */
static size_t part_bytes(size_t total, size_t part, int r, size_t at, size_t chunk)
{
    size_t start = (size_t)r * part + at;

    return start >= total || at >= part ? 0 : smaller(smaller(chunk, part - at), total - start);
}

/* In rounds: a reduce-scatter of a chunk of each rank's part, then an all-gather of the results. A round has
 * sent what it overwrites, so the call may be in place. */
static bool all_reduce_large(struct task *task, size_t total)
{
    size_t elements = (task->operation->count + (size_t)task->ranks - 1) / (size_t)task->ranks;
    size_t part = elements * task->size;
    size_t chunk = chunk_elements(task) * task->size;

    for (size_t at = 0; at < part; at += chunk) {
        size_t own = (size_t)task->rank * part + at;
        size_t own_bytes = part_bytes(total, part, task->rank, at, chunk);

        for (int r = 0; r < task->ranks; r++)
            if (r != task->rank)
                add_send(task, r, task->send + (size_t)r * part + at, part_bytes(total, part, r, at, chunk));
        gather_inputs(task, task->send + own, own_bytes);
        if (!exchange(task))
            return false;
        if (own_bytes)
            reduce_inputs(task, task->recv + own, own_bytes);
        for (int r = 0; r < task->ranks; r++) {
            if (r == task->rank)
                continue;
            add_send(task, r, task->recv + own, own_bytes);
            add_recv(task, r, task->recv + (size_t)r * part + at, part_bytes(total, part, r, at, chunk));
        }
        if (!exchange(task))
            return false;
    }
    return true;
}

static bool all_reduce(struct task *task)
{
    size_t total = task->operation->count * task->size;

    return total <= SMALL_BYTES ? all_reduce_small(task, total) : all_reduce_large(task, total);
}

/* ---- Around them ---- */

static bool run(struct task *task)
{
    switch (task->operation->kind) {
    case OPERATION_BROADCAST:
        return broadcast(task);
    case OPERATION_ALL_GATHER:
        return all_gather(task);
    case OPERATION_REDUCE:
        return reduce_to_root(task);
    case OPERATION_REDUCE_SCATTER:
        return reduce_scatter(task);
    default:
        return all_reduce(task);
    }
}

/* For a user-made reduction: a copy of the input, multiplied by this rank's number. */
static char *scaled_input(const struct task *task)
{
    const struct operation *operation = task->operation;
    const struct reduction *reduction = &operation->reduction;
    size_t blocks = operation->kind == OPERATION_REDUCE_SCATTER ? (size_t)task->ranks : 1;
    char *scaled = malloc(operation->count * blocks * task->size);

    if (scaled)
        reduce_scale(operation->type, scaled, operation->send, operation->count * blocks,
                     reduction->device_scalar ? reduction->device_scalar : reduction->scalar);
    return scaled;
}

bool collective_run(const struct operation *operation)
{
    struct ncclComm *comm = operation->comm;
    size_t ranks = (size_t)comm->ranks;
    bool reduces = operation->kind != OPERATION_BROADCAST && operation->kind != OPERATION_ALL_GATHER;
    bool scales = reduces && operation->reduction.op == ncclNumOps;
    char *scaled = NULL;
    bool went_well = false;
    struct task task = {
        .operation = operation,
        .comm = comm,
        .rank = comm->rank,
        .ranks = comm->ranks,
        .size = type_size(operation->type),
        .send = operation->send,
        .recv = operation->recv,
        .patience = patience_begin(comm, operation->name),
        .transfers = malloc(2 * ranks * sizeof(struct transfer)),
        .scratch = reduces ? malloc(ranks * CHUNK_BYTES) : NULL,
        .inputs = malloc(ranks * sizeof(void *)),
    };

    if (scales)
        task.send = scaled = scaled_input(&task);
    if (task.transfers && task.inputs && (task.scratch || !reduces) && (scaled || !scales))
        went_well = run(&task);
    else
        comm_set_error(comm, ncclSystemError);
    free(scaled);
    free(task.inputs);
    free(task.scratch);
    free(task.transfers);
    return went_well;
}
