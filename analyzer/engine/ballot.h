/* SPDX-License-Identifier: Apache-2.0
 *
 * What the members of a communicator say about one index, sorted into parties that agree.
 */
#ifndef LOCKSTEP_ENGINE_BALLOT_H
#define LOCKSTEP_ENGINE_BALLOT_H

#include "state.h"
#include "vote.h"

#define NO_PARTY SIZE_MAX

struct ballot {
    uint64_t index;
    struct party *parties;
    size_t count;
    size_t *party_of;  /* by place in communicator->members; NO_PARTY: has not voted, or its call is lost */
    size_t electorate; /* who has or may yet have a vote */
    size_t voters;
};

/* False when memory is out. ballot_free() in any case. */
bool ballot_take(struct ballot *ballot, const struct communicator *communicator, uint64_t index);
void ballot_free(struct ballot *ballot);

/* The member of this party that has made the most calls. */
struct member *ballot_example(const struct ballot *ballot, const struct communicator *communicator,
                              size_t party);
/* The party's members, as world ranks. */
struct ranks ballot_ranks(const struct ballot *ballot, const struct communicator *communicator, size_t party);

#endif
