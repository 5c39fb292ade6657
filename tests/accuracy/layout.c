/* SPDX-License-Identifier: Apache-2.0 */
#include "layout.h"

int layout_ranks(const struct layout *layout)
{
    int ranks = 1;

    for (int i = 0; i < DIMENSIONS; i++)
        ranks *= layout->size[i];
    return ranks;
}

/* About evenly distributed on a logarithmic scale, so that small jobs are as frequent as large ones. */
static int choose_target(struct chance *chance, int most)
{
    int doublings = 0;

    while (most >> (doublings + 1))
        doublings++;

    int low = 1 << (1 + chance_below(chance, doublings));
    int target = low + chance_below(chance, low);

    return target > most ? most : target;
}

void layout_choose(struct layout *layout, struct chance *chance, unsigned wanted, int most)
{
    static const int usual[] = {2, 2, 2, 3, 4, 4, 8};
    int left = choose_target(chance, most);

    for (int i = 0; i < DIMENSIONS; i++)
        layout->size[i] = 1;
    /* All but the last get a usual size, the last one what is left: any number. */
    for (int i = 0; i < DIMENSIONS; i++) {
        bool last = (wanted >> (i + 1)) == 0;

        if (!(wanted & (1u << i)))
            continue;
        layout->size[i] = last ? left : usual[chance_below(chance, 7)];
        while (layout->size[i] > left)
            layout->size[i]--;
        left /= layout->size[i];
        if (last)
            break;
    }
    if (layout_ranks(layout) < 2)
        layout->size[DATA] = 2;
}

static int stride_of(const struct layout *layout, int dimension)
{
    int stride = 1;

    for (int i = 0; i < dimension; i++)
        stride *= layout->size[i];
    return stride;
}

static void split_along(struct layout *layout, struct program *program, int dimension)
{
    int stride = stride_of(layout, dimension);
    int size = layout->size[dimension];
    int color[RANKS_MAX];
    int key[RANKS_MAX];

    for (int rank = 0; rank < program->ranks; rank++) {
        int place = rank / stride % size;

        color[rank] = rank / (stride * size) * stride + rank % stride;
        key[rank] = layout->reversed ? -place : place;
    }

    int first = program_split(program, layout->world, color, key);

    for (int rank = 0; rank < program->ranks; rank++)
        layout->of[dimension][rank] = first + color[rank];
    for (int i = 0; i < program->ranks / size; i++)
        layout->communicator[dimension][layout->count[dimension]++] = first + i;
}

static void init_along(struct layout *layout, struct program *program, int dimension)
{
    int stride = stride_of(layout, dimension);
    int size = layout->size[dimension];

    for (int first = 0; first < program->ranks; first++) {
        int member[RANKS_MAX];

        if (first / stride % size != 0)
            continue;
        for (int i = 0; i < size; i++)
            member[i] = first + (layout->reversed ? size - 1 - i : i) * stride;

        int made = program_init(program, member, size);

        for (int i = 0; i < size; i++)
            layout->of[dimension][member[i]] = made;
        layout->communicator[dimension][layout->count[dimension]++] = made;
    }
}

void layout_build(struct layout *layout, struct program *program, struct chance *chance)
{
    int everyone[RANKS_MAX];
    bool splits = chance_percent(chance, 60);

    layout->reversed = chance_percent(chance, 20);
    for (int i = 0; i < program->ranks; i++)
        everyone[i] = i;
    layout->world = program_init(program, everyone, program->ranks);
    for (int i = 0; i < DIMENSIONS; i++) {
        layout->count[i] = 0;
        if (layout->size[i] == 1)
            continue;
        if (splits)
            split_along(layout, program, i);
        else
            init_along(layout, program, i);
    }
}
