/* SPDX-License-Identifier: Apache-2.0 */
#include "workers.h"

#include <pthread.h>
#include <stdlib.h>

#include "check.h"
#include "tensor.h"

struct worker {
    struct workers *workers;
    pthread_t thread;
    ncclComm_t comm;
    cudaStream_t stream;
    struct tensor whole;
    struct tensor part;
    bool wrong; /* written by the worker between the two barriers, read by the main thread after the second */
};

struct workers {
    int count;
    int device;
    const struct group *world;
    pthread_barrier_t begin; /* orders what the main thread writes below before what the workers read, */
    pthread_barrier_t end;   /* and what the workers write before what the main thread reads */
    long step;
    bool stop;
    struct worker worker[];
};

static void work(struct worker *worker)
{
    const struct group *world = worker->workers->world;
    long step = worker->workers->step;
    size_t count = worker->part.count;

    tensor_fill(&worker->whole, step, world->rank + 1, 1);
    tensor_upload(&worker->whole, worker->stream);
    CHECK_NCCL(ncclReduceScatter(worker->whole.device, worker->part.device, count, ncclFloat32, ncclSum,
                                 worker->comm, worker->stream));
    CHECK_NCCL(ncclAllGather(worker->part.device, worker->whole.device, count, ncclFloat32, worker->comm,
                             worker->stream));
    tensor_download(&worker->whole, worker->stream);
    CHECK_CUDA(cudaStreamSynchronize(worker->stream));
    worker->wrong = !tensor_check(&worker->whole, world->rank, step, group_sum(world), world->size);
}

static void *worker_main(void *argument)
{
    struct worker *worker = argument;

    CHECK_CUDA(cudaSetDevice(worker->workers->device));
    for (;;) {
        pthread_barrier_wait(&worker->workers->begin);
        if (worker->workers->stop)
            return NULL;
        work(worker);
        pthread_barrier_wait(&worker->workers->end);
    }
}

static void worker_create(struct workers *workers, struct worker *worker, size_t elements)
{
    size_t ranks = (size_t)workers->world->size;
    size_t part = (elements + ranks - 1) / ranks;

    worker->workers = workers;
    worker->whole = tensor_create("array of a worker", part * ranks);
    worker->part = tensor_create("part of a worker's array", part);
    CHECK_CUDA(cudaStreamCreate(&worker->stream));
    CHECK_NCCL(ncclCommSplit(workers->world->comm, 0, workers->world->rank, &worker->comm, NULL));
    CHECK_THAT(pthread_create(&worker->thread, NULL, worker_main, worker) == 0);
}

struct workers *workers_create(int count, const struct group *world, size_t elements)
{
    struct workers *workers = calloc(1, sizeof(*workers) + (size_t)count * sizeof(workers->worker[0]));

    CHECK_THAT(workers != NULL);
    workers->count = count;
    workers->world = world;
    CHECK_CUDA(cudaGetDevice(&workers->device));
    CHECK_THAT(pthread_barrier_init(&workers->begin, NULL, (unsigned)count + 1) == 0);
    CHECK_THAT(pthread_barrier_init(&workers->end, NULL, (unsigned)count + 1) == 0);
    for (int i = 0; i < count; i++)
        worker_create(workers, &workers->worker[i], elements);
    return workers;
}

void workers_destroy(struct workers *workers)
{
    workers->stop = true;
    pthread_barrier_wait(&workers->begin);
    for (int i = 0; i < workers->count; i++) {
        struct worker *worker = &workers->worker[i];

        CHECK_THAT(pthread_join(worker->thread, NULL) == 0);
        CHECK_NCCL(ncclCommDestroy(worker->comm));
        CHECK_CUDA(cudaStreamDestroy(worker->stream));
        tensor_destroy(&worker->part);
        tensor_destroy(&worker->whole);
    }
    pthread_barrier_destroy(&workers->end);
    pthread_barrier_destroy(&workers->begin);
    free(workers);
}

void workers_begin(struct workers *workers, long step)
{
    workers->step = step;
    pthread_barrier_wait(&workers->begin);
}

int workers_end(struct workers *workers)
{
    int wrong = 0;

    pthread_barrier_wait(&workers->end);
    for (int i = 0; i < workers->count; i++)
        wrong += workers->worker[i].wrong;
    return wrong;
}
