/* SPDX-License-Identifier: Apache-2.0
 *
 * The socket that forwarders connect to: a ZeroMQ ROUTER, seen as whole messages from and to named
 * connections. Not thread-safe.
 */
#ifndef LOCKSTEP_COLLECTOR_LINK_H
#define LOCKSTEP_COLLECTOR_LINK_H

#include <stddef.h>
#include <stdint.h>

#define LINK_IDENTITY_BYTES 255
#define LINK_ENDPOINT_BYTES 256

struct link;

/* Binds to `endpoint`. NULL with errno when that fails. */
struct link *link_open(const char *endpoint);
/* Sends what is still to be sent, for up to a second, and closes. */
void link_close(struct link *link);
/* The endpoint as bound, with the port that was picked for "*". */
const char *link_endpoint(const struct link *link);

struct link_message {
    const uint8_t *payload; /* valid until the next link_receive() */
    size_t length;
    uint8_t identity[LINK_IDENTITY_BYTES];
    size_t identity_length;
};

/* Waits until a message or `signal_fd` is readable, or `timeout_ms` has passed. */
void link_wait(struct link *link, int signal_fd, int timeout_ms);
/* Takes the next message without waiting: 1; 0 when there is none; -EPROTO for one that was not a single
 * frame (it is gone; go on), another negative errno when the socket fails. */
int link_receive(struct link *link, struct link_message *message);
/* Sends without waiting; a connection that is gone or does not read misses it. */
void link_send(struct link *link, const void *identity, size_t identity_length, const void *data,
               size_t length);

#endif
