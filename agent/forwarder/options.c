/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include "moment.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* argp finds this by name from within libc, so it must stay visible in a program built with hidden symbols.
 */
__attribute__((visibility("default"))) const char *argp_program_version =
    "lockstep-forwarder (Lockstep) " LOCKSTEP_VERSION;

enum { EXIT_USAGE = 2 };
enum { KEY_RING = 256, KEY_PID, KEY_COLLECTOR, KEY_SPOOL };

#define DEFAULT_COLLECTOR    "tcp://127.0.0.1:5757"
#define DEFAULT_MEMORY_BYTES (16u << 20)
#define DEFAULT_SPOOL_BYTES  (1u << 30)
#define DEFAULT_LINGER_S     30
#define DEFAULT_GRACE_S      5

static const struct argp_option option_table[] = {
    {"ring", KEY_RING, "PATH", 0, "The ring file that the traced process writes", 0},
    {"pid", KEY_PID, "PID", 0, "The traced process", 0},
    {"collector", KEY_COLLECTOR, "ENDPOINT", 0,
     "Where to send to ($LOCKSTEP_COLLECTOR, else " DEFAULT_COLLECTOR ")", 0},
    {"spool", KEY_SPOOL, "DIR", 0,
     "Where to keep what the collector does not take ($LOCKSTEP_SPOOL, else the ring's directory)", 0},
    {0},
};

static const char description[] =
    "Sends what a traced process records to the collector. The agent library starts it; there is seldom a "
    "reason to "
    "start it by hand."
    "\vEnvironment: LOCKSTEP_MEMORY_BYTES (16 MiB) and LOCKSTEP_SPOOL_BYTES (1 GiB) bound what is kept for a "
    "collector "
    "that is away, LOCKSTEP_LINGER_S (30) the wait for it after the process has ended. LOCKSTEP_LOG=FILE or "
    "LOCKSTEP_DEBUG=1 (standard error) makes it talk.";

static pid_t parse_pid(const char *text, struct argp_state *state)
{
    char *end;
    errno = 0;
    const long pid = strtol(text, &end, 10);
    if (end == text || *end || errno || pid < 1 || pid > INT_MAX)
        argp_error(state, "--pid: '%s' is no process id", text);
    return (pid_t)pid;
}

/* `text` may not exist yet: then it stays as it is. */
static void absolute(char *path, const char *text)
{
    char resolved[PATH_MAX];
    snprintf(path, PATH_MAX, "%s", realpath(text, resolved) ? resolved : text);
}

static void complete(struct options *options, struct argp_state *state)
{
    if (!*options->ring || options->pid == 0)
        argp_error(state, "--ring and --pid are needed");
    const char *collector = getenv("LOCKSTEP_COLLECTOR");
    if (!options->collector)
        options->collector = collector && *collector ? collector : DEFAULT_COLLECTOR;
    const char *spool = getenv("LOCKSTEP_SPOOL");
    if (!*options->spool && spool && *spool)
        absolute(options->spool, spool);
    char *slash = strrchr(options->ring, '/');
    if (!*options->spool && slash && slash != options->ring)
        snprintf(options->spool, sizeof options->spool, "%.*s", (int)(slash - options->ring), options->ring);
    else if (!*options->spool)
        absolute(options->spool, slash ? "/" : ".");
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case KEY_RING:
        absolute(options->ring, text);
        return 0;
    case KEY_PID:
        options->pid = parse_pid(text, state);
        return 0;
    case KEY_COLLECTOR:
        options->collector = text;
        return 0;
    case KEY_SPOOL:
        absolute(options->spool, text);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' is one argument too many", text);
        return 0;
    case ARGP_KEY_END:
        complete(options, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

void options_parse(struct options *options, int argc, char **argv)
{
    const struct argp argp = {.options = option_table, .parser = parse, .doc = description};
    *options = (struct options){0};
    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, options);
}

/* A whole number up to `limit`, or `otherwise`. */
static uint64_t bounded(const struct environment *environment, const char *name, uint64_t limit,
                        uint64_t otherwise)
{
    const char *text = environment_get(environment, name);
    if (!text || *text < '0' || *text > '9')
        return otherwise;
    char *end;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    return *end || errno || value > limit ? otherwise : value;
}

void settings_read(struct settings *settings, const struct environment *environment)
{
    const char *on_mismatch = environment_get(environment, "LOCKSTEP_ON_MISMATCH");
    *settings = (struct settings){
        .queue.memory_bytes = bounded(environment, "LOCKSTEP_MEMORY_BYTES", 1u << 30, DEFAULT_MEMORY_BYTES),
        .queue.spool_bytes = bounded(environment, "LOCKSTEP_SPOOL_BYTES", INT64_MAX, DEFAULT_SPOOL_BYTES),
        .linger_ns = bounded(environment, "LOCKSTEP_LINGER_S", 86400, DEFAULT_LINGER_S) * NS_PER_S,
        .abort_grace_ns = bounded(environment, "LOCKSTEP_ABORT_GRACE_S", 3600, DEFAULT_GRACE_S) * NS_PER_S,
        .may_abort = on_mismatch && strcmp(on_mismatch, "abort") == 0,
    };
}
