/* SPDX-License-Identifier: Apache-2.0 */
#include "job.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "launcher.h"

extern char **environ;

/* ---- environment ---- */

#define VARIABLES_MOST 64

/* Ours and whatever else is meant for the ranks: LD_PRELOAD and everything that begins with LOCKSTEP_. free()
 * each; returns how many. */
static size_t names_for_ranks(char *names[VARIABLES_MOST])
{
    size_t count = 0;

    for (char **variable = environ; *variable && count < VARIABLES_MOST; variable++) {
        size_t length = strcspn(*variable, "=");

        if (strncmp(*variable, "LOCKSTEP_", 9) != 0 && strncmp(*variable, "LD_PRELOAD=", 11) != 0)
            continue;
        names[count] = strndup(*variable, length);
        count += names[count] != NULL;
    }
    return count;
}

static int set_preload(const char *preload)
{
    const char *there = getenv("LD_PRELOAD");
    char *value;
    int result;

    if (!there || !*there)
        return setenv("LD_PRELOAD", preload, 1);
    if (asprintf(&value, "%s:%s", preload, there) < 0)
        return -1;
    result = setenv("LD_PRELOAD", value, 1);
    free(value);
    return result;
}

static int set_job_name(void)
{
    char name[96];
    char host[64] = "";
    struct timespec now;

    gethostname(host, sizeof(host) - 1);
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(name, sizeof(name), "%s-%d-%lld.%03ld", host, (int)getpid(), (long long)now.tv_sec,
             now.tv_nsec / 1000000);
    return setenv("LOCKSTEP_JOB", name, 1);
}

int job_set_environment(const char *preload, const char *endpoint, bool abort)
{
    if (set_preload(preload) < 0 || set_job_name() < 0 || setenv("LOCKSTEP_COLLECTOR", endpoint, 1) < 0 ||
        setenv("LOCKSTEP_ON_MISMATCH", abort ? "abort" : "report", 1) < 0)
        return -ENOMEM;
    return 0;
}

/* ---- signals ---- */

static sigset_t signals_of_interest(void)
{
    static const int passed_on[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
        sigaddset(&set, passed_on[i]);
    sigaddset(&set, SIGCHLD);
    return set;
}

void job_block_signals(struct job *job)
{
    sigset_t set = signals_of_interest();

    signal(SIGCHLD,
           SIG_DFL); /* whoever started us may have had it ignored, and then children leave no status */
    sigprocmask(SIG_BLOCK, &set, &job->mask);
}

/* ---- the process ---- */

static int spawn(struct job *job, char *const *command)
{
    posix_spawnattr_t attributes;
    int error = posix_spawnattr_init(&attributes);

    if (error)
        return -error;
    posix_spawnattr_setsigmask(&attributes, &job->mask);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    error = posix_spawnp(&job->pid, command[0], NULL, &attributes, command, environ);
    posix_spawnattr_destroy(&attributes);
    return -error;
}

static int spawn_open_mpi(struct job *job, char *const *command, const char *preload)
{
    char *names[VARIABLES_MOST] = {NULL};
    size_t count = names_for_ranks(names);
    char **told = launcher_add_variables(command, (const char *const *)names, count, preload);
    int result = told ? spawn(job, told) : -ENOMEM;

    launcher_free(told);
    while (count > 0)
        free(names[--count]);
    return result;
}

int job_start(struct job *job, char *const *command, const char *preload)
{
    int result;

    if (launcher_is_open_mpi(command[0]))
        result = spawn_open_mpi(job, command, preload);
    else
        result = spawn(job, command);
    job->status = result == -ENOENT ? 127 : 126;
    return result;
}

static bool has_ended(struct job *job)
{
    int status;

    if (waitpid(job->pid, &status, WNOHANG) != job->pid)
        return false;
    job->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return true;
}

static void keep_running(struct server *server)
{
    if (server->pid == 0 || waitpid(server->pid, NULL, WNOHANG) != server->pid)
        return;
    fputs("lockstep run: the collector has ended unexpectedly; starting it again\n", stderr);
    if (server_restart(server) < 0)
        fputs("lockstep run: it does not start; the job goes on, not all of it will be known\n", stderr);
}

void job_wait(struct job *job, struct server *server)
{
    sigset_t set = signals_of_interest();
    siginfo_t info;

    for (;;) {
        int signal = sigwaitinfo(&set, &info);

        if (signal == SIGCHLD) {
            if (has_ended(job))
                return;
            keep_running(server);
        } else if (signal > 0 && info.si_code != SI_KERNEL) {
            /* What the kernel sends comes from the terminal, and went to the command as well. */
            kill(job->pid, signal);
        }
    }
}
