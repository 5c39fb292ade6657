/* SPDX-License-Identifier: Apache-2.0
 *
 * What mock_mpi.c and its users agree on.
 */
#ifndef LOCKSTEP_TEST_AGENT_MOCK_MPI_H
#define LOCKSTEP_TEST_AGENT_MOCK_MPI_H

#include <stdint.h>

#define MOCK_MPI_COMM   0x44000000 /* MPICH's MPI_COMM_WORLD */
#define MOCK_MPI_TYPE   ((int)0x8c000405)
#define MOCK_MPI_KILLS  9999 /* this tag, or this communicator of MPI_Barrier, kills the process inside */
#define MOCK_MPI_RESULT 4321 /* what all functions return */

extern int mock_mpi_calls; /* made so far */

int MPI_Barrier(int comm);
int MPI_Send(const void *buffer, int count, int datatype, int to, int tag, int comm);
int MPI_Sendrecv(const void *send, int send_count, int send_type, int to, int send_tag, void *recv,
                 int recv_count, int recv_type, int from, int recv_tag, int comm, int *status);
int MPI_Finalize(void);

#endif
