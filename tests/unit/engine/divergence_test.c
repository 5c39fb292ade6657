/* SPDX-License-Identifier: Apache-2.0
 *
 * Collectives on which the members of a communicator disagree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "schedule.h"

#define STEP    "AR:1024 AR:24/max B:4@3 RD:8 AR:1 "
#define HISTORY "3x{ " STEP "} "

/* Ranks 0, 1 and 3 run `right`, rank 2 `wrong`, both after three healthy steps; the findings are the same
 * without them when `always`. */
static void odd_one_out(const char *right, const char *wrong, const char *expected)
{
    struct schedule *schedule = schedule_create(4);

    schedule_all(schedule, HISTORY);
    for (int i = 0; i < 4; i++)
        schedule_add(schedule, i, i == 2 ? wrong : right);
    schedule_expect(schedule, expected);
    schedule_destroy(schedule);
}

static void another_operation_is_an_op_mismatch(void **state)
{
    (void)state;
    odd_one_out(STEP, "RD:1024 AR:24/max B:4@3 RD:8 AR:1", "op-mismatch error certain world 15 [2] root");
}

static void another_count_is_a_count_mismatch(void **state)
{
    (void)state;
    odd_one_out(STEP, "AR:512 AR:24/max B:4@3 RD:8 AR:1", "count-mismatch error certain world 15 [2] root");
}

static void another_type_is_a_dtype_mismatch(void **state)
{
    (void)state;
    odd_one_out(STEP, "AR:1024h AR:24/max B:4@3 RD:8 AR:1", "dtype-mismatch error certain world 15 [2] root");
}

static void another_reduction_is_a_redop_mismatch(void **state)
{
    (void)state;
    odd_one_out(STEP, "AR:1024/max AR:24/max B:4@3 RD:8 AR:1",
                "redop-mismatch error certain world 15 [2] root");
}

static void another_root_is_a_root_mismatch(void **state)
{
    (void)state;
    odd_one_out(STEP, "AR:1024 AR:24/max B:4@0 RD:8 AR:1", "root-mismatch error certain world 17 [2] root");
}

static void the_gravest_difference_names_the_finding(void **state)
{
    (void)state;
    odd_one_out(STEP, "AR:512h/max AR:24/max B:4@3 RD:8 AR:1",
                "dtype-mismatch error certain world 15 [2] root");
    odd_one_out(STEP, "AR:512/max AR:24/max B:4@3 RD:8 AR:1",
                "count-mismatch error certain world 15 [2] root");
}

static void another_scalar_of_a_premultiplied_sum_is_a_redop_mismatch(void **state)
{
    (void)state;
    odd_one_out("AR:8/pre=0.5 " STEP, "AR:8/pre=0.25 " STEP,
                "redop-mismatch error certain world 15 [2] root");
}

static void a_skipped_call_is_one_finding_not_many(void **state)
{
    (void)state;
    odd_one_out("100x{ " STEP "}", "AR:1024 B:4@3 RD:8 AR:1 99x{ " STEP "}",
                "missing-call error certain world 16 [2] root");
}

static void an_extra_call_is_one_finding_not_many(void **state)
{
    (void)state;
    odd_one_out("100x{ " STEP "}", "AR:1024 AR:24/max AR:24/max B:4@3 RD:8 AR:1 99x{ " STEP "}",
                "extra-call error certain world 17 [2] root");
}

static void a_call_left_out_of_an_alternation_is_not_an_exchange(void **state)
{
    (void)state;
    /* Gradients and a metric in turns; rank 1 leaves out a metric, and both hang soon after. */
    expect_findings("missing-call error likely world 7 [1] root", 2,
                    (const char *[]){"3x{ AR:8449 AR:1 } AR:8449 AR:1 AR:8449 AR:1 sleep:2000 kill:15",
                                     "3x{ AR:8449 AR:1 } AR:8449 AR:8449 AR:1 sleep:2000 kill:15"});
}

static void swapped_calls_are_an_order_mismatch(void **state)
{
    (void)state;
    odd_one_out(STEP, "AR:1024 B:4@3 AR:24/max RD:8 AR:1", "order-mismatch error certain world 16 [2] root");
}

static void calls_that_change_places_over_a_distance_are_an_order_mismatch(void **state)
{
    (void)state;
    odd_one_out(STEP, "AR:1024 RD:8 B:4@3 AR:24/max AR:1", "order-mismatch error certain world 16 [2] root");
    odd_one_out(STEP, "AR:1024 B:4@3 RD:8 AR:24/max AR:1", "order-mismatch error certain world 16 [2] root");
}

static void an_order_difference_inside_one_group_is_a_warning(void **state)
{
    (void)state;
    odd_one_out("[ AR:64 AR:128 ] " STEP, "[ AR:128 AR:64 ] " STEP,
                "order-mismatch warning certain world 15 [2] root");
}

static void a_skipped_step_is_one_finding(void **state)
{
    (void)state;
    odd_one_out("AR:7 AR:8 AR:9 " STEP, STEP, "missing-call error certain world 15 [2] root");
}

/* ---- when the ranks stop right there ---- */

static void a_hang_at_the_call_itself_is_judged_by_the_past(void **state)
{
    (void)state;
    /* Rank 2 calls what comes after the call that it left out. */
    odd_one_out("AR:1024 AR:24/max run", "AR:1024 B:4@3 run", "missing-call error likely world 16 [2] root");
    /* It makes a call again. */
    odd_one_out("AR:1024 AR:24/max B:4@3 run", "AR:1024 AR:24/max AR:24/max run",
                "extra-call error likely world 17 [2] root");
    /* It makes one that has never been seen. */
    odd_one_out("AR:1024 run", "RD:1024 run", "op-mismatch error likely world 15 [2] root");
}

/* ---- votes ---- */

static void the_minority_is_the_culprit_whoever_it_is(void **state)
{
    (void)state;
    for (int odd = 0; odd < 5; odd++) {
        struct schedule *schedule = schedule_create(5);
        char expected[80];

        for (int i = 0; i < 5; i++)
            schedule_add(schedule, i, i == odd ? "AR:9 AR:2 AR:3" : "AR:1 AR:2 AR:3");
        snprintf(expected, sizeof expected, "count-mismatch error certain world 0 [%d] root", odd);
        schedule_expect(schedule, expected);
        schedule_destroy(schedule);
    }
}

static void a_tie_is_said_to_be_one(void **state)
{
    (void)state;
    expect_findings("count-mismatch error undecided world 0 [0-1] root", 2,
                    (const char *[]){"AR:9 AR:2 AR:3", "AR:1 AR:2 AR:3"});
    expect_findings("count-mismatch error undecided world 0 [0-3] root", 4,
                    (const char *[]){"AR:9 AR:2", "AR:1 AR:2", "AR:1 AR:2", "AR:9 AR:2"});
}

static void the_past_decides_a_tie_where_it_can(void **state)
{
    (void)state;
    expect_findings("count-mismatch error likely world 15 [0] root", 2,
                    (const char *[]){HISTORY "AR:512 AR:24/max B:4@3", HISTORY "AR:1024 AR:24/max B:4@3"});
    expect_findings("missing-call error likely world 16 [1] root", 2,
                    (const char *[]){HISTORY STEP, HISTORY "AR:1024 B:4@3 RD:8 AR:1"});
}

static void all_different_is_one_finding(void **state)
{
    (void)state;
    expect_findings("count-mismatch error undecided world 1 [0-3] root", 4,
                    (const char *[]){"AR:4 AG:1 AR:4", "AR:4 AG:2 AR:4", "AR:4 AG:3 AR:4", "AR:4 AG:4 AR:4"});
}

static void two_culprits_with_the_same_mistake_are_one_finding(void **state)
{
    (void)state;
    expect_findings("count-mismatch error certain world 0 [0,4] root", 5,
                    (const char *[]){"AR:9 AR:2 AR:3", "AR:1 AR:2 AR:3", "AR:1 AR:2 AR:3", "AR:1 AR:2 AR:3",
                                     "AR:8 AR:2 AR:3"});
}

static void two_culprits_with_different_mistakes_are_two_findings(void **state)
{
    (void)state;
    expect_findings("count-mismatch error certain world 0 [0] root\n"
                    "op-mismatch error certain world 0 [4] root",
                    5,
                    (const char *[]){"AR:9 AR:2 AR:3", "AR:1 AR:2 AR:3", "AR:1 AR:2 AR:3", "AR:1 AR:2 AR:3",
                                     "B:1 AR:2 AR:3"});
}

static void a_rank_that_is_wrong_for_ever_is_reported_once(void **state)
{
    (void)state;
    odd_one_out("60x{ AR:64 AR:32 AR:16 }", "60x{ AR:64h AR:32h AR:16h }",
                "dtype-mismatch error certain world 15 [2] root");
}

static void a_second_mistake_after_the_first_was_over_is_its_own(void **state)
{
    (void)state;
    odd_one_out("AR:77 6x{ " STEP "} AR:88 " STEP, "6x{ " STEP "} AR:88d " STEP,
                "dtype-mismatch error certain world 46 [2] root\n"
                "missing-call error certain world 15 [2] root");
}

static void one_rank_wrong_on_two_communicators_is_one_root(void **state)
{
    struct schedule *schedule = schedule_create(3);

    (void)state;
    for (int i = 0; i < 3; i++) {
        schedule_add(schedule, i, "split:t=0,0 ");
        schedule_add(schedule, i,
                     i == 1 ? "AR:5 t.AR:7 AR:6 t.AR:8 AR:1 t.AR:1" : "AR:4 t.AR:3 AR:6 t.AR:8 AR:1 t.AR:1");
    }
    schedule_expect(schedule,
                    "count-mismatch error certain split 0 of world, color 0 0 [1] after count-mismatch\n"
                    "count-mismatch error certain world 0 [1] root");
    schedule_destroy(schedule);
}

/* ---- members that leave ---- */

static void a_rank_that_ends_early_misses_the_others_calls(void **state)
{
    (void)state;
    odd_one_out(STEP, "AR:1024 AR:24/max end", "missing-call error certain world 17 [2] root");
}

static void a_rank_that_destroys_early_misses_the_others_calls(void **state)
{
    (void)state;
    odd_one_out(STEP, "AR:1024 AR:24/max destroy:w", "missing-call error certain world 17 [2] root");
}

static void a_call_after_all_others_ended_is_extra(void **state)
{
    (void)state;
    odd_one_out(STEP, STEP "AR:1024", "extra-call error certain world 20 [2] root");
}

static void a_skipped_last_call_is_missing(void **state)
{
    (void)state;
    odd_one_out(STEP "B:9", STEP, "missing-call error certain world 20 [2] root");
}

/* ---- the words ---- */

static void the_explanation_says_who_what_and_where(void **state)
{
    struct schedule *schedule = schedule_create(4);

    (void)state;
    schedule_all(schedule, HISTORY);
    for (int i = 0; i < 4; i++)
        schedule_add(schedule, i, i == 2 ? "RD:1024 AR:24/max B:4@3" : "AR:1024 AR:24/max B:4@3");
    schedule_play(schedule, ORDER_TURNS, 0);
    schedule_finish(schedule);

    const struct finding *finding = engine_finding(schedule_engine(schedule), 0);

    assert_string_equal(finding->explanation,
                        "Rank 2 called reduce where ranks 0-1,3 called all_reduce, as call "
                        "15 on communicator world.");
    assert_string_equal(finding->expected, "all_reduce sum float32 x 1024");
    assert_string_equal(finding->observed, "reduce sum root 0 float32 x 1024");
    assert_string_equal(finding->call_site, "train+0x1030");
    assert_true(finding->time_realtime_ns > 1700000000000000000ull);
    assert_int_equal(finding->table_rows, 6);
    assert_string_equal(finding->table[0].text, "reduce sum root 0 float32 x 8");
    assert_int_equal(finding->table[0].index, 13);
    assert_int_equal(finding->table[0].ranks.count, 4);
    assert_true(finding->table[2].expected && finding->table[2].diverging);
    assert_int_equal(finding->table[2].ranks.count, 3);
    assert_string_equal(finding->table[2].call_site, "train+0x1010");
    assert_true(!finding->table[3].expected && finding->table[3].diverging);
    assert_string_equal(finding->table[3].text, "reduce sum root 0 float32 x 1024");
    assert_int_equal(finding->table[3].ranks.rank[0], 2);
    assert_int_equal(finding->table[4].ranks.count, 4); /* back in step: one row for all */
    schedule_destroy(schedule);
}

static void a_missing_call_is_said_to_be_left_out(void **state)
{
    struct schedule *schedule = schedule_create(4);

    (void)state;
    schedule_all(schedule, HISTORY);
    for (int i = 0; i < 4; i++)
        schedule_add(schedule, i, i == 2 ? "AR:1024 B:4@3 RD:8 AR:1" : STEP);
    schedule_play(schedule, ORDER_TURNS, 0);
    schedule_finish(schedule);
    assert_string_equal(
        engine_finding(schedule_engine(schedule), 0)->explanation,
        "Rank 2 left out all_reduce max float32 x 24, call 16 on communicator world, which ranks "
        "0-1,3 made.");
    schedule_destroy(schedule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_operation_is_an_op_mismatch),
        cmocka_unit_test(another_count_is_a_count_mismatch),
        cmocka_unit_test(another_type_is_a_dtype_mismatch),
        cmocka_unit_test(another_reduction_is_a_redop_mismatch),
        cmocka_unit_test(another_root_is_a_root_mismatch),
        cmocka_unit_test(the_gravest_difference_names_the_finding),
        cmocka_unit_test(another_scalar_of_a_premultiplied_sum_is_a_redop_mismatch),
        cmocka_unit_test(a_skipped_call_is_one_finding_not_many),
        cmocka_unit_test(an_extra_call_is_one_finding_not_many),
        cmocka_unit_test(a_call_left_out_of_an_alternation_is_not_an_exchange),
        cmocka_unit_test(swapped_calls_are_an_order_mismatch),
        cmocka_unit_test(calls_that_change_places_over_a_distance_are_an_order_mismatch),
        cmocka_unit_test(an_order_difference_inside_one_group_is_a_warning),
        cmocka_unit_test(a_skipped_step_is_one_finding),
        cmocka_unit_test(a_hang_at_the_call_itself_is_judged_by_the_past),
        cmocka_unit_test(the_minority_is_the_culprit_whoever_it_is),
        cmocka_unit_test(a_tie_is_said_to_be_one),
        cmocka_unit_test(the_past_decides_a_tie_where_it_can),
        cmocka_unit_test(all_different_is_one_finding),
        cmocka_unit_test(two_culprits_with_the_same_mistake_are_one_finding),
        cmocka_unit_test(two_culprits_with_different_mistakes_are_two_findings),
        cmocka_unit_test(a_rank_that_is_wrong_for_ever_is_reported_once),
        cmocka_unit_test(a_second_mistake_after_the_first_was_over_is_its_own),
        cmocka_unit_test(one_rank_wrong_on_two_communicators_is_one_root),
        cmocka_unit_test(a_rank_that_ends_early_misses_the_others_calls),
        cmocka_unit_test(a_rank_that_destroys_early_misses_the_others_calls),
        cmocka_unit_test(a_call_after_all_others_ended_is_extra),
        cmocka_unit_test(a_skipped_last_call_is_missing),
        cmocka_unit_test(the_explanation_says_who_what_and_where),
        cmocka_unit_test(a_missing_call_is_said_to_be_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
