/* SPDX-License-Identifier: Apache-2.0
 *
 * The making of communicators, which all members must call. Members of a split are known only from what all
 * ranks of the parent passed; here they are put together as NCCL does it.
 */
#ifndef LOCKSTEP_ENGINE_CREATION_H
#define LOCKSTEP_ENGINE_CREATION_H

#include "state.h"

struct caller {
    struct engine_process *process;
    struct member *member; /* of the new communicator; NULL: none comes of it for this caller */
    uint64_t time_ns;
    uint64_t parent_position; /* collectives that it had made on the parent */
    uint32_t site;
    int32_t rank;  /* in the parent, else in the new communicator; -1 unknown */
    int32_t ranks; /* as passed; -1 not */
    int32_t color;
    int32_t key;
    uint8_t operation;
};

struct creation {
    uint8_t operation; /* the first caller's */
    struct communicator *parent;
    uint32_t sequence;
    int32_t expected; /* callers; -1 unknown */
    struct caller *callers;
    size_t caller_count;
    size_t caller_capacity;
    uint64_t opened_ns; /* engine time */
    uint64_t changed_ns;
    bool completed; /* NCCL told a caller so */
    bool differing; /* callers contradict each other */
    bool settled;   /* nothing more to be said about it */
};

/* A process called a creation. */
void creation_call(struct engine_process *process, const struct event *event);
/* NCCL told the member that creation is done. */
void creation_ready(struct member *member, const struct communicator_change *change);

bool creation_completed(const struct creation *creation);
/* Judges what can be judged. */
void creations_settle(struct engine *engine);
/* Is somebody known to have called it who is not through, while others have not called it? */
bool creation_waits(const struct creation *creation);

enum creation_evidence { MISSING_LEFT, MISSING_MOVED_ON, MISSING_AT_END };
/* Publishes that members for whom this is true have not called it. */
void creation_report_missing(struct creation *creation, struct engine *engine,
                             enum creation_evidence evidence, uint64_t waited_ns);

void creation_free(struct creation *creation);

#endif
