/* SPDX-License-Identifier: Apache-2.0
 *
 * Lays one member's calls against the others' and says what it did differently: the fewest edits that turn
 * the beginning of `expected` into the beginning of `observed`. What is left when one of the two runs out is
 * not counted: it has just not been seen yet. Among equally short explanations the one with more calls in
 * common wins, then the one that moves fewer calls: where two calls alternate, a call left out looks like an
 * exchange until more is seen, and is the likelier of the two. Pure functions.
 */
#ifndef LOCKSTEP_ENGINE_ALIGN_H
#define LOCKSTEP_ENGINE_ALIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALIGN_LIMIT     48u /* longer sequences are cut */
#define ALIGN_CONFIRMED 2u  /* so many calls in common in a row end the divergence */

enum divergence_kind {
    DIVERGENCE_DIFFERENT, /* another call in its place */
    DIVERGENCE_SKIPPED,   /* calls left out */
    DIVERGENCE_EXTRA,     /* calls added */
    DIVERGENCE_SWAPPED,   /* the same calls in another order */
};

struct alignment {
    enum divergence_kind
        kind;        /* of the divergence at the beginning, which may be several edits close together */
    size_t expected; /* calls that it covers in each sequence */
    size_t observed;
    size_t confirmed; /* calls in common right after it */
};

#define ALIGN_REACH 12u /* a call that comes so much later than with the others has changed places */

/* Tokens equal to `any` agree with everything. `end` ends a sequence for good: it can stand for no call. Both
 * have at least one token; the first ones must not agree. */
struct alignment align(const uint64_t *expected, size_t expected_count, const uint64_t *observed,
                       size_t observed_count, uint64_t any, uint64_t end);

#endif
