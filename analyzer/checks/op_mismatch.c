/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "divergence.h"
#include "say.h"

bool check_op_mismatch(const struct fact *fact, struct finding *finding)
{
    const struct divergence_fact *divergence = &fact->divergence;

    if (!divergence_is(fact, DIFFERENT_OPERATION))
        return false;
    divergence_explain(fact, finding, FINDING_OP_MISMATCH,
                       say(fact->arena, "called %s", call_operation_name(divergence->observed)),
                       say(fact->arena, "called %s", call_operation_name(divergence->expected)));
    finding->hint = "Look for a branch before this call that depends on the rank or on its data.";
    return true;
}
