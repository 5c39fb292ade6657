/* SPDX-License-Identifier: Apache-2.0 */
#include "prose.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "golden.h"
#include "sample.h"

/* The report as a string, to be freed. */
static char *written(const struct report_model *model, const struct report_style *style)
{
    char *text = NULL;
    size_t bytes;
    FILE *to = open_memstream(&text, &bytes);

    assert_non_null(to);
    assert_int_equal(prose_report(to, model, style), 0);
    assert_int_equal(fclose(to), 0);
    return text;
}

static void expect(const char *golden, const struct report_model *model, const struct report_style *style)
{
    char *text = written(model, style);

    golden_expect(golden, text);
    free(text);
}

static void nothing_wrong_is_one_line(void **state)
{
    (void)state;
    expect("clean.txt", &sample_clean, NULL);
}

static void a_mismatch_is_told_with_evidence_and_what_follows_from_it(void **state)
{
    (void)state;
    expect("mismatch.txt", &sample_mismatch, NULL);
}

static void a_narrow_terminal_wraps_prose_and_gets_colors_when_asked_for(void **state)
{
    (void)state;
    expect("narrow.txt", &sample_mismatch, &(struct report_style){.color = true, .width = 60});
}

static void a_tie_accuses_nobody(void **state)
{
    (void)state;
    expect("tie.txt", &sample_tie, NULL);
}

static void missing_records_are_no_clean_verdict(void **state)
{
    (void)state;
    expect("incomplete.txt", &sample_incomplete, NULL);
}

static void a_warning_leaves_the_verdict_clean(void **state)
{
    (void)state;
    expect("warning.txt", &sample_warning, NULL);
}

static void hostile_names_do_nothing_to_a_terminal(void **state)
{
    char *text = written(&sample_hostile, NULL);

    (void)state;
    for (const char *c = text; *c; c++)
        assert_true(*c == '\n' || ((unsigned char)*c >= 0x20 && *c != 0x7f));
    assert_null(strstr(text, "\xc2\x9b"));
    assert_non_null(strstr(text, "and?]0;title? w\xc3\xb6rld?31m"));
    free(text);
}

/* `count` findings, all but the first `causes` of which follow from the first. */
static void expect_counted(size_t count, size_t causes, const char *sentence)
{
    const struct finding **findings = calloc(count, sizeof(findings[0]));
    struct finding *storage = calloc(count, sizeof(storage[0]));
    struct report_model model = sample_tie;
    char *text;

    assert_non_null(findings);
    assert_non_null(storage);
    for (size_t i = 0; i < count; i++) {
        storage[i] = *sample_tie.findings[0];
        storage[i].id = i;
        storage[i].caused_by = i < causes ? FINDING_NO_CAUSE : 0;
        findings[i] = &storage[i];
    }
    model.findings = findings;
    model.finding_count = count;
    text = written(&model, NULL);
    assert_non_null(strstr(text, sentence));
    free(text);
    free(storage);
    free(findings);
}

static void thousands_of_findings_are_counted_not_listed(void **state)
{
    (void)state;
    expect_counted(5000, 5000, "and 4980 more findings (--json lists them)");
    expect_counted(5000, 1, "and 4991 more (--json lists them)");
}

static void a_circle_of_causes_ends(void **state)
{
    struct finding one = *sample_tie.findings[0];
    struct finding other = one;
    struct report_model model = sample_tie;

    (void)state;
    one.caused_by = 1;
    other.id = 1;
    other.caused_by = 0;
    model.findings = (const struct finding *[]){&one, &other};
    model.finding_count = 2;
    free(written(&model, NULL));
}

static void a_full_disk_is_an_error(void **state)
{
    FILE *full = fopen("/dev/full", "w");

    (void)state;
    assert_non_null(full);
    assert_true(prose_report(full, &sample_mismatch, NULL) < 0);
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_wrong_is_one_line),
        cmocka_unit_test(a_mismatch_is_told_with_evidence_and_what_follows_from_it),
        cmocka_unit_test(a_narrow_terminal_wraps_prose_and_gets_colors_when_asked_for),
        cmocka_unit_test(a_tie_accuses_nobody),
        cmocka_unit_test(missing_records_are_no_clean_verdict),
        cmocka_unit_test(a_warning_leaves_the_verdict_clean),
        cmocka_unit_test(hostile_names_do_nothing_to_a_terminal),
        cmocka_unit_test(thousands_of_findings_are_counted_not_listed),
        cmocka_unit_test(a_circle_of_causes_ends),
        cmocka_unit_test(a_full_disk_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
