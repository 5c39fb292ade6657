/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "divergence.h"
#include "say.h"

bool check_root_mismatch(const struct fact *fact, struct finding *finding)
{
    const struct divergence_fact *divergence = &fact->divergence;

    if (!divergence_is(fact, DIFFERENT_ROOT))
        return false;
    divergence_explain(fact, finding, FINDING_ROOT_MISMATCH,
                       say(fact->arena, "named root %d in %s", divergence->observed->root,
                           call_operation_name(divergence->observed)),
                       say(fact->arena, "named root %d", divergence->expected->root));
    finding->hint =
        "Roots are ranks of the communicator, not world ranks. With differing roots this call may "
        "finish; later ones hang.";
    return true;
}
