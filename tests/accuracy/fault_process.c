/* SPDX-License-Identifier: Apache-2.0
 *
 * Calamities: a call fails, a process dies, a process leaves while others go on.
 */
#include <signal.h>
#include <stdio.h>

#include "fault.h"

static int index_of(const struct list *list, size_t at)
{
    int index = 0;

    for (size_t i = 0; i < at; i++)
        index +=
            is_collective(&list->action[i]) && list->action[i].communicator == list->action[at].communicator;
    return index;
}

static void add_result(struct list *list, size_t after, int result)
{
    struct action action = list->action[after];

    action.kind = ACTION_RESULT;
    action.result = result;
    list_insert(list, after + 1, &action);
}

static bool shared_collective(const struct program *program, const struct action *action)
{
    return is_collective(action) && program->communicator[action->communicator].count > 1;
}

/* Everybody but the culprit gets to the end of the step, and the job is ended later, or left hanging. */
static void end_culprit(struct fault *fault, const struct program *program, int rank, size_t actions,
                        int step, struct chance *chance)
{
    fault_hang(fault, program, step, chance);
    for (int i = 0; i < program->ranks; i++) /* the launcher ends the rest; nobody's watchdog is that quick */
        if (fault->fate[i].how == END_SIGNAL)
            fault->fate[i].status = SIGTERM;
    fault->fate[rank] = (struct fate){.actions = actions, .after_ms = 1 + (unsigned)chance_below(chance, 5)};
}

static bool fail(struct fault *fault, struct program *program, struct chance *chance, int rank, size_t at)
{
    static const int results[] = {1, 3, 4, 5};
    struct list *list = &program->rank[rank];

    if (!shared_collective(program, &list->action[at]))
        return false;
    fault->communicator = list->action[at].communicator;
    fault->index_low = fault->index_high = index_of(list, at);
    add_result(list, at, results[chance_below(chance, 4)]);
    end_culprit(fault, program, rank, at + 2, step_of(list, at), chance);
    fault->fate[rank].how = END_EXITED;
    fault->fate[rank].status = 1;
    return true;
}

/* Some of the others learn of it from NCCL. */
static void tell_others(struct program *program, struct fault *fault, struct chance *chance)
{
    for (int rank = 0; rank < program->ranks; rank++) {
        size_t end = fault->fate[rank].actions;

        if (rank == fault->culprit[0] || chance_percent(chance, 60))
            continue;
        for (size_t i = end; i-- > 0 && i + 4 > end;)
            if (shared_collective(program, &program->rank[rank].action[i])) {
                add_result(&program->rank[rank], i, 6);
                list_insert(&program->rank[rank], i + 1, /* it takes a moment */
                            &(struct action){.kind = ACTION_PAUSE, .result = 20 + chance_below(chance, 200)});
                fault->fate[rank].actions += 2;
                break;
            }
    }
}

static bool die(struct fault *fault, struct program *program, struct chance *chance, int rank, size_t at)
{
    static const int signals[] = {SIGKILL, SIGSEGV, SIGBUS, SIGABRT};
    const struct list *list = &program->rank[rank];
    int how = chance_below(chance, 6);
    bool shares = false;

    for (size_t i = 0; i < at; i++) /* it has to have had something to do with others */
        shares |= shared_collective(program, &list->action[i]);
    if (!shares)
        return false;
    end_culprit(fault, program, rank, at, step_of(list, at), chance);
    fault->fate[rank].how = how == 0 ? END_EXITED : how == 1 ? END_VANISHED : END_SIGNAL;
    fault->fate[rank].status = how == 0 ? 1 : how == 1 ? -1 : signals[chance_below(chance, 4)];
    if (chance_percent(chance, 30))
        tell_others(program, fault, chance);
    return true;
}

static int *everyone(const struct program *program)
{
    return program->communicator[0].member; /* the world is made first */
}

static bool leave(struct fault *fault, struct program *program, struct chance *chance, int rank, size_t at)
{
    const struct list *list = &program->rank[rank];
    int step = step_of(list, at);
    size_t end = end_of_step(list, step);
    bool needed = false;
    bool messages = false;
    bool pairs = false;

    for (size_t i = at; i < end; i++) {
        messages |= is_message(&list->action[i]);
        pairs |=
            is_collective(&list->action[i]) && program->communicator[list->action[i].communicator].count == 2;
        needed |= shared_collective(program, &list->action[i]);
    }
    if (!needed)
        return false;
    end_culprit(fault, program, rank, at, step, chance);
    fault->fate[rank].how = END_CLEAN;
    if (chance_percent(chance, 30)) /* the others leave as well, without looking back */
        for (int i = 0; i < program->ranks; i++)
            fault->fate[i].how = END_CLEAN;
    fault->tie = pairs; /* of two ranks either may be the one who is wrong */
    fault->suspect = everyone(program);
    fault->suspects = program->ranks;
    if (messages)
        fault->codes |= 1ull << FINDING_P2P_UNMATCHED;
    return true;
}

bool fault_of_process(struct fault *fault, struct program *program, struct chance *chance)
{
    int rank = chance_below(chance, program->ranks);
    struct list *list = &program->rank[rank];
    size_t first = end_of_step(list, 0); /* all communicators are made by then */
    size_t at;
    bool done;

    if (list->count <= first + 2)
        return false;
    at = first + (size_t)chance_below(chance, (int)(list->count - first - 1));
    for (size_t i = at; i < end_of_step(list, step_of(list, at)); i++)
        if (list->action[i].kind == ACTION_CREATE) /* which would block the others there */
            return false;
    fault->culprit[fault->culprits++] = rank;
    done = fault->kind == FAULT_FAILED ? fail(fault, program, chance, rank, at)
           : fault->kind == FAULT_DIED ? die(fault, program, chance, rank, at)
                                       : leave(fault, program, chance, rank, at);
    snprintf(fault->text, sizeof fault->text, "%s: rank %d after %zu actions, %d %d", fault_name(fault->kind),
             rank, fault->fate[rank].actions, (int)fault->fate[rank].how, fault->fate[rank].status);
    return done;
}
