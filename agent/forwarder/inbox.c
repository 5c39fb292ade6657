/* SPDX-License-Identifier: Apache-2.0 */
#include "control.h"
#include "forwarder.h"
#include "log.h"
#include "moment.h"

#include <errno.h>
#include <string.h>

#define TURN_MESSAGES 256
#define MESSAGE_BYTES 4096

/* A collector that asks for messages which were acknowledged long ago is a new one that knows nothing: tell
 * it who we are, and let what follows stand on its own. */
static void introduce_again(struct forwarder *forwarder)
{
    if (!forwarder->delivery.behind) {
        forwarder->greeted_again = false;
    } else if (!forwarder->greeted_again) {
        log_line("the collector has forgotten us");
        batch_new_epoch(forwarder->writer);
        forwarder->self.changed = true;
        forwarder->greeted_again = true;
    }
}

static void handle(struct forwarder *forwarder, const struct control *control, uint64_t now_ns)
{
    switch (control->kind) {
    case ENVELOPE_ACK:
        delivery_acknowledged(&forwarder->delivery, control->ack.next, control->ack.refused, now_ns);
        introduce_again(forwarder);
        break;
    case ENVELOPE_CLOCK_PONG:
        clock_ponged(&forwarder->clock, control->clock.sent_ns, control->clock.received_realtime_ns,
                     moment_monotonic_ns());
        break;
    case ENVELOPE_COMMAND:
        if (control->command.kind == COMMAND_ABORT)
            command_abort(forwarder, control->command.reason, now_ns);
        else
            log_line("command %d: %s", (int)control->command.kind, control->command.reason);
        break;
    default:
        break; /* not for us */
    }
}

void inbox_turn(struct forwarder *forwarder, uint64_t now_ns)
{
    uint8_t bytes[MESSAGE_BYTES];
    char error[STREAM_ERROR_BYTES];
    for (int n = 0; n < TURN_MESSAGES; n++) {
        const long length = link_receive(forwarder->link, bytes, sizeof bytes);
        if (length == -EMSGSIZE)
            continue;
        if (length < 0)
            return;
        struct control control;
        const int result = control_decode(bytes, (size_t)length, &control, error);
        if (result != 0)
            log_line("from the collector: %s", error);
        else if (memcmp(&control.process, &forwarder->id, sizeof forwarder->id) == 0)
            handle(forwarder, &control, now_ns);
    }
}
