/* SPDX-License-Identifier: Apache-2.0
 *
 * What the collector says to forwarders. Nothing here waits or fails: who does not get an answer asks again.
 */
#ifndef LOCKSTEP_COLLECTOR_REPLY_H
#define LOCKSTEP_COLLECTOR_REPLY_H

#include "control.h"
#include "link.h"
#include "session.h"

/* All below session->next is stored. `refused`: why the last message is not, or "". */
void reply_ack(struct link *link, const struct session *session, const char *refused);
/* To a sender whose message was not understood, over the connection that it came on. */
void reply_refusal(struct link *link, const struct link_message *message, const struct process_id *process,
                   const char *refused);
/* Answers a ClockPing that came in at `received_realtime_ns`. */
void reply_pong(struct link *link, const struct link_message *ping, uint64_t received_realtime_ns);
void reply_command(struct link *link, const struct session *session, enum command_kind kind,
                   const char *reason);

#endif
