/* SPDX-License-Identifier: Apache-2.0 */
#include "launch.h"

#include <stdbool.h>
#include <stdlib.h>

#include "comm.h"
#include "error.h"
#include "kernel.h"
#include "simrt.h"

static ncclResult_t cuda(cudaError_t error)
{
    return error == cudaSuccess
               ? ncclSuccess
               : error_note(ncclUnhandledCudaError, "Cuda failure '%s'", cudaGetErrorString(error));
}

/* Which capture the stream is in; 0: none. */
static ncclResult_t capture_of(cudaStream_t stream, unsigned long long *id)
{
    enum cudaStreamCaptureStatus status;
    cudaError_t error;

    *id = 0;
    error = simrt_capture_info(stream, false, &status, id, NULL, NULL, NULL);
    if (!error && status == cudaStreamCaptureStatusInvalidated)
        error = cudaErrorStreamCaptureInvalidated;
    return cuda(error);
}

/* ---- Streams. As in nccl 2.28 (enqueue.cc, ncclLaunchPrepare and ncclLaunchFinish) the kernel goes on the
 * first stream of the group and waits for the others, which then wait for it; and it comes after the
 * communicator's last kernel. ---- */

static bool first_with_stream(const struct operation *operations, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (operations[k].stream == operations[i].stream)
            return false;
    return true;
}

static cudaError_t each_other_stream(const struct operation *operations, size_t count,
                                     cudaError_t (*act)(cudaStream_t main, cudaStream_t other,
                                                        cudaEvent_t event),
                                     cudaEvent_t event)
{
    cudaError_t error = cudaSuccess;

    for (size_t i = 1; i < count && !error; i++)
        if (first_with_stream(operations, i))
            error = act(operations[0].stream, operations[i].stream, event);
    return error;
}

static cudaError_t main_waits(cudaStream_t main, cudaStream_t other, cudaEvent_t event)
{
    cudaError_t error = simrt_event_record(event, other);

    return error ? error : simrt_event_wait(main, event);
}

static cudaError_t other_waits(cudaStream_t main, cudaStream_t other, cudaEvent_t event)
{
    (void)main;
    return simrt_event_wait(other, event);
}

/* All streams must be captured into the same graph, or none. */
static ncclResult_t one_capture(const struct operation *operations, size_t count, unsigned long long *id)
{
    ncclResult_t result = capture_of(operations[0].stream, id);

    for (size_t i = 1; i < count && result == ncclSuccess; i++) {
        unsigned long long other;

        if (!first_with_stream(operations, i))
            continue;
        result = capture_of(operations[i].stream, &other);
        if (result == ncclSuccess && other != *id)
            result = error_note(ncclInvalidUsage,
                                "streams of one group are captured into different graphs, or only some");
    }
    return result;
}

/* The event that orders kernels of this kind, made when first needed. */
static cudaError_t order_event(cudaEvent_t *event)
{
    return *event ? cudaSuccess : simrt_event_create(event);
}

static cudaError_t before_kernel(struct ncclComm *comm, const struct operation *operations, size_t count,
                                 unsigned long long capture)
{
    cudaEvent_t *event = capture ? &comm->captured_order : &comm->order;
    cudaStream_t main = operations[0].stream;
    cudaError_t error = order_event(event);

    if (!error && capture && comm->captured_order_id == capture)
        error = simrt_event_wait(main, *event);
    else if (!error && !capture && comm->order_used && comm->order_stream != main)
        error = simrt_event_wait(main, *event);
    return error ? error : each_other_stream(operations, count, main_waits, *event);
}

static cudaError_t after_kernel(struct ncclComm *comm, const struct operation *operations, size_t count,
                                unsigned long long capture)
{
    cudaEvent_t event = capture ? comm->captured_order : comm->order;
    cudaError_t error = simrt_event_record(event, operations[0].stream);

    if (capture) {
        comm->captured_order_id = capture;
    } else {
        comm->order_used = true;
        comm->order_stream = operations[0].stream;
    }
    return error ? error : each_other_stream(operations, count, other_waits, event);
}

static ncclResult_t launch_kernel(struct ncclComm *comm, const struct operation *operations, size_t count)
{
    unsigned long long capture;
    ncclResult_t result = one_capture(operations, count, &capture);
    struct kernel *kernel;
    cudaError_t error;

    if (result != ncclSuccess)
        return result;
    error = before_kernel(comm, operations, count, capture);
    if (error)
        return cuda(error);
    kernel = kernel_create(comm, operations, count, capture != 0);
    if (!kernel)
        return error_note(ncclSystemError, "out of memory");
    error = simrt_launch(operations[0].stream, kernel_run, kernel_release, kernel);
    if (!error)
        error = after_kernel(comm, operations, count, capture);
    return cuda(error);
}

/* ---- Communicators ---- */

/* By hash, as NCCL does it (nccl 2.28 group.h), so that all ranks launch in the same order; then in the order
 * of the calls, which the addresses tell. */
static int compare(const void *a, const void *b)
{
    const struct operation *x = *(const struct operation *const *)a;
    const struct operation *y = *(const struct operation *const *)b;

    if (x->comm->token.high != y->comm->token.high)
        return x->comm->token.high < y->comm->token.high ? -1 : 1;
    if (x->comm->rank != y->comm->rank)
        return x->comm->rank < y->comm->rank ? -1 : 1;
    return x < y ? -1 : x > y;
}

/* Sends to oneself need their receives in the same group (nccl 2.28 enqueue.cc). */
static ncclResult_t check_own_messages(const struct operation *operations, size_t count)
{
    long surplus = 0;

    for (size_t i = 0; i < count; i++) {
        if (operations[i].kind < OPERATION_SEND || operations[i].peer != operations[i].comm->rank)
            continue;
        surplus += operations[i].kind == OPERATION_SEND ? 1 : -1;
    }
    if (surplus == 0)
        return ncclSuccess;
    return error_note(ncclInvalidUsage, "Trying to %s",
                      surplus > 0 ? "send to self without a matching recv"
                                  : "recv to self without a matching send");
}

static size_t same_comm(const struct operation *operations, size_t start, size_t count)
{
    size_t end = start;

    while (end < count && operations[end].comm == operations[start].comm)
        end++;
    return end;
}

ncclResult_t launch(const struct operation *operations, size_t count)
{
    const struct operation **order = malloc(count * sizeof(order[0]));
    struct operation *sorted = malloc(count * sizeof(sorted[0]));
    ncclResult_t result = ncclSuccess;

    if (!order || !sorted) {
        result = error_note(ncclSystemError, "out of memory");
        goto out;
    }
    for (size_t i = 0; i < count; i++)
        order[i] = &operations[i];
    qsort(order, count, sizeof(order[0]), compare);
    for (size_t i = 0; i < count; i++)
        sorted[i] = *order[i];
    for (size_t i = 0, end; i < count && result == ncclSuccess; i = end) {
        end = same_comm(sorted, i, count);
        result = check_own_messages(&sorted[i], end - i);
    }
    for (size_t i = 0, end; i < count && result == ncclSuccess; i = end) {
        end = same_comm(sorted, i, count);
        result = launch_kernel(sorted[i].comm, &sorted[i], end - i);
    }
out:
    free(sorted);
    free(order);
    return result;
}
