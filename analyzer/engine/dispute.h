/* SPDX-License-Identifier: Apache-2.0
 *
 * The time between the moment when members are seen to disagree and the judgement: how long to wait, what
 * each member did meanwhile, and how to go on afterwards.
 *
 * From the disputed index on, a member's calls are those that it made before the dispute (in the window: it
 * agreed with what is in the slots) and those that wait with it.
 */
#ifndef LOCKSTEP_ENGINE_DISPUTE_H
#define LOCKSTEP_ENGINE_DISPUTE_H

#include "state.h"

/* Members disagree at `index`. An open dispute at a higher index becomes one at this index. */
void dispute_open(struct communicator *communicator, struct engine *engine, uint64_t index);
/* Did this member's last call bring what the open dispute was waiting for? A cheap first look. */
bool dispute_waits_for(const struct member *member);
/* Judges what can be judged now, as timing.h says. */
void dispute_settle(struct communicator *communicator, struct engine *engine);
/* Judges now: there is no more input. */
void dispute_conclude(struct communicator *communicator, struct engine *engine);

/* The member's call at `index`, below its position; CALL_UNKNOWN when it was lost or is too long ago. */
struct made_call dispute_call(const struct member *member, uint64_t index);
/* Has the member anything to say about `index`: a call, or that it left before? */
bool dispute_votes(const struct member *member, uint64_t index);
/* Comparable of its call at `index`, COMPARABLE_NONE after it has left. Only for those who vote. */
uint32_t dispute_token(const struct member *member, uint64_t index);

/* How a member's calls are to be counted after the judgement. */
struct correction {
    struct member *member;
    bool culprit;
    size_t observed; /* its first calls from the disputed index on, which are not compared */
    size_t expected; /* calls of the others that they stand for */
    bool exclude;    /* it is not compared any more */
};

/* Closes the dispute: counts all calls since again, with one correction for each member, in the order of
 * communicator->members. May open the next one. */
void dispute_resume(struct communicator *communicator, struct engine *engine,
                    const struct correction *corrections);

#endif
