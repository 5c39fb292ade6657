/* SPDX-License-Identifier: Apache-2.0 */
#include "sender.h"

#include <errno.h>
#include <zmq.h>

#include "control.h"

int sender_open(struct sender *sender, void *zmq_context, const char *endpoint,
                const struct messages_stream *stream)
{
    const int linger = 0;

    *sender = (struct sender){.stream = stream, .acknowledged = 1};
    for (size_t i = 0; i < stream->count; i++)
        if (stream->all[i].number > sender->last)
            sender->last = stream->all[i].number;
    sender->socket = zmq_socket(zmq_context, ZMQ_DEALER);
    if (!sender->socket)
        return -errno;
    zmq_setsockopt(sender->socket, ZMQ_LINGER, &linger, sizeof(linger));
    return zmq_connect(sender->socket, endpoint) < 0 ? -errno : 0;
}

void sender_close(struct sender *sender)
{
    if (sender->socket)
        zmq_close(sender->socket);
    sender->socket = NULL;
}

static void take_acknowledgements(struct sender *sender)
{
    char bytes[1024];
    char error[STREAM_ERROR_BYTES];
    struct control control;
    int length;

    while ((length = zmq_recv(sender->socket, bytes, sizeof(bytes), ZMQ_DONTWAIT)) >= 0) {
        if (length > (int)sizeof(bytes) || control_decode(bytes, (size_t)length, &control, error) < 0 ||
            control.kind != ENVELOPE_ACK || control.ack.next <= sender->acknowledged)
            continue;
        sender->in_flight -= control.ack.next - sender->acknowledged;
        sender->acknowledged = control.ack.next;
    }
}

void sender_turn(struct sender *sender)
{
    while (sender->sent < sender->stream->count && sender->in_flight < SENDER_WINDOW) {
        const struct message *message = &sender->stream->all[sender->sent];

        if (zmq_send(sender->socket, message->data, message->length, ZMQ_DONTWAIT) < 0)
            break;
        sender->sent++;
        sender->in_flight += message->number > 0;
    }
    take_acknowledgements(sender);
}

bool sender_is_done(const struct sender *sender)
{
    return sender->acknowledged > sender->last;
}
