/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock.h"
#include "moment.h"

static void answer(struct clock *clock, uint64_t sent_ns, uint64_t there_ns, uint64_t back_ns,
                   int64_t offset_ns)
{
    clock_pinged(clock, sent_ns);
    clock_ponged(clock, sent_ns, (uint64_t)((int64_t)(sent_ns + there_ns) + offset_ns),
                 sent_ns + there_ns + back_ns);
}

static void the_shortest_way_tells_the_most(void **state)
{
    (void)state;
    struct clock clock = {0};
    int64_t offset;
    uint64_t error;
    clock_estimate(&clock, &offset, &error);
    assert_int_equal(error, 0);
    answer(&clock, 1000, 900000, 100000, 5000000); /* slow there, quick back: wrong by 400 us */
    clock_estimate(&clock, &offset, &error);
    assert_true(offset > 5000000 && (uint64_t)(offset - 5000000) <= error);
    answer(&clock, 2000000, 1000, 1000, 5000000);
    answer(&clock, 3000000, 500000, 100, 5000000);
    clock_estimate(&clock, &offset, &error);
    assert_int_equal(offset, 5000000);
    assert_in_range(error, 1000, 1001);
}

static void old_answers_go_since_clocks_drift(void **state)
{
    (void)state;
    struct clock clock = {0};
    int64_t offset;
    uint64_t error;
    answer(&clock, 1000, 10, 10, 100);
    for (uint64_t i = 1; i <= CLOCK_SAMPLES; i++)
        answer(&clock, i * 1000000, 5000, 5000, 700);
    clock_estimate(&clock, &offset, &error);
    assert_int_equal(offset, 700);
}

static void an_answer_to_no_question_is_ignored(void **state)
{
    (void)state;
    struct clock clock = {0};
    int64_t offset;
    uint64_t error;
    clock_ponged(&clock, 0, 5, 10);
    clock_pinged(&clock, 100);
    clock_ponged(&clock, 99, 5, 110);
    clock_ponged(&clock, 100, 5, 100);
    clock_estimate(&clock, &offset, &error);
    assert_int_equal(error, 0);
    clock_ponged(&clock, 100, 5, 110);
    clock_ponged(&clock, 100, 5000, 101);
    assert_int_equal(clock.count, 1);
}

static void it_asks_often_at_first(void **state)
{
    (void)state;
    struct clock clock = {0};
    assert_true(clock_due(&clock, 5));
    clock_pinged(&clock, NS_PER_S);
    assert_false(clock_due(&clock, (2 * NS_PER_S) - 1));
    assert_true(clock_due(&clock, (2 * NS_PER_S)));
    for (uint64_t i = 1; i <= CLOCK_SAMPLES; i++)
        answer(&clock, (i * NS_PER_S), 10, 10, 0);
    assert_false(clock_due(&clock, (CLOCK_SAMPLES + 9) * NS_PER_S));
    assert_true(clock_due(&clock, (CLOCK_SAMPLES + 10) * NS_PER_S));
    clock_forget(&clock);
    assert_true(clock_due(&clock, (CLOCK_SAMPLES * NS_PER_S)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shortest_way_tells_the_most),
        cmocka_unit_test(old_answers_go_since_clocks_drift),
        cmocka_unit_test(an_answer_to_no_question_is_ignored),
        cmocka_unit_test(it_asks_often_at_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
