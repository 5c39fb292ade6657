/* SPDX-License-Identifier: Apache-2.0 */
#include "fault.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- What each kind does to the list of calls
 * ---------------------------------------------------------------------- */

static void change_op(struct world_call *call)
{
    call->op = WORLD_REDUCE;
}

static void change_count(struct world_call *call)
{
    call->count /= 2; /* less, not more: the buffers hold it */
}

static void change_dtype(struct world_call *call)
{
    call->type = ncclFloat16; /* half the bytes, for the same reason */
}

static void change_redop(struct world_call *call)
{
    call->redop = ncclMax;
}

static void fall_behind(void)
{
    sleep(3);
}

static void die(void)
{
    raise(SIGKILL);
}

static void be_late(struct world_call *call)
{
    call->before = fall_behind;
}

static void be_killed(struct world_call *call)
{
    call->before = die;
}

static void leave_out(struct world_plan *plan, int slot)
{
    plan->count--;
    memmove(&plan->calls[slot], &plan->calls[slot + 1],
            (size_t)(plan->count - slot) * sizeof(plan->calls[0]));
}

static void make_twice(struct world_plan *plan, int slot)
{
    memmove(&plan->calls[slot + 1], &plan->calls[slot],
            (size_t)(plan->count - slot) * sizeof(plan->calls[0]));
    plan->count++;
}

static void exchange_with_next(struct world_plan *plan, int slot)
{
    struct world_call first = plan->calls[slot];

    plan->calls[slot] = plan->calls[slot + 1];
    plan->calls[slot + 1] = first;
}

/* ---- The kinds
 * ----------------------------------------------------------------------------------------------------- */

enum { NOT_A_CALL = -1 };

/* One line a kind: its name, the first call of the step's list that differs from the other ranks', how that
 * call or the list is changed, and what --help says. FAULT_ROOT changes the root by hand, since it depends on
 * the ranks. */
static const struct {
    const char *name;
    int slot;
    void (*change)(struct world_call *call);
    void (*rearrange)(struct world_plan *plan, int slot);
    const char *help;
} kinds[FAULT_KINDS] = {
    [FAULT_OP] = {"op", WORLD_EMBEDDING, change_op, NULL, "call 0 is a reduce to rank 0, not an all-reduce"},
    [FAULT_COUNT] = {"count", WORLD_EMBEDDING, change_count, NULL, "call 0 has half the elements"},
    [FAULT_DTYPE] = {"dtype", WORLD_EMBEDDING, change_dtype, NULL, "call 0 has float16, not float32"},
    [FAULT_REDOP] = {"redop", WORLD_EMBEDDING, change_redop, NULL, "call 0 takes the maximum, not the sum"},
    [FAULT_ROOT] = {"root", WORLD_LOSS, NULL, NULL, "call 2 has the root after the right one, modulo ranks"},
    [FAULT_SKIP] = {"skip", WORLD_NORMS, NULL, leave_out, "call 1 is left out"},
    [FAULT_EXTRA] = {"extra", WORLD_NORMS, NULL, make_twice,
                     "call 1 is made twice, so call 2 is one too many"},
    [FAULT_SWAP] = {"swap", WORLD_NORMS, NULL, exchange_with_next, "calls 1 and 2 change places"},
    [FAULT_LATE] = {"late", WORLD_EMBEDDING, be_late, NULL, "3 s of sleep before call 0; no mismatch"},
    [FAULT_DIE] = {"die", WORLD_EMBEDDING, be_killed, NULL, "SIGKILL to itself before call 0"},
    [FAULT_INIT_MISSING] = {"init-missing", NOT_A_CALL, NULL, NULL,
                            "all others split the world communicator before the step"},
    [FAULT_P2P_MISSING] = {"p2p-missing", NOT_A_CALL, NULL, NULL, "the first send of the step is left out"},
    [FAULT_P2P_SIZE] = {"p2p-size", NOT_A_CALL, NULL, NULL,
                        "the first send of the step has half the elements"},
};

void fault_spoil_plan(const struct fault *fault, struct world_plan *plan, const struct group *world,
                      long first_index)
{
    if (!fault || kinds[fault->kind].slot == NOT_A_CALL)
        return;

    int slot = kinds[fault->kind].slot;

    if (kinds[fault->kind].change)
        kinds[fault->kind].change(&plan->calls[slot]);
    if (kinds[fault->kind].rearrange)
        kinds[fault->kind].rearrange(plan, slot);
    if (fault->kind == FAULT_ROOT)
        plan->calls[slot].root = (plan->calls[slot].root + 1) % world->size;

    /* The call and its copy are alike: the copy is the first that differs. */
    fault_announce_call(fault, first_index + slot + (fault->kind == FAULT_EXTRA));
}

/* ---- Saying so
 * ----------------------------------------------------------------------------------------------------- */

void fault_announce_call(const struct fault *fault, long index)
{
    printf("train: fault %s at step %ld on rank %d: call index %ld of the world communicator\n",
           kinds[fault->kind].name, fault->step, fault->rank, index);
    fflush(stdout); /* the process may be killed next */
}

void fault_announce_message(const struct fault *fault, long index, int from, int to, const char *communicator)
{
    printf(
        "train: fault %s at step %ld on rank %d: message %ld from world rank %d to world rank %d on the %s "
        "communicator\n",
        kinds[fault->kind].name, fault->step, fault->rank, index, from, to, communicator);
    fflush(stdout);
}

void fault_describe_kinds(FILE *out)
{
    for (int k = 0; k < FAULT_KINDS; k++)
        fprintf(out, "  %-13s %s\n", kinds[k].name, kinds[k].help);
}

/* ---- Finding them
 * -------------------------------------------------------------------------------------------------- */

const struct fault *fault_find(const struct fault_list *list, long step, int rank)
{
    for (int i = 0; i < list->count; i++)
        if (list->faults[i].step == step && list->faults[i].rank == rank)
            return &list->faults[i];
    return NULL;
}

bool fault_strikes(const struct fault_list *list, long step)
{
    for (int i = 0; i < list->count; i++)
        if (list->faults[i].step == step)
            return true;
    return false;
}

bool fault_strikes_kind(const struct fault_list *list, long step, enum fault_kind kind)
{
    for (int i = 0; i < list->count; i++)
        if (list->faults[i].step == step && list->faults[i].kind == kind)
            return true;
    return false;
}

static int parse_kind(const char *text, size_t length, enum fault_kind *kind)
{
    for (int k = 0; k < FAULT_KINDS; k++) {
        if (strlen(kinds[k].name) == length && strncmp(text, kinds[k].name, length) == 0) {
            *kind = (enum fault_kind)k;
            return 0;
        }
    }
    return -EINVAL;
}

/* A number that begins with a digit and ends at `end`. */
static int parse_number(const char *text, char end, long *number, const char **rest)
{
    char *stop;

    if (*text < '0' || *text > '9')
        return -EINVAL;
    errno = 0;
    *number = strtol(text, &stop, 10);
    if (errno || *stop != end)
        return -EINVAL;
    *rest = end ? stop + 1 : stop;
    return 0;
}

int fault_add(struct fault_list *list, const char *text)
{
    const char *at = strchr(text, '@');
    const char *rest;
    struct fault fault;
    long rank;

    if (!at || parse_kind(text, (size_t)(at - text), &fault.kind) < 0 ||
        parse_number(at + 1, ':', &fault.step, &rest) < 0 || parse_number(rest, '\0', &rank, &rest) < 0 ||
        rank > INT_MAX)
        return -EINVAL;
    fault.rank = (int)rank;
    if (fault_find(list, fault.step, fault.rank))
        return -EEXIST;
    if ((size_t)list->count == sizeof(list->faults) / sizeof(list->faults[0]))
        return -ENOSPC;
    list->faults[list->count++] = fault;
    return 0;
}
