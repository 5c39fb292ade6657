/* SPDX-License-Identifier: Apache-2.0 */
#include "suggestion.h"

#include <string.h>

#include "command.h"

#define LONGEST      32
#define MOST_CHANGES 2

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

/* Levenshtein's distance: how many letters are to be inserted, removed or replaced to get from one to the
 * other. `row[j]` is the distance from what was read of `from` to the first j letters of `to`. */
static size_t distance(const char *from, const char *to)
{
    size_t row[LONGEST + 1];
    const size_t length = strlen(to);

    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 0; from[i]; i++) {
        size_t diagonal = row[0];

        row[0] = i + 1;
        for (size_t j = 0; j < length; j++) {
            size_t replaced = diagonal + (from[i] != to[j]);

            diagonal = row[j + 1];
            row[j + 1] = least(replaced, row[j] + 1, row[j + 1] + 1);
        }
    }
    return row[length];
}

const char *suggestion_for(const char *typed)
{
    const char *best = NULL;
    size_t fewest = MOST_CHANGES + 1;

    if (strlen(typed) > LONGEST)
        return NULL;
    for (size_t i = 0; i < command_count; i++) {
        size_t changes = distance(typed, commands[i].name);

        if (changes < fewest && 2 * changes <= strlen(commands[i].name)) {
            fewest = changes;
            best = commands[i].name;
        }
    }
    return best;
}
