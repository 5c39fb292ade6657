/* SPDX-License-Identifier: Apache-2.0 */
#include "cause.h"

#include "ranks.h"
#include "timing.h"

/* A process that went on calling for so long after an error was not stopped by it. */
#define AFTERMATH_NS (10000 * MILLISECONDS)

static bool is_root_error(const struct finding *finding)
{
    return finding->root_cause && finding->severity == SEVERITY_ERROR &&
           finding->code != FINDING_STREAM_INCOMPLETE;
}

/* Warnings follow from errors, nothing follows from a warning. */
static bool may_follow(const struct finding *finding)
{
    return finding->root_cause && finding->severity >= SEVERITY_WARNING &&
           finding->code != FINDING_STREAM_INCOMPLETE;
}

static bool compares_collectives(const struct finding *finding)
{
    return finding->code >= FINDING_OP_MISMATCH && finding->code <= FINDING_ORDER_MISMATCH;
}

/* Is this the kind of thing that happens to ranks because something else went wrong before? */
static bool is_symptom(const struct fact *fact, const struct finding *finding)
{
    switch (finding->code) {
    case FINDING_CALL_FAILED:
    case FINDING_RANK_DIED:
        return true;
    case FINDING_MISSING_CALL:
        return fact ? fact->kind == FACT_WAIT : false;
    case FINDING_COMMUNICATOR_INIT:
        return fact ? !fact->creation.differing : false;
    case FINDING_P2P_UNMATCHED:
        return fact ? !fact->message.ended : false;
    default:
        return false;
    }
}

static bool earlier(const struct finding *one, const struct finding *other)
{
    /* A death is noticed a little after the survivors' calls have failed because of it. */
    if (one->code == FINDING_RANK_DIED && other->code == FINDING_CALL_FAILED &&
        !ranks_overlap(one->ranks, other->ranks) && one->time_realtime_ns && other->time_realtime_ns)
        return one->time_realtime_ns <= other->time_realtime_ns + DEATH_NOTICED_NS;
    if (one->time_realtime_ns && other->time_realtime_ns && one->time_realtime_ns != other->time_realtime_ns)
        return one->time_realtime_ns < other->time_realtime_ns;
    return one->id < other->id;
}

/* The same ranks wrong in several places at once is one mistake; on one communicator that was back in step in
 * between it is two. */
static bool same_mistake(const struct finding *cause, const struct finding *effect)
{
    if (compares_collectives(cause) && compares_collectives(effect) &&
        cause->communicator == effect->communicator)
        return false;
    return ranks_overlap(cause->ranks, effect->ranks);
}

static void set_cause(struct finding *effect, size_t cause)
{
    effect->caused_by = cause;
    effect->root_cause = false;
}

void cause_link(struct engine *engine, const struct fact *fact, struct finding *finding)
{
    if (fact->consequence) {
        set_cause(finding, fact->caused_by);
        return;
    }
    if (!may_follow(finding))
        return;
    for (size_t i = 0; i < finding->id; i++) {
        const struct finding *cause = engine->findings[i];

        if (!is_root_error(cause) || !earlier(cause, finding))
            continue;
        if (is_symptom(fact, finding) || same_mistake(cause, finding)) {
            set_cause(finding, cause->id);
            return;
        }
    }
    for (size_t i = 0; is_root_error(finding) && i < finding->id; i++) {
        struct finding *effect = engine->findings[i];

        if (may_follow(effect) && earlier(finding, effect) &&
            (is_symptom(NULL, effect) || same_mistake(finding, effect)))
            set_cause(effect, finding->id);
    }
}

bool cause_explains_end(const struct engine_process *process)
{
    const struct engine *engine = process->engine;
    uint64_t end = process_realtime(process, process->end_ns);
    uint64_t last = process_realtime(process, process->last_call_ns);

    for (size_t i = 0; i < engine->finding_count; i++) {
        const struct finding *finding = engine->findings[i];

        if (!is_root_error(finding))
            continue;
        if (!end || !finding->time_realtime_ns)
            return true;
        if (finding->time_realtime_ns <= end && last <= finding->time_realtime_ns + AFTERMATH_NS)
            return true;
    }
    return false;
}

bool cause_known(const struct engine *engine)
{
    for (size_t i = 0; i < engine->finding_count; i++)
        if (is_root_error(engine->findings[i]))
            return true;
    return false;
}
