/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { START_TIME_FIELD = 22, STATE_FIELD = 3 }; /* proc(5), /proc/PID/stat */

/* Reads state and start time. Returns 0 or a negative errno. */
static int read_stat(int pid, char *state, unsigned long long *started)
{
    char path[32];
    char text[1024];
    char *field;
    ssize_t length;
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    length = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (length <= 0)
        return -ESRCH;
    text[length] = '\0';
    field = strrchr(text, ')'); /* the end of field 2, which may itself hold anything */
    if (!field || strlen(field) < 3)
        return -EIO;
    *state = field[2];
    for (int f = STATE_FIELD - 1; f < START_TIME_FIELD && field; f++)
        field = strchr(field + 1, ' ');
    if (!field)
        return -EIO;
    *started = strtoull(field, NULL, 10);
    return 0;
}

unsigned long long process_start_time(int pid)
{
    unsigned long long started;
    char state;

    return read_stat(pid, &state, &started) < 0 ? 0 : started;
}

bool process_is_dead(int pid, unsigned long long started)
{
    unsigned long long now;
    char state;
    int error = read_stat(pid, &state, &now);

    if (error)
        return error == -ENOENT || error == -ESRCH;
    return state == 'Z' || state == 'X' || now != started;
}
