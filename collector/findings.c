/* SPDX-License-Identifier: Apache-2.0 */
#include "findings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

int findings_open(struct findings *findings, const char *trace, struct log *log)
{
    *findings = (struct findings){.log = log, .fd = -1};
    if (asprintf(&findings->path, "%s/" FINDINGS_NAME, trace) < 0)
        findings->path = NULL;
    if (asprintf(&findings->draft, "%s/" FINDINGS_NAME ".new", trace) < 0)
        findings->draft = NULL;
    if (findings->path && findings->draft)
        return 0;
    findings_close(findings);
    return -ENOMEM;
}

void findings_close(struct findings *findings)
{
    if (findings->fd >= 0)
        close(findings->fd);
    free(findings->path);
    free(findings->draft);
    *findings = (struct findings){.fd = -1};
}

static void note_outcome(struct findings *findings, int status)
{
    if (status < 0 && !findings->failing)
        log_error(findings->log, "%s: cannot be written: %s; the findings follow from the trace all the same",
                  findings->path, strerror(-status));
    findings->failing = status < 0;
}

static int write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        const ssize_t written = write(fd, text, length);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? -errno : -EIO;
        text += written;
        length -= (size_t)written;
    }
    return 0;
}

/* One write for a whole line, so that a reader hardly ever sees half of one. */
static int write_line(int fd, const struct engine *engine, const struct finding *finding)
{
    json_t *object = report_finding_json(engine, finding);
    char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
    int status = -ENOMEM;

    json_decref(object);
    if (text) {
        const size_t length = strlen(text);

        text[length] = '\n'; /* in place of the NUL, which is not written */
        status = write_all(fd, text, length + 1);
    }
    free(text);
    return status;
}

/* Writes all lines into the draft; the descriptor, or a negative errno. */
static int write_draft(const struct findings *findings, const struct engine *engine)
{
    const size_t count = engine_finding_count(engine);
    int status = 0;

    unlink(findings->draft); /* left by one that was killed */

    const int fd = open(findings->draft, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);

    if (fd < 0)
        return -errno;
    for (size_t i = 0; status == 0 && i < count; i++)
        status = write_line(fd, engine, engine_finding(engine, i));
    if (status == 0 && rename(findings->draft, findings->path) < 0)
        status = -errno;
    if (status == 0)
        return fd;
    close(fd);
    unlink(findings->draft);
    return status;
}

void findings_rewrite(struct findings *findings, const struct engine *engine)
{
    const int fd = write_draft(findings, engine);

    if (fd >= 0) {
        if (findings->fd >= 0)
            close(findings->fd);
        findings->fd = fd;
    }
    note_outcome(findings, fd < 0 ? fd : 0);
}

void findings_append(struct findings *findings, const struct engine *engine, const struct finding *finding)
{
    if (findings->failing || findings->fd < 0)
        findings_rewrite(findings, engine);
    else
        note_outcome(findings, write_line(findings->fd, engine, finding));
}
