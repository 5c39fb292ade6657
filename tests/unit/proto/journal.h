/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes down everything that a stream tells, one line a thing, every field by name: two values are equal
 * when their lines are.
 */
#ifndef LOCKSTEP_TESTS_JOURNAL_H
#define LOCKSTEP_TESTS_JOURNAL_H

#include <stdio.h>

#include "event.h"
#include "stream.h"

struct journal {
    FILE *file;
    char *text;
    size_t length;
};

/* Its context is a struct journal. */
extern const struct stream_sink journal_sink;

void journal_open(struct journal *journal);
void journal_close(struct journal *journal);
/* What was written since the last journal_clear(). */
const char *journal_text(struct journal *journal);
void journal_clear(struct journal *journal);

/* The lines for values that a test has made. */
void journal_hello(void *journal, const struct hello *hello);
void journal_signature(void *journal, uint32_t id, const struct signature *signature);
void journal_event(void *journal, const struct event *event);
void journal_heartbeat(void *journal, const struct heartbeat *heartbeat);
void journal_end(void *journal, const struct process_end *end);

#endif
