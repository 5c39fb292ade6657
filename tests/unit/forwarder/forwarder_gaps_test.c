/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gaps.h"
#include "moment.h"

/* What was found, as text: "1c+3" three collectives on communicator 1, "2p+1" one point-to-point call on 2,
 * "?+5" five records of unknown kind. */
static char found[512];

static void note(void *context, const struct gap *gap)
{
    (void)context;
    char one[64];
    if (gap->communicator)
        snprintf(one, sizeof one, "%u%c+%u ", gap->communicator, gap->point_to_point ? 'p' : 'c', gap->calls);
    else
        snprintf(one, sizeof one, "?+%llu ", (unsigned long long)gap->records);
    strncat(found, one, sizeof found - strlen(found) - 1);
}

static struct gaps *begin(void)
{
    found[0] = '\0';
    struct gaps *gaps = gaps_create(note, NULL);
    assert_non_null(gaps);
    return gaps;
}

#define LATER (GAPS_SETTLE_MS * NS_PER_MS)

static void calls_in_sequence_have_no_gap(void **state)
{
    (void)state;
    struct gaps *gaps = begin();
    for (uint32_t i = 0; i < 1000; i++) {
        gaps_call(gaps, 1, false, i, 0);
        gaps_call(gaps, 1, true, i, 0);
        gaps_call(gaps, 2 + i, false, 0, 0);
    }
    gaps_settle(gaps, 10 * LATER, true);
    assert_string_equal(found, "");
    gaps_destroy(gaps);
}

static void a_jump_with_losses_is_a_gap_at_once(void **state)
{
    (void)state;
    struct gaps *gaps = begin();
    gaps_call(gaps, 1, false, 0, 0);
    gaps_lost(gaps, 3, 0);
    gaps_call(gaps, 1, false, 4, 0);
    assert_string_equal(found, "1c+3 ");
    gaps_settle(gaps, LATER, true);
    assert_string_equal(found, "1c+3 ");
    gaps_destroy(gaps);
}

static void losses_are_shared_out_by_communicator_and_class(void **state)
{
    (void)state;
    struct gaps *gaps = begin();
    gaps_lost(gaps, 10, 0);
    gaps_call(gaps, 1, false, 2, 0);
    gaps_call(gaps, 1, true, 3, 0);
    gaps_call(gaps, 2, false, 4, 0);
    assert_string_equal(found, "1c+2 1p+3 2c+4 ");
    gaps_settle(gaps, LATER, false);
    assert_string_equal(found, "1c+2 1p+3 2c+4 ?+1 ");
    gaps_destroy(gaps);
}

static void two_threads_that_overtake_each_other_are_no_gap(void **state)
{
    (void)state;
    struct gaps *gaps = begin();
    const uint32_t order[] = {0, 2, 1, 5, 3, 6, 4, 7};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        gaps_call(gaps, 1, false, order[i], 0);
    gaps_settle(gaps, 10 * LATER, true);
    assert_string_equal(found, "");
    gaps_destroy(gaps);
}

static void what_does_not_come_in_time_is_a_gap(void **state)
{
    (void)state;
    struct gaps *gaps = begin();
    gaps_call(gaps, 1, false, 5, 0);
    gaps_call(gaps, 1, false, 2, 0);
    gaps_settle(gaps, LATER - 1, false);
    assert_string_equal(found, "");
    gaps_settle(gaps, LATER, false);
    assert_true(strcmp(found, "1c+2 1c+2 ") == 0);
    gaps_call(gaps, 1, false, 3, LATER);
    gaps_settle(gaps, 5 * LATER, true);
    assert_string_equal(found, "1c+2 1c+2 ");
    gaps_destroy(gaps);
}

static void a_loss_that_shows_late_is_still_exact(void **state)
{
    (void)state;
    struct gaps *gaps = begin();
    gaps_call(gaps, 1, false, 0, 0);
    gaps_call(gaps, 1, false, 3, 0); /* another thread's two calls are about to find no room */
    gaps_lost(gaps, 2, 1);
    gaps_settle(gaps, LATER + 1, false);
    assert_string_equal(found, "1c+2 ");
    gaps_settle(gaps, 5 * LATER, true);
    assert_string_equal(found, "1c+2 ");
    gaps_destroy(gaps);
}

static void losses_without_a_jump_are_told_once(void **state)
{
    (void)state;
    struct gaps *gaps = begin();
    gaps_lost(gaps, 7, 0);
    gaps_settle(gaps, LATER - 1, false);
    assert_string_equal(found, "");
    gaps_settle(gaps, LATER, false);
    gaps_settle(gaps, 2 * LATER, true);
    assert_string_equal(found, "?+7 ");
    gaps_lost(gaps, 8, 3 * LATER);
    gaps_settle(gaps, 4 * LATER, false);
    assert_string_equal(found, "?+7 ?+1 ");
    gaps_destroy(gaps);
}

static void a_jump_after_that_is_told_as_well(void **state)
{
    (void)state;
    struct gaps *gaps = begin();
    gaps_lost(gaps, 7, 0);
    gaps_settle(gaps, LATER, false);
    gaps_call(gaps, 1, false, 5, 2 * LATER);
    gaps_settle(gaps, 9 * LATER, true);
    assert_string_equal(found, "?+7 1c+5 ");
    gaps_destroy(gaps);
}

static void unknown_communicators_have_no_sequence(void **state)
{
    (void)state;
    struct gaps *gaps = begin();
    gaps_call(gaps, 0, false, 77, 0);
    gaps_call(gaps, UINT32_MAX, false, 77, 0);
    gaps_settle(gaps, LATER, true);
    assert_string_equal(found, "");
    gaps_destroy(gaps);
}

static void numbers_wrap(void **state)
{
    (void)state;
    struct gaps *gaps = begin();
    gaps_lost(gaps, UINT64_MAX, 0);
    gaps_call(gaps, 1, false, INT32_MAX, 0);
    gaps_call(gaps, 1, false, UINT32_MAX, 0);
    found[0] = '\0';
    gaps_call(gaps, 1, false, 0, 0);
    gaps_call(gaps, 1, false, 1, 0);
    assert_string_equal(found, "");
    gaps_destroy(gaps);
}

static void a_ring_full_of_nonsense_is_survived(void **state)
{
    (void)state;
    struct gaps *gaps = begin();
    uint32_t random = 1;
    for (int i = 0; i < 200000; i++) {
        random = random * 1664525u + 1013904223u;
        gaps_call(gaps, random >> 20, random & 1, random, (uint64_t)i);
        if (i % 100 == 0)
            gaps_settle(gaps, (uint64_t)i * 1000000u, false);
    }
    gaps_settle(gaps, 0, true);
    gaps_destroy(gaps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_in_sequence_have_no_gap),
        cmocka_unit_test(a_jump_with_losses_is_a_gap_at_once),
        cmocka_unit_test(losses_are_shared_out_by_communicator_and_class),
        cmocka_unit_test(two_threads_that_overtake_each_other_are_no_gap),
        cmocka_unit_test(what_does_not_come_in_time_is_a_gap),
        cmocka_unit_test(a_loss_that_shows_late_is_still_exact),
        cmocka_unit_test(losses_without_a_jump_are_told_once),
        cmocka_unit_test(a_jump_after_that_is_told_as_well),
        cmocka_unit_test(unknown_communicators_have_no_sequence),
        cmocka_unit_test(numbers_wrap),
        cmocka_unit_test(a_ring_full_of_nonsense_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
