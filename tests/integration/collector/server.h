/* SPDX-License-Identifier: Apache-2.0
 *
 * A real lockstep-collector process under test.
 */
#ifndef LOCKSTEP_TESTS_SERVER_H
#define LOCKSTEP_TESTS_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

struct server {
    pid_t pid;
    char endpoint[256]; /* as it said itself */
    char log[160];      /* file with its stderr */
};

/* Starts COLLECTOR on `endpoint` with `trace` and up to three more options (NULL: no more), its stderr
 * appended to the file `log`; returns when it is ready. Fails the test otherwise. */
void server_start(struct server *server, const char *endpoint, const char *trace, const char *log,
                  const char *const options[]);
/* Runs it where it is expected to give up; returns its exit status. */
int server_fails(const char *endpoint, const char *trace, const char *log, const char *const options[]);
/* Sends a signal. */
void server_signal(const struct server *server, int signal);
/* Waits at most `seconds`; returns the exit status, 128 + signal, or -1 when it is still there. */
int server_wait(struct server *server, int seconds);
/* SIGTERM, and it must exit with 0. */
void server_stop(struct server *server);
/* True when its log has this text. */
bool server_said(const struct server *server, const char *text);
/* Waits for that, at most `seconds`. */
bool server_says(const struct server *server, const char *text, int seconds);

#endif
