/* SPDX-License-Identifier: Apache-2.0
 *
 * NCCL calls that returned errors. Ranks that get the same error at about the same time are one finding.
 */
#ifndef LOCKSTEP_ENGINE_FAILURE_H
#define LOCKSTEP_ENGINE_FAILURE_H

#include "ranks.h"
#include "state.h"

struct failure {
    struct communicator *communicator; /* NULL unknown */
    uint8_t operation;
    bool asynchronous;
    int32_t result;
    uint32_t call; /* call_get() of the first */
    uint32_t site;
    int64_t index;
    uint64_t time_ns; /* real time of the first */
    uint64_t opened_ns;
    struct rank_list ranks;
};

/* A call of this process failed; results that are no errors are ignored. */
void failure_add(struct engine_process *process, uint32_t communicator, const struct event *event,
                 int32_t result, int64_t index, bool asynchronous);
/* Publishes those that have gathered their ranks; all, when `finishing`. */
void failures_settle(struct engine *engine, bool finishing);

#endif
