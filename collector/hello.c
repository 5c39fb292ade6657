/* SPDX-License-Identifier: Apache-2.0 */
#include "hello.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stream.h"

static void keep_job(void *context, const struct hello *hello)
{
    char **job = context;

    free(*job);
    *job = strdup(hello->job);
}

char *hello_job(const void *payload, size_t length, char *error)
{
    char *job = NULL;
    struct stream *stream = stream_create(&(struct stream_sink){.hello = keep_job}, &job);
    int status = -ENOMEM;

    snprintf(error, STREAM_ERROR_BYTES, "memory is out");
    if (stream)
        status = stream_feed(stream, payload, length, error);
    stream_destroy(stream);
    if (status == 0 && !job)
        status = -ENOMEM;
    if (status < 0) {
        free(job);
        errno = -status;
        return NULL;
    }
    return job;
}
