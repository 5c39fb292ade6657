/* SPDX-License-Identifier: Apache-2.0 */
#include "whereabouts.h"

#include "ranks.h"
#include "say.h"
#include "state.h"

enum { PLACES_SAID = 4 };

/* Ranks in the same call. */
struct place {
    uint32_t operation;
    bool ended;
    uint64_t inside_ns; /* the shortest */
    struct rank_list ranks;
};

static const struct current_call *choose(const struct engine_process *process,
                                         const struct current_call *current, size_t count)
{
    const struct current_call *chosen = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct current_call *call = &current[i];

        if (call->operation == OPERATION_NONE)
            continue;
        if (process->last_call_ns && call->thread == process->last_thread)
            return call;
        if (call->since_ns >= process->last_call_ns && (!chosen || call->since_ns < chosen->since_ns))
            chosen = call;
    }
    return chosen;
}

void whereabouts_note(struct engine_process *process, uint64_t time_ns, const struct current_call *current,
                      size_t count)
{
    const struct current_call *call = choose(process, current, count);

    /* Without a thread nothing is told: there may have been no room for them. */
    if (count == 0 || time_ns < process->where.told_ns)
        return;
    process->where = (struct whereabouts){
        .told_ns = time_ns,
        .since_ns = call && call->since_ns < time_ns ? call->since_ns : time_ns,
        .operation = call ? call->operation : OPERATION_NONE,
    };
}

static bool known(const struct engine_process *process)
{
    bool left = process_ended(process) && !process_died(process);

    return !left && process->where.told_ns && process->where.told_ns >= process->last_call_ns;
}

/* Adds the process to its place; to none when there are too many. */
static size_t add(struct place *places, size_t count, struct engine_process *process)
{
    const struct whereabouts *where = &process->where;
    uint64_t inside_ns = where->told_ns - where->since_ns;
    size_t i = 0;

    while (i < count &&
           (places[i].operation != where->operation || places[i].ended != process_ended(process)))
        i++;
    if (i == PLACES_SAID)
        return count;
    if (i == count)
        places[count++] = (struct place){
            .operation = where->operation, .ended = process_ended(process), .inside_ns = inside_ns};
    if (inside_ns < places[i].inside_ns)
        places[i].inside_ns = inside_ns;
    rank_list_add(&places[i].ranks, process_rank(process));
    return count;
}

static const char *call_name(uint32_t operation)
{
    return operation_class(operation) == CLASS_UNKNOWN ? "a call that this version does not know"
                                                       : operation_symbol(operation);
}

static const char *place_said(struct place *place, struct arena *arena)
{
    struct ranks ranks = rank_list_take(&place->ranks, arena);
    bool one = ranks.count == 1;
    const char *be = place->ended ? one ? "was" : "were" : one ? "has been" : "have been";

    if (place->operation == OPERATION_NONE)
        return say(arena, "%s %s in no call of NCCL, CUDA or MPI that Lockstep sees.",
                   ranks_begin(ranks, arena),
                   place->ended ? be
                   : one        ? "is"
                                : "are");
    return say(arena, "%s %s inside %s for %s.", ranks_begin(ranks, arena), be, call_name(place->operation),
               say_duration(arena, place->inside_ns));
}

const char *whereabouts_say(struct engine *engine, struct ranks ranks)
{
    struct place places[PLACES_SAID];
    const char *said = "";
    size_t count = 0;

    for (size_t i = 0; i < engine->process_count; i++) {
        struct engine_process *process = engine->processes[i];

        if (known(process) && ranks_have(ranks, process_rank(process)))
            count = add(places, count, process);
    }
    for (size_t i = 0; i < count; i++)
        said = say(&engine->arena, "%s%s%s", said, i ? " " : "", place_said(&places[i], &engine->arena));
    return said;
}
