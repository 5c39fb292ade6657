/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "divergence.h"

#include <inttypes.h>

#include "say.h"

static const char *size_text(const struct call *call, struct arena *arena)
{
    return say(arena, "%s x %" PRIu64 " (%" PRIu64 " bytes)", datatype_name(call->datatype), call->count,
               call_bytes(call));
}

bool check_p2p_size_mismatch(const struct fact *fact, struct finding *finding)
{
    const struct message_fact *message = &fact->message;

    if (fact->kind != FACT_MESSAGE || message->missing)
        return false;

    bool sender_right = fact->ranks.count == 1 && fact->ranks.rank[0] == message->destination &&
                        message->source != message->destination;
    const char *send = size_text(message->send, fact->arena);
    const char *recv = size_text(message->recv, fact->arena);

    finding->code = FINDING_P2P_SIZE_MISMATCH;
    finding->severity = SEVERITY_ERROR;
    finding->expected = sender_right ? send : recv;
    finding->observed = sender_right ? recv : send;
    finding->explanation = with_reason(
        fact, say(fact->arena,
                  "Rank %d sent %s where rank %d receives %s: message %lld from rank %d to rank %d on "
                  "communicator %s.",
                  message->source, send, message->destination, recv, (long long)fact->index, message->source,
                  message->destination, fact->communicator_name));
    finding->hint =
        "A receive that is larger than its send hangs; a smaller one finishes with part of the data.";
    return true;
}
