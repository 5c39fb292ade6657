/* SPDX-License-Identifier: Apache-2.0
 *
 * As much of an MPI as the preload can tell from a real one, with MPICH's kind of handles (the tests under
 * mpirun have the other kind). Every argument must arrive as blocked.c passes it.
 */
#include "mock_mpi.h"

#include <signal.h>
#include <stdlib.h>

int mock_mpi_calls;

static int arrived(int right, int tag)
{
    if (!right)
        abort();
    mock_mpi_calls++;
    if (tag == MOCK_MPI_KILLS)
        raise(SIGKILL);
    return MOCK_MPI_RESULT;
}

int MPI_Barrier(int comm)
{
    return arrived(comm == MOCK_MPI_COMM || comm == MOCK_MPI_KILLS, comm);
}

/* The "buffer" is a function that is called: what an MPI does with a user's operation or a device's memory.
 */
int MPI_Send(const void *buffer, int count, int datatype, int to, int tag, int comm)
{
    ((void (*)(void))buffer)();
    return arrived(count == 3 && datatype == MOCK_MPI_TYPE && to == -2 && comm == MOCK_MPI_COMM, tag);
}

int MPI_Sendrecv(const void *send, int send_count, int send_type, int to, int send_tag, void *recv,
                 int recv_count, int recv_type, int from, int recv_tag, int comm, int *status)
{
    return arrived(send == &mock_mpi_calls && send_count == 1 && send_type == MOCK_MPI_TYPE && to == 2 &&
                       recv == &mock_mpi_calls && recv_count == INT32_MIN && recv_type == MOCK_MPI_TYPE &&
                       from == -1 && recv_tag == -2 && comm == MOCK_MPI_COMM && status == NULL,
                   send_tag);
}

int MPI_Finalize(void)
{
    return arrived(1, 0);
}
