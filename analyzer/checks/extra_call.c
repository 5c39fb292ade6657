/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "divergence.h"

#include <inttypes.h>

#include "ranks.h"
#include "say.h"

static const char *how_much(const struct fact *fact, const struct divergence_fact *divergence)
{
    const char *call = call_text(divergence->observed, fact->arena);

    if (divergence->calls == 1)
        return call;
    return say(fact->arena, "%s and %" PRIu64 " more calls", call, divergence->calls - 1);
}

bool check_extra_call(const struct fact *fact, struct finding *finding)
{
    const struct divergence_fact *divergence = &fact->divergence;

    if (fact->kind != FACT_DIVERGENCE || divergence->kind != DIVERGENCE_EXTRA)
        return false;
    finding->code = FINDING_EXTRA_CALL;
    finding->severity = divergence->empty ? SEVERITY_WARNING : SEVERITY_ERROR;
    finding->expected = divergence->expected ? call_text(divergence->expected, fact->arena) : "nothing";
    finding->observed = call_text(divergence->observed, fact->arena);
    finding->explanation = with_reason(
        fact, say(fact->arena, "%s made %s, %s, which %s did not make%s.",
                  ranks_begin(divergence->side, fact->arena), how_much(fact, divergence),
                  divergence_where(fact), ranks_named(divergence->others, fact->arena),
                  divergence->expected                           ? ""
                  : divergence->departure == DEPARTURE_DESTROYED ? ": they had destroyed the communicator"
                                                                 : ": they had ended"));
    finding->hint = divergence->empty ? "NCCL drops calls without elements, so nothing hangs."
                                      : "Look for a loop that runs once more on these ranks, or for a "
                                        "condition that is true only there.";
    return true;
}
