/* SPDX-License-Identifier: Apache-2.0 */
#include "parts.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The folder that this program is in. 0 or a negative errno. */
static int own_folder(char folder[PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 1);

    if (length < 0)
        return -errno;
    folder[length] = '\0';
    *strrchr(folder, '/') = '\0';
    return 0;
}

/* The first of the places, relative to our folder, where there is a file that can be used so (access(2)). */
static char *find(const char *const places[], size_t count, int mode)
{
    char folder[PATH_MAX];
    char *path = NULL;
    int result = own_folder(folder);

    for (size_t i = 0; i < count && result == 0 && !path; i++) {
        char *candidate;

        if (asprintf(&candidate, "%s/%s", folder, places[i]) < 0)
            return NULL;
        if (access(candidate, mode) == 0)
            path = realpath(candidate, NULL);
        free(candidate);
    }
    if (!path)
        errno = result < 0 ? -result : ENOENT;
    return path;
}

char *parts_collector(void)
{
    static const char *const places[] = {"lockstep-collector"};

    return find(places, 1, X_OK);
}

/* LOCKSTEP_LIBRARY_FOLDER is where it gets installed, relative to the programs. */
char *parts_preload(void)
{
    static const char *const places[] = {
        "../lib/liblockstep.so",
        LOCKSTEP_LIBRARY_FOLDER "/liblockstep.so",
    };

    return find(places, sizeof(places) / sizeof(places[0]), R_OK);
}
