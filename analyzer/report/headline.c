/* SPDX-License-Identifier: Apache-2.0 */
#include "headline.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rankset.h"

/* What the culprits did. {expected} and {observed} are the finding's, {others} the ranks that did the
 * expected. A code without a phrase is told by its meaning. */
static const char *const phrases[FINDING_LIMIT] = {
    [FINDING_OP_MISMATCH] = "called {observed} where {others} called {expected}",
    [FINDING_COUNT_MISMATCH] = "called {observed} where {others} called {expected}",
    [FINDING_DTYPE_MISMATCH] = "called {observed} where {others} called {expected}",
    [FINDING_REDOP_MISMATCH] = "called {observed} where {others} called {expected}",
    [FINDING_ROOT_MISMATCH] = "called {observed} where {others} called {expected}",
    [FINDING_MISSING_CALL] = "left out {expected}, which {others} called",
    [FINDING_EXTRA_CALL] = "called {observed}, which {others} did not",
    [FINDING_ORDER_MISMATCH] = "called {observed} where {others} called {expected}, in another order",
    [FINDING_CALL_FAILED] = "got an error: {observed}",
    [FINDING_RANK_DIED] = "died while others depended on it",
};

/* The ranks that did what was expected, at the divergence itself; "the others" when the table has none. */
static void write_others(FILE *to, const struct finding *finding)
{
    for (size_t i = 0; i < finding->table_rows; i++) {
        const struct observation *row = &finding->table[i];
        char ranks[RANKSET_SHORT_BYTES];

        if (!row->diverging || !row->expected || row->ranks.count == 0)
            continue;
        rankset_short(ranks, &row->ranks);
        fprintf(to, "%s %s", row->ranks.count == 1 ? "rank" : "ranks", ranks);
        return;
    }
    fputs("the others", to);
}

static void write_phrase(FILE *to, const char *phrase, const struct finding *finding)
{
    while (*phrase) {
        size_t plain = strcspn(phrase, "{");

        fwrite(phrase, 1, plain, to);
        phrase += plain;
        if (strncmp(phrase, "{expected}", 10) == 0)
            fputs(finding->expected, to);
        else if (strncmp(phrase, "{observed}", 10) == 0)
            fputs(finding->observed, to);
        else if (strncmp(phrase, "{others}", 8) == 0)
            write_others(to, finding);
        phrase += strcspn(phrase, "}");
        phrase += *phrase == '}';
    }
}

/* A phrase can be used when it has somebody to speak of, and everything it speaks of is known. */
static const char *usable_phrase(const struct finding *finding)
{
    const char *phrase = (unsigned)finding->code < FINDING_LIMIT ? phrases[finding->code] : NULL;

    if (!phrase || finding->ranks.count == 0 || (strstr(phrase, "{expected}") && !finding->expected[0]) ||
        (strstr(phrase, "{observed}") && !finding->observed[0]))
        return NULL;
    return phrase;
}

static void write_meaning(FILE *to, const struct finding *finding)
{
    const char *meaning = finding_code_meaning(finding->code);
    char ranks[RANKSET_SHORT_BYTES];

    if (finding->ranks.count == 0) {
        fprintf(to, "%c%s", toupper((unsigned char)meaning[0]), meaning + (meaning[0] != '\0'));
        return;
    }
    rankset_short(ranks, &finding->ranks);
    fprintf(to, "%s %s: %s", finding->ranks.count == 1 ? "Rank" : "Ranks", ranks, meaning);
}

static bool is_about_messages(const struct finding *finding)
{
    return finding->code == FINDING_P2P_UNMATCHED || finding->code == FINDING_P2P_SIZE_MISMATCH;
}

static void write_place(FILE *to, const struct finding *finding, const char *communicator)
{
    if (finding->index >= 0)
        fprintf(to, ", at %s %" PRId64, is_about_messages(finding) ? "message" : "call", finding->index);
    if (communicator[0])
        fprintf(to, "%s communicator %s", finding->index >= 0 ? " of" : ", on", communicator);
}

char *headline(const struct finding *finding, const char *communicator)
{
    const char *phrase = usable_phrase(finding);
    char *text = NULL;
    size_t bytes;
    FILE *to = open_memstream(&text, &bytes);

    if (!to)
        return NULL;
    if (phrase) {
        char ranks[RANKSET_SHORT_BYTES];

        rankset_short(ranks, &finding->ranks);
        fprintf(to, "%s %s ", finding->ranks.count == 1 ? "Rank" : "Ranks", ranks);
        write_phrase(to, phrase, finding);
    } else {
        write_meaning(to, finding);
    }
    write_place(to, finding, communicator);
    if (finding->confidence != CONFIDENCE_CERTAIN)
        fprintf(to, " (%s)", confidence_name(finding->confidence));
    if (fclose(to) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
