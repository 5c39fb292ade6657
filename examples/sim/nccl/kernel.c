/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel.h"

#include <stdlib.h>
#include <string.h>

#include "collective.h"
#include "comm.h"
#include "message.h"

static size_t bytes_of(const struct operation *operation)
{
    return operation->count * type_size(operation->type);
}

static int sign(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

/* Among collectives the larger comes first, and equal ones stay in the order of the calls: about what NCCL
 * does (nccl 2.28 enqueue.cc), so that two collectives of different size may change places within a group by
 * accident. Messages come last, in the order of the calls. Addresses tell that order, since the array is
 * sorted where it lies only once and through pointers. */
static int compare(const void *a, const void *b)
{
    const struct operation *x = *(const struct operation *const *)a;
    const struct operation *y = *(const struct operation *const *)b;
    bool x_is_message = x->kind >= OPERATION_SEND;
    bool y_is_message = y->kind >= OPERATION_SEND;

    if (x_is_message != y_is_message)
        return x_is_message - y_is_message;
    if (!x_is_message && bytes_of(x) != bytes_of(y))
        return sign(bytes_of(y), bytes_of(x));
    return sign((size_t)x, (size_t)y);
}

struct kernel *kernel_create(struct ncclComm *comm, const struct operation *operations, size_t count,
                             bool captured)
{
    struct kernel *kernel = malloc(sizeof(*kernel) + count * sizeof(operations[0]));
    const struct operation **order = malloc(count * sizeof(order[0]));

    if (!kernel || !order) {
        free(kernel);
        free(order);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        order[i] = &operations[i];
    qsort(order, count, sizeof(order[0]), compare);
    for (size_t i = 0; i < count; i++)
        kernel->operations[i] = *order[i];
    free(order);
    kernel->comm = comm_retain(comm);
    kernel->captured = captured;
    kernel->count = count;
    comm_kernel_issued(comm, captured);
    return kernel;
}

void kernel_run(void *argument)
{
    struct kernel *kernel = argument;
    struct ncclComm *comm = kernel->comm;
    size_t done = 0;
    bool going = true;

    pthread_mutex_lock(&comm->running);
    while (going && done < kernel->count && kernel->operations[done].kind < OPERATION_SEND)
        going = !comm_halted(comm) && collective_run(&kernel->operations[done++]);
    if (going && done < kernel->count && !comm_halted(comm))
        messages_run(comm, &kernel->operations[done], kernel->count - done);
    pthread_mutex_unlock(&comm->running);
}

/* An eager kernel has run once, or never will, when its stream lets go of it. */
void kernel_release(void *argument)
{
    struct kernel *kernel = argument;
    struct ncclComm *comm = kernel->comm;

    if (kernel->captured)
        comm_kernel_forgotten(comm);
    else
        comm_kernel_ended(comm);
    free(kernel);
    comm_release(comm);
}
