/* SPDX-License-Identifier: Apache-2.0
 *
 * A job whose rank 1 goes elsewhere while the others wait for it in an all-reduce: astray PLACE. All calls of
 * MPI that block and are hooked are made before, and must do what they do.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cuda_runtime_api.h>
#include <mpi.h>
#include <nccl.h>

enum { RANKS = 2, COUNT = 1024 };

static int rank;
static ncclComm_t comm;
static cudaStream_t stream;
static float *data;

static void must(int right, const char *what)
{
    if (right)
        return;
    fprintf(stderr, "astray: %s\n", what);
    MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
}

static void all_collectives(void)
{
    int mine[RANKS] = {rank + 1, rank + 1};
    int all[RANKS] = {0};
    const int ones[RANKS] = {1, 1};
    const int places[RANKS] = {0, 1};
    MPI_Comm world = MPI_COMM_WORLD;
    MPI_Comm half;
    MPI_Comm copy;

    must(MPI_Barrier(world) == 0, "MPI_Barrier");
    must(MPI_Reduce(mine, all, 1, MPI_INT, MPI_SUM, 1, world) == 0 && (rank == 0 || all[0] == 3),
         "MPI_Reduce");
    must(MPI_Allreduce(mine, all, 1, MPI_INT, MPI_MAX, world) == 0 && all[0] == 2, "MPI_Allreduce");
    must(MPI_Scan(mine, all, 1, MPI_INT, MPI_SUM, world) == 0 && all[0] == (rank ? 3 : 1), "MPI_Scan");
    must(MPI_Allgather(mine, 1, MPI_INT, all, 1, MPI_INT, world) == 0 && all[1] == 2, "MPI_Allgather");
    all[1] = 0;
    must(MPI_Allgatherv(mine, 1, MPI_INT, all, ones, places, MPI_INT, world) == 0 && all[1] == 2,
         "MPI_Allgatherv");
    must(MPI_Alltoall(mine, 1, MPI_INT, all, 1, MPI_INT, world) == 0 && all[1] == 2, "MPI_Alltoall");
    all[1] = 0;
    must(MPI_Alltoallv(mine, ones, places, MPI_INT, all, ones, places, MPI_INT, world) == 0 && all[1] == 2,
         "MPI_Alltoallv");
    all[1] = 0;
    must(MPI_Gather(mine, 1, MPI_INT, all, 1, MPI_INT, 0, world) == 0 && all[1] == (rank ? 0 : 2),
         "MPI_Gather");
    all[1] = 0;
    must(MPI_Gatherv(mine, 1, MPI_INT, all, ones, places, MPI_INT, 0, world) == 0 && all[1] == (rank ? 0 : 2),
         "MPI_Gatherv");
    mine[1] = 7;
    must(MPI_Scatter(mine, 1, MPI_INT, all, 1, MPI_INT, 0, world) == 0 && all[0] == (rank ? 7 : 1),
         "MPI_Scatter");
    must(MPI_Scatterv(mine, ones, places, MPI_INT, all, 1, MPI_INT, 0, world) == 0 &&
             all[0] == (rank ? 7 : 1),
         "MPI_Scatterv");
    must(MPI_Comm_split(world, rank, 0, &half) == 0 && MPI_Comm_dup(half, &copy) == 0,
         "MPI_Comm_split or dup");
    must(MPI_Comm_free(&half) == 0 && MPI_Comm_free(&copy) == 0, "MPI_Comm_free");
}

static void all_messages(void)
{
    const int other = 1 - rank;
    int out = rank + 10;
    int in[3] = {0};
    int first;
    MPI_Request requests[3];
    MPI_Status status;
    MPI_Comm world = MPI_COMM_WORLD;

    must(MPI_Sendrecv(&out, 1, MPI_INT, other, 3, in, 1, MPI_INT, other, 3, world, &status) == 0 &&
             in[0] == other + 10 && status.MPI_TAG == 3,
         "MPI_Sendrecv");
    for (int i = 0; i < 3; i++)
        must(MPI_Irecv(&in[i], 1, MPI_INT, other, 20 + i, world, &requests[i]) == 0, "MPI_Irecv");
    for (int i = 0; i < 3; i++)
        must(MPI_Send(&out, 1, MPI_INT, other, 20 + i, world) == 0, "MPI_Send");
    must(MPI_Wait(&requests[0], &status) == 0 && status.MPI_SOURCE == other, "MPI_Wait");
    must(MPI_Waitany(2, requests + 1, &first, &status) == 0 && status.MPI_TAG == 21 + first, "MPI_Waitany");
    must(MPI_Waitall(3, requests, MPI_STATUSES_IGNORE) == 0 && in[2] == other + 10, "MPI_Waitall");
    if (rank == 0) {
        must(MPI_Ssend(&out, 1, MPI_INT, 1, 4, world) == 0, "MPI_Ssend");
    } else {
        must(MPI_Probe(MPI_ANY_SOURCE, MPI_ANY_TAG, world, &status) == 0 && status.MPI_TAG == 4, "MPI_Probe");
        must(MPI_Recv(in, 1, MPI_INT, 0, 4, world, MPI_STATUS_IGNORE) == 0 && in[0] == 10, "MPI_Recv");
    }
}

static void begin(void)
{
    ncclUniqueId id;

    must(rank || ncclGetUniqueId(&id) == ncclSuccess, "ncclGetUniqueId");
    must(MPI_Bcast(&id, sizeof id, MPI_BYTE, 0, MPI_COMM_WORLD) == 0, "MPI_Bcast");
    must(cudaSetDevice(rank) == cudaSuccess && cudaStreamCreate(&stream) == cudaSuccess, "cudaStreamCreate");
    must(cudaMalloc((void **)&data, COUNT * sizeof *data) == cudaSuccess, "cudaMalloc");
    must(ncclCommInitRank(&comm, RANKS, id, rank) == ncclSuccess, "ncclCommInitRank");
}

static void reduce(void)
{
    must(ncclAllReduce(data, data, COUNT, ncclFloat, ncclSum, comm, stream) == ncclSuccess, "ncclAllReduce");
}

/* Longer than the others wait. */
static void work_for_long(void *unused)
{
    (void)unused;
    sleep(60);
}

static void go(const char *place)
{
    cudaEvent_t event;
    int word;

    if (strcmp(place, "barrier") == 0)
        MPI_Barrier(MPI_COMM_WORLD);
    else if (strcmp(place, "recv") == 0)
        MPI_Recv(&word, 1, MPI_INT, 0, 9, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    else if (strcmp(place, "sleep") == 0)
        work_for_long(NULL);
    else {
        cudaLaunchHostFunc(stream, work_for_long, NULL);
        cudaEventCreate(&event);
        cudaEventRecord(event, stream);
        cudaEventSynchronize(event);
    }
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    begin();
    all_collectives();
    all_messages();
    reduce();
    must(cudaStreamSynchronize(stream) == cudaSuccess && cudaDeviceSynchronize() == cudaSuccess,
         "synchronize");
    if (argc == 2 && rank == 1)
        go(argv[1]);
    reduce();
    must(cudaStreamSynchronize(stream) == cudaSuccess, "cudaStreamSynchronize");
    must(ncclCommDestroy(comm) == ncclSuccess, "ncclCommDestroy");
    return MPI_Finalize();
}
