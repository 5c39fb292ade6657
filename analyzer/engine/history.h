/* SPDX-License-Identifier: Apache-2.0
 *
 * The calls that a communicator's members agreed on last, and what they lead one to expect next. Programs
 * repeat themselves: what followed the same calls before will most likely follow them again.
 */
#ifndef LOCKSTEP_ENGINE_HISTORY_H
#define LOCKSTEP_ENGINE_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#define HISTORY_CALLS 256u /* a power of two */

struct history {
    uint32_t
        *call; /* call numbers; allocated with the first; entry of the n-th agreed call: n % HISTORY_CALLS */
    uint64_t length; /* calls ever agreed on */
};

/* Appends; when memory is out, there is just no history. */
static inline void history_add(struct history *history, uint32_t call);
/* The call of the `index`-th agreement; 0 when it is too long ago. */
static inline uint32_t history_get(const struct history *history, uint64_t index);
void history_free(struct history *history);

/* Predicts what follows `past`: the most recent place at which the longest end of `past` (at most
 * HISTORY_CONTEXT calls) stood before tells what came next. Writes up to `limit` tokens, returns how many; 0
 * when nothing like it happened before. */
#define HISTORY_CONTEXT 12u
size_t history_predict(const uint64_t *past, size_t length, uint64_t *next, size_t limit);

/* ---- inline: on the path of every agreed call ---- */

#include <stdlib.h>

static inline void history_add(struct history *history, uint32_t call)
{
    if (__builtin_expect(!history->call, 0)) {
        history->call = calloc(HISTORY_CALLS, sizeof *history->call);
        if (!history->call) {
            history->length++;
            return;
        }
    }
    history->call[history->length++ & (HISTORY_CALLS - 1)] = call;
}

static inline uint32_t history_get(const struct history *history, uint64_t index)
{
    if (!history->call || index >= history->length || index + HISTORY_CALLS < history->length)
        return 0;
    return history->call[index & (HISTORY_CALLS - 1)];
}

#endif
