/* SPDX-License-Identifier: Apache-2.0
 *
 * Which rank of which job this is, told from the variables that launchers set. Pure.
 */
#ifndef LOCKSTEP_FORWARDER_IDENTITY_H
#define LOCKSTEP_FORWARDER_IDENTITY_H

#include <stdint.h>

#include "environment.h"

#define IDENTITY_JOB_BYTES 256

struct identity {
    char job[IDENTITY_JOB_BYTES]; /* equal for the processes of a job, never empty */
    const char *source;           /* Hello.rank_source; "" when no variable tells the rank */
    int32_t rank;                 /* -1 unknown, like the next two */
    int32_t size;
    int32_t local_rank;
};

/* Looks through the launchers, the innermost first: torchrun under mpirun or srun is what numbers the
 * processes, not they. LOCKSTEP_RANK, LOCKSTEP_WORLD_SIZE and LOCKSTEP_JOB come before all. */
void identity_from_environment(struct identity *identity, const struct environment *environment);

/* A communicator of `ranks` with this process as `rank` was made from a unique id: it stands for the world
 * where no launcher told the rank, or its size. Returns whether that changed anything. */
bool identity_from_communicator(struct identity *identity, int32_t ranks, int32_t rank);

#endif
