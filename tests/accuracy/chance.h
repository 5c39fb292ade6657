/* SPDX-License-Identifier: Apache-2.0
 *
 * Random numbers that are the same everywhere for the same seed (splitmix64).
 */
#ifndef TESTS_ACCURACY_CHANCE_H
#define TESTS_ACCURACY_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

struct chance {
    uint64_t state;
};

static inline uint64_t mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ull;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebull;
    return value ^ (value >> 31);
}

static inline uint64_t chance_next(struct chance *chance)
{
    return mix(chance->state += 0x9e3779b97f4a7c15ull);
}

/* 0 … limit - 1; limit is positive. */
static inline int chance_below(struct chance *chance, int limit)
{
    return (int)(chance_next(chance) % (uint64_t)limit);
}

static inline bool chance_percent(struct chance *chance, int percent)
{
    return chance_below(chance, 100) < percent;
}

/* Independent numbers for a part of something that has a seed. */
static inline struct chance chance_for(uint64_t seed, uint64_t part)
{
    return (struct chance){mix(seed * 0x9e3779b97f4a7c15ull + 1) ^ mix(part + 77)};
}

#endif
