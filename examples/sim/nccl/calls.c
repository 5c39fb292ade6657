/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>

#include "api.h"
#include "comm.h"
#include "error.h"
#include "group.h"
#include "operation.h"

/* The calls that communicate: checked here, by this rank alone, and put into the thread's group. */

static bool has_root(const struct operation *call)
{
    return call->kind == OPERATION_BROADCAST || call->kind == OPERATION_REDUCE ||
           call->kind == OPERATION_SEND || call->kind == OPERATION_RECV;
}

/* Whether the call reads or writes memory on this rank. */
static bool needs_send(const struct operation *call)
{
    return call->kind != OPERATION_RECV &&
           !(call->kind == OPERATION_BROADCAST && call->peer != call->comm->rank);
}

static bool needs_recv(const struct operation *call)
{
    return call->kind != OPERATION_SEND &&
           !(call->kind == OPERATION_REDUCE && call->peer != call->comm->rank);
}

static ncclResult_t check(const struct operation *call)
{
    if (!type_size(call->type))
        return error_note(ncclInvalidArgument, "%s: invalid type %d", call->name, (int)call->type);
    if (has_root(call) && (call->peer < 0 || call->peer >= call->comm->ranks))
        return error_note(ncclInvalidArgument, "%s: invalid rank %d: the communicator has %d", call->name,
                          call->peer, call->comm->ranks);
    if (call->count && ((needs_send(call) && !call->send) || (needs_recv(call) && !call->recv)))
        return error_note(ncclInvalidArgument, "%s: a buffer is NULL", call->name);
    return ncclSuccess;
}

static ncclResult_t prepare(struct operation *call, ncclRedOp_t op)
{
    ncclResult_t result = comm_ready(call->comm, call->name);

    if (result == ncclSuccess && atomic_load(&call->comm->revoked))
        result = error_note(ncclInvalidUsage, "%s: the communicator was revoked", call->name);
    if (result == ncclSuccess)
        result = check(call);
    if (result == ncclSuccess)
        result = redop_resolve(call->comm, op, call->type, &call->reduction);
    return result;
}

/* A collective of nothing is dropped, whatever the other ranks do (nccl 2.28 enqueue.cc, taskAppend); a
 * message of nothing is not. */
static ncclResult_t add(struct operation *call, ncclRedOp_t op)
{
    ncclResult_t result = prepare(call, op);

    if (result != ncclSuccess || (call->count == 0 && call->kind < OPERATION_SEND))
        return result;
    return group_add_operation(call);
}

/* What a call on a communicator that does not block returns is how that is doing. */
static ncclResult_t answer(struct ncclComm *comm, ncclResult_t result)
{
    if (result == ncclSuccess && comm && !comm->blocking)
        ncclCommGetAsyncError(comm, &result);
    return result;
}

static ncclResult_t issue(struct operation call, ncclRedOp_t op)
{
    group_enter();
    return answer(call.comm, group_leave(add(&call, op)));
}

NCCL_API(ncclResult_t, ncclAllReduce,
         (const void *send, void *recv, size_t count, ncclDataType_t type, ncclRedOp_t op, ncclComm_t comm,
          cudaStream_t stream))
{
    return issue((struct operation){OPERATION_ALL_REDUCE, "ncclAllReduce", send, recv, count, type,
                                    .comm = comm, .stream = stream},
                 op);
}

NCCL_API(ncclResult_t, ncclReduceScatter,
         (const void *send, void *recv, size_t count, ncclDataType_t type, ncclRedOp_t op, ncclComm_t comm,
          cudaStream_t stream))
{
    return issue((struct operation){OPERATION_REDUCE_SCATTER, "ncclReduceScatter", send, recv, count, type,
                                    .comm = comm, .stream = stream},
                 op);
}

NCCL_API(ncclResult_t, ncclAllGather,
         (const void *send, void *recv, size_t count, ncclDataType_t type, ncclComm_t comm,
          cudaStream_t stream))
{
    return issue((struct operation){OPERATION_ALL_GATHER, "ncclAllGather", send, recv, count, type,
                                    .comm = comm, .stream = stream},
                 ncclSum);
}

NCCL_API(ncclResult_t, ncclReduce,
         (const void *send, void *recv, size_t count, ncclDataType_t type, ncclRedOp_t op, int root,
          ncclComm_t comm, cudaStream_t stream))
{
    return issue((struct operation){OPERATION_REDUCE, "ncclReduce", send, recv, count, type, .peer = root,
                                    .comm = comm, .stream = stream},
                 op);
}

NCCL_API(ncclResult_t, ncclBroadcast,
         (const void *send, void *recv, size_t count, ncclDataType_t type, int root, ncclComm_t comm,
          cudaStream_t stream))
{
    return issue((struct operation){OPERATION_BROADCAST, "ncclBroadcast", send, recv, count, type,
                                    .peer = root, .comm = comm, .stream = stream},
                 ncclSum);
}

/* Through the public name, as in the real one (nccl 2.28 collectives.cc). */
NCCL_API(ncclResult_t, ncclBcast,
         (void *buffer, size_t count, ncclDataType_t type, int root, ncclComm_t comm, cudaStream_t stream))
{
    return ncclBroadcast(buffer, buffer, count, type, root, comm, stream);
}

NCCL_API(ncclResult_t, ncclSend,
         (const void *buffer, size_t count, ncclDataType_t type, int peer, ncclComm_t comm,
          cudaStream_t stream))
{
    return issue((struct operation){OPERATION_SEND, "ncclSend", buffer, NULL, count, type, .peer = peer,
                                    .comm = comm, .stream = stream},
                 ncclSum);
}

NCCL_API(ncclResult_t, ncclRecv,
         (void *buffer, size_t count, ncclDataType_t type, int peer, ncclComm_t comm, cudaStream_t stream))
{
    return issue((struct operation){OPERATION_RECV, "ncclRecv", NULL, buffer, count, type, .peer = peer,
                                    .comm = comm, .stream = stream},
                 ncclSum);
}

/* ---- Those that are made of messages (nccl 2.28 enqueue.cc, collTaskAppend) ---- */

static ncclResult_t add_message(enum operation_kind kind, const struct operation *whole, int peer,
                                const void *send, void *recv)
{
    struct operation message = *whole;

    message.kind = kind;
    message.peer = peer;
    message.send = send;
    message.recv = recv;
    return add(&message, ncclSum);
}

/* Block r of the send buffer to rank r, when `sends`; block r of the receive buffer from rank r, when
 * `receives`. */
static ncclResult_t add_blocks(const struct operation *whole, bool sends, bool receives)
{
    size_t block = whole->count * type_size(whole->type);
    ncclResult_t result = ncclSuccess;

    for (int r = 0; r < whole->comm->ranks && result == ncclSuccess; r++) {
        if (sends)
            result =
                add_message(OPERATION_SEND, whole, r, (const char *)whole->send + (size_t)r * block, NULL);
        if (receives && result == ncclSuccess)
            result = add_message(OPERATION_RECV, whole, r, NULL, (char *)whole->recv + (size_t)r * block);
    }
    return result;
}

static ncclResult_t add_all_to_all(const struct operation *whole)
{
    return add_blocks(whole, true, true);
}

static ncclResult_t add_gather(const struct operation *whole)
{
    ncclResult_t result = add_message(OPERATION_SEND, whole, whole->peer, whole->send, NULL);

    if (result == ncclSuccess && whole->comm->rank == whole->peer)
        result = add_blocks(whole, false, true);
    return result;
}

static ncclResult_t add_scatter(const struct operation *whole)
{
    ncclResult_t result = add_message(OPERATION_RECV, whole, whole->peer, NULL, whole->recv);

    if (result == ncclSuccess && whole->comm->rank == whole->peer)
        result = add_blocks(whole, true, false);
    return result;
}

static ncclResult_t issue_messages(struct operation whole,
                                   ncclResult_t (*add_parts)(const struct operation *whole))
{
    struct operation check_as = whole;
    ncclResult_t result;

    group_enter();
    check_as.kind = OPERATION_BROADCAST; /* which has a root */
    check_as.count = 0;                  /* whose buffers are the parts' business */
    result = prepare(&check_as, ncclSum);
    if (result == ncclSuccess && whole.count)
        result = add_parts(&whole);
    return answer(whole.comm, group_leave(result));
}

NCCL_API(ncclResult_t, ncclAlltoAll,
         (const void *send, void *recv, size_t count, ncclDataType_t type, ncclComm_t comm,
          cudaStream_t stream))
{
    return issue_messages((struct operation){OPERATION_SEND, "ncclAlltoAll", send, recv, count, type,
                                             .comm = comm, .stream = stream},
                          add_all_to_all);
}

NCCL_API(ncclResult_t, ncclGather,
         (const void *send, void *recv, size_t count, ncclDataType_t type, int root, ncclComm_t comm,
          cudaStream_t stream))
{
    return issue_messages((struct operation){OPERATION_SEND, "ncclGather", send, recv, count, type,
                                             .peer = root, .comm = comm, .stream = stream},
                          add_gather);
}

NCCL_API(ncclResult_t, ncclScatter,
         (const void *send, void *recv, size_t count, ncclDataType_t type, int root, ncclComm_t comm,
          cudaStream_t stream))
{
    return issue_messages((struct operation){OPERATION_SEND, "ncclScatter", send, recv, count, type,
                                             .peer = root, .comm = comm, .stream = stream},
                          add_scatter);
}
