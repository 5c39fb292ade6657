/* SPDX-License-Identifier: Apache-2.0
 *
 * A temporary directory for a test, a trace in it, and its files as bytes.
 */
#ifndef LOCKSTEP_TESTS_PLACE_H
#define LOCKSTEP_TESTS_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "trace.h"

struct place {
    char root[256];
    char trace[300]; /* root/run.lockstep, not there yet */
};

/* For cmocka: *state is a struct place; everything in it is removed at the end. */
int place_setup(void **state);
int place_teardown(void **state);

/* root/run.lockstep/NAME; valid until the next call. */
const char *place_file(const struct place *place, const char *name);
/* A file's bytes, to be free()d. */
uint8_t *place_read(const char *path, size_t *length);
void place_write(const char *path, const void *bytes, size_t length);

/* Opens the place's trace of job "job"; fails the test when it cannot. */
struct trace_writer *place_writer(const struct place *place);
/* Appends a text as a message received at `received_ns`; fails the test when it cannot. */
void place_append(struct trace_writer *writer, const char *text, uint64_t received_ns);
/* Reads the trace from its beginning: the texts, each followed by a space; valid until the next call. What
 * was wrong with it is in `damage`. */
const char *place_texts(const struct place *place, struct trace_damage *damage);
/* Goes on reading; the texts that have come. */
const char *place_more(struct trace_reader *reader);

#endif
