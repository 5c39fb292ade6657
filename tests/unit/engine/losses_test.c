/* SPDX-License-Identifier: Apache-2.0
 *
 * What is missing from the data is said, and explains nothing away nor makes up anything.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "intake.h"
#include "schedule.h"
#include "stream.h"

#define GAP_ON(rank) "stream-incomplete warning certain - -1 [" rank "] root"

static void lost_calls_agree_with_everything(void **state)
{
    (void)state;
    expect_findings(GAP_ON("1"), 3,
                    (const char *[]){"9x{ AR:4 AR:8 B:2 }",
                                     "3x{ AR:4 AR:8 B:2 } gap:4 AR:8 B:2 4x{ AR:4 AR:8 B:2 }",
                                     "9x{ AR:4 AR:8 B:2 }"});
}

static void a_mismatch_after_lost_calls_is_found_and_less_certain(void **state)
{
    (void)state;
    expect_findings("count-mismatch error likely world 11 [1] root\n" GAP_ON("1"), 3,
                    (const char *[]){"9x{ AR:4 AR:8 B:2 }",
                                     "3x{ AR:4 AR:8 B:2 } gap:2 B:3 5x{ AR:4 AR:8 B:2 }",
                                     "9x{ AR:4 AR:8 B:2 }"});
}

static void a_mismatch_long_after_lost_calls_is_certain_again(void **state)
{
    (void)state;
    expect_findings(
        "count-mismatch error certain world 150 [1] root\n" GAP_ON("1"), 3,
        (const char *[]){"60x{ AR:4 AR:8 B:2 }",
                         "3x{ AR:4 AR:8 B:2 } gap:3 46x{ AR:4 AR:8 B:2 } AR:5 AR:8 B:2 9x{ AR:4 AR:8 B:2 }",
                         "60x{ AR:4 AR:8 B:2 }"});
}

static void a_lost_batch_ends_the_comparison_with_that_rank_only(void **state)
{
    (void)state;
    expect_findings(
        GAP_ON("1"), 3,
        (const char *[]){"20x{ AR:4 AR:8 }", "2x{ AR:4 AR:8 } lost 3x{ RD:5 }", "20x{ AR:4 AR:8 }"});
    expect_findings("count-mismatch error undecided world 10 [0,2] root\n" GAP_ON("1"), 3,
                    (const char *[]){"5x{ AR:4 AR:8 } AR:5 5x{ AR:8 AR:4 }",
                                     "2x{ AR:4 AR:8 } lost 3x{ RD:5 }",
                                     "5x{ AR:4 AR:8 } AR:6 5x{ AR:8 AR:4 }"});
}

static void lost_data_make_the_verdict_incomplete(void **state)
{
    struct schedule *schedule = schedule_create(2);
    struct engine_totals totals;
    struct process_summary process;

    (void)state;
    schedule_add(schedule, 0, "AR:4 gap:3 AR:4");
    schedule_add(schedule, 1, "5x{ AR:4 }");
    schedule_play(schedule, ORDER_TURNS, 0);
    schedule_finish(schedule);
    engine_totals(schedule_engine(schedule), &totals);
    assert_int_equal(totals.lost, 3);
    assert_int_equal(totals.window_calls, 0);
    engine_process_summary(schedule_engine(schedule), 0, &process);
    assert_int_equal(process.rank, 0);
    assert_int_equal(process.lost, 3);
    assert_int_equal(process.end, END_CLEAN);
    assert_string_equal(process.host, "node");
    assert_int_equal(engine_verdict(schedule_engine(schedule)), VERDICT_INCOMPLETE);
    assert_string_equal(engine_finding(schedule_engine(schedule), 0)->explanation,
                        "3 records of rank 0 are missing. A mismatch in what is missing cannot be seen.");
    schedule_destroy(schedule);
}

static void a_damaged_trace_is_incomplete(void **state)
{
    struct engine *engine = engine_create(NULL);

    (void)state;
    assert_non_null(engine);
    assert_int_equal(engine_verdict(engine), VERDICT_CLEAN);
    engine_incomplete(engine, "Shard 0 is torn.");
    engine_finish(engine);
    assert_int_equal(engine_finding_count(engine), 1);
    assert_int_equal(engine_finding(engine, 0)->code, FINDING_STREAM_INCOMPLETE);
    assert_int_equal(engine_verdict(engine), VERDICT_INCOMPLETE);
    assert_string_equal(verdict_name(VERDICT_INCOMPLETE), "incomplete");
    engine_destroy(engine);
}

static void a_rank_that_is_far_behind_is_given_up_and_memory_stays_bounded(void **state)
{
    struct schedule *schedule = schedule_create(2);
    struct engine_totals totals;

    (void)state;
    schedule_add(schedule, 0, "1100000x{ AR:4 }");
    schedule_add(schedule, 1, "AR:4 run");
    schedule_play(schedule, ORDER_RANKS, 0);
    engine_totals(schedule_engine(schedule), &totals);
    assert_true(totals.window_calls <= 1u << 20);
    schedule_finish(schedule);
    engine_totals(schedule_engine(schedule), &totals);
    assert_true(totals.window_calls <= 1u << 20);
    assert_int_equal(engine_finding(schedule_engine(schedule), 0)->code, FINDING_STREAM_INCOMPLETE);
    assert_int_equal(engine_finding(schedule_engine(schedule), 0)->communicator, 0);
    schedule_destroy(schedule);
}

static void rubbish_is_refused_and_counted(void **state)
{
    struct intake *intake = intake_create(NULL);
    char error[STREAM_ERROR_BYTES];
    uint8_t bytes[200];
    struct process_id id = {{1}};

    (void)state;
    assert_non_null(intake);
    srand(7);
    for (int i = 0; i < 2000; i++) {
        size_t length = (size_t)rand() % sizeof bytes;

        for (size_t b = 0; b < length; b++)
            bytes[b] = (uint8_t)rand();
        intake_feed(intake, bytes, length, 1, error);
    }
    assert_true(intake_unreadable(intake) > 1500);
    assert_int_equal(intake_number(intake, &id), 0);
    engine_finish(intake_engine(intake));
    intake_destroy(intake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lost_calls_agree_with_everything),
        cmocka_unit_test(a_mismatch_after_lost_calls_is_found_and_less_certain),
        cmocka_unit_test(a_mismatch_long_after_lost_calls_is_certain_again),
        cmocka_unit_test(a_lost_batch_ends_the_comparison_with_that_rank_only),
        cmocka_unit_test(lost_data_make_the_verdict_incomplete),
        cmocka_unit_test(a_damaged_trace_is_incomplete),
        cmocka_unit_test(a_rank_that_is_far_behind_is_given_up_and_memory_stays_bounded),
        cmocka_unit_test(rubbish_is_refused_and_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
