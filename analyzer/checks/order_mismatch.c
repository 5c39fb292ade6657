/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "divergence.h"
#include "ranks.h"
#include "say.h"

bool check_order_mismatch(const struct fact *fact, struct finding *finding)
{
    const struct divergence_fact *divergence = &fact->divergence;

    if (fact->kind != FACT_DIVERGENCE || divergence->kind != DIVERGENCE_SWAPPED)
        return false;
    finding->code = FINDING_ORDER_MISMATCH;
    finding->severity = divergence->grouped ? SEVERITY_WARNING : SEVERITY_ERROR;
    finding->expected = call_text(divergence->expected, fact->arena);
    finding->observed = call_text(divergence->observed, fact->arena);
    finding->explanation = with_reason(
        fact, say(fact->arena, "%s made the same calls as %s in another order, beginning with %s.%s",
                  ranks_begin(divergence->side, fact->arena), ranks_named(divergence->others, fact->arena),
                  divergence_where(fact),
                  divergence->grouped ? " They are in one group, which NCCL sorts by size: it may work, but "
                                        "its documentation forbids it."
                                      : ""));
    finding->hint = "Look for an iteration over something without a fixed order (a set, a dictionary, ready "
                    "tensors) or for two threads that use one communicator.";
    return true;
}
