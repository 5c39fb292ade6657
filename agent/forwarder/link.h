/* SPDX-License-Identifier: Apache-2.0
 *
 * The connection to the collector: a DEALER socket that reconnects by itself and never holds more than a few
 * messages of its own. What is sent while there is no connection is refused, not queued: the queue (queue.h)
 * is the only one.
 */
#ifndef LOCKSTEP_FORWARDER_LINK_H
#define LOCKSTEP_FORWARDER_LINK_H

#include <stddef.h>
#include <stdint.h>

struct link;

/* Connects to `endpoint` in the background. NULL with errno when the endpoint makes no sense or descriptors
 * are out. */
struct link *link_open(const char *endpoint);
/* Drops what has not been sent yet. */
void link_close(struct link *link);

/* 0, -EAGAIN when there is no connection or it is congested, or another negative errno. */
int link_send(struct link *link, const void *data, size_t length);
/* The next message that has come, in `buffer`; returns its length, -EAGAIN when there is none, -EMSGSIZE when
 * it was longer than `size` (it is dropped). */
long link_receive(struct link *link, void *buffer, size_t size);

/* How many connections were made so far. A new one may lead to another collector than the last. */
unsigned link_connections(struct link *link);

/* Waits until something can be received, one of the descriptors (-1 is none) is readable, or the time is
 * over. */
void link_wait(struct link *link, const int *descriptors, size_t count, long timeout_ms);

#endif
