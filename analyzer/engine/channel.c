/* SPDX-License-Identifier: Apache-2.0 */
#include "channel.h"

#include <stdlib.h>

#include "array.h"
#include "message.h"
#include "timing.h"

struct channel *channel_find(struct engine *engine, struct communicator *communicator, int32_t source,
                             int32_t destination)
{
    struct {
        uint64_t communicator;
        int32_t source;
        int32_t destination;
    } key = {communicator->id, source, destination};
    bool added;
    uint32_t id = intern_id(engine->channel_keys, &key, sizeof key, &added);

    if (id && !added)
        return engine->channels[id - 1];

    struct channel **grown = !id ? NULL
                                 : array_reserve(engine->channels, &engine->channel_capacity,
                                                 engine->channel_count + 1, sizeof(*grown));
    struct channel *channel = grown ? calloc(1, sizeof *channel) : NULL;

    if (grown)
        engine->channels = grown;
    if (!channel) {
        if (id)
            intern_truncate(engine->channel_keys, id - 1);
        engine_out(engine);
        return NULL;
    }
    channel->communicator = communicator;
    channel->rank[SIDE_SEND] = source;
    channel->rank[SIDE_RECV] = destination;
    engine->channels[engine->channel_count++] = channel;
    return channel;
}

void channel_free(struct channel *channel)
{
    free(channel->lane[SIDE_SEND].calls);
    free(channel->lane[SIDE_RECV].calls);
    free(channel);
}

struct member *channel_member(const struct channel *channel, enum side side)
{
    return communicator_rank(channel->communicator, channel->rank[side]);
}

/* ---- lanes ---- */

const struct waiting_call *lane_front(const struct lane *lane)
{
    return &lane->calls[lane->head];
}

void lane_pop(struct lane *lane, size_t count)
{
    if (count > lane->count)
        count = lane->count;
    lane->head = (lane->head + count) & (lane->capacity - 1);
    lane->count -= count;
}

static bool lane_push(struct lane *lane, const struct waiting_call *call)
{
    if (lane->count == lane->capacity) {
        size_t capacity = lane->capacity ? lane->capacity * 2 : 8;
        struct waiting_call *calls = calloc(capacity, sizeof *calls);

        if (!calls)
            return false;
        for (size_t i = 0; i < lane->count; i++)
            calls[i] = lane->calls[(lane->head + i) & (lane->capacity - 1)];
        free(lane->calls);
        *lane = (struct lane){.calls = calls, .count = lane->count, .capacity = capacity};
    }
    lane->calls[(lane->head + lane->count++) & (lane->capacity - 1)] = *call;
    return true;
}

/* ---- matching ---- */

static bool fits(uint64_t one, uint64_t other)
{
    return one == other || one == UINT64_MAX || other == UINT64_MAX;
}

static void matched(struct channel *channel, uint64_t bytes)
{
    channel->bytes[channel->matched++ & (CHANNEL_MEMORY - 1)] = bytes;
    channel->done++;
    channel->communicator->messages++;
}

static void open_dispute(struct channel *channel, const struct engine *engine)
{
    channel->disputed = true;
    channel->opened_ns = channel->changed_ns = engine->now_ns;
}

void channel_match(struct channel *channel, const struct engine *engine)
{
    struct lane *sends = &channel->lane[SIDE_SEND];
    struct lane *recvs = &channel->lane[SIDE_RECV];

    while (sends->count && recvs->count) {
        if (!fits(lane_front(sends)->bytes, lane_front(recvs)->bytes)) {
            open_dispute(channel, engine);
            return;
        }
        matched(channel, lane_front(sends)->bytes);
        lane_pop(sends, 1);
        lane_pop(recvs, 1);
    }
}

void channel_give_up(struct channel *channel)
{
    channel->unusable = true;
    channel->disputed = false;
    channel->lane[SIDE_SEND].count = 0;
    channel->lane[SIDE_RECV].count = 0;
}

void channel_call(struct channel *channel, enum side side, struct engine *engine,
                  const struct waiting_call *call, uint64_t buffer)
{
    struct lane *other = &channel->lane[!side];

    channel->buffer[side][channel->made[side]++ & (CHANNEL_MEMORY - 1)] = buffer;
    if (__builtin_expect(channel->unusable, 0))
        return;
    if (other->count && !channel->disputed) {
        if (__builtin_expect(fits(lane_front(other)->bytes, call->bytes), 1)) {
            lane_pop(other, 1);
            matched(channel, call->bytes);
            return;
        }
        open_dispute(channel, engine);
    }
    if (!lane_push(&channel->lane[side], call))
        engine_out(engine);
    if (channel->disputed) {
        channel->changed_ns = engine->now_ns;
        if (channel->lane[SIDE_SEND].count > LOOKAHEAD_CALLS &&
            channel->lane[SIDE_RECV].count > LOOKAHEAD_CALLS)
            message_judge(channel, engine);
    } else if (channel->lane[side].count > WINDOW_LIMIT) {
        message_window_exceeded(channel, engine);
    }
}

int channel_waits(const struct channel *channel)
{
    if (channel->unusable || channel->disputed)
        return -1;
    return channel->lane[SIDE_SEND].count ? SIDE_SEND : channel->lane[SIDE_RECV].count ? SIDE_RECV : -1;
}
