/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <zmq.h>

#include "frame.h"

/* Messages kept for a connection that the collector has not come round to yet; beyond it the sender waits, so
 * that a slow disk fills the forwarders' spools and not this process's memory. */
#define RECEIVE_QUEUE 64
#define SEND_QUEUE    1000
#define LINGER_MS     1000
#define BACKLOG       4096

struct link {
    void *context;
    void *socket;
    char endpoint[LINK_ENDPOINT_BYTES];
    zmq_msg_t payload;
};

static int configure(void *socket)
{
    static const struct {
        int option;
        int value;
    } settings[] = {
        {ZMQ_LINGER, LINGER_MS},
        {ZMQ_RCVHWM, RECEIVE_QUEUE},
        {ZMQ_SNDHWM, SEND_QUEUE},
        {ZMQ_BACKLOG, BACKLOG},
        {ZMQ_TCP_KEEPALIVE, 1},
        /* A process that comes back under its name takes it over from the connection that it lost. */
        {ZMQ_ROUTER_HANDOVER, 1},
    };
    const int64_t largest = FRAME_MAX_BYTES;

    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
        if (zmq_setsockopt(socket, settings[i].option, &settings[i].value, sizeof(int)) < 0)
            return -errno;
    return zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &largest, sizeof(largest)) < 0 ? -errno : 0;
}

static int listen_on(struct link *link, const char *endpoint)
{
    size_t length = sizeof(link->endpoint);

    link->context = zmq_ctx_new();
    if (!link->context)
        return -errno;
    link->socket = zmq_socket(link->context, ZMQ_ROUTER);
    if (!link->socket)
        return -errno;

    const int status = configure(link->socket);
    const int six = strchr(endpoint, '[') != NULL;

    if (status < 0)
        return status;
    if (zmq_setsockopt(link->socket, ZMQ_IPV6, &six, sizeof(six)) < 0)
        return -errno;
    if (zmq_bind(link->socket, endpoint) < 0)
        return -errno;
    return zmq_getsockopt(link->socket, ZMQ_LAST_ENDPOINT, link->endpoint, &length) < 0 ? -errno : 0;
}

struct link *link_open(const char *endpoint)
{
    struct link *link = calloc(1, sizeof(*link));

    if (!link)
        return NULL;
    zmq_msg_init(&link->payload);

    const int status = listen_on(link, endpoint);

    if (status < 0) {
        link_close(link);
        errno = -status;
        return NULL;
    }
    return link;
}

void link_close(struct link *link)
{
    if (!link)
        return;
    zmq_msg_close(&link->payload);
    if (link->socket)
        zmq_close(link->socket);
    if (link->context)
        while (zmq_ctx_term(link->context) < 0 && errno == EINTR)
            continue;
    free(link);
}

const char *link_endpoint(const struct link *link)
{
    return link->endpoint;
}

void link_wait(struct link *link, int signal_fd, int timeout_ms)
{
    zmq_pollitem_t items[] = {
        {.socket = link->socket, .events = ZMQ_POLLIN},
        {.fd = signal_fd, .events = ZMQ_POLLIN},
    };

    zmq_poll(items, 2, timeout_ms);
}

/* Takes the frames that follow in the same message; true when there were any. */
static bool skip_rest(zmq_msg_t *frame, void *socket)
{
    bool any = false;

    while (zmq_msg_more(frame)) {
        any = true;
        if (zmq_msg_recv(frame, socket, ZMQ_DONTWAIT) < 0)
            break;
    }
    return any;
}

int link_receive(struct link *link, struct link_message *message)
{
    zmq_msg_t identity;
    int status = 0;

    zmq_msg_init(&identity);
    if (zmq_msg_recv(&identity, link->socket, ZMQ_DONTWAIT) < 0) {
        status = errno == EAGAIN || errno == EINTR ? 0 : -errno;
        goto out;
    }
    if (!zmq_msg_more(&identity) || zmq_msg_size(&identity) > LINK_IDENTITY_BYTES) {
        skip_rest(&identity, link->socket);
        status = -EPROTO;
        goto out;
    }
    message->identity_length = zmq_msg_size(&identity);
    memcpy(message->identity, zmq_msg_data(&identity), message->identity_length);
    /* ZeroMQ delivers all frames of a message together, so the rest is there. */
    if (zmq_msg_recv(&link->payload, link->socket, ZMQ_DONTWAIT) < 0) {
        status = -errno;
        goto out;
    }
    if (skip_rest(&link->payload, link->socket)) {
        status = -EPROTO;
        goto out;
    }
    message->payload = zmq_msg_data(&link->payload);
    message->length = zmq_msg_size(&link->payload);
    status = 1;
out:
    zmq_msg_close(&identity);
    return status;
}

void link_send(struct link *link, const void *identity, size_t identity_length, const void *data,
               size_t length)
{
    if (zmq_send(link->socket, identity, identity_length, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0)
        return;
    zmq_send(link->socket, data, length, ZMQ_DONTWAIT);
}
