/* SPDX-License-Identifier: Apache-2.0 */
#include "group.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "api.h"
#include "comm.h"
#include "error.h"
#include "launch.h"

struct group {
    int depth;
    ncclResult_t error; /* the first one of a call in the group */
    struct operation *operations;
    size_t count;
    size_t capacity;
    struct job *jobs; /* in the order of the calls */
    struct job **jobs_end;
};

static _Thread_local struct group group;

/* ---- Jobs ---- */

/* Jobs that must follow each other, in a thread of their own. */
struct chain {
    pthread_t thread;
    struct job *first;
    struct job **end;
};

static void run_job(struct job *job)
{
    job->result = job->run(job);
    atomic_store(&job->comm->state, (int)job->result);
    comm_job_ends(job->comm);
}

static void *chain_main(void *argument)
{
    struct chain *chain = argument;

    for (struct job *job = chain->first; job; job = job->next)
        run_job(job);
    return NULL;
}

/* Signals are for the application's own threads. */
static int start_thread(pthread_t *thread, void *(*main)(void *), void *argument)
{
    sigset_t all;
    sigset_t before;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(thread, NULL, main, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

static size_t make_chains(struct job *jobs, struct chain *chains)
{
    size_t count = 0;

    for (struct job *job = jobs, *next; job; job = next) {
        size_t c = 0;

        next = job->next;
        job->next = NULL;
        while (c < count && !(job->parent && chains[c].first->parent == job->parent))
            c++;
        if (c == count) {
            chains[c].first = NULL;
            chains[c].end = &chains[c].first;
            count++;
        }
        *chains[c].end = job;
        chains[c].end = &job->next;
    }
    return count;
}

static ncclResult_t finish_jobs(struct job *jobs)
{
    ncclResult_t result = ncclSuccess;

    for (struct job *job = jobs, *next; job; job = next) {
        next = job->next;
        if (result == ncclSuccess)
            result = job->result;
        comm_release(job->comm);
        job->release(job);
    }
    return result;
}

/* Runs all jobs, those that wait for each other's ranks at the same time. */
static ncclResult_t run_jobs(struct job *jobs)
{
    size_t most = 0;
    size_t count;
    struct chain *chains;
    ncclResult_t result = ncclSuccess;

    if (!jobs->next) {
        run_job(jobs);
        return finish_jobs(jobs);
    }
    for (struct job *job = jobs; job; job = job->next)
        most++;
    chains = calloc(most, sizeof(chains[0]));
    if (!chains)
        abort(); /* other ranks wait for us: there is no way back from here */
    count = make_chains(jobs, chains);
    for (size_t c = 1; c < count; c++)
        if (start_thread(&chains[c].thread, chain_main, &chains[c]))
            abort();
    chain_main(&chains[0]);
    for (size_t c = 1; c < count; c++)
        pthread_join(chains[c].thread, NULL);
    for (size_t c = 0; c < count; c++) {
        ncclResult_t chain_result = finish_jobs(chains[c].first);

        if (result == ncclSuccess)
            result = chain_result;
    }
    free(chains);
    return result;
}

static void *background_main(void *jobs)
{
    run_jobs(jobs);
    return NULL;
}

/* If one of the communicators is not to block, none of the group's jobs does. */
static ncclResult_t do_jobs(struct job *jobs)
{
    bool blocking = true;
    pthread_t thread;

    for (struct job *job = jobs; job; job = job->next) {
        atomic_store(&job->comm->state, ncclInProgress);
        comm_job_begins(job->comm);
        blocking &= job->blocking;
    }
    if (blocking || start_thread(&thread, background_main, jobs))
        return run_jobs(jobs);
    pthread_detach(thread);
    return ncclInProgress;
}

static void drop_jobs(struct job *jobs)
{
    for (struct job *job = jobs, *next; job; job = next) {
        next = job->next;
        comm_release(job->comm);
        job->release(job);
    }
}

/* ---- Groups ---- */

void group_enter(void)
{
    group.depth++;
}

static ncclResult_t do_everything(struct group *work)
{
    ncclResult_t result = work->error;

    if (result != ncclSuccess) {
        drop_jobs(work->jobs);
        return result;
    }
    if (work->jobs)
        result = do_jobs(work->jobs);
    if (work->count && (result == ncclSuccess || result == ncclInProgress)) {
        ncclResult_t launched = launch(work->operations, work->count);

        if (launched != ncclSuccess)
            result = launched;
    }
    return result;
}

ncclResult_t group_leave(ncclResult_t result)
{
    struct group work;

    if (result != ncclSuccess && result != ncclInProgress && group.error == ncclSuccess)
        group.error = result;
    if (--group.depth > 0)
        return result;
    work = group;
    group = (struct group){0}; /* what is done now may call us again */
    result = do_everything(&work);
    free(work.operations);
    return result;
}

ncclResult_t group_add_operation(const struct operation *operation)
{
    if (group.count == group.capacity) {
        size_t capacity = group.capacity ? 2 * group.capacity : 8;
        struct operation *operations = realloc(group.operations, capacity * sizeof(operations[0]));

        if (!operations)
            return error_note(ncclSystemError, "out of memory");
        group.operations = operations;
        group.capacity = capacity;
    }
    group.operations[group.count++] = *operation;
    return ncclSuccess;
}

void group_add_job(struct job *take_job)
{
    if (!group.jobs)
        group.jobs_end = &group.jobs;
    take_job->next = NULL;
    *group.jobs_end = take_job;
    group.jobs_end = &take_job->next;
}

/* ---- Public ---- */

NCCL_API(ncclResult_t, ncclGroupStart, (void))
{
    group_enter();
    return ncclSuccess;
}

NCCL_API(ncclResult_t, ncclGroupEnd, (void))
{
    if (group.depth == 0)
        return error_note(ncclInvalidUsage, "ncclGroupEnd: not in a group call");
    return group_leave(ncclSuccess);
}

/* The operations are forgotten, as the real one forgets them. */
NCCL_API(ncclResult_t, ncclGroupSimulateEnd, (ncclSimInfo_t * info))
{
    static const ncclSimInfo_t expected = NCCL_SIM_INFO_INITIALIZER;

    if (group.depth == 0)
        return error_note(ncclInvalidUsage, "ncclGroupSimulateEnd: not in a group call");
    if (info && info->magic != expected.magic)
        return error_note(ncclInvalidArgument, "ncclGroupSimulateEnd: simInfo is not initialized");
    if (--group.depth > 0)
        return ncclSuccess;
    drop_jobs(group.jobs);
    free(group.operations);
    group = (struct group){0};
    if (info)
        info->estimatedTime = 0;
    return ncclSuccess;
}
