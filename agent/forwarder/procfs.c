/* SPDX-License-Identifier: Apache-2.0 */
#include "procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int open_file(pid_t pid, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

ssize_t procfs_read(pid_t pid, const char *name, char **text)
{
    const int fd = open_file(pid, name);
    if (fd < 0)
        return -errno;
    size_t room = 4096;
    size_t length = 0;
    ssize_t result = 0;
    char *buffer = malloc(room);
    while (buffer && length < PROCFS_MAX_BYTES) {
        if (length + 1 == room) {
            char *grown = realloc(buffer, room * 2);
            if (!grown)
                break;
            buffer = grown;
            room *= 2;
        }
        result = read(fd, buffer + length, room - length - 1);
        if (result < 0 && errno == EINTR)
            continue;
        if (result <= 0)
            break;
        length += (size_t)result;
    }
    if (!buffer)
        result = -ENOMEM;
    else if (result < 0)
        result = -errno;
    close(fd);
    if (result < 0) {
        free(buffer);
        return result;
    }
    buffer[length] = '\0';
    *text = buffer;
    return (ssize_t)length;
}

void procfs_link(pid_t pid, const char *name, char *target, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    const ssize_t length = readlink(path, target, size - 1);
    target[length > 0 ? length : 0] = '\0';
}
