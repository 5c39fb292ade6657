/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_NCCL_PATIENCE_H
#define SIM_NCCL_PATIENCE_H

/* Waiting for other ranks: asleep, until something happens, the communicator is halted, or patience ends. A
 * mismatched call waits for ever, as with the real NCCL; $LOCKSTEP_SIM_TIMEOUT_S says after how many seconds
 * without progress the process ends with status 86 and a line that names rank, operation and communicator. */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct ncclComm;

/* A plain value of one waiting thread. */
struct patience {
    const struct ncclComm *comm;
    const char *operation; /* "ncclAllReduce"; borrowed */
    int peer;              /* of ncclSend and ncclRecv; -1: none */
    uint64_t since_ns;     /* of the last progress */
};

enum patience_answer {
    PATIENCE_GO_ON, /* something may have happened */
    PATIENCE_QUIET, /* nothing has for a while: time to look whether the others are alive */
    PATIENCE_HALT   /* the communicator was halted */
};

struct patience patience_begin(const struct ncclComm *comm, const char *operation);
void patience_progress(struct patience *patience);

/* Sleeps while *word is `seen`, 100 ms at most. The word may be in shared memory. */
enum patience_answer patience_sleep(struct patience *patience, atomic_uint *word, unsigned int seen);

/* The same without a word, for those that wait on a condition variable: looks at the time only. */
enum patience_answer patience_look(struct patience *patience);

/* Wakes all that sleep on the word. */
void patience_wake(atomic_uint *word);

#endif
