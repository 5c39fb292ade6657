/* SPDX-License-Identifier: Apache-2.0
 *
 * How jobs end: deaths, failed calls, cancelled and hanging jobs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "schedule.h"

static void a_killed_rank_is_the_root_and_those_killed_after_it_are_not(void **state)
{
    (void)state;
    expect_findings("rank-died error certain world 1 [2] root", 4,
                    (const char *[]){"AR:4 AR:8 sleep:80 kill:15", "AR:4 AR:8 sleep:80 kill:15",
                                     "AR:4 kill:9", "AR:4 AR:8 sleep:80 kill:15"});
}

static void a_rank_that_dies_in_step_is_still_needed(void **state)
{
    (void)state;
    expect_findings("rank-died error certain world 1 [1] root", 3,
                    (const char *[]){"AR:4 sleep:50 kill:15", "AR:4 kill:11", "AR:4 sleep:60 kill:15"});
}

static void an_error_that_a_death_gave_the_survivors_is_its_consequence(void **state)
{
    (void)state;
    /* The survivor's call fails before the death is noticed. */
    expect_findings(
        "call-failed error certain world 0 [0] after rank-died\n"
        "rank-died error certain world 0 [1] root",
        3, (const char *[]){"AR:4 fail:6 sleep:2 exit:1", "sleep:12 kill:9", "AR:4 sleep:60 kill:15"});
}

static void a_remote_error_without_a_death_stands_for_itself(void **state)
{
    (void)state;
    expect_findings(
        "call-failed error certain world 0 [0] root", 3,
        (const char *[]){"AR:4 fail:6 sleep:2 exit:1", "AR:4 sleep:60 kill:15", "AR:4 sleep:60 kill:15"});
}

static void other_ways_to_die(void **state)
{
    (void)state;
    expect_findings("rank-died error certain world 1 [0] root", 2,
                    (const char *[]){"AR:4 exit:1", "AR:4 AR:8 sleep:60 kill:15"});
    expect_findings("rank-died error likely world 1 [0] root", 2,
                    (const char *[]){"AR:4 vanish", "AR:4 AR:8 sleep:60 kill:15"});
    expect_findings("rank-died error certain world 1 [0] root", 2,
                    (const char *[]){"AR:4 exec", "AR:4 AR:8 sleep:60 kill:15"});
}

static void a_death_after_everything_is_done_hurts_nobody(void **state)
{
    (void)state;
    expect_findings("", 2, (const char *[]){"AR:4 destroy:w exit:1", "AR:4 destroy:w sleep:90 end"});
}

static void a_death_is_told_while_the_others_hang(void **state)
{
    struct schedule *schedule = schedule_create(3);

    (void)state;
    schedule_add(schedule, 0, "AR:4 AR:8 run");
    schedule_add(schedule, 1, "AR:4 kill:9");
    schedule_add(schedule, 2, "AR:4 AR:8 run");
    schedule_play(schedule, ORDER_TURNS, 0);
    schedule_wait(schedule, 1000);
    assert_string_equal(schedule_findings(schedule), "rank-died error certain world 1 [1] root");
    assert_string_equal(
        engine_finding(schedule_engine(schedule), 0)->explanation,
        "Rank 1 was killed by SIGKILL. Rank 1 last called all_reduce sum float32 x 4 on world. "
        "Ranks 0,2 called all_reduce sum float32 x 8 next, call 1 on communicator world, which "
        "cannot complete any more.");
    schedule_finish(schedule);
    assert_string_equal(schedule_findings(schedule), "rank-died error certain world 1 [1] root\n"
                                                     "stream-incomplete info certain - -1 [0,2] root");
    schedule_destroy(schedule);
}

static void deaths_after_a_mismatch_are_its_consequence(void **state)
{
    (void)state;
    expect_findings("op-mismatch error certain world 1 [1] root", 3,
                    (const char *[]){"AR:4 AR:8 AR:2 AR:2 AR:3 sleep:400 kill:15",
                                     "AR:4 RD:8 AR:2 AR:2 sleep:300 exit:1",
                                     "AR:4 AR:8 AR:2 AR:2 AR:3 sleep:400 kill:9"});
}

static void a_cancelled_job_has_no_finding(void **state)
{
    (void)state;
    expect_findings("", 3,
                    (const char *[]){"9x{ AR:4 AR:8 } AR:4 kill:15", "9x{ AR:4 AR:8 } kill:15",
                                     "9x{ AR:4 AR:8 } AR:4 AR:8 kill:15"});
    expect_findings("", 2,
                    (const char *[]){"[ S>1:4 R<1:4 ] S>1:8 kill:2", "[ S>0:4 R<0:4 ] sleep:5 kill:2"});
}

static void a_job_whose_ranks_all_exit_alike_was_ended_from_outside(void **state)
{
    (void)state;
    expect_findings(
        "", 3, (const char *[]){"AR:4 AR:8 exit:195", "AR:4 sleep:40 exit:195", "AR:4 sleep:90 exit:195"});
    expect_findings("rank-died error certain world 1 [1] root", 3,
                    (const char *[]){"AR:4 AR:8 sleep:60 exit:195", "AR:4 exit:3", "AR:4 sleep:90 exit:195"});
}

static void a_rank_that_a_watchdog_ended_is_not_to_blame(void **state)
{
    (void)state;
    expect_findings("missing-call error likely world 1 [1] root", 3,
                    (const char *[]){"AR:4 AR:8 sleep:20000 kill:6", "AR:4 sleep:20010 kill:15",
                                     "AR:4 AR:8 sleep:20010 kill:15"});
}

static void a_hang_that_somebody_ended_is_told(void **state)
{
    struct schedule *schedule = schedule_create(3);

    (void)state;
    schedule_add(schedule, 0, "AR:4 AR:8 sleep:20000 kill:15");
    schedule_add(schedule, 1, "AR:4 sleep:20000 kill:15");
    schedule_add(schedule, 2, "AR:4 AR:8 sleep:20000 kill:15");
    schedule_expect(schedule, "missing-call error likely world 1 [1] root");
    assert_string_equal(
        engine_finding(schedule_engine(schedule), 0)->explanation,
        "Ranks 0,2 had waited for rank 1 in all_reduce sum float32 x 8, call 1 on communicator "
        "world, for 20.0 s when the trace ended. Rank 1 last called all_reduce sum float32 x 4 on "
        "world. They may have been about to call it.");
    schedule_destroy(schedule);
}

static void who_waits_elsewhere_is_not_the_root_of_a_hang(void **state)
{
    (void)state;
    /* Rank 0 waits for 1 and 2 in the world, 1 waits for 2 in t. */
    expect_findings("missing-call error likely world 0 [2] root", 3,
                    (const char *[]){"split:t=-,0 AR:4 sleep:20000 kill:15",
                                     "split:t=0,0 sleep:3 t.AR:4 sleep:20000 kill:15",
                                     "split:t=0,0 sleep:20000 kill:15"});
}

static void ranks_that_wait_for_each_other_leave_it_undecided(void **state)
{
    (void)state;
    expect_findings("missing-call error undecided world 0 [1] root", 3,
                    (const char *[]){"split:t=-,0 AR:4 sleep:20000 kill:15",
                                     "split:t=0,0 sleep:3 t.AR:4 sleep:20000 kill:15",
                                     "split:t=0,0 AR:4 sleep:20000 kill:15"});
}

static void a_message_that_never_came_explains_a_hang(void **state)
{
    (void)state;
    expect_findings("p2p-unmatched error likely world 0 [0] root", 2,
                    (const char *[]){"AR:4 sleep:9000 kill:15", "AR:4 R<0:4 sleep:9000 kill:15"});
}

static void a_failed_call_is_told_with_its_ranks(void **state)
{
    (void)state;
    expect_findings("call-failed error certain world 0 [0,2] root", 3,
                    (const char *[]){"AR:4 fail:2 AR:8", "AR:4 AR:8", "AR:4 fail:2 AR:8"});
}

static void in_progress_is_no_failure(void **state)
{
    (void)state;
    expect_findings("", 2, (const char *[]){"AR:4 fail:7 AR:8", "AR:4 fail:0 AR:8"});
}

static void an_error_after_a_death_follows_from_it(void **state)
{
    (void)state;
    expect_findings("call-failed error certain world -1 [0,2] after rank-died\n"
                    "rank-died error certain world 1 [1] root",
                    3,
                    (const char *[]){"AR:4 AR:8 sleep:200 async:6 exit:1", "AR:4 kill:9",
                                     "AR:4 AR:8 sleep:200 async:6 exit:1"});
}

static void a_watchdog_that_gives_up_waiting_for_a_message_is_not_to_blame(void **state)
{
    (void)state;
    expect_findings("p2p-unmatched error likely world 0 [1] root", 3,
                    (const char *[]){"AR:4 S>1:8 sleep:3000 kill:6", "AR:4 sleep:3300 kill:15",
                                     "AR:4 sleep:3300 kill:15"});
}

static void a_watchdog_that_gives_up_waiting_in_a_creation_is_not_to_blame(void **state)
{
    (void)state;
    expect_findings("communicator-init error likely world 1 [1] root", 3,
                    (const char *[]){"AR:4 splitting:t=0,0 sleep:3000 kill:6", "AR:4 sleep:3300 kill:15",
                                     "AR:4 splitting:t=0,0 sleep:3300 kill:15"});
}

static void an_empty_call_that_a_rank_missed_as_well_follows_from_its_leaving(void **state)
{
    (void)state;
    expect_findings("missing-call error certain world 1 [2] root\n"
                    "missing-call warning certain split 0 of world, color 0 0 [2] after missing-call",
                    3,
                    (const char *[]){"split:t=0,0 AR:4 sleep:9 AR:8 t.AR:0",
                                     "split:t=0,0 AR:4 sleep:9 AR:8 t.AR:0", "split:t=0,0 AR:4"});
}

static void one_that_leaves_without_a_call_left_it_out_though_the_others_leave_too(void **state)
{
    (void)state;
    expect_findings("missing-call error certain world 0 [2] root", 3,
                    (const char *[]){"AR:4", "AR:4", "sleep:1"});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_rank_is_the_root_and_those_killed_after_it_are_not),
        cmocka_unit_test(a_rank_that_dies_in_step_is_still_needed),
        cmocka_unit_test(an_error_that_a_death_gave_the_survivors_is_its_consequence),
        cmocka_unit_test(a_remote_error_without_a_death_stands_for_itself),
        cmocka_unit_test(other_ways_to_die),
        cmocka_unit_test(a_death_after_everything_is_done_hurts_nobody),
        cmocka_unit_test(a_death_is_told_while_the_others_hang),
        cmocka_unit_test(deaths_after_a_mismatch_are_its_consequence),
        cmocka_unit_test(a_cancelled_job_has_no_finding),
        cmocka_unit_test(a_job_whose_ranks_all_exit_alike_was_ended_from_outside),
        cmocka_unit_test(a_rank_that_a_watchdog_ended_is_not_to_blame),
        cmocka_unit_test(a_hang_that_somebody_ended_is_told),
        cmocka_unit_test(who_waits_elsewhere_is_not_the_root_of_a_hang),
        cmocka_unit_test(ranks_that_wait_for_each_other_leave_it_undecided),
        cmocka_unit_test(a_message_that_never_came_explains_a_hang),
        cmocka_unit_test(a_failed_call_is_told_with_its_ranks),
        cmocka_unit_test(in_progress_is_no_failure),
        cmocka_unit_test(an_error_after_a_death_follows_from_it),
        cmocka_unit_test(a_watchdog_that_gives_up_waiting_for_a_message_is_not_to_blame),
        cmocka_unit_test(a_watchdog_that_gives_up_waiting_in_a_creation_is_not_to_blame),
        cmocka_unit_test(an_empty_call_that_a_rank_missed_as_well_follows_from_its_leaving),
        cmocka_unit_test(one_that_leaves_without_a_call_left_it_out_though_the_others_leave_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
