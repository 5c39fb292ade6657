/* SPDX-License-Identifier: Apache-2.0 */
#include "trace_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "trace.h"

void trace_shard_name(char name[TRACE_SHARD_NAME], int number)
{
    snprintf(name, TRACE_SHARD_NAME, "shard-%03d.lst", number);
}

/* The number of the shard that is called so, or -1. */
static int shard_number(const char *name)
{
    int number;
    char expected[TRACE_SHARD_NAME];
    if (sscanf(name, "shard-%6d.lst", &number) != 1 || number < 0)
        return -1;
    trace_shard_name(expected, number);
    return strcmp(name, expected) == 0 ? number : -1;
}

/* A stream of its own, so that its position is nobody else's. */
static DIR *open_listing(int directory)
{
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    DIR *listing = fdopendir(fd);
    if (!listing)
        close(fd);
    return listing;
}

int trace_find_shards(int directory, int after, int *next, int *last)
{
    DIR *listing = open_listing(directory);
    if (!listing)
        return -errno;
    int lowest = -1;
    int highest = -1;
    const struct dirent *entry;
    while (errno = 0, (entry = readdir(listing))) {
        int number = shard_number(entry->d_name);
        if (number > highest)
            highest = number;
        if (number > after && (lowest < 0 || number < lowest))
            lowest = number;
    }
    int result = errno ? -errno : lowest >= 0;
    closedir(listing);
    if (result == 1 && next)
        *next = lowest;
    if (result == 1 && last)
        *last = highest;
    return result;
}

static bool is_leftover(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
           strncmp(name, TRACE_MANIFEST ".", strlen(TRACE_MANIFEST ".")) == 0;
}

int trace_check_empty(int directory)
{
    DIR *listing = open_listing(directory);
    if (!listing)
        return -errno;
    int result = 0;
    const struct dirent *entry;
    while (errno = 0, result == 0 && (entry = readdir(listing))) {
        if (!is_leftover(entry->d_name))
            result = -EEXIST;
    }
    if (result == 0 && errno)
        result = -errno;
    closedir(listing);
    return result;
}

int trace_fail(char *error, int code, const char *what, const char *path, const char *name,
               const char *format, ...)
{
    if (!error)
        return -code;
    int used = snprintf(error, TRACE_ERROR_BYTES, "%s: %s%s%s: ", what, path, *name ? "/" : "", name);
    if (used > 0 && used < TRACE_ERROR_BYTES) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error + used, (size_t)(TRACE_ERROR_BYTES - used), format, arguments);
        va_end(arguments);
    }
    return -code;
}

int trace_fail_system(char *error, int code, const char *what, const char *path, const char *name,
                      uint64_t offset)
{
    char reason[128];
    const char *text = strerror_r(code, reason, sizeof reason);
    if (offset == TRACE_NO_OFFSET)
        return trace_fail(error, code, what, path, name, "%s", text);
    return trace_fail(error, code, what, path, name, "byte %llu: %s", (unsigned long long)offset, text);
}
