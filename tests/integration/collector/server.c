/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_MS 20000

static void sleep_ms(long milliseconds)
{
    nanosleep(&(struct timespec){.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000},
              NULL);
}

/* The collector in a process of its own; `ready_fd` is its end of the pipe. */
static pid_t spawn(const char *endpoint, const char *trace, const char *log, const char *const options[],
                   int ready_fd)
{
    char ready[16];
    const char *arguments[16] = {COLLECTOR, "--bind", endpoint, "--trace", trace, "--ready-fd", ready};
    size_t count = 7;

    snprintf(ready, sizeof(ready), "%d", ready_fd);
    for (size_t i = 0; options && options[i] && count < 15; i++)
        arguments[count++] = options[i];

    const pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid > 0)
        return pid;

    const int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);

    dup2(fd, STDERR_FILENO);
    execv(COLLECTOR, (char *const *)arguments);
    _exit(126);
}

void server_start(struct server *server, const char *endpoint, const char *trace, const char *log,
                  const char *const options[])
{
    int ready[2];
    size_t length = 0;

    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    assert_int_equal(fcntl(ready[1], F_SETFD, 0), 0);
    snprintf(server->log, sizeof(server->log), "%s", log);
    server->pid = spawn(endpoint, trace, log, options, ready[1]);
    close(ready[1]);
    while (length == 0 || server->endpoint[length - 1] != '\n') {
        struct pollfd item = {.fd = ready[0], .events = POLLIN};

        assert_int_equal(poll(&item, 1, START_MS), 1);

        const ssize_t got = read(ready[0], server->endpoint + length, sizeof(server->endpoint) - 1 - length);

        if (got <= 0)
            fail_msg("the collector did not get ready; see %s", log);
        length += (size_t)got;
    }
    server->endpoint[length - 1] = '\0';
    close(ready[0]);
}

int server_wait(struct server *server, int seconds)
{
    int status;

    for (int i = 0; i < seconds * 50; i++) {
        if (waitpid(server->pid, &status, WNOHANG) == server->pid) {
            server->pid = 0;
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
        sleep_ms(20);
    }
    return -1;
}

int server_fails(const char *endpoint, const char *trace, const char *log, const char *const options[])
{
    struct server server = {0};
    const int nowhere = open("/dev/null", O_WRONLY);

    snprintf(server.log, sizeof(server.log), "%s", log);
    server.pid = spawn(endpoint, trace, log, options, nowhere);
    close(nowhere);

    const int status = server_wait(&server, 20);

    if (status < 0)
        kill(server.pid, SIGKILL);
    return status;
}

void server_signal(const struct server *server, int signal)
{
    assert_int_equal(kill(server->pid, signal), 0);
}

void server_stop(struct server *server)
{
    server_signal(server, SIGTERM);
    assert_int_equal(server_wait(server, 20), 0);
}

bool server_said(const struct server *server, const char *text)
{
    static char content[1 << 16];
    FILE *log = fopen(server->log, "r");

    assert_non_null(log);

    const size_t length = fread(content, 1, sizeof(content) - 1, log);

    fclose(log);
    content[length] = '\0';
    return strstr(content, text) != NULL;
}

bool server_says(const struct server *server, const char *text, int seconds)
{
    for (int i = 0; i < seconds * 50; i++) {
        if (server_said(server, text))
            return true;
        sleep_ms(20);
    }
    return false;
}
