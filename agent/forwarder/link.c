/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#define RECONNECT_FIRST_MS 100
#define RECONNECT_LAST_MS  1000
#define OUTGOING_MESSAGES  64
#define INCOMING_BYTES     (64 << 10) /* acknowledgements, pongs and commands are small */
#define PEER_HEARTBEAT_MS  5000
#define PEER_SILENCE_MS    15000
#define MONITOR_ADDRESS    "inproc://link-events"
#define DESCRIPTORS_LIMIT  4

struct link {
    void *context;
    void *socket;
    void *monitor;
    unsigned connections;
};

static int set_options(void *socket)
{
    static const struct {
        int option;
        int value;
    } options[] = {
        {ZMQ_LINGER, 0},
        {ZMQ_IMMEDIATE, 1}, /* no queue for a connection that is not there */
        {ZMQ_IPV6, 1},
        {ZMQ_SNDHWM, OUTGOING_MESSAGES},
        {ZMQ_RECONNECT_IVL, RECONNECT_FIRST_MS},
        {ZMQ_RECONNECT_IVL_MAX, RECONNECT_LAST_MS},
        {ZMQ_HEARTBEAT_IVL, PEER_HEARTBEAT_MS}, /* a machine that lost its power sends no FIN */
        {ZMQ_HEARTBEAT_TIMEOUT, PEER_SILENCE_MS},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (zmq_setsockopt(socket, options[i].option, &options[i].value, sizeof options[i].value) != 0)
            return -errno;
    const int64_t incoming = INCOMING_BYTES;
    return zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &incoming, sizeof incoming) == 0 ? 0 : -errno;
}

static int watch_connections(struct link *link)
{
    if (zmq_socket_monitor(link->socket, MONITOR_ADDRESS, ZMQ_EVENT_HANDSHAKE_SUCCEEDED) != 0)
        return -errno;
    link->monitor = zmq_socket(link->context, ZMQ_PAIR);
    if (!link->monitor || zmq_connect(link->monitor, MONITOR_ADDRESS) != 0)
        return -errno;
    return 0;
}

static int open_sockets(struct link *link, const char *endpoint)
{
    link->context = zmq_ctx_new();
    if (!link->context)
        return -errno;
    link->socket = zmq_socket(link->context, ZMQ_DEALER);
    if (!link->socket)
        return -errno;
    int result = set_options(link->socket);
    if (result == 0)
        result = watch_connections(link);
    if (result == 0 && zmq_connect(link->socket, endpoint) != 0)
        result = -errno;
    return result;
}

struct link *link_open(const char *endpoint)
{
    struct link *link = calloc(1, sizeof *link);
    if (!link)
        return NULL;
    const int result = open_sockets(link, endpoint);
    if (result != 0) {
        link_close(link);
        errno = -result;
        return NULL;
    }
    return link;
}

static void close_socket(void *socket)
{
    const int linger = 0;
    if (!socket)
        return;
    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    zmq_close(socket);
}

void link_close(struct link *link)
{
    if (!link)
        return;
    if (link->socket)
        zmq_socket_monitor(link->socket, NULL, 0);
    close_socket(link->monitor);
    close_socket(link->socket);
    if (link->context)
        zmq_ctx_term(link->context);
    free(link);
}

int link_send(struct link *link, const void *data, size_t length)
{
    while (zmq_send(link->socket, data, length, ZMQ_DONTWAIT) < 0)
        if (errno != EINTR)
            return -errno;
    return 0;
}

long link_receive(struct link *link, void *buffer, size_t size)
{
    zmq_msg_t part;
    zmq_msg_init(&part);
    long result;
    bool more = false;
    do {
        while ((result = zmq_msg_recv(&part, link->socket, ZMQ_DONTWAIT)) < 0 && errno == EINTR)
            continue;
        if (result < 0) {
            result = -errno;
            break;
        }
        /* Ours are of one part; of anything longer, the last part is looked at and found to be nothing. */
        more = zmq_msg_more(&part) != 0;
    } while (more);
    if (result >= 0 && (size_t)result > size)
        result = -EMSGSIZE;
    if (result > 0)
        memcpy(buffer, zmq_msg_data(&part), (size_t)result);
    zmq_msg_close(&part);
    return result;
}

unsigned link_connections(struct link *link)
{
    /* Each event is two parts: what (16 bits) and a number, then an address. */
    zmq_msg_t part;
    zmq_msg_init(&part);
    while (zmq_msg_recv(&part, link->monitor, ZMQ_DONTWAIT) >= 0) {
        if (!zmq_msg_more(&part) || zmq_msg_size(&part) < sizeof(uint16_t))
            continue;
        uint16_t event;
        memcpy(&event, zmq_msg_data(&part), sizeof event);
        link->connections += event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
    }
    zmq_msg_close(&part);
    return link->connections;
}

void link_wait(struct link *link, const int *descriptors, size_t count, long timeout_ms)
{
    zmq_pollitem_t items[2 + DESCRIPTORS_LIMIT] = {
        {.socket = link->socket, .events = ZMQ_POLLIN},
        {.socket = link->monitor, .events = ZMQ_POLLIN},
    };
    int used = 2;
    for (size_t i = 0; i < count && i < DESCRIPTORS_LIMIT; i++)
        if (descriptors[i] >= 0)
            items[used++] = (zmq_pollitem_t){.fd = descriptors[i], .events = ZMQ_POLLIN};
    zmq_poll(items, used, timeout_ms);
}
