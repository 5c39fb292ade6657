/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "say.h"

bool check_stream_incomplete(const struct fact *fact, struct finding *finding)
{
    if (fact->kind != FACT_LOSS)
        return false;
    finding->code = FINDING_STREAM_INCOMPLETE;
    finding->severity = fact->loss.missing ? SEVERITY_WARNING : SEVERITY_INFO;
    finding->explanation = say(fact->arena, "%s %s", fact->loss.what, fact->loss.consequence);
    finding->hint = fact->loss.missing
                        ? "A larger ring (LOCKSTEP_RING_BYTES) keeps more while the forwarder is busy."
                        : "";
    return true;
}
