/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "divergence.h"

#include "ranks.h"
#include "say.h"

static const char *what(const struct fact *fact)
{
    const struct creation_fact *creation = &fact->creation;

    if (*creation->parent)
        return say(fact->arena, "%s %u on communicator %s", operation_symbol(creation->operation),
                   creation->sequence, creation->parent);
    return say(fact->arena, "%s for %d ranks", operation_symbol(creation->operation), creation->size);
}

static const char *who(const struct fact *fact)
{
    const struct creation_fact *creation = &fact->creation;

    if (fact->ranks.count)
        return ranks_begin(fact->ranks, fact->arena);
    if (*creation->missing_communicator_ranks)
        return say(fact->arena, "Communicator ranks %s", creation->missing_communicator_ranks);
    return say(fact->arena, "%zu of its members", creation->missing);
}

static const char *they_have(const struct fact *fact)
{
    return fact->ranks.count == 1 ? "It has" : "They have";
}

bool check_communicator_init(const struct fact *fact, struct finding *finding)
{
    const struct creation_fact *creation = &fact->creation;
    const char *said;

    if (fact->kind != FACT_CREATION)
        return false;
    finding->code = FINDING_COMMUNICATOR_INIT;
    finding->severity = SEVERITY_ERROR;
    finding->expected = say(fact->arena, "%s on all members", operation_symbol(creation->operation));
    if (creation->differing) {
        finding->observed = creation->difference;
        finding->explanation =
            with_reason(fact, say(fact->arena, "The members of a communicator do not create it alike: %s.",
                                  creation->difference));
        finding->hint = "All members must pass the same number of ranks and each its own rank.";
        return true;
    }
    finding->observed = "no call";
    said = say(fact->arena, "%s did not call %s, which %s called.", who(fact), what(fact),
               ranks_named(creation->callers, fact->arena));
    if (creation->ended)
        said = say(fact->arena, "%s %s ended without it.", said, they_have(fact));
    else if (creation->moved_on)
        said = say(fact->arena, "%s %s gone on to later calls, while the others wait for %s.", said,
                   they_have(fact), say_duration(fact->arena, creation->waited_ns));
    else if (creation->waited_ns > 0)
        said = say(fact->arena, "%s The others had waited for %s when the trace ended.", said,
                   say_duration(fact->arena, creation->waited_ns));
    finding->explanation = with_reason(fact, with_whereabouts(fact, said));
    finding->hint =
        *creation->parent
            ? "Every rank of the parent must call it, ranks that want no part with NCCL_SPLIT_NOCOLOR."
            : "Look for ranks that failed to start, or that passed another unique id.";
    return true;
}
