/* SPDX-License-Identifier: Apache-2.0
 *
 * Subcommands: one file and one line in commands.def each.
 */
#ifndef LOCKSTEP_CLI_COMMAND_H
#define LOCKSTEP_CLI_COMMAND_H

#include <stddef.h>

/* Exit statuses of lockstep; scripts depend on them. */
enum {
    STATUS_CLEAN = 0,
    STATUS_FINDINGS = 1,   /* as severe as asked for, or more */
    STATUS_USAGE = 2,      /* wrong command line */
    STATUS_UNREADABLE = 3, /* the trace cannot be read, or not all of what happened is in it */
};

struct command {
    const char *name;
    const char *summary;
    /* argv[0] is "lockstep NAME". Returns the exit status; may exit for --help, --version and wrong usage. */
    int (*run)(int argc, char **argv);
};

/* The table, in the order of --help. */
extern const struct command commands[];
extern const size_t command_count;
/* The command of this name, or NULL. */
const struct command *command_find(const char *name);

/* COMMAND(report, "…") declares int command_report(int argc, char **argv). */
#define COMMAND(name, summary) int command_##name(int argc, char **argv);
#include "commands.def"
#undef COMMAND

#endif
