/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRAIN_CHECK_H
#define TRAIN_CHECK_H

/* Error checks: every call into MPI, CUDA and NCCL is wrapped in one of these. A call that fails ends the
 * whole job with one line that says where and why; there is nothing that a training step could do instead.
 * Any thread. */

#include <cuda_runtime.h>
#include <mpi.h>
#include <nccl.h>

#define CHECK_MPI(call)                                                                                      \
    do {                                                                                                     \
        int status_ = (call);                                                                                \
        if (status_ != MPI_SUCCESS)                                                                          \
            check_failed(__FILE__, __LINE__, #call, "MPI reports an error");                                 \
    } while (0)

#define CHECK_CUDA(call)                                                                                     \
    do {                                                                                                     \
        cudaError_t status_ = (call);                                                                        \
        if (status_ != cudaSuccess)                                                                          \
            check_failed(__FILE__, __LINE__, #call, cudaGetErrorString(status_));                            \
    } while (0)

#define CHECK_NCCL(call)                                                                                     \
    do {                                                                                                     \
        ncclResult_t status_ = (call);                                                                       \
        if (status_ != ncclSuccess)                                                                          \
            check_failed(__FILE__, __LINE__, #call, ncclGetErrorString(status_));                            \
    } while (0)

/* The same for what has no status to translate: memory, threads, and what NCCL should have made of our
 * arguments. */
#define CHECK_THAT(condition)                                                                                \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            check_failed(__FILE__, __LINE__, #condition, "does not hold");                                   \
    } while (0)

/* Prints `train: rank R: file:line: call: why` on stderr and aborts the MPI job. */
_Noreturn void check_failed(const char *file, int line, const char *call, const char *why);

#endif
