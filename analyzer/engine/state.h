/* SPDX-License-Identifier: Apache-2.0
 *
 * What an engine and a process hold. Internal to this folder: others use engine.h.
 */
#ifndef LOCKSTEP_ENGINE_STATE_H
#define LOCKSTEP_ENGINE_STATE_H

#include "arena.h"
#include "call.h"
#include "communicator.h"
#include "engine.h"
#include "intern.h"
#include "stream.h"
#include "whereabouts.h"

/* A call signature of a process, made ready for the comparison with others at its first use. */
enum kind_state {
    KIND_UNRESOLVED,
    KIND_IGNORED,
    KIND_GROUP_START,
    KIND_GROUP_END,
    KIND_COLLECTIVE,
    KIND_SEND,
    KIND_RECV,
};

struct kind {
    enum kind_state state;
    bool in_group;
    uint32_t call;
    uint32_t comparable;
    uint32_t site;
    uint32_t stream;
    struct member *member;
    struct channel *channel;
    uint64_t bytes;
    struct signature signature;
};

/* A user-made reduction of a process. */
struct known_reduction {
    uint64_t identity;
    uint64_t scalar; /* its bytes, zero-extended */
    bool on_device;
};

struct engine_process {
    struct engine *engine;
    struct process_id id;
    const struct stream *stream; /* may be NULL: then nothing has a call site */
    size_t number;

    bool greeted;
    int32_t world_rank;    /* -1 unknown */
    int32_t assigned_rank; /* given by the engine where the world rank is unknown; -1: not yet */
    int32_t device;
    uint32_t pid;
    const char *host;
    int64_t realtime_offset_ns;

    struct kind *kinds; /* signature id - 1; of this epoch */
    size_t kind_count;
    size_t kind_capacity;
    struct member **members; /* ascending by number */
    size_t member_count;
    size_t member_capacity;
    struct known_reduction *reductions;
    size_t reduction_count;
    size_t reduction_capacity;

    uint64_t events;
    uint64_t calls;               /* ordinal of the last call */
    uint64_t last_call_ns;        /* on its clock */
    uint64_t last_call_engine_ns; /* engine time of the last call */
    uint32_t last_call;           /* call_get() */
    struct communicator *last_communicator;
    uint32_t last_thread;
    struct whereabouts where;
    uint32_t group_depth;
    uint32_t group; /* number of the last group begun */

    uint64_t last_seen_ns; /* on its clock: the latest time that anything told */

    uint64_t lost_calls;   /* counted per communicator */
    uint64_t lost_records; /* counted in all */
    uint64_t lost_told;    /* as the process says itself */
    uint64_t lost_batches;

    enum process_end_how end;
    int32_t end_status;
    uint64_t end_ns; /* on its clock */
    uint64_t end_engine_ns;
    bool death_judged;
    bool waiting; /* standstill.h */
};

struct engine {
    struct engine_options options;
    struct arena arena;
    bool out_of_memory;
    bool incomplete; /* data is known to be missing */
    bool finished;
    uint64_t now_ns;
    uint64_t next_tick_ns;

    struct call_table *calls;
    struct intern *sites;

    struct intern *process_ids;
    struct engine_process **processes; /* id - 1 */
    size_t process_capacity;
    size_t process_count;
    int32_t world_size; /* -1 unknown */
    int32_t highest_rank;
    int32_t assigned_ranks;

    struct intern *communicator_keys;
    struct communicator **communicators;
    size_t communicator_count;
    size_t communicator_capacity;
    unsigned worlds; /* named so */
    unsigned unnamed;

    struct intern *channel_keys;
    struct channel **channels;
    size_t channel_count;
    size_t channel_capacity;
    uint64_t next_channel_look_ns;

    struct intern *creation_keys;
    struct creation **creations;
    size_t creation_count;
    size_t creation_capacity;

    struct failure *failures; /* that gather their ranks */
    size_t failure_count;
    size_t failure_capacity;

    size_t deaths_to_judge;

    struct finding **findings;
    size_t finding_count;
    size_t finding_capacity;

    uint64_t events;
};

/* ---- small questions about it ---- */

/* World rank, known or assigned. */
int32_t process_rank(struct engine_process *process);
/* A time of the process's clock as real time; 0 stays 0. */
uint64_t process_realtime(const struct engine_process *process, uint64_t time_ns);
/* Killed, aborted or vanished, as opposed to left in order. */
bool process_died(const struct engine_process *process);
/* Has it ended at all? */
static inline bool process_ended(const struct engine_process *process)
{
    return process->end != END_UNKNOWN;
}
uint64_t process_lost(const struct engine_process *process);
/* Is more lost than what is known call by call? Then anything may be missing. */
bool process_lost_unknown(const struct engine_process *process);

/* The number of a call site of this process, "train+0x1234", and the text of one; "" for 0. */
uint32_t site_number(struct engine_process *process, uint32_t call_site);
const char *site_text(struct engine *engine, uint32_t site);

/* Remembers that memory ran out; returns false, for convenience. */
bool engine_out(struct engine *engine);

#endif
