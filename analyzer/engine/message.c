/* SPDX-License-Identifier: Apache-2.0 */
#include "message.h"

#include "align.h"
#include "fact.h"
#include "history.h"
#include "loss.h"
#include "publish.h"
#include "ranks.h"
#include "say.h"
#include "timing.h"

static int32_t world_rank_of(const struct channel *channel, enum side side)
{
    const struct member *member = channel_member(channel, side);

    return member ? process_rank(member->process) : -1;
}

static struct ranks culprits(const struct channel *channel, struct engine *engine, bool sender, bool receiver)
{
    struct rank_list list = {0};
    int32_t source = world_rank_of(channel, SIDE_SEND);
    int32_t destination = world_rank_of(channel, SIDE_RECV);

    if (sender && source >= 0)
        rank_list_add(&list, source);
    if (receiver && destination >= 0)
        rank_list_add(&list, destination);
    return rank_list_take(&list, &engine->arena);
}

static const struct call *front_call(const struct channel *channel, struct engine *engine, enum side side)
{
    const struct lane *lane = &channel->lane[side];

    return lane->count ? call_get(engine->calls, lane_front(lane)->call) : NULL;
}

/* ---- evidence ---- */

static struct observation row(const struct channel *channel, struct engine *engine, enum side side,
                              bool present, bool expected)
{
    const struct lane *lane = &channel->lane[side];
    struct observation observation = {
        .ranks = culprits(channel, engine, side == SIDE_SEND, side == SIDE_RECV),
        .index = present ? (int64_t)channel->done : -1,
        .text = present ? call_text(front_call(channel, engine, side), &engine->arena)
                        : (side == SIDE_SEND ? "no send" : "no recv"),
        .call_site = present ? site_text(engine, lane_front(lane)->site) : "",
        .expected = expected,
        .diverging = true,
    };

    return observation;
}

static void tell(struct channel *channel, struct engine *engine, struct fact *fact, enum side speaker)
{
    struct observation *table = arena_alloc(&engine->arena, 2 * sizeof *table);
    const struct waiting_call *call = lane_front(&channel->lane[speaker]);
    struct member *member = channel_member(channel, speaker);
    struct message_fact *message = &fact->message;

    fact->kind = FACT_MESSAGE;
    fact->communicator = (int)channel->communicator->id;
    fact->communicator_name = communicator_name(engine, channel->communicator);
    fact->call_site = site_text(engine, call->site);
    fact->time_ns = member ? process_realtime(member->process, call->time_ns) : 0;
    fact->caused_by = FINDING_NO_CAUSE;
    message->source = world_rank_of(channel, SIDE_SEND);
    message->destination = world_rank_of(channel, SIDE_RECV);
    if (table) {
        bool send = !message->missing || !message->send_missing;
        bool recv = !message->missing || message->send_missing;

        table[0] = row(channel, engine, SIDE_SEND, send, recv != send ? send : speaker != SIDE_SEND);
        table[1] = row(channel, engine, SIDE_RECV, recv, recv != send ? recv : speaker != SIDE_RECV);
        fact->table = table;
        fact->table_rows = 2;
    }
    message->send = front_call(channel, engine, SIDE_SEND);
    message->recv = front_call(channel, engine, SIDE_RECV);
    if (message->missing && message->send_missing)
        message->send = NULL;
    else if (message->missing)
        message->recv = NULL;
    publish(engine, fact);
}

/* ---- a missing half ---- */

/* Are this message and all up to the first that waits of one size? Else the rest would not have fitted. */
static bool alike_since(const struct channel *channel, uint64_t index, uint64_t bytes)
{
    if (channel->done - index > CHANNEL_MEMORY || channel->done - index > channel->matched)
        return false;
    for (uint64_t back = 1; back <= channel->done - index; back++)
        if (channel->bytes[(channel->matched - back) & (CHANNEL_MEMORY - 1)] != bytes)
            return false;
    return true;
}

/* Messages of one size look alike, so the first without its other half is the last one in step; but programs
 * send from the same buffers in turn, and a turn left out shows which message it was. `side` is the one that
 * made too few calls. */
static uint64_t left_out(const struct channel *channel, enum side side)
{
    uint64_t buffers[CHANNEL_MEMORY];
    uint64_t made = channel->made[side];
    size_t count = made < CHANNEL_MEMORY ? (size_t)made : CHANNEL_MEMORY;
    uint64_t bytes = lane_front(&channel->lane[side == SIDE_SEND ? SIDE_RECV : SIDE_SEND])->bytes;

    for (size_t i = 0; i < count; i++)
        buffers[i] = channel->buffer[side][(made - count + i) & (CHANNEL_MEMORY - 1)];
    for (size_t i = count; i-- > 2;) {
        uint64_t usual[CHANNEL_MEMORY];
        size_t known = history_predict(buffers, i, usual, CHANNEL_MEMORY);

        if (known == 0 || usual[0] == buffers[i])
            continue;

        struct alignment alignment = align(usual, known, buffers + i, count - i, 0, UINT64_MAX);
        bool steady = history_predict(buffers, i - 1, usual, 1) && usual[0] == buffers[i - 1];

        if (alignment.kind == DIVERGENCE_SKIPPED && alignment.confirmed > 0 && steady &&
            alike_since(channel, made - count + i, bytes))
            return made - count + i;
    }
    return channel->done;
}

static void report_missing(struct channel *channel, enum side side, struct engine *engine, struct fact *fact,
                           bool at_front)
{
    enum side missing = side == SIDE_SEND ? SIDE_RECV : SIDE_SEND;

    fact->index = (int64_t)(at_front ? channel->done : left_out(channel, missing));
    fact->ranks = culprits(channel, engine, missing == SIDE_SEND, missing == SIDE_RECV);
    fact->message.missing = true;
    fact->message.send_missing = missing == SIDE_SEND;
    tell(channel, engine, fact, side);
}

void channel_report_missing(struct channel *channel, enum side side, struct engine *engine,
                            enum confidence confidence, const char *reason, uint64_t waited_ns)
{
    struct fact fact = {.confidence = confidence, .reason = reason};

    fact.message.waiting = channel->lane[side].count;
    fact.message.ended = confidence == CONFIDENCE_CERTAIN;
    fact.message.waited_ns = waited_ns;
    report_missing(channel, side, engine, &fact, false);
    channel_give_up(channel);
}

void message_window_exceeded(struct channel *channel, struct engine *engine)
{
    loss_window_exceeded(engine, channel->communicator);
    channel_give_up(channel);
}

/* ---- a dispute ---- */

#define NO_END (UINT64_MAX - 1) /* no message has this size */

static size_t sizes(const struct lane *lane, uint64_t *tokens)
{
    size_t count = lane->count < ALIGN_LIMIT ? lane->count : ALIGN_LIMIT;

    for (size_t i = 0; i < count; i++)
        tokens[i] = lane->calls[(lane->head + i) & (lane->capacity - 1)].bytes;
    return count;
}

/* The side whose size is the usual one; -1 when the past does not tell. */
static int usual_side(const struct channel *channel)
{
    uint64_t past[CHANNEL_MEMORY] = {0};
    uint64_t usual;
    size_t count = channel->matched < CHANNEL_MEMORY ? (size_t)channel->matched : CHANNEL_MEMORY;

    for (size_t i = 0; i < count; i++)
        past[i] = channel->bytes[(channel->matched - count + i) & (CHANNEL_MEMORY - 1)];
    if (!history_predict(past, count, &usual, 1)) {
        if (count == 0)
            return -1;
        usual = past[count - 1];
    }
    for (int side = SIDE_SEND; side <= SIDE_RECV; side++)
        if (lane_front(&channel->lane[side])->bytes == usual)
            return side;
    return -1;
}

static void report_size(struct channel *channel, struct engine *engine, int right)
{
    struct fact fact = {
        .index = (int64_t)channel->done,
        .confidence = right < 0 ? CONFIDENCE_UNDECIDED : CONFIDENCE_LIKELY,
        .reason = right < 0 ? "Which of the two is wrong cannot be told from the calls."
                            : "The other's size is what was passed here before.",
        .ranks = culprits(channel, engine, right != SIDE_SEND, right != SIDE_RECV),
    };

    fact.message.tie = right < 0;
    tell(channel, engine, &fact, right == SIDE_SEND ? SIDE_RECV : SIDE_SEND);
}

static void report_shift(struct channel *channel, struct engine *engine, enum side longer, size_t calls)
{
    struct fact fact = {.confidence = CONFIDENCE_LIKELY,
                        .reason = "The messages after it fit when it is left out."};

    fact.message.waiting = calls;
    fact.message.ended = true;
    report_missing(channel, longer, engine, &fact, true);
}

/* Have both sides come to rest? Else how many calls wait on each says nothing. */
static bool at_rest(const struct channel *channel, const struct engine *engine)
{
    const struct member *sender = channel_member(channel, SIDE_SEND);
    const struct member *receiver = channel_member(channel, SIDE_RECV);

    return engine->finished || engine->now_ns >= channel->changed_ns + DIVERGENCE_QUIET_NS ||
           (sender && receiver && process_ended(sender->process) && process_ended(receiver->process));
}

/* Do all calls that wait fit but for the first? */
static bool fit_in_place(const uint64_t *expected, size_t expected_count, const uint64_t *observed,
                         size_t observed_count)
{
    for (size_t i = 1; i < expected_count && i < observed_count; i++)
        if (expected[i] != observed[i])
            return false;
    return expected_count > 1 && observed_count > 1;
}

void message_judge(struct channel *channel, struct engine *engine)
{
    uint64_t tokens[2][ALIGN_LIMIT];
    int right = usual_side(channel);
    enum side expected = right < 0 ? SIDE_RECV : (enum side)right;
    enum side observed = expected == SIDE_SEND ? SIDE_RECV : SIDE_SEND;
    size_t expected_count = sizes(&channel->lane[expected], tokens[expected]);
    size_t observed_count = sizes(&channel->lane[observed], tokens[observed]);
    struct alignment alignment =
        align(tokens[expected], expected_count, tokens[observed], observed_count, UINT64_MAX, NO_END);

    /* In a row of messages of one size a call too many explains as much as one of another size. */
    if (alignment.kind == DIVERGENCE_EXTRA && !at_rest(channel, engine) &&
        fit_in_place(tokens[expected], expected_count, tokens[observed], observed_count))
        alignment = (struct alignment){.kind = DIVERGENCE_DIFFERENT, .expected = 1, .observed = 1};

    bool silent =
        channel->troubled_until > 0 && channel->done < channel->troubled_until + RESYNCHRONISED_CALLS;
    bool shifted = (alignment.kind == DIVERGENCE_SKIPPED || alignment.kind == DIVERGENCE_EXTRA) &&
                   alignment.expected != alignment.observed;

    if (!silent && shifted)
        report_shift(channel, engine, alignment.kind == DIVERGENCE_SKIPPED ? expected : observed,
                     alignment.kind == DIVERGENCE_SKIPPED ? alignment.expected : alignment.observed);
    else if (!silent)
        report_size(channel, engine, right);
    lane_pop(&channel->lane[expected], alignment.expected);
    lane_pop(&channel->lane[observed], alignment.observed);
    channel->done += alignment.expected > alignment.observed ? alignment.expected : alignment.observed;
    channel->troubled_until = channel->done;
    channel->disputed = false;
    channel_match(channel, engine);
}
