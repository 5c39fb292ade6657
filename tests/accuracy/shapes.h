/* SPDX-License-Identifier: Apache-2.0
 *
 * Healthy programs as they are met in practice, and some that are odd but legal.
 */
#ifndef TESTS_ACCURACY_SHAPES_H
#define TESTS_ACCURACY_SHAPES_H

#include "program.h"

/* A healthy program of 2 to `most` ranks; the same for the same seed. */
struct program *shapes_generate(uint64_t seed, int most);

#endif
