/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_TEST_WORLD_H
#define SIM_TEST_WORLD_H

/* What the tests on several ranks share: a communicator of all of MPI_COMM_WORLD, a stream, and device
 * arrays. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <mpi.h>
#include <nccl.h>

struct world {
    int rank;
    int ranks;
    ncclComm_t comm;
    cudaStream_t stream;
};

extern struct world world;

#define OK(call) assert_int_equal((call), 0)

/* Set up MPI, the communicator and the stream, run the tests, take all down. The result is for main() to
 * return. */
#define WORLD_RUN(argc, argv, tests)                                                                         \
    (world_begin(&(argc), &(argv)), world_end(cmocka_run_group_tests(tests, NULL, NULL)))

void world_begin(int *argc, char ***argv);
int world_end(int failures);

/* An id that all ranks have; made on rank 0. */
ncclUniqueId world_id(void);

/* Device memory with a copy of the data in it (NULL: zeros), and back. Freed with cudaFree(). */
void *world_upload(const void *data, size_t bytes);
void world_download(void *data, const void *device, size_t bytes);

/* Waits for the stream. */
void world_finish(void);

#endif
