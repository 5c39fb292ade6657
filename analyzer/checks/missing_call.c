/* SPDX-License-Identifier: Apache-2.0
 *
 * A member leaves out calls, stops making any, or has not come to one that the others wait in.
 */
#include "check.h"
#include "divergence.h"

#include <inttypes.h>

#include "ranks.h"
#include "say.h"

static const char *how_much(const struct fact *fact, const struct divergence_fact *divergence)
{
    const char *call = call_text(divergence->expected, fact->arena);

    if (divergence->calls == 1)
        return call;
    return say(fact->arena, "%s and the %" PRIu64 " calls after it", call, divergence->calls - 1);
}

static const char *left_early(const struct fact *fact)
{
    const struct divergence_fact *divergence = &fact->divergence;
    const char *how = divergence->departure == DEPARTURE_DESTROYED ? "destroyed the communicator" : "ended";

    return say(fact->arena, "%s %s after %lld calls on communicator %s, while %s went on to call %s.",
               ranks_begin(divergence->side, fact->arena), how, (long long)fact->index,
               fact->communicator_name, ranks_named(divergence->others, fact->arena),
               call_text(divergence->expected, fact->arena));
}

static void skipped(const struct fact *fact, struct finding *finding)
{
    const struct divergence_fact *divergence = &fact->divergence;

    finding->severity = SEVERITY_ERROR;
    finding->expected = call_text(divergence->expected, fact->arena);
    finding->observed = divergence->observed ? call_text(divergence->observed, fact->arena) : "nothing";
    if (!divergence->observed)
        finding->explanation = with_reason(fact, left_early(fact));
    else
        finding->explanation =
            with_reason(fact, say(fact->arena, "%s left out %s, %s, which %s made.",
                                  ranks_begin(divergence->side, fact->arena), how_much(fact, divergence),
                                  divergence_where(fact), ranks_named(divergence->others, fact->arena)));
    finding->hint = divergence->observed
                        ? "Look for a condition around this call that is not the same on all ranks."
                        : "Look for uneven inputs, an early return, or an exception on these ranks.";
    if (divergence->empty) {
        finding->severity = SEVERITY_WARNING;
        finding->hint = "NCCL drops calls without elements, so nothing hangs.";
    }
}

static void waited_for(const struct fact *fact, struct finding *finding)
{
    const struct wait_fact *wait = &fact->wait;

    finding->severity = SEVERITY_ERROR;
    finding->expected = call_text(wait->call, fact->arena);
    finding->observed = "nothing";
    const char *said = say(fact->arena, "%s had waited for %s in %s, %s, for %s when the trace ended.%s%s",
                           ranks_begin(wait->waiting, fact->arena), ranks_named(fact->ranks, fact->arena),
                           call_text(wait->call, fact->arena), divergence_where(fact),
                           say_duration(fact->arena, wait->waited_ns), *wait->last ? " " : "",
                           *wait->last ? say(fact->arena, "%s.", wait->last) : "");

    finding->explanation = with_reason(fact, with_whereabouts(fact, said));
    finding->hint = "Look at what these ranks were doing: computing, waiting elsewhere, or on another path.";
}

bool check_missing_call(const struct fact *fact, struct finding *finding)
{
    if (fact->kind == FACT_DIVERGENCE && fact->divergence.kind == DIVERGENCE_SKIPPED)
        skipped(fact, finding);
    else if (fact->kind == FACT_WAIT)
        waited_for(fact, finding);
    else
        return false;
    finding->code = FINDING_MISSING_CALL;
    return true;
}
