/* SPDX-License-Identifier: Apache-2.0 */

/* lockstep-collector: takes in what the forwarders send, keeps it, and judges it. Start reading here; then
 * collector.c for what a message does. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "collector.h"
#include "moment.h"
#include "options.h"
#include "progress.h"
#include "signals.h"

#define TICK_MS  100
#define QUIET_MS 50                   /* no message for so long: the socket is drained */
#define DRAIN_NS UINT64_C(2000000000) /* but forwarders that never stop are not waited for */
#define DONE_NS  UINT64_C(500000000)  /* nothing left to do for so long: --exit-when-done */

struct program {
    struct options options;
    struct log log;
    struct hook hook;
    struct link *link;
    struct sessions *sessions;
    struct jobs *jobs;
    struct collector *collector;
    int signal_fd;
};

/* A connection is a descriptor. */
static void allow_many_connections(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* Opens everything, the trace before the socket: nobody may send what cannot be kept. 0, or a negative errno
 * after a message. */
static int open_all(struct program *program)
{
    char error[TRACE_ERROR_BYTES];

    program->signal_fd = signals_open();
    program->sessions = sessions_create();
    program->jobs = jobs_create(program->options.trace, program->sessions, &program->log);
    if (program->signal_fd < 0 || !program->sessions || !program->jobs) {
        log_error(&program->log, "cannot start: out of memory or descriptors");
        return -ENOMEM;
    }
    program->hook = (struct hook){.program = program->options.hook, .log = &program->log};
    if (program->options.hook)
        jobs_set_hook(program->jobs, &program->hook);

    const int status = jobs_resume(program->jobs, error);

    if (status < 0) {
        log_error(&program->log, "cannot open the trace: %s", error);
        return status;
    }
    program->link = link_open(program->options.endpoint);
    if (!program->link) {
        log_error(&program->log, "cannot listen on %s: %s", program->options.endpoint, strerror(errno));
        return -EIO;
    }
    program->collector = collector_create(&(struct collector_parts){.link = program->link,
                                                                    .sessions = program->sessions,
                                                                    .jobs = program->jobs,
                                                                    .log = &program->log,
                                                                    .sync = program->options.sync,
                                                                    .abort = program->options.abort});
    return program->collector ? 0 : -ENOMEM;
}

static void close_all(struct program *program)
{
    collector_destroy(program->collector);
    link_close(program->link);
    jobs_destroy(program->jobs);
    sessions_destroy(program->sessions);
    if (program->signal_fd >= 0)
        close(program->signal_fd);
    log_close(&program->log);
}

static void announce(const struct program *program)
{
    if (program->options.ready_fd < 0)
        return;
    dprintf(program->options.ready_fd, "%s\n", link_endpoint(program->link));
    close(program->options.ready_fd);
}

/* True when there has been nothing left to do for DONE_NS. */
static bool is_done(struct program *program, uint64_t *done_since_ns)
{
    const uint64_t now_ns = moment_monotonic_ns();

    if (!program->options.exit_when_done || !collector_is_done(program->collector)) {
        *done_since_ns = 0;
        return false;
    }
    if (*done_since_ns == 0)
        *done_since_ns = now_ns;
    return now_ns - *done_since_ns >= DONE_NS;
}

/* Serves until a signal comes or all is done. 0, or a negative errno when the socket failed. */
static int serve(struct program *program)
{
    struct progress progress = {.last_ns = moment_monotonic_ns()};
    uint64_t done_since_ns = 0;
    uint64_t ticked_ns = 0;
    int taken = 0;

    while (!signals_take(program->signal_fd)) {
        if (taken == 0)
            link_wait(program->link, program->signal_fd, TICK_MS);
        taken = collector_turn(program->collector);
        if (taken < 0) {
            log_error(&program->log, "cannot receive: %s", strerror(-taken));
            return taken;
        }
        if (moment_monotonic_ns() - ticked_ns < TICK_MS * NS_PER_MS)
            continue;
        ticked_ns = moment_monotonic_ns();
        collector_tick(program->collector);
        hook_reap(&program->hook);
        progress_show(&progress, program->jobs, collector_counts(program->collector), &program->log);
        if (is_done(program, &done_since_ns))
            break;
    }
    return 0;
}

/* A process that came has not said that it ended. */
static bool awaits_ends(const struct program *program)
{
    return jobs_count(program->jobs) > 0 && !collector_is_done(program->collector);
}

/* Takes what is on its way already, and with --drain what processes that have not ended still send. */
static void drain(struct program *program)
{
    const uint64_t begun_ns = moment_monotonic_ns();
    const uint64_t patience_ns = (uint64_t)program->options.drain_s * 1000 * NS_PER_MS;

    for (;;) {
        const uint64_t waited_ns = moment_monotonic_ns() - begun_ns;
        const bool waits = waited_ns < patience_ns && awaits_ends(program);

        if (!waits && waited_ns >= DRAIN_NS)
            return;
        link_wait(program->link, -1, QUIET_MS);

        const int taken = collector_turn(program->collector);

        if (taken < 0 || (taken == 0 && !waits))
            return;
    }
}

static void sum_up_job(struct program *program, struct job *job)
{
    const struct engine *engine = live_engine(job->live);
    struct engine_totals totals;
    char bytes[PROGRESS_SHORT_BYTES];

    live_finish(job->live);
    engine_totals(engine, &totals);
    log_note(&program->log,
             "job %s: %s: %zu of %" PRId32 " ranks, %" PRIu64 " events, %" PRIu64
             " lost, %zu findings, %sB written to %s",
             job_title(job), verdict_name(engine_verdict(engine)), totals.processes, totals.ranks,
             totals.events, totals.lost, engine_finding_count(engine),
             progress_short(bytes, (double)trace_written_bytes(job->store.writer)), job->store.path);
    if (engine_out_of_memory(engine))
        log_error(&program->log, "job %s: memory ran out, there may be more findings in the trace",
                  job_title(job));
}

static void finish(struct program *program)
{
    const struct collector_counts *counts = collector_counts(program->collector);

    drain(program);
    collector_say_goodbye(program->collector);
    for (size_t i = 0; i < jobs_count(program->jobs); i++)
        sum_up_job(program, jobs_at(program->jobs, i));
    if (jobs_count(program->jobs) == 0)
        log_note(&program->log, "nobody came: no trace was written");
    if (counts->malformed > 0)
        log_note(&program->log, "%" PRIu64 " messages could not be read and were not stored",
                 counts->malformed);
}

int main(int argc, char **argv)
{
    struct program program = {.signal_fd = -1};
    int status;

    options_parse(&program.options, argc, argv);
    log_open(&program.log, program.options.quiet, program.options.no_color);
    allow_many_connections();
    status = open_all(&program);
    if (status == 0) {
        log_note(&program.log, "listening on %s, trace %s", link_endpoint(program.link),
                 program.options.trace);
        announce(&program);
        status = serve(&program);
        finish(&program);
    }
    close_all(&program);
    return status < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
