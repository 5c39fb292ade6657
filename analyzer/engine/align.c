/* SPDX-License-Identifier: Apache-2.0 */
#include "align.h"

#include <stdlib.h>
#include <string.h>

enum step { STEP_NONE, STEP_BEGIN, STEP_MATCH, STEP_REPLACE, STEP_SWAP, STEP_SKIP, STEP_EXTRA };

/* The best way to get to a cell; compared in this order. */
struct cell {
    uint16_t edits;
    uint16_t matches;
    uint16_t moved; /* calls left out or added; an exchange moves two */
    uint8_t step;
};

struct grid {
    const uint64_t *expected;
    const uint64_t *observed;
    size_t rows, columns; /* calls of expected, of observed */
    uint64_t any;
    uint64_t end;
    struct cell cell[ALIGN_LIMIT + 1][ALIGN_LIMIT + 1];
};

static bool agree(const struct grid *grid, size_t row, size_t column)
{
    uint64_t one = grid->expected[row];
    uint64_t other = grid->observed[column];

    return one == other || one == grid->any || other == grid->any;
}

static bool is_call(const struct grid *grid, uint64_t token)
{
    return token != grid->end;
}

static bool reached(const struct cell *cell)
{
    return cell->step != STEP_NONE;
}

static bool better(const struct cell *one, const struct cell *other)
{
    if (one->edits != other->edits)
        return one->edits < other->edits;
    if (one->matches != other->matches)
        return one->matches > other->matches;
    return one->moved < other->moved;
}

static void offer(struct cell *cell, const struct cell *from, enum step step)
{
    struct cell candidate = *from;

    if (!reached(from))
        return;
    candidate.step = (uint8_t)step;
    candidate.edits = (uint16_t)(candidate.edits + (step != STEP_MATCH));
    candidate.matches = (uint16_t)(candidate.matches + (step == STEP_MATCH) + 2 * (step == STEP_SWAP));
    candidate.moved =
        (uint16_t)(candidate.moved + (step == STEP_SKIP || step == STEP_EXTRA) + 2 * (step == STEP_SWAP));
    if (!reached(cell) || better(&candidate, cell))
        *cell = candidate;
}

static void fill_cell(struct grid *grid, size_t r, size_t c)
{
    struct cell *cell = &grid->cell[r][c];
    bool skips = r && is_call(grid, grid->expected[r - 1]);
    bool adds = c && is_call(grid, grid->observed[c - 1]);

    if (r && c && agree(grid, r - 1, c - 1))
        offer(cell, &grid->cell[r - 1][c - 1], STEP_MATCH);
    else if (skips && adds)
        offer(cell, &grid->cell[r - 1][c - 1], STEP_REPLACE);
    if (r > 1 && c > 1 && skips && adds && agree(grid, r - 1, c - 2) && agree(grid, r - 2, c - 1))
        offer(cell, &grid->cell[r - 2][c - 2], STEP_SWAP);
    if (skips)
        offer(cell, &grid->cell[r - 1][c], STEP_SKIP);
    if (adds)
        offer(cell, &grid->cell[r][c - 1], STEP_EXTRA);
}

static void fill(struct grid *grid)
{
    for (size_t r = 0; r <= grid->rows; r++) {
        for (size_t c = 0; c <= grid->columns; c++) {
            grid->cell[r][c] = (struct cell){.step = r || c ? STEP_NONE : STEP_BEGIN};
            if (r || c)
                fill_cell(grid, r, c);
        }
    }
}

static void prefer(const struct grid *grid, const struct cell **best, size_t row, size_t column, size_t *end)
{
    const struct cell *cell = &grid->cell[row][column];

    if (!reached(cell) || cell->step == STEP_BEGIN || (*best && !better(cell, *best)))
        return;
    *best = cell;
    end[0] = row;
    end[1] = column;
}

/* The best cell at which one of the sequences has run out. */
static void find_end(const struct grid *grid, size_t *end)
{
    const struct cell *best = NULL;

    end[0] = end[1] = 0;
    prefer(grid, &best, grid->rows, grid->columns, end);
    for (size_t r = 0; r < grid->rows; r++)
        prefer(grid, &best, r, grid->columns, end);
    for (size_t c = 0; c < grid->columns; c++)
        prefer(grid, &best, grid->rows, c, end);
}

static size_t rows_of(uint8_t step)
{
    return step == STEP_SWAP ? 2 : step != STEP_EXTRA;
}

static size_t columns_of(uint8_t step)
{
    return step == STEP_SWAP ? 2 : step != STEP_SKIP;
}

/* The steps from the beginning to the end. Returns how many. */
static size_t trace(const struct grid *grid, uint8_t *steps)
{
    size_t at[2];
    size_t count = 0;

    find_end(grid, at);
    while (at[0] || at[1]) {
        uint8_t step = grid->cell[at[0]][at[1]].step;

        steps[count++] = step;
        at[0] -= rows_of(step);
        at[1] -= columns_of(step);
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

/* Follows the steps up to the end of the first divergence. */
static struct alignment first_divergence(const uint8_t *steps, size_t count)
{
    struct alignment result = {.kind = kind_of(steps)};
    size_t rows = 0;
    size_t columns = 0;

    for (size_t i = 0; i < count && result.confirmed < ALIGN_CONFIRMED; i++) {
        rows += rows_of(steps[i]);
        columns += columns_of(steps[i]);
        if (steps[i] == STEP_MATCH) {
            result.confirmed++;
            continue;
        }
        result.confirmed = 0;
        result.expected = rows;
        result.observed = columns;
    }
    return result;
}

/* A call left out here and made a little later, or the reverse, has changed places. */
static void look_for_exchange(const struct grid *grid, const uint8_t *steps, size_t count,
                              struct alignment *result)
{
    size_t rows = 0;
    size_t columns = 0;

    for (size_t i = 0; i < count && rows <= ALIGN_REACH && columns <= ALIGN_REACH; i++) {
        rows += rows_of(steps[i]);
        columns += columns_of(steps[i]);
        if (steps[i] == STEP_MATCH || rows != columns || rows < 2 || !same_calls(grid, rows))
            continue;
        *result = (struct alignment){.kind = DIVERGENCE_SWAPPED, .expected = rows, .observed = columns};
        while (i + 1 < count && steps[i + 1] == STEP_MATCH && result->confirmed < ALIGN_CONFIRMED) {
            result->confirmed++;
            i++;
        }
        return;
    }
}

struct alignment align(const uint64_t *expected, size_t expected_count, const uint64_t *observed,
                       size_t observed_count, uint64_t any, uint64_t end)
{
    struct grid grid;
    uint8_t steps[2 * ALIGN_LIMIT];

    grid.expected = expected;
    grid.observed = observed;
    grid.rows = expected_count < ALIGN_LIMIT ? expected_count : ALIGN_LIMIT;
    grid.columns = observed_count < ALIGN_LIMIT ? observed_count : ALIGN_LIMIT;
    grid.any = any;
    grid.end = end;
    fill(&grid);

    size_t count = trace(&grid, steps);

    if (count == 0) /* nothing can be laid against anything: one has ended, and the other must be longer */
        return (struct alignment){.kind = DIVERGENCE_DIFFERENT, .expected = 1, .observed = 1};

    struct alignment result = first_divergence(steps, count);

    look_for_exchange(&grid, steps, count, &result);
    return result;
}
