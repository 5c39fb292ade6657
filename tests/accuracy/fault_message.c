/* SPDX-License-Identifier: Apache-2.0
 *
 * Mistakes in messages: one half is left out, made once too often, or of another size.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fault.h"
#include "sequence.h"

static bool same_channel(const struct action *one, const struct action *other)
{
    return is_message(one) && one->communicator == other->communicator && one->root == other->root &&
           one->operation == other->operation;
}

/* Sizes of all halves like `like` among the first `limit` actions. */
static size_t copy_sizes(const struct list *list, size_t limit, const struct action *like, uint64_t **sizes)
{
    size_t count = 0;

    *sizes = calloc(list->count + 1, sizeof **sizes);
    for (size_t i = 0; *sizes && i < list->count && i < limit; i++)
        if (same_channel(&list->action[i], like))
            (*sizes)[count++] = call_size(&list->action[i]);
    return count;
}

/* A place in some rank's list with a message of some bytes to another rank. */
static bool choose(const struct program *program, struct chance *chance, int *rank, size_t *at)
{
    for (int tries = 0; tries < 600; tries++) {
        *rank = chance_below(chance, program->ranks);
        *at = (size_t)chance_below(chance, (int)program->rank[*rank].count);

        const struct action *half = &program->rank[*rank].action[*at];

        /* Where NCCL did not tell the members their ranks, messages cannot be matched until all have called.
         */
        if (is_message(half) && half->count > 0 && program->told &&
            program->communicator[half->communicator].member[half->root] != *rank)
            return true;
    }
    return false;
}

static void apply(struct fault *fault, struct list *list, size_t at, struct chance *chance)
{
    struct action again = list->action[at];

    switch (fault->kind) {
    case FAULT_MESSAGE_MISSING:
        list_remove(list, at);
        break;
    case FAULT_MESSAGE_EXTRA:
        again.buffer += 17;
        list_insert(list, at, &again);
        break;
    default:
        list->action[at].count += 4 * (1 + (uint64_t)chance_below(chance, 3));
        break;
    }
}

/* All messages of the same size look alike: the mistake may be at any of a run of them. */
static void set_range(struct fault *fault, const uint64_t *sizes, size_t count, size_t first)
{
    size_t low = first;
    size_t high = first;

    if (fault->kind != FAULT_MESSAGE_SIZE && first < count)
        while (high + 1 < count && sizes[high + 1] == sizes[high])
            high++;
    if (fault->kind != FAULT_MESSAGE_SIZE)
        while (low > 0 && low <= count && sizes[low - 1] == sizes[first < count ? first : count - 1])
            low--;
    fault->index_low = (int64_t)low;
    fault->index_high = (int64_t)(high > count ? count : high);
}

static uint64_t codes_of(unsigned kinds)
{
    uint64_t codes = 0;

    if (kinds & MISTAKE_DIFFERENT)
        codes |= 1ull << FINDING_P2P_SIZE_MISMATCH;
    if (kinds & (MISTAKE_SKIPPED | MISTAKE_EXTRA))
        codes |= 1ull << FINDING_P2P_UNMATCHED;
    return codes;
}

static int suspects[2]; /* the two ends of the message */

bool fault_in_messages(struct fault *fault, struct program *program, struct chance *chance)
{
    int rank;
    size_t at;

    if (!choose(program, chance, &rank, &at))
        return false;

    struct list *list = &program->rank[rank];
    struct action half = list->action[at];
    int step = step_of(list, at);
    bool hangs = chance_percent(chance, 50);
    int last = step + chance_below(chance, 2);
    uint64_t *expected;
    uint64_t *observed;
    size_t expected_count = copy_sizes(list, hangs ? end_of_step(list, last) : list->count, &half, &expected);

    apply(fault, list, at, chance);
    if (hangs)
        fault_hang(fault, program, last, chance);
    else
        fault_run_on(fault, program);

    size_t observed_count = copy_sizes(list, fault->fate[rank].actions, &half, &observed);
    struct explanation explanation =
        sequence_explain(expected, expected_count, observed, observed_count, hangs);
    uint64_t codes = codes_of(explanation.kinds);
    bool seen = explanation.first != SIZE_MAX;

    /* In a hang an extra half at the end waits for its other half like any. */
    if (!seen && fault->kind == FAULT_MESSAGE_EXTRA) {
        explanation.first = expected_count;
        codes = fault->codes;
        seen = true;
    }
    fault->communicator = half.communicator;
    fault->culprit[fault->culprits++] = rank;
    suspects[0] = rank;
    suspects[1] = program->communicator[half.communicator].member[half.root];
    if (hangs)
        fault_watchdog(fault, suspects[fault->kind == FAULT_MESSAGE_EXTRA ? 0 : 1]);
    fault->suspect = suspects;
    fault->suspects = 2;
    /* A half that is alone: its other half is missing, rather than it is one too many. */
    fault->tie = fault->kind != FAULT_MESSAGE_MISSING;
    if (seen)
        set_range(fault, expected, expected_count, explanation.first);
    fault->ambiguous = codes != fault->codes;
    fault->codes |= codes;
    free(expected);
    free(observed);
    snprintf(fault->text, sizeof fault->text, "%s on communicator %d, %s %d, message %lld (%s)",
             fault_name(fault->kind), half.communicator, half.operation == OPERATION_SEND ? "to" : "from",
             half.root, (long long)fault->index_low, hangs ? "hangs" : "runs on");
    return seen;
}
