/* SPDX-License-Identifier: Apache-2.0
 *
 * Host time of ncclAllReduce: prints its median and 99th percentile in nanoseconds over many calls, enqueued
 * in bursts short enough that the stream's queue never fills. run.sh runs it with and without the agent, in
 * turns.
 */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cuda_runtime_api.h>
#include <nccl.h>

#define BURSTS 100
#define BURST  20
#define COUNT  1024

static void need(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "allreduce-cost: %s failed\n", what);
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
}

static long now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}

static int ascending(const void *left, const void *right)
{
    const long a = *(const long *)left;
    const long b = *(const long *)right;
    return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    int rank, ranks, devices;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    need(cudaGetDeviceCount(&devices) == cudaSuccess && devices > 0, "cudaGetDeviceCount");
    need(cudaSetDevice(rank % devices) == cudaSuccess, "cudaSetDevice");

    ncclUniqueId id;
    if (rank == 0)
        need(ncclGetUniqueId(&id) == ncclSuccess, "ncclGetUniqueId");
    MPI_Bcast(&id, sizeof id, MPI_BYTE, 0, MPI_COMM_WORLD);
    ncclComm_t comm;
    need(ncclCommInitRank(&comm, ranks, id, rank) == ncclSuccess, "ncclCommInitRank");
    cudaStream_t stream;
    void *buffer;
    need(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) == cudaSuccess,
         "cudaStreamCreateWithFlags");
    need(cudaMalloc(&buffer, COUNT * sizeof(float)) == cudaSuccess, "cudaMalloc");

    static long cost[BURSTS * BURST];
    for (int burst = -2; burst < BURSTS; burst++) { /* two to warm up */
        for (int i = 0; i < BURST; i++) {
            const long begin = now_ns();
            need(ncclAllReduce(buffer, buffer, COUNT, ncclFloat, ncclSum, comm, stream) == ncclSuccess,
                 "ncclAllReduce");
            if (burst >= 0)
                cost[burst * BURST + i] = now_ns() - begin;
        }
        need(cudaStreamSynchronize(stream) == cudaSuccess, "cudaStreamSynchronize");
    }
    ncclCommDestroy(comm);
    if (rank == 0) {
        qsort(cost, BURSTS * BURST, sizeof cost[0], ascending);
        printf("all_reduce_host_ns_p50: %ld ns\nall_reduce_host_ns_p99: %ld ns\n", cost[BURSTS * BURST / 2],
               cost[BURSTS * BURST * 99 / 100]);
    }
    MPI_Finalize();
    return 0;
}
