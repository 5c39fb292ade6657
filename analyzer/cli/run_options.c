/* SPDX-License-Identifier: Apache-2.0 */
#include "run_options.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_MISMATCH = 256, KEY_HOST, KEY_PORT, KEY_NO_REPORT, KEY_NO_COLOR };

#define EXEC "exec:"

static const struct argp_option option_table[] = {
    {"trace", 't', "DIR", 0,
     "Directory for the trace, which must not exist or be empty (lockstep-DATE-TIME.lockstep)", 0},
    {"on-mismatch", KEY_MISMATCH, "report|abort|exec:PROGRAM", 0,
     "When ranks fall out of step: only say so, or end the job as well, or run a program for each cause, "
     "with the "
     "finding as JSON on its standard input, without arguments or a shell, at most 16 times (report)",
     0},
    {"host", KEY_HOST, "ADDRESS", 0,
     "Listen on this address of this machine, so that ranks on others can connect. Nobody has to show a key: "
     "only "
     "on a network that you trust (127.0.0.1)",
     0},
    {"port", KEY_PORT, "N", 0, "Listen on this TCP port (a free one)", 0},
    {"no-report", KEY_NO_REPORT, NULL, 0, "No report at the end", 0},
    {"no-color", KEY_NO_COLOR, NULL, 0, "No colours on a terminal", 0},
    {0},
};

static int port_number(const char *text, struct argp_state *state)
{
    char *end;

    errno = 0;
    long value = strtol(text, &end, 10);
    if (end == text || *end || errno || value < 1 || value > 65535)
        argp_error(state, "--port: '%s' is not a number from 1 to 65535", text);
    return (int)value;
}

/* Ranks connect to the address that the collector listens on, so it has to be one. */
static void check_host(const char *host, struct argp_state *state)
{
    if (!*host || strcmp(host, "*") == 0 || strcmp(host, "0.0.0.0") == 0)
        argp_error(state, "--host: '%s' is no address that ranks could connect to", host);
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct run_options *options = state->input;

    switch (key) {
    case 't':
        if (!*text)
            argp_error(state, "--trace: the name is empty");
        options->trace = text;
        return 0;
    case KEY_MISMATCH:
        if (strcmp(text, "report") != 0 && strcmp(text, "abort") != 0 &&
            strncmp(text, EXEC, strlen(EXEC)) != 0)
            argp_error(state, "--on-mismatch: '%s' is none of report, abort, exec:PROGRAM", text);
        options->on_mismatch = text;
        options->abort = strcmp(text, "abort") == 0;
        return 0;
    case KEY_HOST:
        check_host(text, state);
        options->host = text;
        options->remote = true;
        return 0;
    case KEY_PORT:
        options->port = port_number(text, state);
        return 0;
    case KEY_NO_REPORT:
        options->report = false;
        return 0;
    case KEY_NO_COLOR:
        options->no_color = true;
        return 0;
    case ARGP_KEY_ARG: /* the command: everything from here on is its own */
        options->command = &state->argv[state->next - 1];
        state->next = state->argc;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which command?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    .options = option_table,
    .parser = parse,
    .args_doc = "-- COMMAND [ARGUMENT...]",
    .doc =
        "Runs a command that starts a job (mpirun, torchrun, srun, or a program itself), watches its ranks' "
        "NCCL "
        "calls, and reports at the end which rank fell out of step, at which call, and why.\v"
        "The command's input and output are left alone, and signals are passed on to it. The report goes to "
        "stderr; the trace is kept.\n\n"
        "Exit status: the command's when that is not 0 (128 and the signal's number when one killed it; 126 "
        "and "
        "127 when it cannot be run). Else 0 when the ranks agreed, 1 when they did not, 3 when not all that "
        "happened is known. 2 for a wrong command line, 125 when there was no way to watch, and the command "
        "was not run.",
};

void run_options_parse(struct run_options *options, int argc, char **argv)
{
    *options = (struct run_options){.host = "127.0.0.1", .on_mismatch = "report", .report = true};
    argp_parse(&parser, argc, argv, ARGP_IN_ORDER, NULL, options);
}
