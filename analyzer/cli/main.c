/* SPDX-License-Identifier: Apache-2.0 */

/* lockstep: finds the subcommand, and leaves the rest to it. */

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "suggestion.h"

/* argp finds this by name from within libc, so it must stay visible in a program built with hidden symbols.
 */
__attribute__((visibility("default"))) const char *argp_program_version =
    "lockstep (Lockstep) " LOCKSTEP_VERSION;

struct choice {
    const struct command *command;
    int index; /* of its name in argv */
};

static void refuse_unknown(const char *name, const struct argp_state *state)
{
    const char *meant = suggestion_for(name);

    if (meant)
        argp_error(state, "'%s' is not a command; did you mean '%s'?", name, meant);
    else
        argp_error(state, "'%s' is not a command", name);
}

/* Everything from the command's name on is the command's business. */
static error_t parse(int key, char *text, struct argp_state *state)
{
    struct choice *choice = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        choice->command = command_find(text);
        if (!choice->command)
            refuse_unknown(text, state);
        choice->index = state->next - 1;
        state->next = state->argc;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_state_help(state, stderr, ARGP_HELP_STD_ERR);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Adds the table of commands to --help. */
static char *help_filter(int key, const char *text, void *input)
{
    char *help = NULL;
    size_t bytes;
    FILE *to;

    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC || !(to = open_memstream(&help, &bytes)))
        return (char *)text;
    fputs("Commands:\n", to);
    for (size_t i = 0; i < command_count; i++)
        fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fputs("\n`lockstep COMMAND --help' explains a command.", to);
    return fclose(to) == 0 ? help : (char *)text;
}

static const struct argp parser = {
    .parser = parse,
    .args_doc = "COMMAND [ARGUMENT...]",
    .doc = "Says which rank of an NCCL job fell out of step, at which call, and why.\v ",
    .help_filter = help_filter,
};

/* The command sees itself as "lockstep NAME". */
static int run_command(const struct choice *choice, int argc, char **argv)
{
    char name[64];

    snprintf(name, sizeof(name), "lockstep %s", choice->command->name);
    argv[choice->index] = name;
    return choice->command->run(argc - choice->index, argv + choice->index);
}

int main(int argc, char **argv)
{
    struct choice choice = {0};

    argp_err_exit_status = STATUS_USAGE;
    argp_parse(&parser, argc, argv, ARGP_IN_ORDER, NULL, &choice);
    return run_command(&choice, argc, argv);
}
