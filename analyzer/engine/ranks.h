/* SPDX-License-Identifier: Apache-2.0
 *
 * Sets of ranks: collected in any order, kept ascending, written as people write them: "0-2,5".
 */
#ifndef LOCKSTEP_ENGINE_RANKS_H
#define LOCKSTEP_ENGINE_RANKS_H

#include "arena.h"
#include "finding.h"

/* A set being collected. All zeros is empty. */
struct rank_list {
    int32_t *rank;
    size_t count;
    size_t capacity;
};

/* Adds a rank, known or not. False when memory is out. */
bool rank_list_add(struct rank_list *list, int32_t rank);
/* The set, ascending and without repetition, in the arena; the list is empty afterwards and its memory freed.
 * An empty set when memory is out. */
struct ranks rank_list_take(struct rank_list *list, struct arena *arena);

bool ranks_have(struct ranks ranks, int32_t rank);
bool ranks_overlap(struct ranks one, struct ranks other);
bool ranks_within(struct ranks inner, struct ranks outer);

/* "0-2,5"; "none" for the empty set. */
const char *ranks_text(struct ranks ranks, struct arena *arena);
/* "rank 3", "ranks 0-2,5"; "Rank 3", "Ranks 0-2,5" to begin a sentence with. */
const char *ranks_named(struct ranks ranks, struct arena *arena);
const char *ranks_begin(struct ranks ranks, struct arena *arena);

#endif
