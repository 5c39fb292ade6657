/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything the collector says to people: lines on stderr, and on a terminal one progress line below them
 * that is drawn over again. Not thread-safe.
 */
#ifndef LOCKSTEP_COLLECTOR_LOG_H
#define LOCKSTEP_COLLECTOR_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct log {
    FILE *to;
    bool quiet;    /* no notes, no progress */
    bool terminal; /* `to` is one */
    bool color;
    bool progress_shown;
};

/* Logs to stderr. `plain` switches colour off even on a terminal; so does NO_COLOR in the environment. */
void log_open(struct log *log, bool quiet, bool plain);
/* Takes the progress line away. */
void log_close(struct log *log);

/* One line, "lockstep-collector: …". Control characters, which may come from the network, become '?'. */
void log_error(struct log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same, but not when quiet. */
void log_note(struct log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* For a line that somebody else writes: the stream to write it to, without its line end; then log_end(). */
FILE *log_begin(struct log *log);
void log_end(struct log *log);

/* Shows `text` as the progress line, on a terminal; nothing elsewhere. */
void log_progress(struct log *log, const char *text);

/* Keeps one kind of line from flooding the log: at most one in LOG_LIMIT_S seconds. */
#define LOG_LIMIT_S 10
struct log_limit {
    uint64_t last_ns;
    uint64_t held_back;
};
/* True when a line may be written now; then `*held_back` tells how many were not since the last one. */
bool log_limit_allows(struct log_limit *limit, uint64_t monotonic_ns, uint64_t *held_back);

#endif
