/* SPDX-License-Identifier: Apache-2.0 */
#include "suggestion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_slip_of_the_finger_is_recognised(void **state)
{
    (void)state;
    assert_string_equal(suggestion_for("reprot"), "report");
    assert_string_equal(suggestion_for("reports"), "report");
    assert_string_equal(suggestion_for("rn"), "run");
    assert_string_equal(suggestion_for("hlep"), "help");
}

static void another_word_is_not(void **state)
{
    (void)state;
    assert_null(suggestion_for(""));
    assert_null(suggestion_for("xyz"));
    assert_null(suggestion_for("collector"));
    assert_null(suggestion_for("reportreportreportreportreportreportreportreport"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slip_of_the_finger_is_recognised),
        cmocka_unit_test(another_word_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
