/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "endpoint.h"

/* argp finds this by name from within libc, so it must stay visible in a program built with hidden symbols.
 */
__attribute__((visibility("default"))) const char *argp_program_version =
    "lockstep-collector (Lockstep) " LOCKSTEP_VERSION;

enum { KEY_ALLOW_REMOTE = 256, KEY_MISMATCH, KEY_READY, KEY_NO_COLOR, KEY_SYNC, KEY_DONE, KEY_DRAIN };

static const struct argp_option option_table[] = {
    {"bind", 'b', "ENDPOINT", 0,
     "Where to listen: tcp://ADDRESS:PORT, * for a free port, or ipc://PATH (tcp://127.0.0.1:5757)", 0},
    {"trace", 't', "DIR", 0,
     "Directory for the trace; one that holds a trace is continued (lockstep-DATE-TIME.lockstep)", 0},
    {"on-mismatch", KEY_MISMATCH, "report|abort|exec:PROGRAM", 0,
     "When ranks fall out of step: only say so, or end the job as well, or run a program for each cause, "
     "with the "
     "finding as JSON on its standard input, without arguments or a shell, at most 16 times (report)",
     0},
    {"allow-remote", KEY_ALLOW_REMOTE, NULL, 0,
     "Listen where other machines can connect, although nobody has to show a key", 0},
    {"sync", KEY_SYNC, NULL, 0, "Acknowledge only what has reached the disk: survives a power cut, slower",
     0},
    {"exit-when-done", KEY_DONE, NULL, 0, "Leave when every process that came has ended", 0},
    {"drain", KEY_DRAIN, "SECONDS", 0,
     "When told to end, wait up to so long for processes that came and have not ended (0)", 0},
    {"ready-fd", KEY_READY, "N", 0, "Write the endpoint and a line end to this descriptor once listening", 0},
    {"quiet", 'q', NULL, 0, "Only errors and findings", 0},
    {"no-color", KEY_NO_COLOR, NULL, 0, "No colours on a terminal", 0},
    {0},
};

struct parse {
    struct options *options;
    bool allow_remote;
};

static int descriptor(const char *text, struct argp_state *state)
{
    char *end;

    errno = 0;
    long value = strtol(text, &end, 10);
    if (end == text || *end || errno || value < 0 || value > INT_MAX || fcntl((int)value, F_GETFD) < 0)
        argp_error(state, "--ready-fd: '%s' is not an open descriptor", text);
    return (int)value;
}

static int seconds(const char *text, struct argp_state *state)
{
    char *end;

    errno = 0;
    long value = strtol(text, &end, 10);
    if (end == text || *end || errno || value < 0 || value > 86400)
        argp_error(state, "--drain: '%s' is not a number of seconds up to a day", text);
    return (int)value;
}

static void check_endpoint(const struct parse *parse, struct argp_state *state)
{
    const char *endpoint = parse->options->endpoint;

    if (!endpoint_is_known(endpoint))
        argp_error(state, "--bind: '%s' is neither tcp://ADDRESS:PORT nor ipc://PATH", endpoint);
    if (!endpoint_is_local(endpoint) && !parse->allow_remote)
        argp_error(state,
                   "--bind: %s can be reached from other machines, and anybody there could send or read. "
                   "Say --allow-remote if that is what you want",
                   endpoint);
}

#define EXEC "exec:"

/* A program that cannot be run is told before anybody relies on it. */
static void check_program(const char *path, struct argp_state *state)
{
    struct stat status;

    if (stat(path, &status) < 0 || access(path, X_OK) < 0)
        argp_error(state, "--on-mismatch: '%s' cannot be run: %s", path, strerror(errno));
    else if (!S_ISREG(status.st_mode))
        argp_error(state, "--on-mismatch: '%s' is no program", path);
}

static void take_reaction(struct options *options, const char *text, struct argp_state *state)
{
    options->abort = strcmp(text, "abort") == 0;
    options->hook = strncmp(text, EXEC, strlen(EXEC)) == 0 ? text + strlen(EXEC) : NULL;
    if (options->hook)
        check_program(options->hook, state);
    else if (!options->abort && strcmp(text, "report") != 0)
        argp_error(state, "--on-mismatch: '%s' is none of report, abort, exec:PROGRAM", text);
}

static void name_trace(struct options *options)
{
    const time_t now = time(NULL);
    struct tm local;

    localtime_r(&now, &local);
    strftime(options->default_trace, sizeof(options->default_trace), "lockstep-%Y%m%d-%H%M%S.lockstep",
             &local);
    options->trace = options->default_trace;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct parse *parse = state->input;
    struct options *options = parse->options;

    switch (key) {
    case 'b':
        options->endpoint = text;
        return 0;
    case 't':
        if (!*text)
            argp_error(state, "--trace: the name is empty");
        options->trace = text;
        return 0;
    case KEY_MISMATCH:
        take_reaction(options, text, state);
        return 0;
    case KEY_ALLOW_REMOTE:
        parse->allow_remote = true;
        return 0;
    case KEY_SYNC:
        options->sync = true;
        return 0;
    case KEY_DONE:
        options->exit_when_done = true;
        return 0;
    case KEY_DRAIN:
        options->drain_s = seconds(text, state);
        return 0;
    case KEY_READY:
        options->ready_fd = descriptor(text, state);
        return 0;
    case 'q':
        options->quiet = true;
        return 0;
    case KEY_NO_COLOR:
        options->no_color = true;
        return 0;
    case ARGP_KEY_END:
        check_endpoint(parse, state);
        if (!options->trace)
            name_trace(options);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    .options = option_table,
    .parser = parse_option,
    .doc =
        "Receives what the ranks of NCCL jobs do, keeps it in a trace directory, and says at once which rank "
        "fell out of step.\v"
        "Several jobs may connect; each gets a trace of its own, the second to come DIR with -2 added to its "
        "name, and so on. SIGINT and SIGTERM end it; agents that are still running keep their data and "
        "reconnect. Exit status: 0, also when there are findings; 1 when it could not do its work; 2 for "
        "a wrong command line.",
};

void options_parse(struct options *options, int argc, char **argv)
{
    struct parse parse = {.options = options};

    *options = (struct options){.endpoint = "tcp://127.0.0.1:5757", .ready_fd = -1};
    argp_err_exit_status = OPTIONS_EXIT_USAGE;
    argp_parse(&parser, argc, argv, 0, NULL, &parse);
}
