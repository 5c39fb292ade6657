/* SPDX-License-Identifier: Apache-2.0
 *
 * A stand-in for a forwarder: makes one process's messages and sends them in any order that a test likes.
 */
#ifndef LOCKSTEP_TESTS_AGENT_H
#define LOCKSTEP_TESTS_AGENT_H

#include <stdbool.h>
#include <stddef.h>

#include "batch.h"
#include "control.h"

#define AGENT_MESSAGES       256
#define AGENT_CALLS          20 /* in a batch */
#define AGENT_NO_WRONG_BATCH 0

struct agent_plan {
    const char *job;
    int rank;
    int size;           /* of the job and of its only communicator */
    size_t batches;     /* of AGENT_CALLS all-reduces; the first also creates the communicator */
    size_t wrong_batch; /* number of the message whose calls have another count than the other ranks' */
    bool end;           /* the last message is an End */
};

struct agent {
    struct process_id id;
    struct batch_writer *writer;
    struct message messages[AGENT_MESSAGES]; /* messages[n - 1] has number n: Hello, batches, perhaps End */
    size_t count;
    void *context;
    void *socket;
};

void agent_create(struct agent *agent, const struct agent_plan *plan);
void agent_destroy(struct agent *agent);
/* Adds a further Hello in a new epoch and one batch after it, as a forwarder does that was forgotten. */
void agent_introduce_again(struct agent *agent, const struct agent_plan *plan);

void agent_connect(struct agent *agent, const char *endpoint);
void agent_disconnect(struct agent *agent);

void agent_send(struct agent *agent, size_t number);
void agent_send_range(struct agent *agent, size_t first, size_t last);
void agent_send_bytes(struct agent *agent, const void *bytes, size_t length);
void agent_send_heartbeat(struct agent *agent);

/* The next message from the collector; false when none comes in time. */
bool agent_hear(struct agent *agent, struct control *control, int timeout_ms);
/* Waits for an acknowledgement of everything below `next`, without refusal. */
bool agent_acknowledged(struct agent *agent, uint64_t next, int timeout_ms);
/* Waits for a command. */
bool agent_commanded(struct agent *agent, enum command_kind kind, int timeout_ms);
/* Sends all from `first` on, again and again from the first unacknowledged one, until all are acknowledged;
 * false when that takes longer than `timeout_ms`. */
bool agent_deliver(struct agent *agent, size_t first, int timeout_ms);

/* True when the trace at `path` has exactly the messages `first`..`last` of this agent, each once, in order,
 * byte for byte, and no other numbered one of its process. */
bool agent_is_kept(const struct agent *agent, const char *path, size_t first, size_t last);

#endif
