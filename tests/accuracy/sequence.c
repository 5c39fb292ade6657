/* SPDX-License-Identifier: Apache-2.0 */
#include "sequence.h"

#define EDITS_MOST 4u

struct pair {
    const uint64_t *expected;
    size_t expected_count;
    const uint64_t *observed;
    size_t observed_count;
    bool open;
};

/* Do both agree when read on from these places? */
static bool agree_from(const struct pair *pair, size_t expected, size_t observed)
{
    while (expected < pair->expected_count && observed < pair->observed_count)
        if (pair->expected[expected++] != pair->observed[observed++])
            return false;
    return pair->open || (expected >= pair->expected_count && observed >= pair->observed_count);
}

static bool is_swapped(const struct pair *pair, size_t at)
{
    if (at + 1 >= pair->expected_count || pair->expected[at + 1] != pair->observed[at])
        return false;
    if (at + 1 < pair->observed_count && pair->observed[at + 1] != pair->expected[at])
        return false;
    return agree_from(pair, at + 2, at + 2);
}

struct explanation sequence_explain(const uint64_t *expected, size_t expected_count, const uint64_t *observed,
                                    size_t observed_count, bool open)
{
    const struct pair pair = {expected, expected_count, observed, observed_count, open};
    size_t at = 0;

    while (at < expected_count && at < observed_count && expected[at] == observed[at])
        at++;
    if (at == expected_count && at == observed_count)
        return (struct explanation){.first = SIZE_MAX};
    if (at == expected_count || at == observed_count) {
        if (open && at == expected_count) /* it is ahead of the others */
            return (struct explanation){.first = SIZE_MAX};
        return (struct explanation){at, at == observed_count ? MISTAKE_SKIPPED : MISTAKE_EXTRA};
    }

    struct explanation explanation = {.first = at};

    for (size_t edits = 1; edits <= EDITS_MOST && !explanation.kinds; edits++) {
        if (edits == 1 && agree_from(&pair, at + 1, at + 1))
            explanation.kinds |= MISTAKE_DIFFERENT;
        if (edits == 1 && is_swapped(&pair, at))
            explanation.kinds |= MISTAKE_SWAPPED;
        if (at + edits <= expected_count && agree_from(&pair, at + edits, at))
            explanation.kinds |= MISTAKE_SKIPPED;
        if (at + edits <= observed_count && agree_from(&pair, at, at + edits))
            explanation.kinds |= MISTAKE_EXTRA;
    }
    return explanation;
}
