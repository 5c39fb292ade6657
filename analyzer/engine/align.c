/* SPDX-License-Identifier: Apache-2.0 */
#include "align.h"

#include <stdlib.h>
#include <string.h>

enum step { STEP_NONE, STEP_MATCH, STEP_REPLACE, STEP_SWAP, STEP_SKIP, STEP_EXTRA };

/* The best way to get to a cell; compared in this order. */
struct cell {
    uint16_t edits;
    uint16_t matches;
    uint16_t shifts; /* calls left out or added */
    uint8_t step;
};

struct grid {
    const uint64_t *expected;
    const uint64_t *observed;
    size_t rows, columns; /* calls of expected, of observed */
    uint64_t any;
    struct cell cell[ALIGN_LIMIT + 1][ALIGN_LIMIT + 1];
};

static bool agree(const struct grid *grid, size_t row, size_t column)
{
    uint64_t one = grid->expected[row];
    uint64_t other = grid->observed[column];

    return one == other || one == grid->any || other == grid->any;
}

static bool better(const struct cell *one, const struct cell *other)
{
    if (one->edits != other->edits)
        return one->edits < other->edits;
    if (one->matches != other->matches)
        return one->matches > other->matches;
    return one->shifts < other->shifts;
}

static void offer(struct cell *cell, const struct cell *from, enum step step)
{
    struct cell candidate = *from;

    candidate.step = (uint8_t)step;
    candidate.edits = (uint16_t)(candidate.edits + (step != STEP_MATCH));
    candidate.matches = (uint16_t)(candidate.matches + (step == STEP_MATCH) + 2 * (step == STEP_SWAP));
    candidate.shifts = (uint16_t)(candidate.shifts + (step == STEP_SKIP || step == STEP_EXTRA));
    if (cell->step == STEP_NONE || better(&candidate, cell))
        *cell = candidate;
}

static void fill(struct grid *grid)
{
    for (size_t r = 0; r <= grid->rows; r++) {
        for (size_t c = 0; c <= grid->columns; c++) {
            struct cell *cell = &grid->cell[r][c];

            *cell = (struct cell){0};
            if (r && c && agree(grid, r - 1, c - 1))
                offer(cell, &grid->cell[r - 1][c - 1], STEP_MATCH);
            else if (r && c)
                offer(cell, &grid->cell[r - 1][c - 1], STEP_REPLACE);
            if (r > 1 && c > 1 && agree(grid, r - 1, c - 2) && agree(grid, r - 2, c - 1))
                offer(cell, &grid->cell[r - 2][c - 2], STEP_SWAP);
            if (r)
                offer(cell, &grid->cell[r - 1][c], STEP_SKIP);
            if (c)
                offer(cell, &grid->cell[r][c - 1], STEP_EXTRA);
        }
    }
}

/* The best cell at which one of the sequences has run out. */
static void find_end(const struct grid *grid, size_t *row, size_t *column)
{
    *row = grid->rows;
    *column = grid->columns;
    for (size_t r = 0; r < grid->rows; r++) {
        if (better(&grid->cell[r][grid->columns], &grid->cell[*row][*column])) {
            *row = r;
            *column = grid->columns;
        }
    }
    for (size_t c = 0; c < grid->columns; c++) {
        if (better(&grid->cell[grid->rows][c], &grid->cell[*row][*column])) {
            *row = grid->rows;
            *column = c;
        }
    }
}

/* The steps from the beginning to the end. Returns how many. */
static size_t trace(const struct grid *grid, uint8_t *steps)
{
    size_t row;
    size_t column;
    size_t count = 0;

    find_end(grid, &row, &column);
    while (row || column) {
        uint8_t step = grid->cell[row][column].step;

        steps[count++] = step;
        row -= step == STEP_SWAP ? 2 : step != STEP_EXTRA;
        column -= step == STEP_SWAP ? 2 : step != STEP_SKIP;
    }
    for (size_t i = 0; i < count / 2; i++) {
        uint8_t step = steps[i];

        steps[i] = steps[count - 1 - i];
        steps[count - 1 - i] = step;
    }
    return count;
}

static int ascending(const void *a, const void *b)
{
    uint64_t one = *(const uint64_t *)a;
    uint64_t other = *(const uint64_t *)b;

    return (one > other) - (one < other);
}

/* Are the first `count` calls of both the same ones, in whatever order? */
static bool same_calls(const struct grid *grid, size_t count)
{
    uint64_t one[ALIGN_LIMIT];
    uint64_t other[ALIGN_LIMIT];

    memcpy(one, grid->expected, count * sizeof *one);
    memcpy(other, grid->observed, count * sizeof *other);
    qsort(one, count, sizeof *one, ascending);
    qsort(other, count, sizeof *other, ascending);
    return memcmp(one, other, count * sizeof *one) == 0;
}

static enum divergence_kind kind_of(const uint8_t *steps)
{
    switch (steps[0]) {
    case STEP_SKIP:
        return DIVERGENCE_SKIPPED;
    case STEP_EXTRA:
        return DIVERGENCE_EXTRA;
    case STEP_SWAP:
        return DIVERGENCE_SWAPPED;
    default:
        return DIVERGENCE_DIFFERENT;
    }
}

struct alignment align(const uint64_t *expected, size_t expected_count, const uint64_t *observed,
                       size_t observed_count, uint64_t any)
{
    struct grid grid = {
        .expected = expected,
        .observed = observed,
        .rows = expected_count < ALIGN_LIMIT ? expected_count : ALIGN_LIMIT,
        .columns = observed_count < ALIGN_LIMIT ? observed_count : ALIGN_LIMIT,
        .any = any,
    };
    uint8_t steps[2 * ALIGN_LIMIT] = {0};
    struct alignment result = {0};
    size_t covered_expected = 0;
    size_t covered_observed = 0;

    fill(&grid);

    size_t count = trace(&grid, steps);

    for (size_t i = 0; i < count && result.confirmed < ALIGN_CONFIRMED; i++) {
        covered_expected += steps[i] == STEP_SWAP ? 2 : steps[i] != STEP_EXTRA;
        covered_observed += steps[i] == STEP_SWAP ? 2 : steps[i] != STEP_SKIP;
        if (steps[i] == STEP_MATCH) {
            result.confirmed++;
            continue;
        }
        result.confirmed = 0;
        result.expected = covered_expected;
        result.observed = covered_observed;
    }
    result.kind = kind_of(steps);
    if (result.expected == result.observed && result.expected > 1 && same_calls(&grid, result.expected))
        result.kind = DIVERGENCE_SWAPPED;
    return result;
}
