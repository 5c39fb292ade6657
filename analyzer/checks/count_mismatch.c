/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "divergence.h"

#include <inttypes.h>

#include "say.h"

bool check_count_mismatch(const struct fact *fact, struct finding *finding)
{
    const struct divergence_fact *divergence = &fact->divergence;

    if (!divergence_is(fact, DIFFERENT_COUNT))
        return false;

    const struct call *observed = divergence->observed;
    const struct call *expected = divergence->expected;

    divergence_explain(
        fact, finding, FINDING_COUNT_MISMATCH,
        say(fact->arena, "passed %" PRIu64 " elements to %s", observed->count, call_operation_name(observed)),
        say(fact->arena, "passed %" PRIu64, expected->count));
    if (observed->count == 0 || expected->count == 0)
        finding->hint =
            "NCCL drops a call without elements, so the ranks that pass some wait for the others: "
            "call it on all ranks or on none.";
    else
        finding->hint = "Small differences often finish with wrong data instead of hanging. Look for uneven "
                        "shards, a last partial batch, or parameters that only some ranks have.";
    return true;
}
