/* SPDX-License-Identifier: Apache-2.0 */
#include "divergence.h"

#include "ranks.h"
#include "say.h"

bool divergence_is(const struct fact *fact, unsigned difference)
{
    return fact->kind == FACT_DIVERGENCE && fact->divergence.kind == DIVERGENCE_DIFFERENT &&
           (fact->divergence.differences & difference);
}

const char *divergence_where(const struct fact *fact)
{
    return say(fact->arena, "call %lld on communicator %s", (long long)fact->index, fact->communicator_name);
}

const char *with_whereabouts(const struct fact *fact, const char *explanation)
{
    return *fact->whereabouts ? say(fact->arena, "%s %s", explanation, fact->whereabouts) : explanation;
}

const char *with_reason(const struct fact *fact, const char *explanation)
{
    return *fact->reason ? say(fact->arena, "%s %s", explanation, fact->reason) : explanation;
}

const char *divergence_besides(const struct fact *fact, unsigned named)
{
    static const struct {
        unsigned difference;
        const char *text;
    } texts[] = {
        {DIFFERENT_DATATYPE, " The data types differ as well."},
        {DIFFERENT_COUNT, " The counts differ as well."},
        {DIFFERENT_REDUCTION, " The reductions differ as well."},
        {DIFFERENT_ROOT, " The roots differ as well."},
    };
    const char *said = "";

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if ((fact->divergence.differences & texts[i].difference) && texts[i].difference != named)
            said = say(fact->arena, "%s%s", said, texts[i].text);
    return said;
}

void divergence_explain(const struct fact *fact, struct finding *finding, enum finding_code code,
                        const char *observed, const char *expected)
{
    const struct divergence_fact *divergence = &fact->divergence;

    finding->code = code;
    finding->severity = SEVERITY_ERROR;
    finding->expected = call_text(divergence->expected, fact->arena);
    finding->observed = call_text(divergence->observed, fact->arena);
    finding->explanation = with_reason(
        fact, say(fact->arena, "%s %s where %s %s, as %s.%s", ranks_begin(divergence->side, fact->arena),
                  observed, ranks_named(divergence->others, fact->arena), expected, divergence_where(fact),
                  divergence_besides(fact, finding->code == FINDING_DTYPE_MISMATCH   ? DIFFERENT_DATATYPE
                                           : finding->code == FINDING_COUNT_MISMATCH ? DIFFERENT_COUNT
                                           : finding->code == FINDING_REDOP_MISMATCH ? DIFFERENT_REDUCTION
                                                                                     : DIFFERENT_ROOT)));
}
