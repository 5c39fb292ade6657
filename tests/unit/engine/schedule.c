/* SPDX-License-Identifier: Apache-2.0 */
#include "schedule.h"

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "intake.h"
#include "ranks.h"
#include "script.h"

#define START_NS  1000000000000ull
#define STEP_NS   1000000ull
#define WALL_NS   1700000000000000000ull /* the real time at monotonic time 0 */
#define TEXT_SIZE (1u << 20)

struct schedule {
    int ranks;
    struct script **scripts;
    struct intake *intake;
    uint64_t now_ns; /* of the receipt, monotonic */
    char *text;
};

struct schedule *schedule_create(int ranks)
{
    struct schedule *schedule = calloc(1, sizeof *schedule);

    assert_non_null(schedule);
    schedule->ranks = ranks;
    schedule->scripts = calloc((size_t)ranks, sizeof(struct script *));
    schedule->text = malloc(TEXT_SIZE);
    assert_non_null(schedule->scripts);
    assert_non_null(schedule->text);
    for (int i = 0; i < ranks; i++)
        schedule->scripts[i] = script_create(i, ranks, START_NS, WALL_NS);
    return schedule;
}

void schedule_destroy(struct schedule *schedule)
{
    for (int i = 0; i < schedule->ranks; i++)
        script_destroy(schedule->scripts[i]);
    intake_destroy(schedule->intake);
    free(schedule->scripts);
    free(schedule->text);
    free(schedule);
}

void schedule_add(struct schedule *schedule, int rank, const char *words)
{
    script_add(schedule->scripts[rank], words);
}

void schedule_all(struct schedule *schedule, const char *words)
{
    for (int i = 0; i < schedule->ranks; i++)
        schedule_add(schedule, i, words);
}

const struct engine *schedule_engine(const struct schedule *schedule)
{
    return intake_engine(schedule->intake);
}

/* ---- delivery ---- */

static void feed(struct schedule *schedule, struct message *message, uint64_t time_ns)
{
    char error[STREAM_ERROR_BYTES] = "";

    if (time_ns > schedule->now_ns)
        schedule->now_ns = time_ns;
    if (intake_feed(schedule->intake, message->data, message->length, WALL_NS + schedule->now_ns, error) < 0)
        fail_msg("intake_feed: %s", error);
    free(message->data);
}

/* Delivers the next `words` words of a rank as one message. False when there are no more. */
static bool deliver(struct schedule *schedule, int rank, size_t words)
{
    struct message message;
    uint64_t time_ns;

    if (!script_next(schedule->scripts[rank], words, &message, &time_ns))
        return false;
    if (message.data)
        feed(schedule, &message, time_ns);
    return true;
}

/* The rank whose next word is the earliest. */
static int earliest(const struct schedule *schedule)
{
    int best = -1;

    for (int i = 0; i < schedule->ranks; i++)
        if (script_time(schedule->scripts[i]) != UINT64_MAX &&
            (best < 0 || script_time(schedule->scripts[i]) < script_time(schedule->scripts[best])))
            best = i;
    return best;
}

static void deliver_turns(struct schedule *schedule)
{
    for (int rank; (rank = earliest(schedule)) >= 0;)
        deliver(schedule, rank, 1);
}

static void deliver_ranks(struct schedule *schedule, bool backwards)
{
    for (int i = 0; i < schedule->ranks; i++)
        while (deliver(schedule, backwards ? schedule->ranks - 1 - i : i, 4096))
            ;
}

/* In pieces, but none is late by so much that a judgement could not wait for it: see timing.h. */
static void deliver_random(struct schedule *schedule, unsigned seed)
{
    unsigned state = seed * 2654435761u + 12345;

    for (int first; (first = earliest(schedule)) >= 0;) {
        state = state * 1103515245u + 12345;

        int rank = (int)((state >> 16) % (unsigned)schedule->ranks);
        uint64_t ahead = script_time(schedule->scripts[rank]);

        if (ahead == UINT64_MAX || ahead > script_time(schedule->scripts[first]) + 40 * STEP_NS)
            rank = first;
        state = state * 1103515245u + 12345;
        deliver(schedule, rank, 1 + (state >> 16) % 5);
    }
}

void schedule_play(struct schedule *schedule, enum schedule_order order, unsigned seed)
{
    intake_destroy(schedule->intake);
    schedule->intake = intake_create(NULL);
    assert_non_null(schedule->intake);
    schedule->now_ns = START_NS;
    for (int i = 0; i < schedule->ranks; i++)
        script_rewind(schedule->scripts[i]);
    switch (order) {
    case ORDER_TURNS:
        deliver_turns(schedule);
        break;
    case ORDER_RANKS:
    case ORDER_BACKWARDS:
        deliver_ranks(schedule, order == ORDER_BACKWARDS);
        break;
    case ORDER_RANDOM:
        deliver_random(schedule, seed);
        break;
    }
}

void schedule_wait(struct schedule *schedule, unsigned ms)
{
    for (unsigned waited = 0; waited < ms; waited += 50) {
        schedule->now_ns += 50 * STEP_NS;
        for (int i = 0; i < schedule->ranks; i++) {
            struct message message;

            if (!script_heartbeat(schedule->scripts[i], schedule->now_ns, &message))
                continue;
            feed(schedule, &message, schedule->now_ns);
        }
        engine_time(intake_engine(schedule->intake), WALL_NS + schedule->now_ns);
    }
}

void schedule_finish(struct schedule *schedule)
{
    engine_finish(intake_engine(schedule->intake));
}

/* ---- findings ---- */

static int by_identity(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *finding_line(const struct engine *engine, const struct finding *finding)
{
    struct arena arena = {0};
    struct communicator_summary summary = {.name = "-"};
    char *line;
    const char *cause = finding->root_cause ? "root" : "after";
    const char *code = finding->root_cause || finding->caused_by == FINDING_NO_CAUSE
                           ? ""
                           : finding_code_name(engine_finding(engine, finding->caused_by)->code);

    if (finding->communicator >= 0)
        engine_communicator(engine, (size_t)finding->communicator, &summary);
    assert_true(asprintf(&line, "%s %s %s %s %lld [%s] %s%s%s", finding_code_name(finding->code),
                         severity_name(finding->severity), confidence_name(finding->confidence), summary.name,
                         (long long)finding->index, ranks_text(finding->ranks, &arena), cause,
                         *code ? " " : "", code) > 0);
    arena_destroy(&arena);
    return line;
}

/* Sorted: the order in which findings are found depends on the order of receipt. */
const char *schedule_findings(struct schedule *schedule)
{
    const struct engine *engine = schedule_engine(schedule);
    size_t count = engine_finding_count(engine);
    char **lines = calloc(count + 1, sizeof(char *));
    size_t length = 0;

    assert_non_null(lines);
    for (size_t i = 0; i < count; i++)
        lines[i] = finding_line(engine, engine_finding(engine, i));
    qsort(lines, count, sizeof(char *), by_identity);
    schedule->text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        length +=
            (size_t)snprintf(schedule->text + length, TEXT_SIZE - length, "%s%s", i ? "\n" : "", lines[i]);
        free(lines[i]);
    }
    free(lines);
    return schedule->text;
}

static void explain(const struct engine *engine)
{
    for (size_t i = 0; i < engine_finding_count(engine); i++)
        print_message("  %s\n", engine_finding(engine, i)->explanation);
}

void schedule_expect(struct schedule *schedule, const char *expected)
{
    static const enum schedule_order orders[] = {ORDER_TURNS, ORDER_RANKS, ORDER_BACKWARDS};

    for (unsigned i = 0; i < 3 + 20; i++) {
        schedule_play(schedule, i < 3 ? orders[i] : ORDER_RANDOM, i);
        schedule_finish(schedule);
        if (strcmp(schedule_findings(schedule), expected) != 0) {
            print_message("in order %u:\n", i);
            explain(schedule_engine(schedule));
        }
        assert_string_equal(schedule_findings(schedule), expected);
    }
}

void expect_findings(const char *expected, int ranks, const char *const *programs)
{
    struct schedule *schedule = schedule_create(ranks);

    for (int i = 0; i < ranks; i++)
        schedule_add(schedule, i, programs[i]);
    schedule_expect(schedule, expected);
    schedule_destroy(schedule);
}
