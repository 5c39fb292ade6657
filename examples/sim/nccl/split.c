/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "create.h"
#include "error.h"
#include "group.h"

/* Communicators made from another one. The parent shows that the job goes on; the handle is written at its
 * end. */

struct split_job {
    struct job job; /* its comm is the parent */
    ncclComm_t *out;
    bool blocking; /* of the child */
    unsigned int number;
    int color;
    int key;
    int *excluded; /* shrink: sorted */
    int excluded_count;
};

static void release_job(struct job *job)
{
    free(((struct split_job *)job)->excluded);
    free(job);
}

/* Makes and connects the child. */
static ncclResult_t make_child(struct split_job *split, struct token token, int ranks, int rank,
                               const char *function)
{
    struct ncclComm *parent = split->job.comm;
    struct ncclComm *child = comm_create(ranks, rank, parent->device, split->blocking, token);
    ncclResult_t result;

    if (!child)
        return error_note(ncclSystemError, "%s: out of memory", function);
    result = create_connect(child, function, parent);
    if (result != ncclSuccess) {
        comm_release(child);
        return result;
    }
    atomic_store(&child->state, ncclSuccess);
    *split->out = child;
    return ncclSuccess;
}

static ncclResult_t start_job(struct split_job *split, struct ncclComm *parent, ncclComm_t *out,
                              bool blocking, ncclResult_t (*run)(struct job *))
{
    *out = NULL;
    split->out = out;
    split->blocking = blocking;
    split->job = (struct job){.comm = comm_retain(parent),
                              .parent = parent,
                              .run = run,
                              .release = release_job,
                              .blocking = blocking && parent->blocking};
    group_add_job(&split->job);
    return ncclSuccess;
}

/* ---- Split ---- */

/* Who of the parent's ranks is in the child before us: those of our color with a smaller key, or with the
 * same key and a smaller rank (nccl 2.28 init.cc). */
static void find_place(const struct ncclComm *parent, const int *colors, const int *keys, int *ranks,
                       int *rank)
{
    int own = parent->rank;

    *ranks = *rank = 0;
    for (int r = 0; r < parent->ranks; r++) {
        if (colors[r] != colors[own])
            continue;
        ++*ranks;
        *rank += keys[r] < keys[own] || (keys[r] == keys[own] && r < own);
    }
}

static ncclResult_t run_split(struct job *job)
{
    struct split_job *split = (struct split_job *)job;
    struct ncclComm *parent = job->comm;
    struct patience patience = patience_begin(parent, "ncclCommSplit");
    int *colors = calloc((size_t)parent->ranks, 2 * sizeof(colors[0]));
    struct token token = parent->token;
    ncclResult_t result;
    int ranks;
    int rank;

    if (!colors)
        return error_note(ncclSystemError, "ncclCommSplit: out of memory");
    result = arena_exchange(&parent->arena, split->number, split->color, split->key, colors,
                            colors + parent->ranks, &patience);
    if (result == ncclSuccess && split->color != NCCL_SPLIT_NOCOLOR) {
        find_place(parent, colors, colors + parent->ranks, &ranks, &rank);
        token = token_extend(token, &split->number, sizeof(split->number));
        token = token_extend(token, &split->color, sizeof(split->color));
        result = make_child(split, token, ranks, rank, "ncclCommSplit");
    }
    free(colors);
    return result;
}

static ncclResult_t add_split(struct ncclComm *comm, int color, int key, ncclComm_t *out,
                              const ncclConfig_t *config)
{
    ncclResult_t result = comm_ready(comm, "ncclCommSplit");
    struct split_job *split;
    bool blocking;

    if (result != ncclSuccess)
        return result;
    blocking = comm->blocking;
    result = create_read_config(config, &blocking, "ncclCommSplit");
    if (result != ncclSuccess)
        return result;
    if (!out || color < NCCL_SPLIT_NOCOLOR)
        return error_note(ncclInvalidArgument, "ncclCommSplit: color %d is invalid, or newcomm is NULL",
                          color);
    split = calloc(1, sizeof(*split));
    if (!split)
        return error_note(ncclSystemError, "ncclCommSplit: out of memory");
    split->number = ++comm->splits;
    split->color = color;
    split->key = key;
    return start_job(split, comm, out, blocking, run_split);
}

/* In nonblocking mode: what the last call on the communicator came to, as the real one reports it. */
static ncclResult_t answer(struct ncclComm *comm, ncclResult_t result)
{
    if (result == ncclSuccess && comm && !comm->blocking)
        ncclCommGetAsyncError(comm, &result);
    return result;
}

NCCL_API(ncclResult_t, ncclCommSplit,
         (ncclComm_t comm, int color, int key, ncclComm_t *out, ncclConfig_t *config))
{
    group_enter();
    return answer(comm, group_leave(add_split(comm, color, key, out, config)));
}

/* ---- Shrink ---- */

static int compare_ranks(const void *a, const void *b)
{
    int x = *(const int *)a;
    int y = *(const int *)b;

    return (x > y) - (x < y);
}

/* All that stay compute the same without asking anybody: those that go do not call, and may be dead. */
static ncclResult_t run_shrink(struct job *job)
{
    static const char kind[] = "shrink";
    struct split_job *shrink = (struct split_job *)job;
    struct ncclComm *parent = job->comm;
    struct token token = token_extend(parent->token, kind, sizeof(kind));
    int rank = parent->rank;

    for (int i = 0; i < shrink->excluded_count; i++)
        rank -= shrink->excluded[i] < parent->rank;
    token = token_extend(token, &shrink->number, sizeof(shrink->number));
    token = token_extend(token, shrink->excluded, (size_t)shrink->excluded_count * sizeof(int));
    return make_child(shrink, token, parent->ranks - shrink->excluded_count, rank, "ncclCommShrink");
}

/* Sorts the caller's array, as the real one does, and refuses ranks that are not there, are there twice, or
 * are us. */
static ncclResult_t check_excluded(const struct ncclComm *comm, int *excluded, int count)
{
    if (!excluded || count < 1 || count >= comm->ranks)
        return error_note(ncclInvalidArgument, "ncclCommShrink: cannot exclude %d of %d ranks", count,
                          comm->ranks);
    qsort(excluded, (size_t)count, sizeof(excluded[0]), compare_ranks);
    for (int i = 0; i < count; i++)
        if (excluded[i] < 0 || excluded[i] >= comm->ranks || excluded[i] == comm->rank ||
            (i > 0 && excluded[i] == excluded[i - 1]))
            return error_note(ncclInvalidArgument, "ncclCommShrink: cannot exclude rank %d", excluded[i]);
    return ncclSuccess;
}

static ncclResult_t add_shrink(struct ncclComm *comm, int *excluded, int count, ncclComm_t *out,
                               const ncclConfig_t *config, int flags)
{
    /* With NCCL_SHRINK_ABORT the parent may be in error: that is what the flag is for. */
    ncclResult_t result =
        flags == NCCL_SHRINK_ABORT ? comm_check(comm, "ncclCommShrink") : comm_ready(comm, "ncclCommShrink");
    struct split_job *shrink;
    bool blocking;

    if (result != ncclSuccess)
        return result;
    blocking = comm->blocking;
    result = create_read_config(config, &blocking, "ncclCommShrink");
    if (result != ncclSuccess)
        return result;
    if (!out || (flags != NCCL_SHRINK_DEFAULT && flags != NCCL_SHRINK_ABORT))
        return error_note(ncclInvalidArgument, "ncclCommShrink: newcomm is NULL, or the flags are invalid");
    result = check_excluded(comm, excluded, count);
    if (result != ncclSuccess)
        return result;
    shrink = calloc(1, sizeof(*shrink));
    if (shrink)
        shrink->excluded = calloc((size_t)count, sizeof(int));
    if (!shrink || !shrink->excluded) {
        free(shrink);
        return error_note(ncclSystemError, "ncclCommShrink: out of memory");
    }
    memcpy(shrink->excluded, excluded, (size_t)count * sizeof(int));
    shrink->excluded_count = count;
    shrink->number = ++comm->shrinks;
    if (flags == NCCL_SHRINK_ABORT)
        comm_interrupt(comm);
    return start_job(shrink, comm, out, blocking, run_shrink);
}

NCCL_API(ncclResult_t, ncclCommShrink,
         (ncclComm_t comm, int *excluded, int count, ncclComm_t *out, ncclConfig_t *config, int flags))
{
    group_enter();
    return answer(comm, group_leave(add_shrink(comm, excluded, count, out, config, flags)));
}
