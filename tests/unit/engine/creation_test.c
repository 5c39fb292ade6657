/* SPDX-License-Identifier: Apache-2.0
 *
 * Communicators that not all of their members make, or not alike.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "schedule.h"

static void a_split_that_a_rank_never_called_is_told_when_it_has_ended(void **state)
{
    (void)state;
    expect_findings("communicator-init error certain world 1 [2] root\n"
                    "stream-incomplete info certain - -1 [0-1,3] root",
                    4,
                    (const char *[]){"AR:4 splitting:t=0,0 run", "AR:4 splitting:t=0,0 run", "AR:4 end",
                                     "AR:4 splitting:t=0,0 run"});
}

static void a_split_that_a_rank_went_past_is_told_while_the_job_hangs(void **state)
{
    struct schedule *schedule = schedule_create(3);

    (void)state;
    schedule_add(schedule, 0, "AR:4 splitting:t=0,0 run");
    schedule_add(schedule, 1, "AR:4 AR:8 AR:4 run");
    schedule_add(schedule, 2, "AR:4 splitting:t=0,0 run");
    schedule_play(schedule, ORDER_TURNS, 0);
    schedule_wait(schedule, 1000);
    assert_string_equal(schedule_findings(schedule), "communicator-init error likely world 1 [1] root");
    schedule_finish(schedule);
    assert_string_equal(schedule_findings(schedule), "communicator-init error likely world 1 [1] root");
    schedule_destroy(schedule);
}

static void a_rank_that_is_late_for_a_split_raises_no_alarm(void **state)
{
    struct schedule *schedule = schedule_create(3);

    (void)state;
    schedule_add(schedule, 0, "AR:4 split:t=0,0 t.AR:4");
    schedule_add(schedule, 1, "AR:4 sleep:3000 split:t=0,0 t.AR:4");
    schedule_add(schedule, 2, "AR:4 split:t=0,0 t.AR:4");
    schedule_expect(schedule, "");
    schedule_destroy(schedule);
}

static void ranks_without_color_take_part_in_a_split(void **state)
{
    (void)state;
    expect_findings("", 3, (const char *[]){"split:t=0,0 t.AR:4", "split:t=-,0", "split:t=0,0 t.AR:4"});
}

static void a_rank_that_never_started_is_missing_from_the_init(void **state)
{
    (void)state;
    expect_findings("communicator-init error likely world -1 [2] root", 3,
                    (const char *[]){"bare initing:w=3,0 sleep:9000 kill:15",
                                     "bare initing:w=3,1 sleep:9000 kill:15", "bare sleep:9000 kill:15"});
}

static void different_sizes_for_one_id_are_told(void **state)
{
    (void)state;
    expect_findings("communicator-init error certain world -1 [1] root", 3,
                    (const char *[]){"bare initing:w=3,0 sleep:400 run", "bare initing:w=2,1 sleep:400 run",
                                     "bare initing:w=3,2 sleep:400 run"});
}

static void one_rank_taken_twice_is_told(void **state)
{
    (void)state;
    expect_findings("communicator-init error certain world -1 [0-1] root", 2,
                    (const char *[]){"bare initing:w=2,1 sleep:400 run", "bare initing:w=2,1 sleep:400 run"});
}

static void members_outside_the_trace_are_no_mismatch(void **state)
{
    struct schedule *schedule = schedule_create(2);

    (void)state;
    schedule_add(schedule, 0, "bare init:w=4,0 AR:4 AR:8 AR:1");
    schedule_add(schedule, 1, "bare init:w=4,1 AR:4 AR:8 AR:1");
    schedule_expect(schedule, "stream-incomplete warning certain communicator 1 -1 [none] root");
    assert_int_equal(engine_verdict(schedule_engine(schedule)), VERDICT_INCOMPLETE);
    schedule_destroy(schedule);
}

static void those_inside_the_trace_are_compared_all_the_same(void **state)
{
    (void)state;
    expect_findings("count-mismatch error likely communicator 1 1 [2] root\n"
                    "stream-incomplete warning certain communicator 1 -1 [none] root",
                    3,
                    (const char *[]){"bare init:w=8,0 AR:4 AR:8 AR:1 AR:2",
                                     "bare init:w=8,1 AR:4 AR:8 AR:1 AR:2",
                                     "bare init:w=8,2 AR:4 AR:9 AR:1 AR:2"});
}

static void the_explanation_names_the_call_and_the_wait(void **state)
{
    struct schedule *schedule = schedule_create(3);

    (void)state;
    schedule_add(schedule, 0, "AR:4 splitting:t=0,0 run");
    schedule_add(schedule, 1, "AR:4 end");
    schedule_add(schedule, 2, "AR:4 splitting:t=0,0 run");
    schedule_play(schedule, ORDER_TURNS, 0);
    schedule_finish(schedule);
    assert_string_equal(
        engine_finding(schedule_engine(schedule), 0)->explanation,
        "Rank 1 did not call ncclCommSplit 0 on communicator world, which ranks 0,2 called. It "
        "has ended without it.");
    schedule_destroy(schedule);
}

static void a_rank_that_never_called_a_split_is_named_though_the_job_was_killed(void **state)
{
    (void)state;
    expect_findings("communicator-init error likely world 1 [2] root", 3,
                    (const char *[]){"AR:4 splitting:t=0,0 sleep:3000 kill:15",
                                     "AR:4 splitting:t=0,0 sleep:3000 kill:15", "AR:4 sleep:3000 kill:15"});
}

static void a_rank_that_waits_elsewhere_is_named_when_no_other_is_missing(void **state)
{
    (void)state;
    expect_findings("communicator-init error likely world 0 [2] root", 3,
                    (const char *[]){"split:p=0,0 splitting:t=0,0 sleep:3000 kill:15",
                                     "split:p=1,0 splitting:t=0,0 sleep:3000 kill:15",
                                     "split:p=1,1 sleep:100 p.AR:4 sleep:3000 kill:15"});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_split_that_a_rank_never_called_is_told_when_it_has_ended),
        cmocka_unit_test(a_split_that_a_rank_went_past_is_told_while_the_job_hangs),
        cmocka_unit_test(a_rank_that_is_late_for_a_split_raises_no_alarm),
        cmocka_unit_test(ranks_without_color_take_part_in_a_split),
        cmocka_unit_test(a_rank_that_never_started_is_missing_from_the_init),
        cmocka_unit_test(different_sizes_for_one_id_are_told),
        cmocka_unit_test(one_rank_taken_twice_is_told),
        cmocka_unit_test(members_outside_the_trace_are_no_mismatch),
        cmocka_unit_test(those_inside_the_trace_are_compared_all_the_same),
        cmocka_unit_test(the_explanation_names_the_call_and_the_wait),
        cmocka_unit_test(a_rank_that_never_called_a_split_is_named_though_the_job_was_killed),
        cmocka_unit_test(a_rank_that_waits_elsewhere_is_named_when_no_other_is_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
