/* SPDX-License-Identifier: Apache-2.0
 *
 * Where one job's messages are kept: a trace directory, and whether it can be written at the moment. Not
 * thread-safe.
 */
#ifndef LOCKSTEP_COLLECTOR_STORE_H
#define LOCKSTEP_COLLECTOR_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log.h"
#include "trace.h"

struct store {
    char *path;
    struct trace_writer *writer;
    bool failing;  /* the last append failed; said once, and again when it works */
    bool unsynced; /* something was appended since the last sync */
    char *error;   /* of the last failure, TRACE_ERROR_BYTES */
};

/* The path of the trace of the `number`th job of a collector whose first goes to `base`: "x.lockstep",
 * "x-2.lockstep", "x-3.lockstep". free() it. NULL when memory is out. */
char *store_path(const char *base, unsigned number);

/* Opens the trace for appending (trace_writer_open()). 0, or a negative errno with `error`. */
int store_open(struct store *store, const char *path, const char *job, char *error);
void store_close(struct store *store);

/* 0, or a negative errno: then the message is not stored, store->error says why, and it may be tried again.
 * A change from working to failing or back is logged. */
int store_append(struct store *store, struct log *log, const void *payload, size_t length,
                 uint64_t received_ns);
/* Brings what was appended to the disk. 0 or a negative errno, handled like that of store_append(). */
int store_sync(struct store *store, struct log *log);

#endif
