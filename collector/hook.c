/* SPDX-License-Identifier: Apache-2.0 */
#include "hook.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report.h"

/* A descriptor to read the finding from, or a negative errno. It is memory and no pipe: a program that does
 * not read holds nobody up. */
static int finding_as_input(const struct engine *engine, const struct finding *finding)
{
    json_t *object = report_finding_json(engine, finding);
    int fd = object ? memfd_create("finding", MFD_CLOEXEC) : -1;
    int status = object ? 0 : -ENOMEM;

    if (object && (fd < 0 || json_dumpfd(object, fd, JSON_COMPACT) < 0 || write(fd, "\n", 1) != 1 ||
                   lseek(fd, 0, SEEK_SET) < 0))
        status = errno > 0 ? -errno : -EIO;
    json_decref(object);
    if (status == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return status;
}

/* Its signals are as any program expects them, not as the collector has them. 0 or a positive errno. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigset_t all;

    sigemptyset(&none);
    sigfillset(&all);

    int status = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                          POSIX_SPAWN_SETSIGDEF);

    if (status == 0)
        status = posix_spawnattr_setpgroup(attributes, 0);
    if (status == 0)
        status = posix_spawnattr_setsigmask(attributes, &none);
    if (status == 0)
        status = posix_spawnattr_setsigdefault(attributes, &all);
    return status;
}

/* 0 or a positive errno, as posix_spawn() has it. */
static int spawn(const char *program, int input, pid_t *pid)
{
    const char *const arguments[] = {program, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int status = posix_spawn_file_actions_init(&actions);

    if (status != 0)
        return status;
    status = posix_spawnattr_init(&attributes);
    if (status != 0)
        goto out;
    status = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    if (status == 0)
        status = set_attributes(&attributes);
    if (status == 0)
        status = posix_spawn(pid, program, &actions, &attributes, (char *const *)arguments, environ);
    posix_spawnattr_destroy(&attributes);
out:
    posix_spawn_file_actions_destroy(&actions);
    return status;
}

void hook_tell(struct hook *hook, const struct engine *engine, const struct finding *finding)
{
    if (finding->severity != SEVERITY_ERROR || !finding->root_cause || hook->started > HOOK_LIMIT)
        return;
    if (hook->started++ == HOOK_LIMIT) {
        log_error(hook->log, "%s: was run %u times, and is not run for further findings", hook->program,
                  HOOK_LIMIT);
        return;
    }

    const int input = finding_as_input(engine, finding);
    pid_t pid = 0;
    const int status = input < 0 ? -input : spawn(hook->program, input, &pid);

    if (status == 0)
        hook->running[hook->running_count++] = pid;
    else
        log_error(hook->log, "%s: cannot be run: %s", hook->program, strerror(status));
    if (input >= 0)
        close(input);
}

static void note_end(const struct hook *hook, int status)
{
    if (WIFSIGNALED(status))
        log_error(hook->log, "%s: was killed by signal %d", hook->program, WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        log_error(hook->log, "%s: ended with status %d", hook->program, WEXITSTATUS(status));
}

void hook_reap(struct hook *hook)
{
    size_t kept = 0;

    for (size_t i = 0; i < hook->running_count; i++) {
        const pid_t pid = hook->running[i];
        int status = 0;
        const pid_t ended = waitpid(pid, &status, WNOHANG);

        if (ended == pid)
            note_end(hook, status);
        else if (ended == 0)
            hook->running[kept++] = pid;
    }
    hook->running_count = kept;
}
