/* SPDX-License-Identifier: Apache-2.0
 *
 * Point-to-point calls that do not fit, or have no other half.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "schedule.h"

static void a_send_without_receive_is_unmatched(void **state)
{
    (void)state;
    expect_findings("p2p-unmatched error certain world 2 [1] root", 2,
                    (const char *[]){"3x{ S>1:64 AR:4 }", "R<0:64 AR:4 R<0:64 AR:4 AR:4"});
}

static void a_receive_without_send_is_unmatched(void **state)
{
    (void)state;
    expect_findings("p2p-unmatched error certain world 0 [0] root", 2,
                    (const char *[]){"AR:4", "R<0:64 AR:4"});
}

static void several_in_a_row_are_one_finding(void **state)
{
    (void)state;
    expect_findings("p2p-unmatched error certain world 1 [0] root", 2,
                    (const char *[]){"S>1:64", "R<0:64 R<0:64 R<0:64"});
}

static void an_unmatched_call_to_oneself_names_that_rank(void **state)
{
    (void)state;
    expect_findings("p2p-unmatched error certain world 0 [1] root", 2,
                    (const char *[]){"AR:4", "[ S>1:64 ] AR:4"});
}

static void a_wrong_peer_leaves_both_halves_unmatched_as_one_root(void **state)
{
    (void)state;
    expect_findings("p2p-unmatched error certain world 0 [0] root\n"
                    "p2p-unmatched error certain world 0 [2] root",
                    3, (const char *[]){"S>2:64 AR:4", "R<0:64 AR:4", "AR:4"});
}

static void a_size_that_differs_without_a_past_is_undecided(void **state)
{
    (void)state;
    expect_findings("p2p-size-mismatch error undecided world 0 [0-1] root", 2,
                    (const char *[]){"S>1:32 AR:4", "R<0:64 AR:4"});
}

static void the_past_tells_whose_size_is_wrong(void **state)
{
    (void)state;
    expect_findings(
        "p2p-size-mismatch error likely world 6 [0] root", 2,
        (const char *[]){"3x{ S>1:64 S>1:16 AR:4 } S>1:32 S>1:16 AR:4", "4x{ R<0:64 R<0:16 AR:4 }"});
    expect_findings(
        "p2p-size-mismatch error likely world 6 [1] root", 2,
        (const char *[]){"4x{ S>1:64 S>1:16 AR:4 }", "3x{ R<0:64 R<0:16 AR:4 } R<0:32 R<0:16 AR:4"});
}

static void a_size_that_stays_wrong_is_reported_once(void **state)
{
    (void)state;
    expect_findings("p2p-size-mismatch error likely world 2 [0] root", 2,
                    (const char *[]){"2x{ S>1:64 } 40x{ S>1:32 }", "42x{ R<0:64 }"});
}

static void a_send_left_out_between_others_is_found_by_the_sizes(void **state)
{
    (void)state;
    expect_findings("p2p-unmatched error likely world 3 [0] root", 2,
                    (const char *[]){"S>1:1 S>1:2 S>1:3 S>1:5 S>1:6 S>1:7 AR:4",
                                     "R<0:1 R<0:2 R<0:3 R<0:4 R<0:5 R<0:6 R<0:7 AR:4"});
}

static void a_send_left_out_between_equal_ones_is_found_by_the_buffers(void **state)
{
    (void)state;
    expect_findings(
        "p2p-unmatched error certain world 6 [0] root", 2,
        (const char *[]){"3x{ S>1:64&1 S>1:64&2 AR:4 } S>1:64&2 AR:4", "4x{ R<0:64&1 R<0:64&2 AR:4 }"});
}

static void a_lost_message_says_nothing_about_the_others(void **state)
{
    struct schedule *schedule = schedule_create(2);

    (void)state;
    schedule_add(schedule, 0, "S>1:1 mgap:1 S>1:3 AR:4");
    schedule_add(schedule, 1, "R<0:1 R<0:2 R<0:3 AR:4");
    schedule_expect(schedule, "stream-incomplete warning certain - -1 [0] root");
    assert_int_equal(engine_verdict(schedule_engine(schedule)), VERDICT_INCOMPLETE);
    schedule_destroy(schedule);
}

static void a_missing_send_is_told_while_the_job_hangs(void **state)
{
    struct schedule *schedule = schedule_create(2);

    (void)state;
    schedule_add(schedule, 0, "3x{ S>1:64 AR:4 } AR:4 run");
    schedule_add(schedule, 1, "3x{ R<0:64 AR:4 } R<0:64 AR:4 run");
    schedule_play(schedule, ORDER_TURNS, 0);
    schedule_wait(schedule, 300);
    assert_string_equal(schedule_findings(schedule), "");
    schedule_wait(schedule, 500);
    assert_string_equal(schedule_findings(schedule), "p2p-unmatched error likely world 3 [0] root");
    assert_string_equal(engine_finding(schedule_engine(schedule), 0)->observed, "nothing");
    schedule_destroy(schedule);
}

static void a_receive_posted_early_is_no_missing_send(void **state)
{
    struct schedule *schedule = schedule_create(2);

    (void)state;
    schedule_add(schedule, 0, "AR:4 run"); /* it has not gone past anything since */
    schedule_add(schedule, 1, "AR:4 R<0:64 run");
    schedule_play(schedule, ORDER_TURNS, 0);
    schedule_wait(schedule, 5000);
    assert_string_equal(schedule_findings(schedule), "");
    schedule_destroy(schedule);
}

static void both_sides_are_in_the_table(void **state)
{
    struct schedule *schedule = schedule_create(3);
    const struct finding *finding;

    (void)state;
    schedule_add(schedule, 0, "AR:4");
    schedule_add(schedule, 1, "S>2:64h AR:4");
    schedule_add(schedule, 2, "AR:4");
    schedule_play(schedule, ORDER_TURNS, 0);
    schedule_finish(schedule);
    finding = engine_finding(schedule_engine(schedule), 0);
    assert_int_equal(finding->table_rows, 2);
    assert_string_equal(finding->table[0].text, "send to 2 float16 x 64");
    assert_string_equal(finding->table[0].call_site, "train+0x1100");
    assert_string_equal(finding->table[1].text, "no recv");
    assert_string_equal(
        finding->explanation,
        "Rank 1 called send to 2 float16 x 64, but rank 2 never made the receive: message 0 from "
        "rank 1 to rank 2 on communicator world.");
    schedule_destroy(schedule);
}

static void one_size_among_many_equal_ones_is_another_size_and_no_call_too_many(void **state)
{
    (void)state;
    expect_findings("p2p-size-mismatch error likely world 8 [1] root", 2,
                    (const char *[]){"40x{ S>1:64 }", "8x{ R<0:64 } R<0:66 31x{ R<0:64 }"});
}

static void buffers_point_at_no_message_that_the_sizes_rule_out(void **state)
{
    (void)state;
    /* The receiver's turns change in the middle, which is nothing; its last receive is left out. */
    expect_findings("p2p-unmatched error certain world 9 [1] root", 2,
                    (const char *[]){"2x{ S>1:8 S>1:16 } 2x{ S>1:16 S>1:8 } S>1:16 S>1:8",
                                     "2x{ R<0:8&1 R<0:16&2 } 2x{ R<0:16&2 R<0:8&1 } R<0:16&2"});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_send_without_receive_is_unmatched),
        cmocka_unit_test(a_receive_without_send_is_unmatched),
        cmocka_unit_test(several_in_a_row_are_one_finding),
        cmocka_unit_test(an_unmatched_call_to_oneself_names_that_rank),
        cmocka_unit_test(a_wrong_peer_leaves_both_halves_unmatched_as_one_root),
        cmocka_unit_test(a_size_that_differs_without_a_past_is_undecided),
        cmocka_unit_test(the_past_tells_whose_size_is_wrong),
        cmocka_unit_test(a_size_that_stays_wrong_is_reported_once),
        cmocka_unit_test(a_send_left_out_between_others_is_found_by_the_sizes),
        cmocka_unit_test(a_send_left_out_between_equal_ones_is_found_by_the_buffers),
        cmocka_unit_test(a_lost_message_says_nothing_about_the_others),
        cmocka_unit_test(a_missing_send_is_told_while_the_job_hangs),
        cmocka_unit_test(a_receive_posted_early_is_no_missing_send),
        cmocka_unit_test(both_sides_are_in_the_table),
        cmocka_unit_test(one_size_among_many_equal_ones_is_another_size_and_no_call_too_many),
        cmocka_unit_test(buffers_point_at_no_message_that_the_sizes_rule_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
