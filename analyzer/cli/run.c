/* SPDX-License-Identifier: Apache-2.0 */

/* lockstep run: collector, preload and report in one go. Start reading at command_run(). */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "job.h"
#include "load.h"
#include "parts.h"
#include "report.h"
#include "run_options.h"
#include "server.h"
#include "status.h"
#include "terminal.h"
#include "trace_place.h"

#define STATUS_NOT_RUN 125 /* as env(1), nohup(1) and timeout(1) have it */

struct run {
    struct run_options options;
    char *collector;
    char *preload;
    char *trace;
    struct server server;
    struct job job;
};

static int refuse(const char *what, const char *why)
{
    fprintf(stderr, "lockstep run: %s: %s\n", what, why);
    return -1;
}

/* Everything that can be wrong is told before the command is run. 0, or -1 after a message. */
static int prepare(struct run *run)
{
    const char *reason;

    run->collector = parts_collector();
    if (!run->collector)
        return refuse("lockstep-collector, which belongs beside this program", strerror(errno));
    run->preload = parts_preload();
    if (!run->preload)
        return refuse("liblockstep.so, which belongs into lib beside this program's folder", strerror(errno));
    if (strpbrk(run->preload, " :"))
        return refuse(run->preload, "LD_PRELOAD cannot name a path with a space or a colon in it");
    run->trace = run->options.trace ? strdup(run->options.trace) : trace_place_name();
    if (!run->trace)
        return refuse("trace", strerror(ENOMEM));
    if (!trace_place_is_free(run->trace, &reason))
        return refuse(run->trace, reason);
    return 0;
}

static int start_server(struct run *run)
{
    run->server = (struct server){.program = run->collector,
                                  .trace = run->trace,
                                  .host = run->options.host,
                                  .port = run->options.port,
                                  .remote = run->options.remote,
                                  .on_mismatch = run->options.on_mismatch,
                                  .no_color = run->options.no_color};
    return server_start(&run->server) < 0 ? refuse("the collector", "it did not start") : 0;
}

static int start_job(struct run *run)
{
    int result = job_set_environment(run->preload, run->server.endpoint, run->options.abort);

    if (result == 0)
        result = job_start(&run->job, run->options.command, run->preload);
    return result < 0 ? refuse(run->options.command[0], strerror(-result)) : 0;
}

static int say_untraced(void)
{
    fputs("lockstep: nothing was traced: no process created an NCCL communicator (or NCCL is linked "
          "statically, or "
          "LD_PRELOAD did not reach the ranks)\n",
          stderr);
    return STATUS_CLEAN;
}

/* Judges the trace, and says so on stderr. The report's exit status. */
static int report(const struct run *run)
{
    const struct report_style style = terminal_style(stderr, run->options.no_color);
    char error[TRACE_ERROR_BYTES];
    struct intake *intake;
    int status;

    if (!trace_is_trace(run->trace))
        return say_untraced();
    intake = load_trace(run->trace, error);
    if (!intake) {
        fprintf(stderr, "lockstep run: %s\n", error);
        return STATUS_UNREADABLE;
    }
    status = status_of(intake_engine(intake), SEVERITY_ERROR);
    if (run->options.report) {
        report_text(stderr, intake_engine(intake), &style);
        fprintf(stderr, "lockstep: trace in %s\n", run->trace);
    }
    intake_destroy(intake);
    return status;
}

/* Starts everything, waits, and reports; the exit status. */
static int carry_out(struct run *run)
{
    int reported;

    if (prepare(run) < 0)
        return STATUS_NOT_RUN;
    job_block_signals(&run->job);
    if (start_server(run) < 0)
        return STATUS_NOT_RUN;
    if (start_job(run) < 0) {
        server_stop(&run->server);
        return run->job.status;
    }
    job_wait(&run->job, &run->server);
    server_stop(&run->server);
    reported = report(run);
    return run->job.status != 0 ? run->job.status : reported;
}

int command_run(int argc, char **argv)
{
    struct run run = {.job.status = STATUS_NOT_RUN};
    int status;

    run_options_parse(&run.options, argc, argv);
    status = carry_out(&run);
    free(run.collector);
    free(run.preload);
    free(run.trace);
    return status;
}
