/* SPDX-License-Identifier: Apache-2.0 */
#include "fault.h"

#include <signal.h>

static const struct {
    const char *name;
    enum finding_code code;
    bool (*inject)(struct fault *fault, struct program *program, struct chance *chance);
} kinds[FAULT_KINDS] = {
    [FAULT_OP] = {"other operation", FINDING_OP_MISMATCH, fault_in_collectives},
    [FAULT_COUNT] = {"other count", FINDING_COUNT_MISMATCH, fault_in_collectives},
    [FAULT_DTYPE] = {"other data type", FINDING_DTYPE_MISMATCH, fault_in_collectives},
    [FAULT_REDOP] = {"other reduction", FINDING_REDOP_MISMATCH, fault_in_collectives},
    [FAULT_ROOT] = {"other root", FINDING_ROOT_MISMATCH, fault_in_collectives},
    [FAULT_MISSING] = {"calls left out", FINDING_MISSING_CALL, fault_in_collectives},
    [FAULT_EXTRA] = {"a call too many", FINDING_EXTRA_CALL, fault_in_collectives},
    [FAULT_ORDER] = {"two calls swapped", FINDING_ORDER_MISMATCH, fault_in_collectives},
    [FAULT_MESSAGE_MISSING] = {"message half left out", FINDING_P2P_UNMATCHED, fault_in_messages},
    [FAULT_MESSAGE_EXTRA] = {"message half too many", FINDING_P2P_UNMATCHED, fault_in_messages},
    [FAULT_MESSAGE_SIZE] = {"message of other size", FINDING_P2P_SIZE_MISMATCH, fault_in_messages},
    [FAULT_INIT_MISSING] = {"creation not called", FINDING_COMMUNICATOR_INIT, fault_in_creation},
    [FAULT_INIT_SIZE] = {"creation of other size", FINDING_COMMUNICATOR_INIT, fault_in_creation},
    [FAULT_FAILED] = {"call failed", FINDING_CALL_FAILED, fault_of_process},
    [FAULT_DIED] = {"process died", FINDING_RANK_DIED, fault_of_process},
    [FAULT_LEFT] = {"process left early", FINDING_MISSING_CALL, fault_of_process},
};

const char *fault_name(enum fault_kind kind)
{
    return kinds[kind].name;
}

int step_of(const struct list *list, size_t at)
{
    int step = 0;

    for (size_t i = 0; i < at; i++)
        step += list->action[i].kind == ACTION_STEP;
    return step;
}

size_t end_of_step(const struct list *list, int step)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->action[i].kind == ACTION_STEP && step-- == 0)
            return i + 1;
    return list->count;
}

void fault_none(struct fault *fault, const struct program *program)
{
    *fault = (struct fault){.communicator = NO_COMMUNICATOR, .index_low = -1, .index_high = -1};
    fault_run_on(fault, program);
}

void fault_run_on(struct fault *fault, const struct program *program)
{
    for (int rank = 0; rank < program->ranks; rank++)
        fault->fate[rank] =
            (struct fate){.actions = program->rank[rank].count, .how = END_CLEAN, .after_ms = 5};
}

void fault_hang(struct fault *fault, const struct program *program, int step, struct chance *chance)
{
    int end = chance_below(chance, 2);

    fault->hangs = true;
    fault->silence_ms = 2000 + (unsigned)chance_below(chance, 10000);
    for (int rank = 0; rank < program->ranks; rank++) {
        struct fate *fate = &fault->fate[rank];

        *fate = (struct fate){.actions = end_of_step(&program->rank[rank], step), .together = true};
        if (end > 0) { /* else the trace ends while they hang */
            fate->how = END_SIGNAL;
            fate->status = SIGTERM;
            fate->after_ms = fault->silence_ms + (unsigned)chance_below(chance, 50);
        }
    }
}

void fault_watchdog(struct fault *fault, int rank)
{
    struct fate *fate = &fault->fate[rank];

    if (fate->how != END_SIGNAL || fault->silence_ms % 2)
        return;
    fate->status = SIGABRT;
    fate->after_ms = fault->silence_ms - 200;
}

bool fault_inject(struct fault *fault, struct program *program, struct chance *chance, enum fault_kind kind)
{
    fault_none(fault, program);
    fault->kind = kind;
    fault->code = kinds[kind].code;
    fault->codes = 1ull << fault->code;
    return kinds[kind].inject(fault, program, chance);
}
