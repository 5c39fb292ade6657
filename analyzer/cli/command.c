/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include <string.h>

/* COMMAND(report, "…") becomes {"report", "…", command_report}, */
const struct command commands[] = {
#define COMMAND(name, summary) {#name, summary, command_##name},
#include "commands.def"
#undef COMMAND
};

const size_t command_count = sizeof(commands) / sizeof(commands[0]);

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}
