/* SPDX-License-Identifier: Apache-2.0
 *
 * When the engine speaks, as engine time passes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "schedule.h"

#define STEPS "3x{ AR:1024 AR:24/max B:4@3 RD:8 AR:1 } "

static struct schedule *hanging(const char *right, const char *wrong)
{
    struct schedule *schedule = schedule_create(4);

    schedule_all(schedule, STEPS);
    for (int i = 0; i < 4; i++)
        schedule_add(schedule, i, i == 2 ? wrong : right);
    schedule_play(schedule, ORDER_TURNS, 0);
    return schedule;
}

static void a_hang_is_judged_when_it_has_been_quiet_for_a_moment(void **state)
{
    struct schedule *schedule = hanging("AR:1024 AR:24/max run", "RD:1024 AR:24/max run");

    (void)state;
    schedule_wait(schedule, 100);
    assert_string_equal(schedule_findings(schedule), "");
    schedule_wait(schedule, 100);
    assert_string_equal(schedule_findings(schedule), "op-mismatch error certain world 15 [2] root");
    schedule_finish(schedule);
    assert_string_equal(schedule_findings(schedule), "op-mismatch error certain world 15 [2] root");
    schedule_destroy(schedule);
}

static void a_job_that_goes_on_is_judged_by_its_next_calls(void **state)
{
    struct schedule *schedule = hanging("AR:1024 20x{ AR:8 } run", "RD:1024 20x{ AR:8 } run");

    (void)state;
    assert_string_equal(schedule_findings(schedule), "op-mismatch error certain world 15 [2] root");
    schedule_destroy(schedule);
}

static void a_split_vote_waits_longer_for_those_who_could_turn_it(void **state)
{
    struct schedule *schedule = schedule_create(4);

    (void)state;
    schedule_add(schedule, 0, "AR:4 AR:8 run");
    schedule_add(schedule, 1, "AR:4 AR:9 run");
    schedule_add(schedule, 2, "AR:4 sleep:300 AR:9 run");
    schedule_add(schedule, 3, "AR:4 sleep:310 AR:9 run");
    schedule_play(schedule, ORDER_TURNS, 0);
    schedule_wait(schedule, 300);
    assert_string_equal(schedule_findings(schedule), "count-mismatch error likely world 1 [0] root");
    schedule_destroy(schedule);
}

static void a_rank_that_never_comes_does_not_hold_up_the_verdict(void **state)
{
    struct schedule *schedule = schedule_create(3);

    (void)state;
    schedule_add(schedule, 0, "AR:4 AR:8 run");
    schedule_add(schedule, 1, "AR:4 AR:9 run");
    schedule_add(schedule, 2, "AR:4 run");
    schedule_play(schedule, ORDER_TURNS, 0);
    schedule_wait(schedule, 700);
    assert_string_equal(schedule_findings(schedule), "count-mismatch error undecided world 1 [0-1] root");
    schedule_destroy(schedule);
}

static void the_first_death_is_told_from_those_that_follow_it(void **state)
{
    struct schedule *schedule = schedule_create(3);

    (void)state;
    /* News of the first death comes last. */
    schedule_add(schedule, 0, "AR:4 AR:8 kill:11");
    schedule_add(schedule, 1, "AR:4 AR:8 sleep:20 kill:15");
    schedule_add(schedule, 2, "AR:4 AR:8 sleep:30 kill:15");
    schedule_play(schedule, ORDER_BACKWARDS, 0);
    schedule_finish(schedule);
    assert_string_equal(schedule_findings(schedule), "rank-died error certain world 2 [0] root");
    schedule_destroy(schedule);
}

struct log {
    size_t count;
    enum finding_code code;
};

static void note(void *context, const struct finding *finding)
{
    struct log *log = context;

    log->count++;
    log->code = finding->code;
}

static void every_finding_is_told_once(void **state)
{
    struct log log = {0};
    const struct engine_options options = {.found = note, .context = &log};
    struct engine *engine = engine_create(&options);

    (void)state;
    engine_incomplete(engine, "Something is missing.");
    assert_int_equal(log.count, 1);
    assert_int_equal(log.code, FINDING_STREAM_INCOMPLETE);
    engine_finish(engine);
    engine_finish(engine);
    assert_int_equal(log.count, 1);
    engine_destroy(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hang_is_judged_when_it_has_been_quiet_for_a_moment),
        cmocka_unit_test(a_job_that_goes_on_is_judged_by_its_next_calls),
        cmocka_unit_test(a_split_vote_waits_longer_for_those_who_could_turn_it),
        cmocka_unit_test(a_rank_that_never_comes_does_not_hold_up_the_verdict),
        cmocka_unit_test(the_first_death_is_told_from_those_that_follow_it),
        cmocka_unit_test(every_finding_is_told_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
