/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_BYTES 256
#define ANSWER_MS    10000

extern char **environ;

/* ---- which launcher ---- */

/* Installations also add the name of the implementation: mpirun.openmpi, mpirun.mpich. */
static bool may_be_open_mpi(const char *command)
{
    static const char *const names[] = {"mpirun", "mpiexec", "orterun", "prterun"};
    const char *slash = strrchr(command, '/');
    const char *base = slash ? slash + 1 : command;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t length = strlen(names[i]);

        if (strncmp(base, names[i], length) == 0 && (base[length] == '\0' || base[length] == '.'))
            return true;
    }
    return false;
}

static pid_t ask_for_version(const char *command, int answer)
{
    char *const arguments[] = {(char *)command, "--version", NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int error;

    if (posix_spawn_file_actions_init(&actions) != 0)
        return -1;
    error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDWR, 0);
    if (!error)
        error = posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDERR_FILENO);
    if (!error)
        error = posix_spawn_file_actions_adddup2(&actions, answer, STDOUT_FILENO);
    if (!error)
        error = posix_spawnp(&pid, command, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error ? -1 : pid;
}

/* What comes until the writer ends, the buffer is full, or for ANSWER_MS nothing. */
static void read_answer(int from, char answer[ANSWER_BYTES])
{
    struct pollfd readable = {.fd = from, .events = POLLIN};
    size_t length = 0;
    ssize_t got = 1;

    while (got > 0 && length < ANSWER_BYTES - 1 && poll(&readable, 1, ANSWER_MS) == 1) {
        got = read(from, answer + length, ANSWER_BYTES - 1 - length);
        length += got > 0 ? (size_t)got : 0;
    }
    answer[length] = '\0';
}

bool launcher_is_open_mpi(const char *command)
{
    char answer[ANSWER_BYTES] = "";
    int ends[2];
    pid_t pid;

    if (!may_be_open_mpi(command) || pipe2(ends, O_CLOEXEC) < 0)
        return false;
    pid = ask_for_version(command, ends[1]);
    close(ends[1]);
    if (pid > 0) {
        read_answer(ends[0], answer);
        kill(pid, SIGKILL); /* it has answered, or will not */
        waitpid(pid, NULL, 0);
    }
    close(ends[0]);
    return strstr(answer, "Open MPI") || strstr(answer, "OpenRTE") || strstr(answer, "PRRTE");
}

/* ---- what it is told ---- */

/* An array of strings that ends with NULL. */
struct list {
    char **strings;
    size_t count;
    bool failed;
};

/* Takes `string`, which is from malloc(); NULL counts as a failure. */
static void take(struct list *list, char *string)
{
    char **grown = string ? realloc(list->strings, (list->count + 2) * sizeof(char *)) : NULL;

    if (!grown) {
        free(string);
        list->failed = true;
        return;
    }
    list->strings = grown;
    list->strings[list->count++] = string;
    list->strings[list->count] = NULL;
}

static void take_names(struct list *list, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        take(list, strdup("-x"));
        take(list, strdup(names[i]));
    }
}

static char *join_preloads(const char *first, const char *second)
{
    char *joined;

    return asprintf(&joined, "LD_PRELOAD=%s%s%s", first, *second ? ":" : "", second) < 0 ? NULL : joined;
}

static bool uses_list_of_variables(char *const *command)
{
    for (; *command; command++)
        if (strstr(*command, "mca_base_env_list"))
            return true;
    return getenv("OMPI_MCA_mca_base_env_list") != NULL;
}

static bool sets_preload(const char *option, const char *value)
{
    return (strcmp(option, "-x") == 0 || strcmp(option, "--x") == 0) &&
           strncmp(value, "LD_PRELOAD=", 11) == 0;
}

char **launcher_add_variables(char *const *command, const char *const *names, size_t name_count,
                              const char *preload)
{
    const bool silent = uses_list_of_variables(command);
    struct list list = {0};

    for (size_t i = 0; command[i]; i++) {
        if (i > 0 && sets_preload(command[i - 1], command[i]))
            take(&list, join_preloads(preload, command[i] + strlen("LD_PRELOAD=")));
        else
            take(&list, strdup(command[i]));
        if (!silent && (i == 0 || strcmp(command[i], ":") == 0))
            take_names(&list, names, name_count);
    }
    if (list.failed) {
        launcher_free(list.strings);
        return NULL;
    }
    return list.strings;
}

void launcher_free(char **command)
{
    for (size_t i = 0; command && command[i]; i++)
        free(command[i]);
    free(command);
}
