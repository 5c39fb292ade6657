/* SPDX-License-Identifier: Apache-2.0 */

/* lockstep help [COMMAND]: the same as lockstep [COMMAND] --help. */

#include <argp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"

struct request {
    const char *name;
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct request *request = state->input;

    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (request->name)
        argp_error(state, "one command at a time");
    if (!command_find(text))
        argp_error(state, "'%s' is not a command", text);
    request->name = text;
    return 0;
}

static const struct argp parser = {
    .parser = parse,
    .args_doc = "[COMMAND]",
    .doc = "Explains a command, or all of lockstep.",
};

/* Starts over, as if --help had been asked for: main's own parser is the one that knows about all commands.
 */
static int explain_everything(void)
{
    char *const again[] = {"lockstep", "--help", NULL};

    execv("/proc/self/exe", again);
    perror("lockstep: /proc/self/exe");
    return STATUS_USAGE;
}

int command_help(int argc, char **argv)
{
    struct request request = {0};
    char name[64];
    char option[] = "--help";
    char *arguments[] = {name, option, NULL};

    argp_parse(&parser, argc, argv, 0, NULL, &request);
    if (!request.name)
        return explain_everything();
    snprintf(name, sizeof(name), "lockstep %s", request.name);
    return command_find(request.name)->run(2, arguments);
}
