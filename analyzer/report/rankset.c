/* SPDX-License-Identifier: Apache-2.0 */
#include "rankset.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANGE_BYTES sizeof(",-2147483648--2147483648")

/* Writes the range that begins at ranks->rank[from], with a comma before it when it is not the first; tells
 * where the next begins. */
static size_t write_range(char to[RANGE_BYTES], const struct ranks *ranks, size_t from)
{
    const char *comma = from > 0 ? "," : "";
    size_t last = from;

    while (last + 1 < ranks->count && ranks->rank[last + 1] == ranks->rank[last] + 1)
        last++;
    if (last == from) {
        snprintf(to, RANGE_BYTES, "%s%" PRId32, comma, ranks->rank[from]);
        return from + 1;
    }
    snprintf(to, RANGE_BYTES, "%s%" PRId32 "-%" PRId32, comma, ranks->rank[from], ranks->rank[last]);
    return last + 1;
}

char *rankset_text(const struct ranks *ranks)
{
    char *text = NULL;
    size_t bytes;
    FILE *to = open_memstream(&text, &bytes);

    if (!to)
        return NULL;
    for (size_t i = 0; i < ranks->count;) {
        char range[RANGE_BYTES];

        i = write_range(range, ranks, i);
        fputs(range, to);
    }
    if (fclose(to) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

void rankset_short(char text[RANKSET_SHORT_BYTES], const struct ranks *ranks)
{
    char rest[RANKSET_SHORT_BYTES / 2];
    size_t rest_length = (size_t)snprintf(rest, sizeof(rest), ",... (%zu ranks)", ranks->count);
    size_t length = 0;

    text[0] = '\0';
    for (size_t i = 0; i < ranks->count;) {
        char range[RANGE_BYTES];
        size_t next = write_range(range, ranks, i);
        size_t range_length = strlen(range);
        size_t needed = length + range_length + (next < ranks->count ? rest_length : 0);

        if (needed >= RANKSET_SHORT_BYTES) {
            memcpy(text + length, rest, rest_length + 1);
            return;
        }
        memcpy(text + length, range, range_length + 1);
        length += range_length;
        i = next;
    }
}
