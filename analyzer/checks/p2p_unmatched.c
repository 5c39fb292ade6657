/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "divergence.h"

#include <inttypes.h>

#include "ranks.h"
#include "say.h"

bool check_p2p_unmatched(const struct fact *fact, struct finding *finding)
{
    const struct message_fact *message = &fact->message;

    if (fact->kind != FACT_MESSAGE || !message->missing)
        return false;

    const struct call *made = message->send_missing ? message->recv : message->send;
    int32_t waiting = message->send_missing ? message->destination : message->source;
    int32_t other = message->send_missing ? message->source : message->destination;
    const char *lacks = message->send_missing ? "send" : "receive";
    const char *text = call_text(made, fact->arena);
    const char *said =
        say(fact->arena,
            "Rank %d called %s, but rank %d never made the %s: message %lld from rank %d to rank %d on "
            "communicator %s.",
            waiting, text, other, lacks, (long long)fact->index, message->source, message->destination,
            fact->communicator_name);

    if (message->waiting > 1)
        said = say(fact->arena, "%s %" PRIu64 " messages in a row lack it.", said, message->waiting);
    if (message->waited_ns > 0)
        said = say(fact->arena, "%s %s waited for %s.", said, message->waiting > 1 ? "They have" : "It has",
                   say_duration(fact->arena, message->waited_ns));
    if (made->root != other)
        said = say(fact->arena, "%s (Communicator rank %d is rank %d.)", said, made->root, other);
    finding->code = FINDING_P2P_UNMATCHED;
    finding->severity = SEVERITY_ERROR;
    finding->expected =
        message->send_missing
            ? say(fact->arena, "a send of %s x %" PRIu64, datatype_name(made->datatype), made->count)
            : say(fact->arena, "a recv of %s x %" PRIu64, datatype_name(made->datatype), made->count);
    finding->observed = "nothing";
    finding->explanation = with_reason(fact, with_whereabouts(fact, said));
    finding->hint =
        "Check which peer each side names, and that both sides make as many calls in the same order.";
    return true;
}
