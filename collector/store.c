/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SUFFIX ".lockstep"

char *store_path(const char *base, unsigned number)
{
    char *path = NULL;
    size_t stem = strlen(base);
    const char *suffix = "";

    while (stem > 1 && base[stem - 1] == '/')
        stem--;
    if (number > 1 && stem > strlen(SUFFIX) &&
        strncmp(base + stem - strlen(SUFFIX), SUFFIX, strlen(SUFFIX)) == 0) {
        stem -= strlen(SUFFIX);
        suffix = SUFFIX;
    }

    const int made = number > 1 ? asprintf(&path, "%.*s-%u%s", (int)stem, base, number, suffix)
                                : asprintf(&path, "%.*s", (int)stem, base);

    return made < 0 ? NULL : path;
}

int store_open(struct store *store, const char *path, const char *job, char *error)
{
    int status = 0;

    *store = (struct store){.path = strdup(path), .error = calloc(1, TRACE_ERROR_BYTES)};
    if (!store->path || !store->error) {
        snprintf(error, TRACE_ERROR_BYTES, "memory is out");
        status = -ENOMEM;
        goto out;
    }
    store->writer = trace_writer_open(path, job, error);
    if (!store->writer)
        status = errno > 0 ? -errno : -EIO;
out:
    if (status < 0)
        store_close(store);
    return status;
}

void store_close(struct store *store)
{
    if (store->writer)
        trace_writer_close(store->writer);
    free(store->error);
    free(store->path);
    *store = (struct store){0};
}

static void note_outcome(struct store *store, struct log *log, int status)
{
    if (status < 0 && !store->failing)
        log_error(log, "cannot write to the trace, agents keep their data until it works again: %s",
                  store->error);
    if (status == 0 && store->failing)
        log_error(log, "%s: writing works again", store->path);
    store->failing = status < 0;
}

int store_append(struct store *store, struct log *log, const void *payload, size_t length,
                 uint64_t received_ns)
{
    const int status = trace_append(store->writer, payload, length, received_ns, store->error);

    note_outcome(store, log, status);
    if (status == 0)
        store->unsynced = true;
    return status;
}

int store_sync(struct store *store, struct log *log)
{
    if (!store->unsynced)
        return 0;

    const int status = trace_sync(store->writer, store->error);

    note_outcome(store, log, status);
    if (status == 0)
        store->unsynced = false;
    return status;
}
