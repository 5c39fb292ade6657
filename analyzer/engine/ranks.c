/* SPDX-License-Identifier: Apache-2.0 */
#include "ranks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "say.h"

bool rank_list_add(struct rank_list *list, int32_t rank)
{
    int32_t *grown = array_reserve(list->rank, &list->capacity, list->count + 1, sizeof *grown);
    if (!grown)
        return false;
    list->rank = grown;
    list->rank[list->count++] = rank;
    return true;
}

static int ascending(const void *a, const void *b)
{
    int32_t one = *(const int32_t *)a;
    int32_t other = *(const int32_t *)b;

    return (one > other) - (one < other);
}

struct ranks rank_list_take(struct rank_list *list, struct arena *arena)
{
    struct ranks ranks = {0};

    if (list->count)
        ranks.rank = arena_alloc(arena, list->count * sizeof *ranks.rank);
    if (ranks.rank) {
        qsort(list->rank, list->count, sizeof *list->rank, ascending);
        for (size_t i = 0; i < list->count; i++)
            if (i == 0 || list->rank[i] != list->rank[i - 1])
                ranks.rank[ranks.count++] = list->rank[i];
    }
    free(list->rank);
    *list = (struct rank_list){0};
    return ranks;
}

bool ranks_have(struct ranks ranks, int32_t rank)
{
    return ranks.count && bsearch(&rank, ranks.rank, ranks.count, sizeof *ranks.rank, ascending);
}

bool ranks_overlap(struct ranks one, struct ranks other)
{
    for (size_t i = 0; i < one.count; i++)
        if (ranks_have(other, one.rank[i]))
            return true;
    return false;
}

bool ranks_within(struct ranks inner, struct ranks outer)
{
    for (size_t i = 0; i < inner.count; i++)
        if (!ranks_have(outer, inner.rank[i]))
            return false;
    return true;
}

/* One past the run of consecutive ranks that begins at `first`. */
static size_t run_end(struct ranks ranks, size_t first)
{
    size_t end = first + 1;

    while (end < ranks.count && ranks.rank[end] == ranks.rank[end - 1] + 1)
        end++;
    return end;
}

const char *ranks_text(struct ranks ranks, struct arena *arena)
{
    enum { BYTES_PER_RANK = 13 }; /* "-2147483648," and a little */
    char *text = ranks.count ? arena_alloc(arena, ranks.count * BYTES_PER_RANK) : NULL;
    size_t length = 0;

    if (!text)
        return "none";
    for (size_t i = 0; i < ranks.count;) {
        size_t end = run_end(ranks, i);

        if (end - i > 1)
            length +=
                (size_t)sprintf(text + length, "%s%d-%d", i ? "," : "", ranks.rank[i], ranks.rank[end - 1]);
        else
            length += (size_t)sprintf(text + length, "%s%d", i ? "," : "", ranks.rank[i]);
        i = end;
    }
    return text;
}

const char *ranks_named(struct ranks ranks, struct arena *arena)
{
    return say(arena, ranks.count == 1 ? "rank %s" : "ranks %s", ranks_text(ranks, arena));
}

const char *ranks_begin(struct ranks ranks, struct arena *arena)
{
    return say(arena, ranks.count == 1 ? "Rank %s" : "Ranks %s", ranks_text(ranks, arena));
}
