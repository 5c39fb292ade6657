/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_NCCL_GROUP_H
#define SIM_NCCL_GROUP_H

/* Groups: what a thread calls between start and end is done together at the end. Every call that communicates
 * is a group of its own when there is none around it. All state is the calling thread's. */

#include <stdbool.h>

#include "operation.h"

/* Work on a communicator that waits for other ranks: initialisation, split, shrink. */
struct job {
    struct job *next;
    struct ncclComm *comm; /* its state shows that the job goes on: the new one, or the parent; a reference */
    struct ncclComm *parent; /* jobs on one parent are done one after the other; NULL: none */
    ncclResult_t (*run)(struct job *job);
    void (*release)(struct job *job); /* frees what `run` used, and the job */
    bool blocking;
    ncclResult_t result;
};

void group_enter(void);

/* Ends the group entered last. The outermost end does everything, or nothing if a call in the group failed.
 * `result` is that of the call which is a group of its own; the return value is for its caller. */
ncclResult_t group_leave(ncclResult_t result);

/* For use within group_enter() and group_leave(). The job is taken. */
ncclResult_t group_add_operation(const struct operation *operation);
void group_add_job(struct job *take_job);

#endif
