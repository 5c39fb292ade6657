/* SPDX-License-Identifier: Apache-2.0 */
#include "judge.h"

#include <stdlib.h>

#include "align.h"
#include "array.h"
#include "ballot.h"
#include "cause.h"
#include "dispute.h"
#include "evidence.h"
#include "publish.h"
#include "ranks.h"
#include "say.h"
#include "sight.h"
#include "timing.h"

bool judge_is_open(const struct communicator *communicator)
{
    struct ballot ballot;
    bool open = false;

    if (ballot_take(&ballot, communicator, communicator->dispute.index) && ballot.count > 0)
        open = ballot.voters < ballot.electorate &&
               !vote(ballot.parties, ballot.count, ballot.electorate).absolute;
    ballot_free(&ballot);
    return open;
}

/* What a culprit did, and who did the same. One finding each. */
struct offence {
    enum divergence_kind kind;
    unsigned difference; /* DIFFERENT: the one that names the finding */
    bool left;
    bool innocent; /* known to follow from what was found before */
    const struct member *example;
    struct alignment alignment;
    struct rank_list ranks;
};

struct trial {
    struct communicator *communicator;
    struct engine *engine;
    uint64_t index;
    struct ballot ballot;
    struct election election;
    bool by_history; /* a tie that the past decides */
    struct sight expected;
    struct correction *corrections;
    struct offence *offences;
    size_t offence_count;
    size_t offence_capacity;
    uint64_t end; /* of the longest divergence */
};

static bool decide_vote(struct trial *trial)
{
    const struct call_table *calls = trial->engine->calls;

    trial->election = vote(trial->ballot.parties, trial->ballot.count, trial->ballot.electorate);
    if (trial->election.tie) {
        uint64_t usual = sight_usual(trial->communicator, trial->engine, trial->index);
        size_t largest = trial->ballot.parties[trial->election.winner].members;

        for (size_t i = 0; usual != COMPARABLE_ANY && i < trial->ballot.count; i++) {
            if (trial->ballot.parties[i].members != largest ||
                !comparable_agrees(calls, (uint32_t)trial->ballot.parties[i].token, (uint32_t)usual))
                continue;
            trial->election.winner = i;
            trial->by_history = true;
        }
        /* Without any hint, a call is more likely to be meant than its absence. */
        if (!trial->by_history && trial->ballot.parties[trial->election.winner].token == COMPARABLE_NONE)
            for (size_t i = 0; i < trial->ballot.count; i++)
                if (trial->ballot.parties[i].members == largest &&
                    trial->ballot.parties[i].token != COMPARABLE_NONE)
                    trial->election.winner = i;
    }
    return sight_expected(&trial->expected, trial->engine,
                          ballot_example(&trial->ballot, trial->communicator, trial->election.winner),
                          trial->index);
}

/* ---- what each one did ---- */

static struct alignment compare(const struct trial *trial, const struct member *member)
{
    struct sight observed;
    struct sight expected = trial->expected;

    sight_observed(&observed, member, trial->index);
    sight_forget_unshared_end(&expected, &observed);
    if (observed.count == 0) /* it has left, the others go on */
        return (struct alignment){.kind = DIVERGENCE_SKIPPED, .expected = expected.known};
    if (expected.count == 0) /* the others have left */
        return (struct alignment){.kind = DIVERGENCE_EXTRA, .observed = observed.count};
    /* A call just made once more, and nothing known of what comes after it. */
    if (observed.count == 1 && observed.token[0] != COMPARABLE_NONE &&
        observed.token[0] == sight_before(trial->communicator, trial->index))
        return (struct alignment){.kind = DIVERGENCE_EXTRA, .observed = 1};
    return align(expected.token, expected.count, observed.token, observed.count, COMPARABLE_ANY,
                 COMPARABLE_NONE);
}

static const struct call *call_at(const struct trial *trial, const struct member *member, uint64_t index)
{
    if (index >= member->position)
        return NULL;
    return call_get(trial->engine->calls, dispute_call(member, index).call);
}

static const struct member *winner_example(const struct trial *trial)
{
    return ballot_example(&trial->ballot, trial->communicator, trial->election.winner);
}

/* The difference that names the finding: the first that a check asks for. */
static unsigned naming_difference(const struct trial *trial, const struct member *member)
{
    const struct call *expected = call_at(trial, winner_example(trial), trial->index);
    const struct call *observed = call_at(trial, member, trial->index);
    unsigned differences = expected && observed ? call_differences(expected, observed) : 0;

    return differences & -differences;
}

static bool add_offence(struct trial *trial, const struct member *member, struct alignment alignment)
{
    bool left = member->position <= trial->index;
    unsigned difference = alignment.kind == DIVERGENCE_DIFFERENT ? naming_difference(trial, member) : 0;
    struct offence *offence = NULL;

    for (size_t i = 0; i < trial->offence_count && !offence; i++)
        if (trial->offences[i].kind == alignment.kind && trial->offences[i].difference == difference &&
            trial->offences[i].left == left)
            offence = &trial->offences[i];
    if (!offence) {
        struct offence *grown =
            array_reserve(trial->offences, &trial->offence_capacity, trial->offence_count + 1, sizeof *grown);

        if (!grown)
            return false;
        trial->offences = grown;
        offence = &grown[trial->offence_count++];
        *offence = (struct offence){.kind = alignment.kind,
                                    .difference = difference,
                                    .left = left,
                                    .example = member,
                                    .alignment = alignment};
    }
    return rank_list_add(&offence->ranks, process_rank(member->process));
}

/* Not yet back in step since the last divergence? */
static bool still_troubled(const struct trial *trial)
{
    return trial->communicator->troubled_until > 0 &&
           trial->index < trial->communicator->troubled_until + RESYNCHRONISED_CALLS;
}

/* A member that goes on being out of step is reported once. */
static bool already_reported(const struct trial *trial, struct member *member)
{
    if (!still_troubled(trial)) {
        member->troubles = 1;
        return false;
    }
    member->troubles++;
    return member->culprit;
}

static bool try_member(struct trial *trial, size_t place)
{
    struct member *member = trial->communicator->members[place];
    struct correction *correction = &trial->corrections[place];
    size_t party = trial->ballot.party_of[place];

    correction->member = member;
    if (party == NO_PARTY || party == trial->election.winner)
        return true;

    struct alignment alignment = compare(trial, member);
    bool left = member->position <= trial->index;

    correction->culprit = true;
    correction->expected = alignment.expected;
    correction->observed = alignment.observed;
    correction->exclude = trial->expected.count == 0 || trial->expected.token[0] == COMPARABLE_NONE ||
                          (left && !alignment.confirmed) || member->troubles >= TROUBLES_LIMIT;
    if (trial->index + alignment.expected > trial->end)
        trial->end = trial->index + alignment.expected;
    if (already_reported(trial, member) || (left && cause_explains_end(member->process)))
        return true;
    return add_offence(trial, member, alignment);
}

/* ---- how sure, and why not ---- */

static bool calls_lost_nearby(const struct trial *trial)
{
    for (size_t i = 0; i < trial->communicator->member_count; i++) {
        const struct member *member = trial->communicator->members[i];

        if (!member->excluded && (process_lost_unknown(member->process) ||
                                  (member->lossy && member->lost_until + LOOKAHEAD_CALLS > trial->index)))
            return true;
    }
    return false;
}

static enum confidence confidence_of(const struct trial *trial, const struct offence *offence,
                                     const char **reason)
{
    size_t covered = offence->alignment.expected + offence->alignment.confirmed;

    *reason = "";
    if (trial->election.tie && !trial->by_history) {
        *reason = "As many ranks are on one side as on the other, so who is wrong cannot be told from the "
                  "calls.";
        return CONFIDENCE_UNDECIDED;
    }
    if (calls_lost_nearby(trial)) {
        *reason = "Calls near this one were lost, which could explain the difference.";
        return CONFIDENCE_LIKELY;
    }
    if (trial->by_history) {
        *reason = "As many ranks are on one side as on the other; what they called here before decides.";
        return CONFIDENCE_LIKELY;
    }
    if (!trial->election.absolute) {
        *reason = "Not all ranks have come this far, and their calls could still turn the majority.";
        return CONFIDENCE_LIKELY;
    }
    if (offence->left || offence->alignment.confirmed >= ALIGN_CONFIRMED ||
        (offence->alignment.confirmed > 0 && covered <= trial->expected.known))
        return CONFIDENCE_CERTAIN;
    if (offence->kind == DIVERGENCE_DIFFERENT && offence->alignment.observed >= LOOKAHEAD_CALLS / 2)
        return CONFIDENCE_CERTAIN; /* it goes on like that */
    *reason = "What the ranks call next is not known.";
    return CONFIDENCE_LIKELY;
}

/* ---- findings ---- */

static bool in_one_group(const struct member *member, uint64_t index, size_t calls)
{
    uint32_t group = dispute_call(member, index).group;

    for (size_t i = 1; i < calls && group; i++)
        if (index + i >= member->position || dispute_call(member, index + i).group != group)
            return false;
    return group != 0;
}

static bool all_empty(const struct trial *trial, const struct member *member, size_t calls)
{
    for (size_t i = 0; i < calls; i++)
        if (trial->index + i >= member->position ||
            !comparable_is_empty(trial->engine->calls, dispute_token(member, trial->index + i)))
            return false;
    return calls > 0;
}

static struct divergence_fact describe(const struct trial *trial, const struct offence *offence,
                                       struct ranks side)
{
    const struct member *winner = winner_example(trial);
    const struct member *culprit = offence->example;
    struct divergence_fact fact = {
        .kind = offence->kind,
        .expected = call_at(trial, winner, trial->index),
        .observed = call_at(trial, culprit, trial->index),
        .calls =
            offence->kind == DIVERGENCE_EXTRA ? offence->alignment.observed : offence->alignment.expected,
        .tie = trial->election.tie && !trial->by_history,
        .side = side,
        .others = ballot_ranks(&trial->ballot, trial->communicator, trial->election.winner),
    };

    if (fact.expected && fact.observed)
        fact.differences = call_differences(fact.expected, fact.observed);
    fact.departure = fact.observed ? winner->departure : culprit->departure;
    if (offence->kind == DIVERGENCE_SWAPPED)
        fact.grouped = in_one_group(winner, trial->index, offence->alignment.expected) &&
                       in_one_group(culprit, trial->index, offence->alignment.observed);
    if (offence->kind == DIVERGENCE_SKIPPED)
        fact.empty = all_empty(trial, winner, offence->alignment.expected);
    if (offence->kind == DIVERGENCE_EXTRA)
        fact.empty = all_empty(trial, culprit, offence->alignment.observed);
    return fact;
}

static struct ranks with_others(struct engine *engine, struct ranks side, struct ranks others)
{
    struct rank_list list = {0};

    for (size_t i = 0; i < side.count; i++)
        rank_list_add(&list, side.rank[i]);
    for (size_t i = 0; i < others.count; i++)
        rank_list_add(&list, others.rank[i]);
    return rank_list_take(&list, &engine->arena);
}

static void report(struct trial *trial, struct offence *offence)
{
    struct engine *engine = trial->engine;
    struct communicator *communicator = trial->communicator;
    struct ranks side = rank_list_take(&offence->ranks, &engine->arena);
    const struct member *speaker =
        offence->example->position > trial->index ? offence->example : winner_example(trial);
    struct made_call call = dispute_call(speaker, trial->index);
    struct fact fact = {
        .kind = FACT_DIVERGENCE,
        .communicator = (int)communicator->id,
        .communicator_name = communicator_name(engine, communicator),
        .index = (int64_t)trial->index,
        .ranks = side,
        .call_site = site_text(engine, call.site),
        .time_ns = process_realtime(speaker->process, call.time_ns),
        .caused_by = FINDING_NO_CAUSE,
        .divergence = describe(trial, offence, side),
    };

    fact.confidence = confidence_of(trial, offence, &fact.reason);
    if (fact.divergence.tie)
        fact.ranks = with_others(engine, side, fact.divergence.others);
    if (still_troubled(trial) && communicator->first_finding != FINDING_NO_CAUSE) {
        fact.caused_by = communicator->first_finding;
        fact.consequence = true;
    }
    evidence_divergence(communicator, engine, &trial->ballot, trial->election.winner, offence->example, side,
                        &fact.table, &fact.table_rows);

    const struct finding *finding = publish(engine, &fact);

    if (finding && finding->severity == SEVERITY_ERROR && !fact.consequence)
        communicator->first_finding = finding->id;
}

/* Nobody contradicts anybody, but some have left where others made calls that were lost. What those were
 * cannot be told, so there is nothing to compare the leavers with. */
static void excuse_leavers(struct trial *trial)
{
    for (size_t i = 0; i < trial->communicator->member_count; i++)
        if (trial->corrections[i].culprit)
            return;
    for (size_t i = 0; i < trial->communicator->member_count; i++) {
        const struct member *member = trial->communicator->members[i];

        trial->corrections[i].exclude =
            member->departure != DEPARTURE_NONE && member->position == trial->index;
    }
}

static void remember_culprits(struct trial *trial)
{
    for (size_t i = 0; i < trial->communicator->member_count; i++) {
        struct member *member = trial->communicator->members[i];

        if (trial->corrections[i].culprit)
            member->culprit = true;
        else if (!still_troubled(trial))
            member->culprit = false;
    }
    if (trial->end > trial->communicator->troubled_until)
        trial->communicator->troubled_until = trial->end;
}

void judge(struct communicator *communicator, struct engine *engine)
{
    struct trial trial = {
        .communicator = communicator, .engine = engine, .index = communicator->dispute.index};

    trial.corrections = calloc(communicator->member_count + 1, sizeof *trial.corrections);
    if (!trial.corrections || !ballot_take(&trial.ballot, communicator, trial.index))
        goto out;
    if (trial.ballot.count > 0 && !decide_vote(&trial))
        goto out;
    for (size_t i = 0; i < communicator->member_count; i++)
        if (!try_member(&trial, i))
            goto out;
    for (size_t i = 0; i < trial.offence_count; i++)
        report(&trial, &trial.offences[i]);
    remember_culprits(&trial);
    excuse_leavers(&trial);
    dispute_resume(communicator, engine, trial.corrections);
    goto done;
out:
    engine_out(engine);
done:
    for (size_t i = 0; i < trial.offence_count; i++)
        free(trial.offences[i].ranks.rank);
    free(trial.offences);
    free(trial.corrections);
    ballot_free(&trial.ballot);
}
