/* SPDX-License-Identifier: Apache-2.0 */
#include "place.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

const char *place_of(const char *name, char path[PATH_MAX])
{
    char self[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (length > 0) {
        self[length] = '\0';
        *strrchr(self, '/') = '\0';
        if (snprintf(path, PATH_MAX, "%s/%s", self, name) < PATH_MAX && access(path, R_OK) == 0)
            return path;
    }
    fprintf(stderr, "lockstep-bench: %s is not where this program is\n", name);
    return NULL;
}

const char *place_make_folder(const char *where, char path[PATH_MAX])
{
    const char *folder = where ? where : getenv("TMPDIR");

    snprintf(path, PATH_MAX, "%s/lockstep-bench-XXXXXX", folder && *folder ? folder : "/tmp");
    if (mkdtemp(path))
        return path;
    fprintf(stderr, "lockstep-bench: %s: %s\n", path, strerror(errno));
    return NULL;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    remove(path); /* what somebody else has removed meanwhile is fine, too */
    return 0;
}

void place_remove_folder(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

pid_t place_start(const char *const arguments[], const char *const settings[], int stdout_fd)
{
    const pid_t pid = fork();

    if (pid < 0)
        fprintf(stderr, "lockstep-bench: fork: %s\n", strerror(errno));
    if (pid != 0)
        return pid;
    for (size_t i = 0; settings && settings[i]; i++)
        putenv((char *)settings[i]);
    if (stdout_fd >= 0)
        dup2(stdout_fd, STDOUT_FILENO);
    execv(arguments[0], (char *const *)arguments);
    fprintf(stderr, "lockstep-bench: %s: %s\n", arguments[0], strerror(errno));
    _exit(127);
}

int place_wait(pid_t pid, const char *name)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    fprintf(stderr, "lockstep-bench: %s ended with status %d\n", name, status);
    return -1;
}

void place_kill(pid_t pid)
{
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}
