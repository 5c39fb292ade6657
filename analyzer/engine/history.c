/* SPDX-License-Identifier: Apache-2.0 */
#include "history.h"

#include <string.h>

void history_free(struct history *history)
{
    free(history->call);
    *history = (struct history){0};
}

/* How many tokens before `a` and before `b` are the same. */
static size_t common_past(const uint64_t *past, size_t a, size_t b)
{
    size_t same = 0;

    while (same < a && same < b && same < HISTORY_CONTEXT && past[a - 1 - same] == past[b - 1 - same])
        same++;
    return same;
}

size_t history_predict(const uint64_t *past, size_t length, uint64_t *next, size_t limit)
{
    size_t best = 0;
    size_t longest = 0;

    for (size_t at = length - (length > 0); at > 0; at--) {
        size_t same = common_past(past, at, length);

        if (same > longest) {
            longest = same;
            best = at;
        }
    }
    if (longest == 0)
        return 0;

    size_t known = length - best < limit ? length - best : limit;

    memcpy(next, past + best, known * sizeof *next);
    /* What is predicted comes round again: the period is length - best. */
    for (size_t i = known; i < limit; i++)
        next[i] = next[i - known];
    return limit;
}
