/* SPDX-License-Identifier: Apache-2.0 */
#include "gaps.h"

#include "moment.h"

#include <stdlib.h>
#include <string.h>

/* Communicator numbers run from 1 without gaps; a higher one comes from a damaged ring and is not followed.
 */
#define COMMUNICATOR_LIMIT (1u << 20)
/* Jumps that may be open at a time. Each needs a thread that sleeps between taking a number and a place in
 * the ring. */
#define OPEN_LIMIT 256

struct open_jump {
    uint32_t communicator;
    bool point_to_point;
    uint32_t from; /* missing are from..to-1 */
    uint32_t to;
    uint64_t since_ns;
};

struct gaps {
    gaps_found *found;
    void *context;
    uint32_t (*next)[2]; /* expected number, by communicator and class */
    size_t next_room;
    struct open_jump open[OPEN_LIMIT];
    size_t open_count;
    uint64_t lost;       /* as told */
    uint64_t explained;  /* part of it that jumps account for */
    uint64_t told;       /* part of the rest that was told as records of unknown kind */
    uint64_t lost_at_ns; /* when `lost` grew last */
};

struct gaps *gaps_create(gaps_found *found, void *context)
{
    struct gaps *gaps = calloc(1, sizeof *gaps);
    if (!gaps)
        return NULL;
    gaps->found = found;
    gaps->context = context;
    return gaps;
}

void gaps_destroy(struct gaps *gaps)
{
    if (!gaps)
        return;
    free(gaps->next);
    free(gaps);
}

void gaps_lost(struct gaps *gaps, uint64_t lost, uint64_t now_ns)
{
    if (lost <= gaps->lost)
        return;
    gaps->lost = lost;
    gaps->lost_at_ns = now_ns;
}

static void tell(struct gaps *gaps, uint32_t communicator, bool point_to_point, uint32_t calls)
{
    const struct gap gap = {.communicator = communicator, .point_to_point = point_to_point, .calls = calls};
    gaps->found(gaps->context, &gap);
}

static uint32_t *expected(struct gaps *gaps, uint32_t communicator, bool point_to_point)
{
    if (communicator >= COMMUNICATOR_LIMIT)
        return NULL;
    if (communicator >= gaps->next_room) {
        size_t room = gaps->next_room ? gaps->next_room : 64;
        while (room <= communicator)
            room *= 2;
        uint32_t(*grown)[2] = realloc(gaps->next, room * sizeof *grown);
        if (!grown)
            return NULL;
        memset(grown + gaps->next_room, 0, (room - gaps->next_room) * sizeof *grown);
        gaps->next = grown;
        gaps->next_room = room;
    }
    return &gaps->next[communicator][point_to_point];
}

static void explain(struct gaps *gaps, uint32_t calls)
{
    gaps->explained += calls;
    const uint64_t rest = gaps->lost - gaps->explained;
    if (gaps->told > rest)
        gaps->told = rest;
}

static void forget(struct gaps *gaps, size_t i)
{
    gaps->open[i] = gaps->open[--gaps->open_count];
}

static void remember(struct gaps *gaps, const struct open_jump *jump)
{
    if (gaps->open_count == OPEN_LIMIT) {
        const struct open_jump *oldest = &gaps->open[0];
        tell(gaps, oldest->communicator, oldest->point_to_point, oldest->to - oldest->from);
        memmove(gaps->open, gaps->open + 1, (OPEN_LIMIT - 1) * sizeof *gaps->open);
        gaps->open_count--;
    }
    gaps->open[gaps->open_count++] = *jump;
}

/* From `from` to `to` - 1 nothing has come. */
static void jump(struct gaps *gaps, uint32_t communicator, bool point_to_point, uint32_t from, uint32_t to,
                 uint64_t now_ns)
{
    const uint64_t unexplained = gaps->lost - gaps->explained;
    const uint32_t missing = to - from;
    const uint32_t lost = missing < unexplained ? missing : (uint32_t)unexplained;
    if (lost > 0) {
        tell(gaps, communicator, point_to_point, lost);
        explain(gaps, lost);
    }
    if (lost < missing)
        remember(gaps, &(struct open_jump){communicator, point_to_point, from + lost, to, now_ns});
}

/* A number below the expected one: it closes its part of an open jump, or was given up already. */
static void latecomer(struct gaps *gaps, uint32_t communicator, bool point_to_point, uint32_t sequence)
{
    for (size_t i = 0; i < gaps->open_count; i++) {
        struct open_jump *open = &gaps->open[i];
        if (open->communicator != communicator || open->point_to_point != point_to_point ||
            sequence < open->from || sequence >= open->to)
            continue;
        const struct open_jump above = {communicator, point_to_point, sequence + 1, open->to, open->since_ns};
        open->to = sequence;
        if (open->from == open->to)
            forget(gaps, i);
        if (above.from != above.to)
            remember(gaps, &above);
        return;
    }
}

void gaps_call(struct gaps *gaps, uint32_t communicator, bool point_to_point, uint32_t sequence,
               uint64_t now_ns)
{
    if (communicator == 0)
        return;
    uint32_t *next = expected(gaps, communicator, point_to_point);
    if (!next)
        return;
    /* Numbers wrap after 2^32 calls: "below" is within half the circle. */
    if ((int32_t)(sequence - *next) < 0) {
        latecomer(gaps, communicator, point_to_point, sequence);
        return;
    }
    if (sequence != *next)
        jump(gaps, communicator, point_to_point, *next, sequence, now_ns);
    *next = sequence + 1;
}

void gaps_settle(struct gaps *gaps, uint64_t now_ns, bool all)
{
    for (size_t i = 0; i < gaps->open_count;) {
        const struct open_jump open = gaps->open[i];
        if (!all && now_ns - open.since_ns < GAPS_SETTLE_MS * NS_PER_MS) {
            i++;
            continue;
        }
        forget(gaps, i);
        tell(gaps, open.communicator, open.point_to_point, open.to - open.from);
        const uint64_t unexplained = gaps->lost - gaps->explained;
        const uint32_t missing = open.to - open.from;
        explain(gaps, missing < unexplained ? missing : (uint32_t)unexplained);
    }
    const uint64_t untold = gaps->lost - gaps->explained - gaps->told;
    if (untold > 0 && (all || now_ns - gaps->lost_at_ns >= GAPS_SETTLE_MS * NS_PER_MS)) {
        gaps->told += untold;
        const struct gap gap = {.records = untold};
        gaps->found(gaps->context, &gap);
    }
}
