/* SPDX-License-Identifier: Apache-2.0 */
#include "reply.h"

#include <stdio.h>
#include <stdlib.h>

static void send_control(struct link *link, const void *identity, size_t identity_length,
                         const struct control *control)
{
    struct message message;

    if (!identity || control_encode(control, &message) < 0)
        return;
    link_send(link, identity, identity_length, message.data, message.length);
    free(message.data);
}

void reply_ack(struct link *link, const struct session *session, const char *refused)
{
    struct control ack = {.kind = ENVELOPE_ACK, .process = session->id, .ack.next = session->next};

    snprintf(ack.ack.refused, sizeof(ack.ack.refused), "%s", refused);
    send_control(link, session->identity, session->identity_length, &ack);
}

void reply_refusal(struct link *link, const struct link_message *message, const struct process_id *process,
                   const char *refused)
{
    struct control ack = {.kind = ENVELOPE_ACK, .process = *process};

    snprintf(ack.ack.refused, sizeof(ack.ack.refused), "%s", refused);
    send_control(link, message->identity, message->identity_length, &ack);
}

void reply_pong(struct link *link, const struct link_message *ping, uint64_t received_realtime_ns)
{
    char error[STREAM_ERROR_BYTES];
    struct control control;

    if (control_decode(ping->payload, ping->length, &control, error) < 0 ||
        control.kind != ENVELOPE_CLOCK_PING)
        return;
    control.kind = ENVELOPE_CLOCK_PONG;
    control.clock.received_realtime_ns = received_realtime_ns;
    send_control(link, ping->identity, ping->identity_length, &control);
}

void reply_command(struct link *link, const struct session *session, enum command_kind kind,
                   const char *reason)
{
    struct control command = {.kind = ENVELOPE_COMMAND, .process = session->id, .command.kind = kind};

    snprintf(command.command.reason, sizeof(command.command.reason), "%s", reason);
    send_control(link, session->identity, session->identity_length, &command);
}
