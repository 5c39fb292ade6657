/* SPDX-License-Identifier: Apache-2.0
 *
 * One of everything that can be sent, each field with a value of its own.
 */
#ifndef LOCKSTEP_TESTS_SAMPLES_H
#define LOCKSTEP_TESTS_SAMPLES_H

#include "batch.h"
#include "event.h"

extern const struct process_id sample_process;
extern const struct hello sample_hello;
extern const struct heartbeat sample_heartbeat;
extern const struct process_end sample_end;
extern const struct signature sample_all_reduce; /* without a call site */
extern const struct signature sample_send;
extern const struct signature sample_group_start;

/* The events that are not calls, one of each kind. */
#define SAMPLE_EVENTS 7
extern const struct event sample_events[SAMPLE_EVENTS];

/* The messages of a short life, with everything above in it. */
#define SAMPLE_MESSAGES 5
void samples_encode(struct message messages[SAMPLE_MESSAGES]);
void samples_free(struct message messages[SAMPLE_MESSAGES]);

/* Takes the batch; fails the test when there is none. */
struct message samples_take(struct batch_writer *writer);

#endif
