/* SPDX-License-Identifier: Apache-2.0 */

/* lockstep report: what went wrong in a trace. */
#include "report.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "load.h"
#include "status.h"
#include "terminal.h"

enum { KEY_JSON = 256, KEY_FAIL_ON, KEY_NO_COLOR };

struct report_options {
    const char *trace;
    int fail_on;
    bool json;
    bool no_color;
};

static const struct argp_option option_table[] = {
    {"json", KEY_JSON, NULL, 0, "One JSON object, for programs", 0},
    {"fail-on", KEY_FAIL_ON, "SEVERITY", 0,
     "Exit with 1 when there is a finding of this severity or a higher one: info, warning, error (the "
     "default), "
     "never",
     0},
    {"no-color", KEY_NO_COLOR, NULL, 0, "No colours on a terminal", 0},
    {0},
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct report_options *options = state->input;

    switch (key) {
    case KEY_JSON:
        options->json = true;
        return 0;
    case KEY_FAIL_ON:
        options->fail_on = status_fail_on(text);
        if (options->fail_on < 0)
            argp_error(state, "--fail-on: '%s' is none of info, warning, error, never", text);
        return 0;
    case KEY_NO_COLOR:
        options->no_color = true;
        return 0;
    case ARGP_KEY_ARG:
        if (options->trace)
            argp_error(state, "one trace at a time");
        options->trace = text;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which trace?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    .options = option_table,
    .parser = parse,
    .args_doc = "TRACE",
    .doc = "Says what went wrong in a trace: which ranks fell out of step, at which call, and why.\v"
           "Exit status: 0 when the ranks agreed; 1 when they did not (see --fail-on); 2 for a wrong command "
           "line; 3 when the trace cannot be read, or is not complete and shows nothing wrong.",
};

static int print_json(const struct engine *engine)
{
    json_t *report = report_json(engine);
    int result = report ? json_dumpf(report, stdout, JSON_INDENT(2)) : -1;

    json_decref(report);
    if (result < 0 || putchar('\n') == EOF || fflush(stdout) == EOF)
        return -EIO;
    return 0;
}

static int print(const struct engine *engine, const struct report_options *options)
{
    struct report_style style = terminal_style(stdout, options->no_color);

    return options->json ? print_json(engine) : report_text(stdout, engine, &style);
}

int command_report(int argc, char **argv)
{
    struct report_options options = {.fail_on = SEVERITY_ERROR};
    char error[TRACE_ERROR_BYTES];
    struct intake *intake;
    int status;

    argp_parse(&parser, argc, argv, 0, NULL, &options);
    intake = load_trace(options.trace, error);
    if (!intake) {
        fprintf(stderr, "lockstep report: %s\n", error);
        return STATUS_UNREADABLE;
    }
    status = status_of(intake_engine(intake), options.fail_on);
    if (print(intake_engine(intake), &options) < 0) {
        fprintf(stderr, "lockstep report: the report cannot be written: %s\n", strerror(errno));
        status = STATUS_UNREADABLE;
    }
    intake_destroy(intake);
    return status;
}
