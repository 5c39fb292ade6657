/* SPDX-License-Identifier: Apache-2.0
 *
 * Random programs of six to eight ranks on several communicators: healthy, nothing is said; with one mistake
 * in them, exactly one root is, with the right code, culprit and index.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schedule.h"

enum { RANKS_LIMIT = 8, STEPS = 8, CALLS = 12, WORD_SIZE = 40, WORDS_LIMIT = 400 };

/* One call of the template: the same for all members, or a message round a ring. */
struct call_plan {
    char communicator; /* w, h (halves), p (odd and even) */
    char text[24];     /* "AR:4"; "" for a message */
    int bytes;         /* of the message */
};

struct program {
    int ranks;
    int calls;
    struct call_plan plan[CALLS];
    char words[RANKS_LIMIT][WORDS_LIMIT][WORD_SIZE];
    int count[RANKS_LIMIT];
    int plan_of[WORDS_LIMIT];
};

static unsigned state_of_chance;

static int chance(int limit)
{
    state_of_chance = state_of_chance * 1664525u + 1013904223u;
    return (int)((state_of_chance >> 8) % (unsigned)limit);
}

static void plan_call(struct call_plan *plan)
{
    static const char *const forms[] = {"AR:%d", "AG:%d", "RS:%d/max", "B:%d@1", "RD:%d@1", "AR:%dd"};

    *plan = (struct call_plan){.communicator = "wwhp"[chance(4)]};
    if (chance(5) == 0)
        plan->bytes = 1 + chance(900);
    else
        snprintf(plan->text, sizeof plan->text, forms[chance(6)], 1 + chance(900));
}

/* Everything one call makes of a rank; messages are a send and a receive in a group, on the world. */
static void write_words(struct program *program, int rank, const struct call_plan *plan)
{
    char(*words)[WORD_SIZE] = &program->words[rank][program->count[rank]];

    if (*plan->text) {
        snprintf(words[0], WORD_SIZE, "%c.%s", plan->communicator, plan->text);
        program->count[rank] += 1;
        return;
    }
    snprintf(words[0], WORD_SIZE, "[");
    snprintf(words[1], WORD_SIZE, "S>%d:%db", (rank + 1) % program->ranks, plan->bytes);
    snprintf(words[2], WORD_SIZE, "R<%d:%db", (rank + program->ranks - 1) % program->ranks, plan->bytes);
    snprintf(words[3], WORD_SIZE, "]");
    program->count[rank] += 4;
}

static void write_program(struct program *program)
{
    program->ranks = 6 + chance(3);
    program->calls = 6 + chance(CALLS - 6);
    for (int c = 0; c < program->calls; c++)
        plan_call(&program->plan[c]);
    for (int rank = 0; rank < program->ranks; rank++) {
        program->count[rank] = 0;
        for (int s = 0; s < STEPS; s++)
            for (int c = 0; c < program->calls; c++)
                write_words(program, rank, &program->plan[c]);
    }
}

static struct schedule *to_schedule(const struct program *program)
{
    struct schedule *schedule = schedule_create(program->ranks);
    char splits[64];

    for (int rank = 0; rank < program->ranks; rank++) {
        snprintf(splits, sizeof splits, "split:h=%d,0 split:p=%d,0 ", rank >= program->ranks / 2, rank & 1);
        schedule_add(schedule, rank, splits);
        for (int i = 0; i < program->count[rank]; i++)
            schedule_add(schedule, rank, program->words[rank][i]);
    }
    return schedule;
}

/* ---- one mistake ---- */

static void remove_word(struct program *program, int rank, int at)
{
    program->count[rank]--;
    memmove(program->words[rank][at], program->words[rank][at + 1],
            (size_t)(program->count[rank] - at) * WORD_SIZE);
}

static void insert_word(struct program *program, int rank, int at, const char *word)
{
    memmove(program->words[rank][at + 1], program->words[rank][at],
            (size_t)(program->count[rank] - at) * WORD_SIZE);
    program->count[rank]++;
    snprintf(program->words[rank][at], WORD_SIZE, "%s", word);
}

static bool is_collective(const char *word)
{
    return word[1] == '.';
}

/* The n-th collective of a communicator in a rank's program, or NULL. */
static const char *nth(const struct program *program, int rank, char communicator, int n)
{
    for (int i = 0; i < program->count[rank]; i++)
        if (is_collective(program->words[rank][i]) && program->words[rank][i][0] == communicator && n-- == 0)
            return program->words[rank][i];
    return NULL;
}

/* Where the mutated rank's calls first differ from the original ones. */
static int first_difference(const struct program *before, const struct program *after, int rank,
                            char communicator)
{
    for (int n = 0;; n++) {
        const char *one = nth(before, rank, communicator, n);
        const char *other = nth(after, rank, communicator, n);

        if (!one && !other)
            return -1;
        if (!one || !other || strcmp(one, other) != 0)
            return n;
    }
}

static int pick_collective(const struct program *program, int rank)
{
    for (int tries = 0; tries < 1000; tries++) {
        int at = program->count[rank] / 4 + chance(program->count[rank] / 2);

        if (is_collective(program->words[rank][at]))
            return at;
    }
    return -1;
}

static int next_on_same(const struct program *program, int rank, int at)
{
    for (int i = at + 1; i < program->count[rank]; i++)
        if (is_collective(program->words[rank][i]) &&
            program->words[rank][i][0] == program->words[rank][at][0])
            return i;
    return -1;
}

/* Makes one mistake in one rank's collectives; returns the code that it should be given, NULL when this draw
 * makes none. */
static const char *spoil(struct program *program, int rank, int at)
{
    char *word = program->words[rank][at];
    char text[WORD_SIZE];
    int other;

    switch (chance(7)) {
    case 0:
        remove_word(program, rank, at);
        return "missing-call";
    case 1:
        snprintf(text, sizeof text, "%c.AR:1234", word[0]);
        insert_word(program, rank, at, text);
        return "extra-call";
    case 2:
        other = next_on_same(program, rank, at);
        if (other < 0 || strcmp(program->words[rank][other], word) == 0)
            return NULL;
        memcpy(text, word, sizeof text);
        memcpy(word, program->words[rank][other], sizeof text);
        memcpy(program->words[rank][other], text, sizeof text);
        return "order-mismatch";
    case 3:
        snprintf(text, sizeof text, "%c.AA:%d", word[0], 2000);
        memcpy(word, text, sizeof text);
        return "op-mismatch";
    case 4:
        snprintf(text, sizeof text, "%.2s%.2s:4321%.30s", word, word + 2,
                 strchr(word, ':') + 1 + strspn(strchr(word, ':') + 1, "0123456789"));
        if (word[3] == ':')
            snprintf(text, sizeof text, "%.3s:4321%.30s", word,
                     strchr(word, ':') + 1 + strspn(strchr(word, ':') + 1, "0123456789"));
        memcpy(word, text, sizeof text);
        return "count-mismatch";
    case 5:
        if (!strchr(word, '@'))
            return NULL;
        strchr(word, '@')[1] = '2';
        return "root-mismatch";
    default:
        if (strncmp(word + 2, "RS", 2) != 0)
            return NULL;
        memcpy(strchr(word, '/'), "/min", 5);
        return "redop-mismatch";
    }
}

/* ---- the tests ---- */

static void play(struct schedule *schedule, unsigned seed)
{
    schedule_play(schedule, (enum schedule_order)(seed % 4), seed);
    schedule_finish(schedule);
}

static void random_programs_are_silent(void **state)
{
    struct program *program = malloc(sizeof *program);

    (void)state;
    assert_non_null(program);
    for (unsigned seed = 1; seed <= 300; seed++) {
        state_of_chance = seed;
        write_program(program);

        struct schedule *schedule = to_schedule(program);

        play(schedule, seed);
        if (*schedule_findings(schedule))
            fail_msg("seed %u: %s", seed, schedule_findings(schedule));
        schedule_destroy(schedule);
    }
    free(program);
}

static bool is_right(const struct engine *engine, const char *code, int rank, int index, char communicator)
{
    size_t roots = 0;
    bool right = true;

    for (size_t i = 0; i < engine_finding_count(engine); i++) {
        const struct finding *finding = engine_finding(engine, i);
        struct communicator_summary summary;

        if (!finding->root_cause)
            continue;
        roots++;
        engine_communicator(engine, (size_t)finding->communicator, &summary);
        right = right && strcmp(finding_code_name(finding->code), code) == 0 && finding->index == index &&
                finding->ranks.count == 1 && finding->ranks.rank[0] == rank &&
                finding->confidence != CONFIDENCE_UNDECIDED &&
                strncmp(summary.name,
                        communicator == 'w'   ? "world"
                        : communicator == 'h' ? "split 0"
                                              : "split 1",
                        5) == 0;
    }
    return right && roots == 1;
}

static void one_mistake_in_a_random_program_is_one_root_with_the_right_name_culprit_and_index(void **state)
{
    struct program *program = malloc(sizeof *program);
    struct program *spoilt = malloc(sizeof *spoilt);
    unsigned tried = 0;

    (void)state;
    assert_non_null(program);
    assert_non_null(spoilt);
    for (unsigned seed = 1; seed <= 1500; seed++) {
        state_of_chance = seed * 77;
        write_program(program);
        memcpy(spoilt, program, sizeof *program);

        int rank = chance(program->ranks);
        int at = pick_collective(program, rank);
        const char *code = at < 0 ? NULL : spoil(spoilt, rank, at);
        char communicator = at < 0 ? 'w' : program->words[rank][at][0];
        int index = code ? first_difference(program, spoilt, rank, communicator) : -1;

        if (!code || index < 0)
            continue;
        tried++;

        struct schedule *schedule = to_schedule(spoilt);

        play(schedule, seed);
        if (!is_right(schedule_engine(schedule), code, rank, index, communicator))
            fail_msg("seed %u: %s of rank %d at %c %d (%s); found:\n%s", seed, code, rank, communicator,
                     index, program->words[rank][at], schedule_findings(schedule));
        schedule_destroy(schedule);
    }
    assert_true(tried > 800);
    free(program);
    free(spoilt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_programs_are_silent),
        cmocka_unit_test(one_mistake_in_a_random_program_is_one_root_with_the_right_name_culprit_and_index),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
