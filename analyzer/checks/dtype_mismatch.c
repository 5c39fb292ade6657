/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "divergence.h"
#include "say.h"

bool check_dtype_mismatch(const struct fact *fact, struct finding *finding)
{
    const struct divergence_fact *divergence = &fact->divergence;

    if (!divergence_is(fact, DIFFERENT_DATATYPE))
        return false;
    divergence_explain(fact, finding, FINDING_DTYPE_MISMATCH,
                       say(fact->arena, "passed %s to %s", datatype_name(divergence->observed->datatype),
                           call_operation_name(divergence->observed)),
                       say(fact->arena, "passed %s", datatype_name(divergence->expected->datatype)));
    finding->hint = "Look for mixed precision that is switched on for some ranks only.";
    return true;
}
