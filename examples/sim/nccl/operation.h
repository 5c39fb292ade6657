/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_NCCL_OPERATION_H
#define SIM_NCCL_OPERATION_H

/* One call that communicates, checked and waiting for its group to end. A plain value. */

#include <stddef.h>

#include "nccl.h"
#include "redop.h"

/* Collectives before messages: so they are done within a group. */
enum operation_kind {
    OPERATION_ALL_REDUCE,
    OPERATION_BROADCAST,
    OPERATION_REDUCE,
    OPERATION_REDUCE_SCATTER,
    OPERATION_ALL_GATHER,
    OPERATION_SEND,
    OPERATION_RECV
};

struct operation {
    enum operation_kind kind;
    const char *name; /* of the function that was called */
    const void *send;
    void *recv;
    size_t count;
    ncclDataType_t type;
    struct reduction reduction;
    int peer; /* or root */
    struct ncclComm *comm;
    cudaStream_t stream;
};

#endif
