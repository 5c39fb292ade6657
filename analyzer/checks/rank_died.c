/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "divergence.h"

#include <string.h>

#include "ranks.h"
#include "say.h"

static const char *how_text(const struct death_fact *death, struct arena *arena)
{
    const char *signal = death->how == END_SIGNAL ? sigabbrev_np(death->status) : NULL;

    switch (death->how) {
    case END_SIGNAL:
        return signal ? say(arena, "was killed by SIG%s", signal)
                      : say(arena, "was killed by signal %d", death->status);
    case END_EXITED:
        return say(arena, "exited with status %d", death->status);
    case END_EXECED:
        return "replaced itself with another program";
    default:
        return "vanished";
    }
}

static const char *hint_for(const struct death_fact *death)
{
    if (death->how == END_SIGNAL && death->status == 9)
        return "SIGKILL often is the kernel's out-of-memory killer: look into dmesg, and at limits of the "
               "job.";
    if (death->how == END_SIGNAL && (death->status == 11 || death->status == 7 || death->status == 6))
        return "A crash of the program: look at this rank's stderr, or for a core file.";
    return "Look at this rank's output before its end.";
}

bool check_rank_died(const struct fact *fact, struct finding *finding)
{
    const struct death_fact *death = &fact->death;

    if (fact->kind != FACT_DEATH)
        return false;

    const char *how = how_text(death, fact->arena);
    const char *said = say(fact->arena, "%s %s.", ranks_begin(fact->ranks, fact->arena), how);

    if (*death->last)
        said = say(fact->arena, "%s %s.", said, death->last);
    said = with_whereabouts(fact, said);
    if (death->call && death->waiting.count)
        said = say(fact->arena, "%s %s called %s next, %s, which cannot complete any more.", said,
                   ranks_begin(death->waiting, fact->arena), call_text(death->call, fact->arena),
                   divergence_where(fact));
    else
        said = say(fact->arena, "%s %s still needed it on communicator %s.", said,
                   ranks_begin(death->others, fact->arena), fact->communicator_name);
    finding->code = FINDING_RANK_DIED;
    finding->severity = SEVERITY_ERROR;
    finding->expected = death->call ? call_text(death->call, fact->arena) : "";
    finding->observed = how;
    finding->explanation = with_reason(fact, said);
    finding->hint = hint_for(death);
    return true;
}
