/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "divergence.h"
#include "say.h"

bool check_redop_mismatch(const struct fact *fact, struct finding *finding)
{
    const struct divergence_fact *divergence = &fact->divergence;

    if (!divergence_is(fact, DIFFERENT_REDUCTION))
        return false;

    const struct call *observed = divergence->observed;
    const struct call *expected = divergence->expected;
    bool scalars = observed->reduction == expected->reduction;

    divergence_explain(
        fact, finding, FINDING_REDOP_MISMATCH,
        say(fact->arena, "reduces with %s%s in %s", reduction_name(observed->reduction),
            scalars ? " and another scalar" : "", call_operation_name(observed)),
        say(fact->arena, scalars ? "use %s" : "reduce with %s", reduction_name(expected->reduction)));
    finding->hint = "Such a call finishes, with data that differ between the ranks.";
    return true;
}
