/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RESTARTS_MOST 5
#define DRAIN         "5" /* seconds that it waits for processes that have not said how they ended */
#define STOP_LIMIT_S  20  /* seconds until it is killed */

/* ---- in the child ---- */

static void write_endpoint(const struct server *server, char *endpoint, size_t size)
{
    if (server->endpoint[0])
        snprintf(endpoint, size, "%s", server->endpoint);
    else if (server->port)
        snprintf(endpoint, size, "tcp://%s:%d", server->host, server->port);
    else
        snprintf(endpoint, size, "tcp://%s:*", server->host);
}

static void execute(const struct server *server, int ready)
{
    char endpoint[sizeof(server->endpoint)];
    char descriptor[16];
    const char *arguments[] = {"lockstep-collector", "--quiet",           "--bind",   endpoint,  "--trace",
                               server->trace,        "--ready-fd",        descriptor, "--drain", DRAIN,
                               "--on-mismatch",      server->on_mismatch, NULL,       NULL,      NULL};
    size_t count = 12;

    write_endpoint(server, endpoint, sizeof(endpoint));
    snprintf(descriptor, sizeof(descriptor), "%d", ready);
    if (server->remote)
        arguments[count++] = "--allow-remote";
    if (server->no_color)
        arguments[count++] = "--no-color";
    execv(server->program, (char *const *)arguments);
    fprintf(stderr, "lockstep run: %s: %s\n", server->program, strerror(errno));
}

static void become_collector(const struct server *server, int ready, pid_t parent)
{
    sigset_t none;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) /* gone before it could be asked for */
        _exit(EXIT_FAILURE);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    unsetenv("LD_PRELOAD"); /* the job's */
    execute(server, ready);
    _exit(EXIT_FAILURE);
}

/* ---- in the parent ---- */

/* Reads the line that says where it listens. 0, or -EIO when it ended without one. */
static int read_endpoint(struct server *server, int ready)
{
    FILE *from = fdopen(ready, "r");
    char *end;
    int result = -EIO;

    if (!from) {
        close(ready);
        return -errno;
    }
    if (fgets(server->endpoint, sizeof(server->endpoint), from) && (end = strchr(server->endpoint, '\n'))) {
        *end = '\0';
        result = 0;
    }
    fclose(from);
    return result;
}

int server_start(struct server *server)
{
    const pid_t parent = getpid();
    int ready[2];
    int result;

    if (pipe2(ready, O_CLOEXEC) < 0)
        return -errno;
    server->pid = fork();
    if (server->pid == 0) {
        fcntl(ready[1], F_SETFD, 0);
        become_collector(server, ready[1], parent);
    }
    close(ready[1]);
    if (server->pid < 0) {
        result = -errno;
        server->pid = 0;
        close(ready[0]);
        return result;
    }
    result = read_endpoint(server, ready[0]);
    if (result < 0) {
        kill(server->pid, SIGKILL);
        waitpid(server->pid, NULL, 0);
        server->pid = 0;
    }
    return result;
}

int server_restart(struct server *server)
{
    server->pid = 0;
    if (server->restarts >= RESTARTS_MOST)
        return -EAGAIN;
    server->restarts++;
    return server_start(server);
}

/* Waits until it has ended, at most until `deadline`. A further signal that asks us to end is passed on: then
 * it does not wait for stragglers. */
static bool wait_until(struct server *server, time_t deadline)
{
    const struct timespec moment = {.tv_nsec = 100000000};
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    while (time(NULL) < deadline) {
        if (waitpid(server->pid, NULL, WNOHANG) != 0)
            return true;
        const int signal = sigtimedwait(&set, NULL, &moment);

        if (signal == SIGINT || signal == SIGTERM)
            kill(server->pid, SIGTERM);
    }
    return false;
}

void server_stop(struct server *server)
{
    if (server->pid == 0)
        return;
    kill(server->pid, SIGTERM);
    if (!wait_until(server, time(NULL) + STOP_LIMIT_S)) {
        kill(server->pid, SIGKILL);
        waitpid(server->pid, NULL, 0);
    }
    server->pid = 0;
}
