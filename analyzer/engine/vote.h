/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is right: members vote with what they called, and the largest party is presumed to be. Pure functions.
 */
#ifndef LOCKSTEP_ENGINE_VOTE_H
#define LOCKSTEP_ENGINE_VOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct party {
    uint64_t token; /* what its members called */
    size_t members;
};

struct election {
    size_t winner; /* index of the party; the first of the largest when there is a tie */
    bool tie;      /* another party is as large */
    bool absolute; /* more than half of all `electorate` members */
};

/* `electorate`: how many have a vote, those who have not called yet included. At least one party. */
struct election vote(const struct party *parties, size_t count, size_t electorate);

#endif
