/* SPDX-License-Identifier: Apache-2.0
 *
 * Mistakes in collectives: one or a few members do something else at one place.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fault.h"
#include "sequence.h"

/* Place of the n-th collective on a communicator in a rank's list; SIZE_MAX when there is none. */
static size_t place_of(const struct list *list, int communicator, int n)
{
    for (size_t i = 0; i < list->count; i++)
        if (is_collective(&list->action[i]) && list->action[i].communicator == communicator && n-- == 0)
            return i;
    return SIZE_MAX;
}

static int index_of(const struct list *list, size_t at)
{
    int index = 0;

    for (size_t i = 0; i < at; i++)
        index +=
            is_collective(&list->action[i]) && list->action[i].communicator == list->action[at].communicator;
    return index;
}

/* All collectives of a communicator among the first `limit` actions. */
static size_t copy_calls(const struct list *list, size_t limit, int communicator, struct action **calls)
{
    size_t count = 0;

    *calls = calloc(list->count + 1, sizeof **calls);
    for (size_t i = 0; *calls && i < list->count && i < limit; i++)
        if (is_collective(&list->action[i]) && list->action[i].communicator == communicator)
            (*calls)[count++] = list->action[i];
    return count;
}

/* Equal numbers for equal calls. */
static void number_calls(uint64_t *token, const struct action *calls, size_t count,
                         const struct action *known, size_t known_count)
{
    for (size_t i = 0; i < count; i++) {
        token[i] = known_count + i + 1;
        for (size_t k = 0; k < i; k++)
            if (call_equal(&calls[i], &calls[k])) {
                token[i] = token[k];
                break;
            }
        for (size_t k = 0; k < known_count; k++)
            if (call_equal(&calls[i], &known[k])) {
                token[i] = k + 1;
                break;
            }
    }
}

/* ---- what is done ---- */

static enum operation other_operation(struct chance *chance, enum operation operation)
{
    static const enum operation operations[] = {OPERATION_ALL_REDUCE, OPERATION_ALL_GATHER,
                                                OPERATION_REDUCE_SCATTER, OPERATION_BROADCAST,
                                                OPERATION_ALL_TO_ALL};
    enum operation other = operations[chance_below(chance, 5)];

    return other == operation ? OPERATION_REDUCE : other;
}

static void set_operation(struct action *call, enum operation operation)
{
    unsigned traits = operation_traits(operation);

    call->operation = (uint8_t)operation;
    call->reduction = traits & TRAIT_REDUCES ? REDUCTION_SUM : REDUCTION_NONE;
    call->root = traits & TRAIT_ROOTED ? 0 : -1;
}

static void set_count(struct action *call, struct chance *chance)
{
    switch (chance_below(chance, 4)) {
    case 0:
        call->count *= 2;
        break;
    case 1:
        call->count += 1;
        break;
    case 2:
        call->count = call->count > 1 ? call->count - 1 : 3;
        break;
    default:
        call->count = chance_percent(chance, 40) ? 0 : call->count + 1000;
        break;
    }
}

/* The call as the culprits make it. False when there is no such mistake in this call. */
static bool spoil(struct action *call, enum fault_kind kind, int members, struct chance *chance)
{
    static const uint8_t types[] = {DATATYPE_FLOAT32, DATATYPE_FLOAT16, DATATYPE_FLOAT64, DATATYPE_INT8};
    unsigned traits = operation_traits(call->operation);
    struct action before = *call;

    switch (kind) {
    case FAULT_OP:
        set_operation(call, other_operation(chance, call->operation));
        break;
    case FAULT_COUNT:
        set_count(call, chance);
        break;
    case FAULT_DTYPE:
        if (call->reduction == REDUCTION_PRE_MUL_SUM)
            return false;
        call->datatype = types[chance_below(chance, 4)];
        break;
    case FAULT_REDOP:
        if (!(traits & TRAIT_REDUCES))
            return false;
        if (call->reduction == REDUCTION_PRE_MUL_SUM && chance_percent(chance, 50))
            call->scalar *= 2;
        else
            call->reduction = call->reduction == REDUCTION_MAX ? REDUCTION_SUM : REDUCTION_MAX;
        break;
    default:
        if (!(traits & TRAIT_ROOTED))
            return false;
        call->root = (call->root + 1 + chance_below(chance, members - 1)) % members;
        break;
    }
    return !call_equal(&before, call);
}

struct target {
    int communicator;
    int index;
    struct action call; /* as the culprits make it, or the one too many */
    int calls;          /* left out */
};

static bool apply(struct list *list, const struct fault *fault, const struct target *target)
{
    size_t at = place_of(list, target->communicator, target->index);
    size_t next;
    struct action kept;

    if (at == SIZE_MAX)
        return false;
    switch (fault->kind) {
    case FAULT_MISSING:
        for (int i = 0; i < target->calls; i++) {
            at = place_of(list, target->communicator, target->index);
            if (at == SIZE_MAX)
                return false;
            list_remove(list, at);
        }
        return true;
    case FAULT_EXTRA:
        list_insert(list, at, &target->call);
        return true;
    case FAULT_ORDER:
        next = place_of(list, target->communicator, target->index + 1);
        if (next == SIZE_MAX || call_equal(&list->action[at], &list->action[next]) ||
            list->action[next].count == 0)
            return false;
        kept = list->action[at];
        list->action[at] = list->action[next];
        list->action[next] = kept;
        return true;
    default:
        kept = list->action[at];
        list->action[at] = target->call;
        list->action[at].buffer = kept.buffer;
        return true;
    }
}

/* ---- where, and who ---- */

static bool choose_target(struct target *target, const struct fault *fault, struct program *program,
                          struct chance *chance)
{
    for (int tries = 0; tries < 400; tries++) {
        const struct list *list = &program->rank[chance_below(chance, program->ranks)];
        size_t at = (size_t)chance_below(chance, (int)list->count);
        const struct action *call = &list->action[at];

        if (!is_collective(call) || call->count == 0 || program->communicator[call->communicator].count < 2 ||
            (call->reduction == REDUCTION_PRE_MUL_SUM && call->scalar == 0))
            continue;
        *target = (struct target){
            .communicator = call->communicator, .index = index_of(list, at), .call = *call, .calls = 1};
        if (fault->kind == FAULT_MISSING) {
            target->calls = chance_percent(chance, 75) ? 1 : 2 + chance_below(chance, 2);
            return true;
        }
        if (fault->kind == FAULT_ORDER)
            return true;
        if (fault->kind == FAULT_EXTRA) {
            target->call.buffer += 17;
            if (chance_percent(chance, 50))
                target->call.count = 4242;
            return true;
        }
        if (spoil(&target->call, fault->kind, program->communicator[call->communicator].count, chance))
            return true;
    }
    return false;
}

static void choose_culprits(struct fault *fault, const struct communicator *communicator,
                            struct chance *chance)
{
    int most = (communicator->count - 1) / 2;
    int wanted = 1;

    if (most > CULPRITS_MAX)
        most = CULPRITS_MAX;
    if (most > 1 && chance_percent(chance, 25))
        wanted = 1 + chance_below(chance, most);
    if (communicator->count % 2 == 0 && communicator->count / 2 <= CULPRITS_MAX && chance_percent(chance, 5))
        wanted = communicator->count / 2;

    int first = chance_below(chance, communicator->count);

    for (int i = 0; i < wanted; i++)
        fault->culprit[fault->culprits++] = communicator->member[(first + i) % communicator->count];
    fault->tie = wanted * 2 == communicator->count;
    fault->suspect = communicator->member;
    fault->suspects = communicator->count;
}

/* ---- what is true then ---- */

static enum finding_code code_of_difference(const struct action *one, const struct action *other)
{
    bool broadcasts = (one->operation == OPERATION_BROADCAST || one->operation == OPERATION_BCAST) &&
                      (other->operation == OPERATION_BROADCAST || other->operation == OPERATION_BCAST);

    if (one->operation != other->operation && !broadcasts)
        return FINDING_OP_MISMATCH;
    if (one->count == 0 || other->count == 0)
        return FINDING_COUNT_MISMATCH;
    if (one->datatype != other->datatype &&
        ((operation_traits(one->operation) & TRAIT_REDUCES) || call_size(one) != call_size(other)))
        return FINDING_DTYPE_MISMATCH;
    if (one->count != other->count && call_size(one) != call_size(other))
        return FINDING_COUNT_MISMATCH;
    if ((operation_traits(one->operation) & TRAIT_REDUCES) &&
        (one->reduction != other->reduction || one->scalar != other->scalar))
        return FINDING_REDOP_MISMATCH;
    return FINDING_ROOT_MISMATCH;
}

static uint64_t codes_of(unsigned kinds, const struct action *expected, const struct action *observed)
{
    uint64_t codes = 0;

    if ((kinds & MISTAKE_DIFFERENT) && expected && observed)
        codes |= 1ull << code_of_difference(expected, observed);
    if (kinds & MISTAKE_SKIPPED)
        codes |= 1ull << FINDING_MISSING_CALL;
    if (kinds & MISTAKE_EXTRA)
        codes |= 1ull << FINDING_EXTRA_CALL;
    if (kinds & MISTAKE_SWAPPED)
        codes |= 1ull << FINDING_ORDER_MISMATCH;
    return codes;
}

/* Do the members pass the same bytes as several types? Then another count looks like another type. */
static bool types_differ(const struct program *program, const struct fault *fault,
                         const struct target *target)
{
    for (int i = 0; i < fault->suspects; i++) {
        const struct list *list = &program->rank[fault->suspect[i]];
        size_t at = place_of(list, target->communicator, target->index);

        if (at != SIZE_MAX && list->action[at].datatype != target->call.datatype)
            return true;
    }
    return false;
}

static bool vague(const struct action *calls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (calls[i].reduction == REDUCTION_PRE_MUL_SUM && calls[i].scalar == 0)
            return true;
    return false;
}

/* What can be seen of the mistake, and what explains it. False when it cannot be seen. */
static bool establish(struct fault *fault, const struct program *program, const struct target *target,
                      const struct action *expected, size_t expected_count)
{
    int culprit = fault->culprit[0];
    struct action *observed;
    size_t observed_count =
        copy_calls(&program->rank[culprit], fault->fate[culprit].actions, target->communicator, &observed);
    uint64_t *tokens = calloc(expected_count + observed_count + 1, sizeof *tokens);
    bool seen = false;

    if (observed && tokens && !vague(expected, expected_count)) {
        number_calls(tokens, expected, expected_count, NULL, 0);
        number_calls(tokens + expected_count, observed, observed_count, expected, expected_count);

        /* What number_calls() gave the expected ones among themselves is their place plus one as well. */
        struct explanation explanation =
            sequence_explain(tokens, expected_count, tokens + expected_count, observed_count, fault->hangs);
        size_t at = explanation.first;

        seen = at != SIZE_MAX;
        if (seen) {
            uint64_t codes = codes_of(explanation.kinds, at < expected_count ? &expected[at] : NULL,
                                      at < observed_count ? &observed[at] : NULL);

            fault->index_low = fault->index_high = (int64_t)at;
            if (codes == 1ull << FINDING_COUNT_MISMATCH && types_differ(program, fault, target))
                codes |= 1ull << FINDING_DTYPE_MISMATCH;
            fault->ambiguous = codes != fault->codes;
            fault->codes |= codes;
            if (fault->tie) /* what one side leaves out the other has too many */
                fault->codes |= fault->codes & (1ull << FINDING_MISSING_CALL | 1ull << FINDING_EXTRA_CALL)
                                    ? 1ull << FINDING_MISSING_CALL | 1ull << FINDING_EXTRA_CALL
                                    : 0;
        }
    }
    free(tokens);
    free(observed);
    return seen;
}

static int somebody_else(const struct fault *fault, struct chance *chance)
{
    for (;;) {
        int rank = fault->suspect[chance_below(chance, fault->suspects)];
        bool guilty = false;

        for (int i = 0; i < fault->culprits; i++)
            guilty |= fault->culprit[i] == rank;
        if (!guilty)
            return rank;
    }
}

bool fault_in_collectives(struct fault *fault, struct program *program, struct chance *chance)
{
    struct target target;
    struct action *expected;
    bool done = true;

    if (!choose_target(&target, fault, program, chance))
        return false;
    fault->communicator = target.communicator;
    choose_culprits(fault, &program->communicator[target.communicator], chance);

    struct list *list = &program->rank[fault->culprit[0]];
    int step = step_of(list, place_of(list, target.communicator, target.index));
    bool hangs = chance_percent(chance, 50);
    int last = step + chance_below(chance, 2);
    size_t limit = hangs ? end_of_step(list, last) : list->count;
    size_t expected_count = copy_calls(list, limit, target.communicator, &expected);

    for (int i = 0; i < fault->culprits; i++)
        done = done && apply(&program->rank[fault->culprit[i]], fault, &target);
    if (hangs) {
        fault_hang(fault, program, last, chance);
        if (fault->kind == FAULT_MISSING) /* the others wait for a call more */
            fault_watchdog(fault, somebody_else(fault, chance));
    } else
        fault_run_on(fault, program);
    done = done && expected && establish(fault, program, &target, expected, expected_count);
    free(expected);
    snprintf(fault->text, sizeof fault->text, "%s on communicator %d, call %d (%s)", fault_name(fault->kind),
             target.communicator, target.index, hangs ? "hangs" : "runs on");
    return done;
}
