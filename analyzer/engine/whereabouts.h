/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a process is, as it told last: inside which call (of NCCL, or of CUDA or MPI that blocks) since when,
 * or in none. Known from heartbeats and ends, so at most as fresh as those.
 */
#ifndef LOCKSTEP_ENGINE_WHEREABOUTS_H
#define LOCKSTEP_ENGINE_WHEREABOUTS_H

#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "finding.h"

struct engine;
struct engine_process;

/* All times on the process's clock. */
struct whereabouts {
    uint64_t told_ns; /* 0: never */
    uint64_t since_ns;
    uint32_t operation; /* 0: in none */
};

/* Takes note of what its threads do at `time_ns`. The thread that made the last call counts; where that is in
 * no call, the one that is longest in a call which began after that. Threads that wait in the background do
 * not. */
void whereabouts_note(struct engine_process *process, uint64_t time_ns, const struct current_call *current,
                      size_t count);

/* "Rank 2 has been inside cudaStreamSynchronize for 4.0 s.", a sentence for each place; "" when nothing is
 * known, or only from before the last call. In the arena. */
const char *whereabouts_say(struct engine *engine, struct ranks ranks);

#endif
