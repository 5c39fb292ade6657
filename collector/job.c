/* SPDX-License-Identifier: Apache-2.0 */
#include "job.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replay.h"

struct jobs {
    const char *base;
    struct sessions *sessions;
    struct log *log;
    struct hook *hook;
    struct job *all[JOB_LIMIT];
    size_t count;
    bool made_base; /* the directory is ours to remove when nobody came */
};

static void job_destroy(struct job *job)
{
    if (!job)
        return;
    live_destroy(job->live);
    store_close(&job->store);
    free(job->name);
    free(job);
}

/* Opens the trace at `path` for this job and reads what is in it. NULL with errno and `error`. */
static struct job *job_open(struct jobs *jobs, const char *path, const char *name, char *error)
{
    struct job *job = calloc(1, sizeof(*job));
    int status = -ENOMEM;

    snprintf(error, TRACE_ERROR_BYTES, "memory is out");
    if (!job)
        goto out;
    job->name = strdup(name);
    job->live = live_create(jobs->log);
    if (!job->name || !job->live)
        goto out;
    live_set_hook(job->live, jobs->hook);
    status = store_open(&job->store, path, name, error);
    if (status == 0)
        status = replay_trace(job, jobs->sessions, jobs->log, error);
    if (status == 0) {
        status = live_keep_findings(job->live, path);
        if (status < 0)
            snprintf(error, TRACE_ERROR_BYTES, "memory is out");
    }
out:
    if (status < 0) {
        job_destroy(job);
        errno = -status;
        return NULL;
    }
    return job;
}

struct jobs *jobs_create(const char *base, struct sessions *sessions, struct log *log)
{
    struct jobs *jobs = calloc(1, sizeof(*jobs));

    if (jobs)
        *jobs = (struct jobs){.base = base, .sessions = sessions, .log = log};
    return jobs;
}

void jobs_set_hook(struct jobs *jobs, struct hook *hook)
{
    jobs->hook = hook;
}

void jobs_destroy(struct jobs *jobs)
{
    if (!jobs)
        return;
    if (jobs->made_base && jobs->count == 0)
        rmdir(jobs->base); /* fails unless empty */
    for (size_t i = 0; i < jobs->count; i++)
        job_destroy(jobs->all[i]);
    free(jobs);
}

/* Opens a trace that is there, whatever its job. */
static int resume_one(struct jobs *jobs, const char *path, char *error)
{
    struct trace_reader *reader = trace_reader_open(path, error);

    if (!reader)
        return -errno;

    struct job *job = job_open(jobs, path, trace_reader_job(reader), error);
    const int status = job ? 0 : -errno;

    trace_reader_close(reader);
    if (job)
        jobs->all[jobs->count++] = job;
    return status;
}

static bool is_empty(const char *path)
{
    DIR *directory = opendir(path);
    bool empty = directory != NULL;
    const struct dirent *entry;

    while (empty && (entry = readdir(directory)))
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    if (directory)
        closedir(directory);
    return empty;
}

static int make_base(struct jobs *jobs, char *error)
{
    if (mkdir(jobs->base, 0777) == 0) {
        jobs->made_base = true;
        return 0;
    }
    if (errno != EEXIST) {
        const int reason = errno;

        snprintf(error, TRACE_ERROR_BYTES, "%s: cannot be created: %s", jobs->base, strerror(reason));
        return -reason;
    }
    if (!is_empty(jobs->base)) {
        snprintf(error, TRACE_ERROR_BYTES, "%s: is not a trace and not an empty directory", jobs->base);
        return -EEXIST;
    }
    return 0;
}

int jobs_resume(struct jobs *jobs, char *error)
{
    int status = 0;

    if (!trace_is_trace(jobs->base))
        return make_base(jobs, error);
    for (unsigned number = 1; status == 0 && jobs->count < JOB_LIMIT; number++) {
        char *path = store_path(jobs->base, number);
        const bool there = path && trace_is_trace(path);

        if (there)
            status = resume_one(jobs, path, error);
        free(path);
        if (!there)
            break;
    }
    return status;
}

/* The first place that is free or holds this job's trace. */
static struct job *open_somewhere(struct jobs *jobs, const char *name, char *error)
{
    struct job *job = NULL;

    for (unsigned number = (unsigned)jobs->count + 1; !job; number++) {
        char *path = store_path(jobs->base, number);

        errno = ENOMEM;
        if (path)
            job = job_open(jobs, path, name, error);

        const int reason = errno;

        free(path);
        errno = reason;
        if (!job && ((reason != EEXIST && reason != EWOULDBLOCK) || number > 10 * JOB_LIMIT))
            return NULL;
    }
    return job;
}

struct job *jobs_enter(struct jobs *jobs, const char *name, char *error)
{
    for (size_t i = 0; i < jobs->count; i++)
        if (strcmp(jobs->all[i]->name, name) == 0)
            return jobs->all[i];
    if (jobs->count == JOB_LIMIT) {
        snprintf(error, TRACE_ERROR_BYTES, "this collector serves %u jobs already", JOB_LIMIT);
        errno = ENOSPC;
        return NULL;
    }

    struct job *job = open_somewhere(jobs, name, error);

    if (job) {
        jobs->all[jobs->count++] = job;
        log_note(jobs->log, "job %s: tracing to %s", job_title(job), job->store.path);
    }
    return job;
}

size_t jobs_count(const struct jobs *jobs)
{
    return jobs->count;
}

struct job *jobs_at(const struct jobs *jobs, size_t index)
{
    return jobs->all[index];
}

const char *job_title(const struct job *job)
{
    return *job->name ? job->name : "(unnamed)";
}
