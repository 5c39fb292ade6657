/* SPDX-License-Identifier: Apache-2.0
 *
 * Programs with nothing wrong in them, about which nothing is to be said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "schedule.h"

static void silent(int ranks, const char *words)
{
    struct schedule *schedule = schedule_create(ranks);

    schedule_all(schedule, words);
    schedule_expect(schedule, "");
    assert_int_equal(engine_verdict(schedule_engine(schedule)), VERDICT_CLEAN);
    schedule_destroy(schedule);
}

static void a_thousand_steps_are_silent_and_leave_the_window_empty(void **state)
{
    struct schedule *schedule = schedule_create(4);
    struct engine_totals totals;
    struct communicator_summary world;

    (void)state;
    schedule_all(schedule, "1000x{ AR:1024 AG:64h RS:8/max B:4@3 AR:1 }");
    schedule_expect(schedule, "");
    engine_totals(schedule_engine(schedule), &totals);
    assert_int_equal(totals.window_calls, 0);
    assert_int_equal(totals.ranks, 4);
    assert_int_equal(totals.processes, 4);
    assert_int_equal(totals.events, 4 * (2 + 5000));
    assert_int_equal(totals.lost, 0);
    engine_communicator(schedule_engine(schedule), 0, &world);
    assert_string_equal(world.name, "world");
    assert_int_equal(world.size, 4);
    assert_int_equal(world.members.count, 4);
    assert_int_equal(world.collectives, 5000);
    assert_int_equal(engine_verdict(schedule_engine(schedule)), VERDICT_CLEAN);
    schedule_destroy(schedule);
}

static void bytes_are_what_counts_where_nccl_moves_bytes(void **state)
{
    (void)state;
    expect_findings("", 2,
                    (const char *[]){"AG:64f B:16f BC:8i AA:4d SC:2f@1 G:2f AR:4",
                                     "AG:128h B:64b B:32b@0 AA:8f SC:8b@1 G:4h AR:4"});
}

static void calls_without_elements_are_nothing_to_nccl(void **state)
{
    (void)state;
    expect_findings("", 2, (const char *[]){"AR:0 AR:4", "RS:0 AR:4"});
}

static void unknown_reductions_are_neither_equal_nor_different(void **state)
{
    (void)state;
    expect_findings("", 3,
                    (const char *[]){"AR:4/unknown AR:8/dev AR:1", "AR:4/max AR:8/pre=0.5 AR:1",
                                     "AR:4/unknown AR:8/pre=0.5 AR:1"});
}

static void equal_scalars_are_equal_whatever_their_handles(void **state)
{
    (void)state;
    silent(3, "AR:8/pre=0.5 AR:8/pre=2 AR:8/pre=0.5");
}

static void a_communicator_of_one_never_disagrees(void **state)
{
    struct schedule *schedule = schedule_create(2);

    (void)state;
    schedule_add(schedule, 0, "split:t=0,0 t.AR:4 t.B:8 t.AR:1 AR:1");
    schedule_add(schedule, 1, "split:t=1,0 t.RS:9 AR:1 t.AR:7");
    schedule_expect(schedule, "");
    schedule_destroy(schedule);
}

static void a_late_rank_is_no_mismatch(void **state)
{
    (void)state;
    expect_findings("", 3,
                    (const char *[]){"20x{ AR:4 AR:8 } AR:1", "sleep:3000 20x{ AR:4 AR:8 } AR:1",
                                     "20x{ AR:4 AR:8 } sleep:900 AR:1"});
}

static void a_late_rank_raises_no_alarm_while_it_is_late(void **state)
{
    struct schedule *schedule = schedule_create(3);

    (void)state;
    schedule_add(schedule, 0, "AR:4 AR:8 run");
    schedule_add(schedule, 1, "AR:4 run");
    schedule_add(schedule, 2, "AR:4 AR:8 run");
    schedule_play(schedule, ORDER_TURNS, 0);
    schedule_wait(schedule, 9000);
    assert_string_equal(schedule_findings(schedule), "");
    schedule_destroy(schedule);
}

static void messages_in_all_directions_are_silent(void **state)
{
    (void)state;
    silent(1, "[ S>0:4 R<0:4 ]");
    expect_findings("", 3,
                    (const char *[]){"3x{ [ S>1:64 R<2:64 S>2:8 R<1:8 ] } AR:4",
                                     "3x{ [ R<0:64 S>2:64 S>0:8 R<2:16 ] } AR:4",
                                     "3x{ [ R<1:64 S>0:64 R<0:8 S>1:16 ] } AR:4"});
    /* Bytes again, whatever the type; messages of none. */
    expect_findings("", 2, (const char *[]){"S>1:64f S>1:0", "R<0:256b R<0:0d"});
}

static void messages_and_collectives_are_counted_apart(void **state)
{
    (void)state;
    expect_findings("", 2, (const char *[]){"S>1:64 AR:4 S>1:8", "AR:4 R<0:64 R<0:8"});
}

static void many_communicators_are_kept_apart(void **state)
{
    struct schedule *schedule = schedule_create(4);

    (void)state;
    for (int i = 0; i < 4; i++) {
        char words[64];

        for (int s = 0; s < 12; s++) {
            snprintf(words, sizeof words, "split:c%d=%d,%d ", s, (i >> (s & 1)) & 1, -i);
            schedule_add(schedule, i, words);
        }
        for (int s = 0; s < 12; s++) {
            snprintf(words, sizeof words, "40x{ c%d.AR:%d AR:2 } ", s, 10 + s + ((i >> (s & 1)) & 1));
            schedule_add(schedule, i, words);
        }
    }
    schedule_expect(schedule, "");
    assert_int_equal(engine_communicator_count(schedule_engine(schedule)), 25);
    schedule_destroy(schedule);
}

static void a_split_knows_its_members_by_color_key_and_rank(void **state)
{
    struct schedule *schedule = schedule_create(4);
    struct communicator_summary summary;

    (void)state;
    /* Ranks 3, 1, 0 in this order: messages go to communicator ranks. */
    schedule_add(schedule, 0, "split:t=7,5 t.R<1:4 t.AR:4");
    schedule_add(schedule, 1, "split:t=7,2 t.S>2:4 t.R<0:8 t.AR:4");
    schedule_add(schedule, 2, "split:t=-,0");
    schedule_add(schedule, 3, "split:t=7,1 t.S>1:8 t.AR:4");
    schedule_play(schedule, ORDER_TURNS, 0);
    schedule_finish(schedule);
    assert_string_equal(schedule_findings(schedule), "");
    engine_communicator(schedule_engine(schedule), 1, &summary);
    assert_string_equal(summary.name, "split 0 of world, color 7");
    assert_int_equal(summary.size, 3);
    assert_int_equal(summary.point_to_point, 2);
    assert_int_equal(summary.collectives, 1);
    schedule_destroy(schedule);
}

static void the_window_holds_no_more_than_the_skew(void **state)
{
    struct schedule *schedule = schedule_create(2);
    struct engine_totals totals;

    (void)state;
    schedule_add(schedule, 0, "500x{ AR:4 AR:8 } run");
    schedule_add(schedule, 1, "400x{ AR:4 AR:8 } run");
    schedule_play(schedule, ORDER_TURNS, 0);
    engine_totals(schedule_engine(schedule), &totals);
    assert_int_equal(totals.window_calls, 200);
    schedule_destroy(schedule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_steps_are_silent_and_leave_the_window_empty),
        cmocka_unit_test(bytes_are_what_counts_where_nccl_moves_bytes),
        cmocka_unit_test(calls_without_elements_are_nothing_to_nccl),
        cmocka_unit_test(unknown_reductions_are_neither_equal_nor_different),
        cmocka_unit_test(equal_scalars_are_equal_whatever_their_handles),
        cmocka_unit_test(a_communicator_of_one_never_disagrees),
        cmocka_unit_test(a_late_rank_is_no_mismatch),
        cmocka_unit_test(a_late_rank_raises_no_alarm_while_it_is_late),
        cmocka_unit_test(messages_in_all_directions_are_silent),
        cmocka_unit_test(messages_and_collectives_are_counted_apart),
        cmocka_unit_test(many_communicators_are_kept_apart),
        cmocka_unit_test(a_split_knows_its_members_by_color_key_and_rank),
        cmocka_unit_test(the_window_holds_no_more_than_the_skew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
