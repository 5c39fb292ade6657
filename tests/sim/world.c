/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

struct world world;

static void must(int result, const char *what)
{
    if (result == 0)
        return;
    fprintf(stderr, "sim test: %s: %d\n", what, result);
    MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
}

ncclUniqueId world_id(void)
{
    ncclUniqueId id;

    if (world.rank == 0)
        must((int)ncclGetUniqueId(&id), "ncclGetUniqueId");
    MPI_Bcast(&id, sizeof(id), MPI_BYTE, 0, MPI_COMM_WORLD);
    return id;
}

void world_begin(int *argc, char ***argv)
{
    int provided;

    MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &world.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &world.ranks);
    must((int)cudaSetDevice(world.rank), "cudaSetDevice");
    must((int)cudaStreamCreate(&world.stream), "cudaStreamCreate");
    must((int)ncclCommInitRank(&world.comm, world.ranks, world_id(), world.rank), "ncclCommInitRank");
}

int world_end(int failures)
{
    if (failures) /* the others may wait for what this rank did not do */
        MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    must((int)ncclCommDestroy(world.comm), "ncclCommDestroy");
    must((int)cudaStreamDestroy(world.stream), "cudaStreamDestroy");
    MPI_Finalize();
    return 0;
}

void *world_upload(const void *data, size_t bytes)
{
    void *device;

    OK(cudaMalloc(&device, bytes ? bytes : 1));
    if (data)
        OK(cudaMemcpy(device, data, bytes, cudaMemcpyHostToDevice));
    else
        OK(cudaMemset(device, 0, bytes));
    return device;
}

void world_download(void *data, const void *device, size_t bytes)
{
    OK(cudaMemcpy(data, device, bytes, cudaMemcpyDeviceToHost));
}

void world_finish(void)
{
    OK(cudaStreamSynchronize(world.stream));
}
