/* SPDX-License-Identifier: Apache-2.0 */
#include "control.h"

#include <errno.h>
#include <string.h>

#include "envelope.h"
#include "text.h"

/* ---- encoding ---- */

static int pack(const struct control *control, Lockstep__V1__Envelope *envelope, struct message *message)
{
    return envelope_pack(envelope, &control->process, 0, message);
}

/* Copies text from a caller or a message, cut and well-formed. */
static char *copy_text(char to[STREAM_ERROR_BYTES], const char *from)
{
    size_t length = strnlen(from, STREAM_ERROR_BYTES - 1);
    memcpy(to, from, length);
    to[length] = 0;
    text_clean(to, length);
    return to;
}

static int encode_ack(const struct control *control, struct message *message)
{
    char refused[STREAM_ERROR_BYTES];
    Lockstep__V1__Ack ack = LOCKSTEP__V1__ACK__INIT;
    ack.next = control->ack.next;
    ack.refused = copy_text(refused, control->ack.refused);

    Lockstep__V1__Envelope envelope = LOCKSTEP__V1__ENVELOPE__INIT;
    envelope.body_case = LOCKSTEP__V1__ENVELOPE__BODY_ACK;
    envelope.ack = &ack;
    return pack(control, &envelope, message);
}

static int encode_ping(const struct control *control, struct message *message)
{
    Lockstep__V1__ClockPing ping = LOCKSTEP__V1__CLOCK_PING__INIT;
    ping.sent_ns = control->clock.sent_ns;

    Lockstep__V1__Envelope envelope = LOCKSTEP__V1__ENVELOPE__INIT;
    envelope.body_case = LOCKSTEP__V1__ENVELOPE__BODY_CLOCK_PING;
    envelope.clock_ping = &ping;
    return pack(control, &envelope, message);
}

static int encode_pong(const struct control *control, struct message *message)
{
    Lockstep__V1__ClockPong pong = LOCKSTEP__V1__CLOCK_PONG__INIT;
    pong.sent_ns = control->clock.sent_ns;
    pong.received_realtime_ns = control->clock.received_realtime_ns;

    Lockstep__V1__Envelope envelope = LOCKSTEP__V1__ENVELOPE__INIT;
    envelope.body_case = LOCKSTEP__V1__ENVELOPE__BODY_CLOCK_PONG;
    envelope.clock_pong = &pong;
    return pack(control, &envelope, message);
}

static int encode_command(const struct control *control, struct message *message)
{
    char reason[STREAM_ERROR_BYTES];
    Lockstep__V1__Command command = LOCKSTEP__V1__COMMAND__INIT;
    command.kind = (Lockstep__V1__Command__Kind)control->command.kind;
    command.reason = copy_text(reason, control->command.reason);

    Lockstep__V1__Envelope envelope = LOCKSTEP__V1__ENVELOPE__INIT;
    envelope.body_case = LOCKSTEP__V1__ENVELOPE__BODY_COMMAND;
    envelope.command = &command;
    return pack(control, &envelope, message);
}

int control_encode(const struct control *control, struct message *message)
{
    switch (control->kind) {
    case ENVELOPE_ACK:
        return encode_ack(control, message);
    case ENVELOPE_CLOCK_PING:
        return encode_ping(control, message);
    case ENVELOPE_CLOCK_PONG:
        return encode_pong(control, message);
    case ENVELOPE_COMMAND:
        return encode_command(control, message);
    default:
        return -EINVAL;
    }
}

/* ---- decoding ---- */

static void read_ack(struct control *control, const ProtobufCMessage *body)
{
    const Lockstep__V1__Ack *ack = (const Lockstep__V1__Ack *)body;
    control->ack.next = ack->next;
    copy_text(control->ack.refused, ack->refused);
}

static void read_ping(struct control *control, const ProtobufCMessage *body)
{
    const Lockstep__V1__ClockPing *ping = (const Lockstep__V1__ClockPing *)body;
    control->clock.sent_ns = ping->sent_ns;
}

static void read_pong(struct control *control, const ProtobufCMessage *body)
{
    const Lockstep__V1__ClockPong *pong = (const Lockstep__V1__ClockPong *)body;
    control->clock.sent_ns = pong->sent_ns;
    control->clock.received_realtime_ns = pong->received_realtime_ns;
}

static void read_command(struct control *control, const ProtobufCMessage *body)
{
    const Lockstep__V1__Command *command = (const Lockstep__V1__Command *)body;
    bool known = command->kind == LOCKSTEP__V1__COMMAND__KIND__KIND_ABORT ||
                 command->kind == LOCKSTEP__V1__COMMAND__KIND__KIND_GOODBYE;
    control->command.kind = known ? (enum command_kind)command->kind : COMMAND_NONE;
    copy_text(control->command.reason, command->reason);
}

int control_decode(const void *bytes, size_t length, struct control *control, char *error)
{
    static const struct {
        const ProtobufCMessageDescriptor *type;
        void (*read)(struct control *control, const ProtobufCMessage *body);
    } kinds[] = {
        [ENVELOPE_ACK] = {&lockstep__v1__ack__descriptor, read_ack},
        [ENVELOPE_CLOCK_PING] = {&lockstep__v1__clock_ping__descriptor, read_ping},
        [ENVELOPE_CLOCK_PONG] = {&lockstep__v1__clock_pong__descriptor, read_pong},
        [ENVELOPE_COMMAND] = {&lockstep__v1__command__descriptor, read_command},
    };
    memset(control, 0, sizeof *control);
    struct envelope envelope;
    int result = envelope_parse(bytes, length, &envelope, error);
    if (result)
        return result;
    control->kind = envelope.info.kind;
    control->process = envelope.info.process;
    if (!kinds[control->kind].read)
        return 0;

    struct arena arena = {0};
    ProtobufCMessage *body;
    result = envelope_unpack(&envelope, kinds[control->kind].type, &arena, &body, error);
    if (result == 0)
        kinds[control->kind].read(control, body);
    arena_destroy(&arena);
    return result;
}
