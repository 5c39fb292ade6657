/* SPDX-License-Identifier: Apache-2.0
 *
 * NCCL calls that returned errors. Ranks that get the same error at about the same time are one finding.
 *
 * Some errors are echoes: ncclRemoteError and ncclSystemError mean that a peer or the way to it is gone. They
 * reach the survivors before anybody knows that the peer has died, so they wait for news of that.
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

enum failures {
    FAILURES_DUE, /* that have gathered their ranks, and echoes that have waited for a death */
    FAILURES_OWN, /* all but echoes */
    FAILURES_ALL,
};

/* Publishes these. */
void failures_settle(struct engine *engine, enum failures which);
/* Is any not yet published that may be the first of all troubles, and so explain a death? Echoes are not. */
bool failures_pending(const struct engine *engine);
/* Has a call of this process failed that is not yet published? */
bool failures_of(struct engine_process *process);

#endif
