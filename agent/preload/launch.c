/* SPDX-License-Identifier: Apache-2.0 */
#include "launch.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "settings.h"

#define STACK_BYTES (256u << 10)

extern char **environ;

/* Where the forwarder is, seen from the folder of this library: in the build tree; installed in lib/;
 * installed in lib/MULTIARCH/. */
static const char *const places[] = {
    "../bin/lockstep-forwarder",
    "../libexec/lockstep/lockstep-forwarder",
    "../../libexec/lockstep/lockstep-forwarder",
};

/* The path of the file that is mapped at `address`, which unlike the linker's name for it is never relative.
 */
static bool mapped_file(const void *address, char *path, size_t size)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    if (!maps)
        return false;
    char line[PATH_MAX + 128];
    bool found = false;
    while (!found && fgets(line, sizeof line, maps)) {
        unsigned long start, end;
        const char *file = strchr(line, '/');
        found = file && sscanf(line, "%lx-%lx", &start, &end) == 2 &&
                (unsigned long)address - start < end - start;
        if (found)
            snprintf(path, size, "%.*s", (int)strcspn(file, "\n"), file);
    }
    fclose(maps);
    return found;
}

static bool own_folder(char *path, size_t size)
{
    Dl_info info;
    if (!dladdr((const void *)places, &info))
        return false;
    if (info.dli_fname[0] == '/')
        snprintf(path, size, "%s", info.dli_fname);
    else if (!mapped_file((const void *)places, path, size))
        return false;
    char *slash = strrchr(path, '/');
    if (!slash)
        return false;
    *slash = '\0';
    return true;
}

bool launch_find_forwarder(char *path, size_t size)
{
    const char *asked = settings_forwarder();
    if (asked) {
        snprintf(path, size, "%s", asked);
        return access(path, X_OK) == 0;
    }
    char folder[PATH_MAX];
    *path = '\0';
    errno = ENOENT;
    if (!own_folder(folder, sizeof folder))
        return false;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const int length = snprintf(path, size, "%s/%s", folder, places[i]);
        if (length > 0 && (size_t)length < size && access(path, X_OK) == 0)
            return true;
    }
    *path = '\0';
    return false;
}

/* Shared with the child between clone and exec, which runs in our memory while this thread waits. */
struct launch {
    const char *forwarder;
    char *const *arguments;
    char **environment;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    pid_t pid;
    int error;
};

/* The forwarder becomes the child of a child that is gone at once. That one's exit signal is none, which
 * keeps it from SIGCHLD handlers and from wait(); the kernel would give it SIGCHLD back if it were to exec
 * itself. */
static int launch_and_vanish(void *data)
{
    struct launch *launch = data;
    launch->error = posix_spawn(&launch->pid, launch->forwarder, &launch->actions, &launch->attributes,
                                launch->arguments, launch->environment);
    _exit(0);
}

static int run_intermediate(struct launch *launch)
{
    char *stack =
        mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED)
        return -errno;
    /* No handler of the program may run in the child, on its memory. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    const pid_t intermediate = clone(launch_and_vanish, stack + STACK_BYTES, CLONE_VM | CLONE_VFORK, launch);
    int result = intermediate < 0 ? -errno : 0;
    if (intermediate > 0) {
        while (waitpid(intermediate, NULL, (int)__WCLONE) < 0 && errno == EINTR)
            continue;
        result = -launch->error;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    munmap(stack, STACK_BYTES);
    return result;
}

static int prepare_actions(struct launch *launch)
{
    int error = posix_spawn_file_actions_addopen(&launch->actions, 0, "/dev/null", O_RDWR, 0);
    if (!error)
        error = posix_spawn_file_actions_adddup2(&launch->actions, 0, 1);
    if (!error && !settings_debug())
        error = posix_spawn_file_actions_adddup2(&launch->actions, 0, 2);
    if (!error)
        error = posix_spawn_file_actions_addclosefrom_np(&launch->actions, 3);
    return error;
}

static int prepare_attributes(struct launch *launch)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&launch->attributes, &none);
    posix_spawnattr_setsigdefault(&launch->attributes, &all);
    return posix_spawnattr_setflags(&launch->attributes,
                                    POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

/* Ours without LD_PRELOAD; the strings are shared. NULL when out of memory. */
static char **environment_without_preload(void)
{
    size_t count = 0;
    while (environ && environ[count])
        count++;
    char **copy = malloc((count + 1) * sizeof *copy);
    if (!copy)
        return NULL;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (strncmp(environ[i], "LD_PRELOAD=", 11) != 0)
            copy[kept++] = environ[i];
    }
    copy[kept] = NULL;
    return copy;
}

int launch_forwarder(const char *forwarder, const char *ring, pid_t *pid)
{
    char own_pid[16];
    snprintf(own_pid, sizeof own_pid, "%d", (int)getpid());
    const char *const arguments[] = {"lockstep-forwarder", "--ring", ring, "--pid", own_pid, NULL};
    struct launch launch = {.forwarder = forwarder, .arguments = (char *const *)arguments};
    launch.environment = environment_without_preload();
    if (!launch.environment)
        return -ENOMEM;
    int result = -posix_spawn_file_actions_init(&launch.actions);
    if (result != 0)
        goto free_environment;
    result = -posix_spawnattr_init(&launch.attributes);
    if (result != 0)
        goto destroy_actions;
    result = -prepare_actions(&launch);
    if (result == 0)
        result = -prepare_attributes(&launch);
    if (result == 0)
        result = run_intermediate(&launch);
    *pid = launch.pid;
    posix_spawnattr_destroy(&launch.attributes);
destroy_actions:
    posix_spawn_file_actions_destroy(&launch.actions);
free_environment:
    free(launch.environment);
    return result;
}
