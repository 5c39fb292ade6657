/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "golden.h"
#include "sample.h"

static void expect(const char *golden, const struct report_model *model)
{
    json_t *report = json_report(model);
    char *text;
    char *line;

    assert_non_null(report);
    text = json_dumps(report, JSON_INDENT(2));
    assert_non_null(text);
    assert_true(asprintf(&line, "%s\n", text) > 0);
    golden_expect(golden, line);
    free(line);
    free(text);
    json_decref(report);
}

static void a_clean_report_lists_its_communicators(void **state)
{
    (void)state;
    expect("clean.json", &sample_clean);
}

static void a_finding_has_all_its_fields(void **state)
{
    (void)state;
    expect("mismatch.json", &sample_mismatch);
}

static void a_tie_has_both_sides_and_no_ranks(void **state)
{
    (void)state;
    expect("tie.json", &sample_tie);
}

static void names_that_are_no_utf8_become_valid_json(void **state)
{
    json_t *report = json_report(&sample_hostile);
    json_t *finding;
    char *text;
    json_t *again;

    (void)state;
    assert_non_null(report);
    text = json_dumps(report, 0);
    assert_non_null(text);
    again = json_loads(text, 0, NULL);
    assert_true(json_equal(report, again));
    finding = json_array_get(json_object_get(report, "findings"), 0);
    assert_string_equal(json_string_value(json_object_get(finding, "communicator")),
                        "w\xc3\xb6rld\033[31m ???");
    /* What a cause that does not exist refers to is told as it is: it is the engine's to be right. */
    assert_int_equal(json_integer_value(json_object_get(finding, "caused_by")), 77);
    json_decref(again);
    free(text);
    json_decref(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_report_lists_its_communicators),
        cmocka_unit_test(a_finding_has_all_its_fields),
        cmocka_unit_test(a_tie_has_both_sides_and_no_ranks),
        cmocka_unit_test(names_that_are_no_utf8_become_valid_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
