/* SPDX-License-Identifier: Apache-2.0 */
#include "trace_place.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ATTEMPTS 1000

static bool is_empty(DIR *directory)
{
    const struct dirent *entry;

    while ((entry = readdir(directory)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            return false;
    return true;
}

bool trace_place_is_free(const char *path, const char **reason)
{
    DIR *directory = opendir(path);
    bool empty;

    if (!directory) {
        *reason = errno == ENOTDIR ? "it is no directory" : strerror(errno);
        return errno == ENOENT;
    }
    empty = is_empty(directory);
    closedir(directory);
    *reason = "it exists and is not empty";
    return empty;
}

char *trace_place_name(void)
{
    const time_t now = time(NULL);
    char moment[32] = "";
    struct tm local;
    const char *reason;
    char *name = NULL;

    if (localtime_r(&now, &local))
        strftime(moment, sizeof(moment), "%Y%m%d-%H%M%S", &local);
    if (asprintf(&name, "lockstep-%s.lockstep", moment) < 0)
        return NULL;
    for (int number = 2; !trace_place_is_free(name, &reason) && number <= ATTEMPTS; number++) {
        free(name);
        if (asprintf(&name, "lockstep-%s-%d.lockstep", moment, number) < 0)
            return NULL;
    }
    return name;
}
