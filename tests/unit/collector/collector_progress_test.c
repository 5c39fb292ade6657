/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "progress.h"

static void short_is(double value, const char *expected)
{
    char text[PROGRESS_SHORT_BYTES];

    assert_string_equal(progress_short(text, value), expected);
}

static void numbers_have_three_digits_and_a_letter(void **state)
{
    (void)state;
    short_is(0, "0");
    short_is(7.4, "7");
    short_is(999.4, "999");
    short_is(999.5, "1.00k");
    short_is(12345, "12.3k");
    short_is(99949, "99.9k");
    short_is(99951, "100k");
    short_is(999499, "999k");
    short_is(999500, "1.00M");
    short_is(5.678e9, "5.68G");
    short_is(1e12, "1.00T");
    short_is(12345e12, "12345T");
}

static void the_line_tells_rates_and_sums(void **state)
{
    (void)state;
    const struct progress_sums before = {.events = 1000, .bytes = 5000};
    struct progress_sums now = {
        .processes = 3, .ranks = 4, .events = 25600, .bytes = 197000, .lost = 0, .findings = 1};
    char text[PROGRESS_TEXT_BYTES];

    progress_text(text, &before, &now, 2000000000);
    assert_string_equal(text, "ranks 3/4 · 12.3k events/s · 96.0 kB/s · lost 0 · 1 finding");
    now = before;
    progress_text(text, &before, &now, 2000000000);
    assert_string_equal(text, "ranks 0/0 · 0 events/s · 0 B/s · lost 0 · 0 findings");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_three_digits_and_a_letter),
        cmocka_unit_test(the_line_tells_rates_and_sums),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
