/* SPDX-License-Identifier: Apache-2.0 */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor.h"

#define MS           UINT64_C(1000000)
#define HEARTBEAT_NS (500 * MS)

/* A message on its way. */
struct letter {
    uint64_t received_ns;
    int rank;
    size_t number; /* order of sending */
    struct message message;
};

struct post {
    struct letter *letters;
    size_t count;
    size_t capacity;
};

/* A rank's place on the time line. */
struct part {
    struct actor *actor;
    struct chance chance;
    size_t next;          /* action */
    uint64_t time_ns;     /* of the last action */
    uint64_t beat_ns;     /* of the last message or heartbeat */
    uint64_t received_ns; /* of its last message: they do not overtake each other */
    unsigned batch;       /* events that it sends at once */
    unsigned held;
    bool out; /* does nothing any more */
};

struct play {
    const struct program *program;
    const struct fault *fault;
    const struct delivery *delivery;
    struct part *parts;
    struct post post;
    uint64_t pace; /* of calls: some jobs make thousands a second, others a few */
    uint64_t events;
};

static void send_message(struct play *play, int rank, const struct message *message, uint64_t time_ns)
{
    struct part *part = &play->parts[rank];
    struct post *post = &play->post;
    uint64_t lag = (uint64_t)chance_below(&part->chance, (int)play->delivery->lag_ms * 1000 + 1) * 1000;
    uint64_t received = time_ns + lag;

    if (received < part->received_ns)
        received = part->received_ns;
    part->received_ns = received;
    part->beat_ns = time_ns;
    if (post->count == post->capacity) {
        post->capacity = post->capacity ? post->capacity * 2 : 1024;
        post->letters = realloc(post->letters, post->capacity * sizeof *post->letters);
        if (!post->letters)
            abort();
    }
    post->letters[post->count] =
        (struct letter){.received_ns = received, .rank = rank, .number = post->count, .message = *message};
    post->count++;
}

static void flush(struct play *play, int rank)
{
    struct part *part = &play->parts[rank];
    struct message message;
    bool lost = play->delivery->loses && chance_percent(&part->chance, 3);

    part->held = 0;
    if (!actor_take(part->actor, lost, &message))
        return;
    if (lost)
        free(message.data);
    else
        send_message(play, rank, &message, part->time_ns);
}

static void beat(struct play *play, int rank, uint64_t until_ns)
{
    struct part *part = &play->parts[rank];
    struct message message;

    while (part->beat_ns + HEARTBEAT_NS <= until_ns) {
        uint64_t time_ns = part->beat_ns + HEARTBEAT_NS;

        flush(play, rank);
        if (part->beat_ns > time_ns)
            continue;
        actor_heartbeat(part->actor, time_ns, &message);
        send_message(play, rank, &message, time_ns);
    }
}

/* ---- what a rank does until the end of its step ---- */

static void act(struct play *play, int rank, const struct action *action)
{
    struct part *part = &play->parts[rank];

    if (action->kind == ACTION_PAUSE) {
        flush(play, rank);
        part->time_ns += (uint64_t)action->result * MS;
        return;
    }
    part->time_ns += 2000 + play->pace * (uint64_t)chance_below(&part->chance, 60000);
    if (part->time_ns >= part->beat_ns + HEARTBEAT_NS)
        beat(play, rank, part->time_ns);

    int events = actor_act(part->actor, action, part->time_ns);

    play->events += (uint64_t)events;
    part->held += (unsigned)events;
    if (part->held >= part->batch)
        flush(play, rank);
}

static void end_part(struct play *play, int rank, uint64_t time_ns)
{
    const struct fate *fate = &play->fault->fate[rank];
    struct message message;

    flush(play, rank);
    beat(play, rank, time_ns);
    if (fate->how == END_UNKNOWN)
        return;
    actor_end(play->parts[rank].actor, fate->how, fate->status, time_ns, &message);
    send_message(play, rank, &message, time_ns);
}

static void run_to_step(struct play *play, int rank)
{
    struct part *part = &play->parts[rank];
    const struct list *list = &play->program->rank[rank];
    const struct fate *fate = &play->fault->fate[rank];

    while (!part->out) {
        if (part->next >= fate->actions || part->next >= list->count) {
            part->out = true;
            flush(play, rank);
            if (!fate->together)
                end_part(play, rank, part->time_ns + fate->after_ms * MS);
            return;
        }

        const struct action *action = &list->action[part->next++];

        if (action->kind == ACTION_STEP)
            return;
        act(play, rank, action);
    }
}

/* All meet, some a little later; what they have made so far is sent within a short time. */
static void meet(struct play *play)
{
    uint64_t latest = 0;

    for (int rank = 0; rank < play->program->ranks; rank++)
        if (play->parts[rank].time_ns > latest)
            latest = play->parts[rank].time_ns;
    for (int rank = 0; rank < play->program->ranks; rank++) {
        struct part *part = &play->parts[rank];

        if (part->out)
            continue;
        flush(play, rank);
        beat(play, rank, latest);
        part->time_ns = latest + (uint64_t)chance_below(&part->chance, 3000) * 1000;
    }
}

static bool anybody(const struct play *play)
{
    for (int rank = 0; rank < play->program->ranks; rank++)
        if (!play->parts[rank].out)
            return true;
    return false;
}

static uint64_t last_time(const struct play *play)
{
    uint64_t last = 0;

    for (int rank = 0; rank < play->program->ranks; rank++)
        if (play->parts[rank].time_ns > last)
            last = play->parts[rank].time_ns;
    return last;
}

static void begin(struct play *play)
{
    struct chance chance = chance_for(play->delivery->seed, 40);
    struct message message;

    play->pace = (const uint64_t[]){1, 1, 10, 100}[chance_below(&chance, 4)];
    play->parts = calloc((size_t)play->program->ranks, sizeof *play->parts);
    if (!play->parts)
        abort();
    for (int rank = 0; rank < play->program->ranks; rank++) {
        struct part *part = &play->parts[rank];
        uint64_t boot = 1000000000ull * (1 + (uint64_t)chance_below(&chance, 100000));
        int64_t skew = ((int64_t)chance_below(&chance, 2001) - 1000) * 1000; /* NTP: within a millisecond */

        part->actor = actor_create(play->program, rank, boot, skew);
        part->chance = chance_for(play->delivery->seed, 50 + (uint64_t)rank);
        part->batch = 1u << chance_below(&chance, 8);
        actor_hello(part->actor, &message);
        send_message(play, rank, &message, 0);
    }
}

static void run(struct play *play)
{
    while (anybody(play)) {
        for (int rank = 0; rank < play->program->ranks; rank++)
            run_to_step(play, rank);
        meet(play);
    }

    uint64_t last = last_time(play);

    for (int rank = 0; rank < play->program->ranks; rank++) {
        const struct fate *fate = &play->fault->fate[rank];
        unsigned after = fate->how == END_UNKNOWN ? play->fault->silence_ms : fate->after_ms;

        if (fate->together)
            end_part(play, rank, last + after * MS);
    }
}

/* ---- the other end ---- */

static int by_time(const void *a, const void *b)
{
    const struct letter *one = a;
    const struct letter *other = b;

    if (one->received_ns != other->received_ns)
        return one->received_ns < other->received_ns ? -1 : 1;
    return (one->number > other->number) - (one->number < other->number);
}

static int by_rank(const void *a, const void *b)
{
    const struct letter *one = a;
    const struct letter *other = b;

    return one->rank != other->rank ? (one->rank > other->rank) - (one->rank < other->rank)
                                    : (one->number > other->number) - (one->number < other->number);
}

static void deliver(struct play *play, struct outcome *outcome)
{
    struct post *post = &play->post;
    char error[STREAM_ERROR_BYTES];
    uint64_t end = 0;

    for (size_t i = 0; i < post->count; i++)
        if (post->letters[i].received_ns > end)
            end = post->letters[i].received_ns;
    qsort(post->letters, post->count, sizeof *post->letters,
          play->delivery->rank_by_rank ? by_rank : by_time);
    end = (uint64_t)((double)end * play->delivery->cut);
    for (size_t i = 0; i < post->count; i++) {
        struct letter *letter = &post->letters[i];

        if (letter->received_ns <= end &&
            intake_feed(outcome->intake, letter->message.data, letter->message.length,
                        WALL_NS + letter->received_ns, error) < 0) {
            fprintf(stderr, "intake_feed: %s\n", error);
            exit(70);
        }
        free(letter->message.data);
    }
    engine_finish(intake_engine(outcome->intake));
}

void stage_play(const struct program *program, const struct fault *fault, const struct delivery *delivery,
                struct outcome *outcome)
{
    struct play play = {.program = program, .fault = fault, .delivery = delivery};

    outcome->intake = intake_create(NULL);
    if (!outcome->intake)
        abort();
    begin(&play);
    run(&play);
    deliver(&play, outcome);
    outcome->events = play.events;
    for (int rank = 0; rank < program->ranks; rank++)
        actor_destroy(play.parts[rank].actor);
    free(play.parts);
    free(play.post.letters);
}
