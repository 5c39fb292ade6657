/* SPDX-License-Identifier: Apache-2.0
 *
 * Which single mistakes explain that one wrote `observed` where `expected` was to be written. Found by trying
 * all of them, in another way than the engine goes about it. Tokens that are equal stand for equal calls.
 */
#ifndef TESTS_ACCURACY_SEQUENCE_H
#define TESTS_ACCURACY_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mistake { MISTAKE_DIFFERENT = 1, MISTAKE_SKIPPED = 2, MISTAKE_EXTRA = 4, MISTAKE_SWAPPED = 8 };

struct explanation {
    size_t first;   /* place of the first difference; SIZE_MAX: none */
    unsigned kinds; /* enum mistake: all that take the fewest edits; 0: no single mistake does */
};

/* `open`: all stand still, and what would have followed is not known; else they end where they end. */
struct explanation sequence_explain(const uint64_t *expected, size_t expected_count, const uint64_t *observed,
                                    size_t observed_count, bool open);

#endif
