/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "moment.h"
#include "text.h"
#include "trace_directory.h"

#define FORMAT         "lockstep-trace"
#define VERSION        1
#define MANIFEST_BYTES 65536 /* a longer one is not ours */

static const char writing[] = "trace_writer_open";

/* ---- reading ---- */

int manifest_open(int directory, const char *path, char *error)
{
    int fd = openat(directory, TRACE_MANIFEST, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0)
        return fd;
    if (errno == ENOENT)
        return trace_fail(error, EPROTO, "trace_reader_open", path, "", "not a trace: no " TRACE_MANIFEST);
    return trace_fail_system(error, errno, "trace_reader_open", path, TRACE_MANIFEST, TRACE_NO_OFFSET);
}

/* The whole file into `text`. Returns its length or a negative errno. */
static ssize_t read_text(int manifest, char text[MANIFEST_BYTES])
{
    struct stat status;
    if (fstat(manifest, &status))
        return -errno;
    if (!S_ISREG(status.st_mode) || status.st_size >= MANIFEST_BYTES)
        return -EPROTO;
    size_t filled = 0;
    while (filled < MANIFEST_BYTES) {
        ssize_t got = pread(manifest, text + filled, MANIFEST_BYTES - filled, (off_t)filled);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        filled += (size_t)got;
    }
    return (ssize_t)filled;
}

static int take_manifest(json_t *root, const char *what, const char *path, char **job, char *error)
{
    const char *format;
    const char *name;
    json_int_t version;
    if (json_unpack(root, "{s:s, s:I}", "format", &format, "version", &version) ||
        strcmp(format, FORMAT) != 0 || version < 1)
        return trace_fail(error, EPROTO, what, path, TRACE_MANIFEST, "not the manifest of a trace");
    if (version > VERSION)
        return trace_fail(error, EPROTONOSUPPORT, what, path, TRACE_MANIFEST,
                          "trace version %lld; this build reads up to %d: update Lockstep",
                          (long long)version, VERSION);
    if (json_unpack(root, "{s:s}", "job", &name))
        return trace_fail(error, EPROTO, what, path, TRACE_MANIFEST, "names no job");
    *job = strdup(name);
    return *job ? 0 : trace_fail_system(error, ENOMEM, what, path, TRACE_MANIFEST, TRACE_NO_OFFSET);
}

int manifest_read(int manifest, const char *what, const char *path, char **job, char *error)
{
    char *text = malloc(MANIFEST_BYTES);
    if (!text)
        return trace_fail_system(error, ENOMEM, what, path, TRACE_MANIFEST, TRACE_NO_OFFSET);
    ssize_t length = read_text(manifest, text);
    json_error_t reason = {0};
    json_t *root = length >= 0 ? json_loadb(text, (size_t)length, JSON_REJECT_DUPLICATES, &reason) : NULL;
    int result;
    if (length == -EPROTO)
        result = trace_fail(error, EPROTO, what, path, TRACE_MANIFEST, "not the manifest of a trace");
    else if (length < 0)
        result = trace_fail_system(error, (int)-length, what, path, TRACE_MANIFEST, TRACE_NO_OFFSET);
    else if (!root)
        result = trace_fail(error, EPROTO, what, path, TRACE_MANIFEST, "line %d, column %d: %s", reason.line,
                            reason.column, reason.text);
    else
        result = take_manifest(root, what, path, job, error);
    json_decref(root);
    free(text);
    return result;
}

/* ---- creating ---- */

/* The manifest's text, to be free()d; NULL when memory is out. */
static char *compose(const char *job)
{
    json_t *root =
        json_pack("{s:s, s:i, s:I, s:s, s:s}", "format", FORMAT, "version", VERSION, "created_ns",
                  (json_int_t)moment_realtime_ns(), "writer", "lockstep " LOCKSTEP_VERSION, "job", job);
    char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    json_decref(root);
    return text;
}

static int write_text(int fd, const char *text)
{
    size_t length = strlen(text);
    for (size_t done = 0; done < length;) {
        ssize_t wrote = write(fd, text + done, length - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return -errno;
        done += (size_t)wrote;
    }
    return write(fd, "\n", 1) == 1 && fsync(fd) == 0 ? 0 : -errno;
}

static int lock(int fd)
{
    return flock(fd, LOCK_EX | LOCK_NB) ? -errno : 0;
}

/* Puts the finished file in its place unless there is one. */
static int publish(int directory, const char *temporary)
{
    if (renameat2(directory, temporary, directory, TRACE_MANIFEST, RENAME_NOREPLACE) == 0)
        return 0;
    /* Not every file system can do that; there, the last of two that create at once wins. */
    if (errno == EINVAL && renameat(directory, temporary, directory, TRACE_MANIFEST) == 0)
        return 0;
    return -errno;
}

/* Creates the manifest, written and locked before anybody can see it. Returns its descriptor; -EEXIST when
 * somebody else was faster. */
static int create(int directory, const char *job)
{
    char temporary[64];
    snprintf(temporary, sizeof temporary, TRACE_MANIFEST ".%ld", (long)getpid());
    unlinkat(directory, temporary, 0); /* of a process that had our number */
    int fd = openat(directory, temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    char *text = compose(job);
    int result = text ? write_text(fd, text) : -ENOMEM;
    if (result == 0)
        result = lock(fd);
    if (result == 0)
        result = publish(directory, temporary);
    if (result == 0 && fsync(directory))
        result = -errno;
    free(text);
    if (result) {
        unlinkat(directory, temporary, 0);
        close(fd);
        return result;
    }
    return fd;
}

/* Opens what is there, or creates. A descriptor or a negative errno with `error`. */
static int open_or_create(int directory, const char *path, const char *job, bool *created, char *error)
{
    *created = false;
    int fd = openat(directory, TRACE_MANIFEST, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0)
        return fd;
    if (errno != ENOENT)
        return trace_fail_system(error, errno, writing, path, TRACE_MANIFEST, TRACE_NO_OFFSET);
    int result = trace_check_empty(directory);
    if (result == -EEXIST)
        return trace_fail(error, EEXIST, writing, path, "",
                          "the directory is not empty and has no " TRACE_MANIFEST ": not a trace");
    if (result == 0)
        result = create(directory, job);
    if (result == -EEXIST)
        return trace_fail(error, EWOULDBLOCK, writing, path, "", "another process writes to it");
    if (result < 0)
        return trace_fail_system(error, -result, writing, path, TRACE_MANIFEST, TRACE_NO_OFFSET);
    *created = true;
    return result;
}

/* Locks a manifest that was there and checks that it is this job's. 0 or a negative errno with `error`. */
static int join(int manifest, const char *path, const char *job, char *error)
{
    int result = lock(manifest);
    if (result == -EWOULDBLOCK)
        return trace_fail(error, EWOULDBLOCK, writing, path, "", "another process writes to it");
    if (result)
        return trace_fail_system(error, -result, writing, path, TRACE_MANIFEST, TRACE_NO_OFFSET);
    char *found = NULL;
    result = manifest_read(manifest, writing, path, &found, error);
    if (result == 0 && strcmp(found, job) != 0)
        result = trace_fail(error, EEXIST, writing, path, "", "is the trace of another job, \"%s\"", found);
    free(found);
    return result;
}

int manifest_lock(int directory, const char *path, const char *job, char *error)
{
    char *clean = strdup(job);
    if (!clean)
        return trace_fail_system(error, ENOMEM, writing, path, "", TRACE_NO_OFFSET);
    text_clean(clean, strlen(clean));
    bool created;
    int fd = open_or_create(directory, path, clean, &created, error);
    if (fd >= 0 && !created) {
        int result = join(fd, path, clean, error);
        if (result) {
            close(fd);
            fd = result;
        }
    }
    free(clean);
    return fd;
}
