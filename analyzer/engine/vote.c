/* SPDX-License-Identifier: Apache-2.0 */
#include "vote.h"

struct election vote(const struct party *parties, size_t count, size_t electorate)
{
    struct election election = {0};

    for (size_t i = 1; i < count; i++) {
        if (parties[i].members > parties[election.winner].members) {
            election.winner = i;
            election.tie = false;
        } else if (parties[i].members == parties[election.winner].members) {
            election.tie = true;
        }
    }
    election.absolute = parties[election.winner].members > electorate / 2;
    return election;
}
