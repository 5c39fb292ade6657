/* SPDX-License-Identifier: Apache-2.0
 *
 * Goes into one of the calls that may block and is killed in there; $BLOCKED says which. A program by itself,
 * and a library that keeps its NCCL, CUDA and MPI to itself.
 */
#include <stdlib.h>
#include <string.h>

#include "mock.h"
#include "mock_mpi.h"

#define STREAM ((cudaStream_t)MOCK_KILLS)

int blocked_run(void);
int blocked_barrier(void);

static char buffer[64];
static ncclComm_t comm;

static void must(int right)
{
    if (!right)
        exit(9);
}

static void nothing(void)
{
}

static void reduce(void)
{
    must(ncclAllReduce(buffer, buffer, 1, 7, 0, comm, NULL) == ncclSuccess);
}

static int send(void (*meanwhile)(void), int tag)
{
    return MPI_Send((const void *)meanwhile, 3, MOCK_MPI_TYPE, -2, tag, MOCK_MPI_COMM);
}

static int exchange(int tag)
{
    return MPI_Sendrecv(&mock_mpi_calls, 1, MOCK_MPI_TYPE, 2, tag, &mock_mpi_calls, INT32_MIN, MOCK_MPI_TYPE,
                        -1, -2, MOCK_MPI_COMM, NULL);
}

/* All of them, with nobody to die of it. */
static void call_all(void)
{
    must(cudaStreamSynchronize(NULL) == cudaSuccess && cudaStreamSynchronize_ptsz(NULL) == cudaSuccess);
    must(cudaEventSynchronize(NULL) == cudaSuccess && cudaDeviceSynchronize() == cudaSuccess);
    must(cudaMemcpy(buffer, buffer + 32, 32, (enum cudaMemcpyKind)3) == cudaSuccess);
    must(cudaMemcpy2D(buffer, 8, buffer + 32, 4, 2, 3, (enum cudaMemcpyKind)3) == cudaSuccess);
    must(MPI_Barrier(MOCK_MPI_COMM) == MOCK_MPI_RESULT && send(nothing, 5) == MOCK_MPI_RESULT);
    must(exchange(5) == MOCK_MPI_RESULT && MPI_Finalize() == MOCK_MPI_RESULT);
    must(mock_mpi_calls == 4);
    mock_mpi_calls = 0;
}

static void go_inside(const char *where)
{
    if (strcmp(where, "stream") == 0)
        cudaStreamSynchronize(STREAM);
    else if (strcmp(where, "own-stream") == 0)
        cudaStreamSynchronize_ptsz(STREAM);
    else if (strcmp(where, "event") == 0)
        cudaEventSynchronize((cudaEvent_t)MOCK_KILLS);
    else if (strcmp(where, "memcpy") == 0)
        cudaMemcpy(buffer, buffer, MOCK_KILLS, (enum cudaMemcpyKind)3);
    else if (strcmp(where, "memcpy-async") == 0)
        cudaMemcpyAsync(buffer, buffer, MOCK_KILLS, (enum cudaMemcpyKind)3, (cudaStream_t)0x100);
    else if (strcmp(where, "memcpy-2d") == 0)
        cudaMemcpy2D(buffer, 8, buffer + 32, 4, 2, MOCK_KILLS, (enum cudaMemcpyKind)3);
    else if (strcmp(where, "barrier") == 0)
        MPI_Barrier(MOCK_MPI_KILLS);
    else if (strcmp(where, "sendrecv") == 0)
        exchange(MOCK_MPI_KILLS);
    else if (strcmp(where, "send") == 0)
        send(reduce, MOCK_MPI_KILLS);
    else if (strcmp(where, "cuda-itself") == 0)
        mock_synchronizes_itself();
}

int blocked_run(void)
{
    ncclUniqueId id = {{3}};
    const char *where = getenv("BLOCKED");
    call_all();
    must(ncclCommInitRank(&comm, 2, id, 0) == ncclSuccess);
    call_all();
    reduce();
    go_inside(where ? where : "");
    return 0;
}

/* A jump, optimised: the barrier returns to whoever called this. */
int blocked_barrier(void)
{
    return MPI_Barrier(MOCK_MPI_COMM);
}

#ifdef BLOCKED_PROGRAM
int main(void)
{
    return blocked_run();
}
#endif
