/* SPDX-License-Identifier: Apache-2.0
 *
 * Programs on which other tools raise false alarms, accuse the innocent, crash or stay silent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "schedule.h"

/* ---- healthy programs: silence ---- */

static void messages_and_collectives_with_equal_counters_are_no_group(void **state)
{
    (void)state;
    expect_findings("", 2, (const char *[]){"S>1:4 AR:4", "R<0:4 AR:4"});
    expect_findings("", 2, (const char *[]){"AR:4 S>1:4 AR:4", "AR:4 R<0:4 AR:4"});
    expect_findings("", 4, (const char *[]){"S>1:4 AR:4", "R<0:4 AR:4", "S>3:4 AR:4", "R<2:4 AR:4"});
}

static void a_batch_in_both_directions_is_healthy_in_any_order(void **state)
{
    (void)state;
    expect_findings("", 2, (const char *[]){"[ S>1:8 R<1:8 ]", "[ S>0:8 R<0:8 ]"});
    expect_findings("", 2, (const char *[]){"[ S>1:8 R<1:8 ]", "[ R<0:8 S>0:8 ]"});
    expect_findings("", 2, (const char *[]){"[ R<1:8 S>1:8 ]", "[ R<0:8 S>0:8 ]"});
}

static void a_batch_in_one_direction_is_healthy(void **state)
{
    (void)state;
    expect_findings("", 2, (const char *[]){"[ S>1:8 S>1:16 ]", "[ R<0:8 R<0:16 ]"});
}

static void a_ring_of_four_is_healthy(void **state)
{
    (void)state;
    expect_findings(
        "", 4, (const char *[]){"[ S>1:8 R<3:8 ]", "[ S>2:8 R<0:8 ]", "[ S>3:8 R<1:8 ]", "[ S>0:8 R<2:8 ]"});
}

static void a_rank_with_fewer_calls_on_another_communicator_misses_none(void **state)
{
    (void)state;
    expect_findings("", 3,
                    (const char *[]){"split:t=0,0 40x{ AR:4 t.AR:8 }", "split:t=-,0 40x{ AR:4 }",
                                     "split:t=0,0 40x{ AR:4 t.AR:8 }"});
}

static void a_live_job_with_a_rank_a_step_behind_is_healthy(void **state)
{
    struct schedule *schedule = schedule_create(2);

    (void)state;
    schedule_add(schedule, 0, "5x{ AR:4 AG:8 } run");
    schedule_add(schedule, 1, "4x{ AR:4 AG:8 } run");
    schedule_play(schedule, ORDER_TURNS, 0);
    schedule_wait(schedule, 500);
    assert_string_equal(schedule_findings(schedule), "");
    schedule_destroy(schedule);
}

static void an_uneven_all_to_all_of_messages_is_healthy(void **state)
{
    (void)state;
    expect_findings("", 2, (const char *[]){"[ S>0:1 R<0:1 S>1:3 R<1:2 ]", "[ S>0:2 R<0:3 S>1:4 R<1:4 ]"});
}

static void uneven_gathers_of_broadcasts_are_healthy(void **state)
{
    (void)state;
    expect_findings("", 2, (const char *[]){"[ B:3@0 B:5@1 ]", "[ B:3@0 B:5@1 ]"});
}

static void disjoint_groups_of_one_shape_are_kept_apart(void **state)
{
    (void)state;
    expect_findings("", 4,
                    (const char *[]){"init:a=2,0 a.AR:4 a.AR:8", "init:a=2,1 a.AR:4 a.AR:8",
                                     "init:b=2,0 b.AG:4", "init:b=2,1 b.AG:4"});
}

/* ---- faults that others do not see, or lay at another's door ---- */

static void roots_that_differ_are_told(void **state)
{
    (void)state;
    expect_findings("root-mismatch error certain world 0 [1] root", 3,
                    (const char *[]){"B:4@0 AR:4 AR:8", "B:4@1 AR:4 AR:8", "B:4@0 AR:4 AR:8"});
}

static void reductions_that_differ_are_told(void **state)
{
    (void)state;
    expect_findings("redop-mismatch error certain world 0 [1] root", 3,
                    (const char *[]){"AR:4 AR:4 AR:8", "AR:4/max AR:4 AR:8", "AR:4 AR:4 AR:8"});
}

static void the_first_rank_is_not_presumed_right(void **state)
{
    (void)state;
    expect_findings("count-mismatch error certain world 0 [0] root", 4,
                    (const char *[]){"AR:5 AR:8 AR:9", "AR:4 AR:8 AR:9", "AR:4 AR:8 AR:9", "AR:4 AR:8 AR:9"});
}

static void a_tie_is_said_to_be_one(void **state)
{
    (void)state;
    expect_findings("dtype-mismatch error undecided world 0 [0-1] root", 2,
                    (const char *[]){"AR:4f AR:8 AR:9", "AR:4h AR:8 AR:9"});
}

static void a_message_of_another_type_and_size_is_told(void **state)
{
    (void)state;
    expect_findings("p2p-size-mismatch error undecided world 0 [0-1] root", 2,
                    (const char *[]){"S>1:4f", "R<0:4d"});
}

static void a_send_to_the_wrong_peer_leaves_the_sender_to_blame_for_the_wait(void **state)
{
    struct schedule *schedule = schedule_create(4);
    bool blamed = false;

    (void)state;
    schedule_add(schedule, 0, "S>2:4 AR:4");
    schedule_add(schedule, 1, "R<0:4 AR:4");
    schedule_add(schedule, 2, "AR:4");
    schedule_add(schedule, 3, "AR:4");
    schedule_play(schedule, ORDER_TURNS, 0);
    schedule_finish(schedule);
    for (size_t i = 0; i < engine_finding_count(schedule_engine(schedule)); i++) {
        const struct finding *finding = engine_finding(schedule_engine(schedule), i);

        blamed |= finding->code == FINDING_P2P_UNMATCHED && finding->root_cause &&
                  finding->ranks.count == 1 && finding->ranks.rank[0] == 0;
    }
    assert_true(blamed);
    schedule_destroy(schedule);
}

static void a_call_left_out_is_one_root_and_not_a_type_that_differs(void **state)
{
    (void)state;
    expect_findings(
        "missing-call error certain world 1 [1] root", 3,
        (const char *[]){"AR:4 AR:4 B:8 AG:2 AR:6", "AR:4 B:8 AG:2 AR:6", "AR:4 AR:4 B:8 AG:2 AR:6"});
}

static void a_call_too_many_of_the_same_shape_is_located(void **state)
{
    (void)state;
    expect_findings(
        "extra-call error certain world 4 [0] root", 3,
        (const char *[]){"4x{ AR:4 } AR:4 AG:2 AR:8", "4x{ AR:4 } AG:2 AR:8", "4x{ AR:4 } AG:2 AR:8"});
}

static void analysis_goes_on_after_the_first_mismatch(void **state)
{
    (void)state;
    expect_findings("count-mismatch error certain world 1 [1] root\n"
                    "root-mismatch error certain world 22 [2] root",
                    3,
                    (const char *[]){"AR:4 AR:8 20x{ AR:4 } B:4@0 AR:4 AR:8",
                                     "AR:4 AR:9 20x{ AR:4 } B:4@0 AR:4 AR:8",
                                     "AR:4 AR:8 20x{ AR:4 } B:4@1 AR:4 AR:8"});
}

static void a_stream_that_is_missing_decides_nothing_and_stops_nothing(void **state)
{
    struct schedule *schedule = schedule_create(4);

    (void)state;
    for (int rank = 0; rank < 4; rank++) /* rank 3's messages are lost but for the beginning */
        schedule_add(schedule, rank,
                     rank == 3   ? "AR:4 lost run"
                     : rank == 1 ? "AR:4 AG:8 AR:5 AR:6"
                                 : "AR:4 AG:8 AR:4 AR:6");
    schedule_play(schedule, ORDER_TURNS, 0);
    schedule_finish(schedule);

    const struct finding *finding = engine_finding(schedule_engine(schedule), 0);

    assert_int_equal(finding->code, FINDING_COUNT_MISMATCH);
    assert_int_equal(finding->index, 2);
    assert_int_equal(finding->confidence, CONFIDENCE_LIKELY);
    assert_int_equal(finding->ranks.count, 1);
    assert_int_equal(finding->ranks.rank[0], 1);
    schedule_destroy(schedule);
}

static void a_mismatch_that_does_not_hang_is_told_while_the_job_runs(void **state)
{
    struct schedule *schedule = schedule_create(3);

    (void)state;
    for (int rank = 0; rank < 3; rank++)
        schedule_add(schedule, rank, rank == 2 ? "AG:9 30x{ AR:4 } run" : "AG:8 30x{ AR:4 } run");
    schedule_play(schedule, ORDER_TURNS, 0);
    assert_string_equal(schedule_findings(schedule), "count-mismatch error certain world 0 [2] root");
    schedule_destroy(schedule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_and_collectives_with_equal_counters_are_no_group),
        cmocka_unit_test(a_batch_in_both_directions_is_healthy_in_any_order),
        cmocka_unit_test(a_batch_in_one_direction_is_healthy),
        cmocka_unit_test(a_ring_of_four_is_healthy),
        cmocka_unit_test(a_rank_with_fewer_calls_on_another_communicator_misses_none),
        cmocka_unit_test(a_live_job_with_a_rank_a_step_behind_is_healthy),
        cmocka_unit_test(an_uneven_all_to_all_of_messages_is_healthy),
        cmocka_unit_test(uneven_gathers_of_broadcasts_are_healthy),
        cmocka_unit_test(disjoint_groups_of_one_shape_are_kept_apart),
        cmocka_unit_test(roots_that_differ_are_told),
        cmocka_unit_test(reductions_that_differ_are_told),
        cmocka_unit_test(the_first_rank_is_not_presumed_right),
        cmocka_unit_test(a_tie_is_said_to_be_one),
        cmocka_unit_test(a_message_of_another_type_and_size_is_told),
        cmocka_unit_test(a_send_to_the_wrong_peer_leaves_the_sender_to_blame_for_the_wait),
        cmocka_unit_test(a_call_left_out_is_one_root_and_not_a_type_that_differs),
        cmocka_unit_test(a_call_too_many_of_the_same_shape_is_located),
        cmocka_unit_test(analysis_goes_on_after_the_first_mismatch),
        cmocka_unit_test(a_stream_that_is_missing_decides_nothing_and_stops_nothing),
        cmocka_unit_test(a_mismatch_that_does_not_hang_is_told_while_the_job_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
