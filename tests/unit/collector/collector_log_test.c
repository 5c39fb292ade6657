/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "log.h"
#include "moment.h"

struct capture {
    struct log log;
    char *text;
    size_t size;
};

static void open_capture(struct capture *capture, bool quiet, bool terminal)
{
    *capture = (struct capture){.log = {.quiet = quiet, .terminal = terminal}};
    capture->log.to = open_memstream(&capture->text, &capture->size);
    assert_non_null(capture->log.to);
}

static void captured(struct capture *capture, const char *expected)
{
    fclose(capture->log.to);
    assert_string_equal(capture->text, expected);
    free(capture->text);
}

static void control_characters_from_outside_do_nothing(void **state)
{
    (void)state;
    struct capture capture;

    open_capture(&capture, false, false);
    log_error(&capture.log, "job %s", "\033[2Jred\nlockstep-collector: all is well\r\177é");
    captured(&capture, "lockstep-collector: job ?[2Jred?lockstep-collector: all is well??é\n");
}

static void quiet_keeps_errors_only(void **state)
{
    (void)state;
    struct capture capture;

    open_capture(&capture, true, true);
    log_note(&capture.log, "a note");
    log_progress(&capture.log, "progress");
    log_error(&capture.log, "an error");
    captured(&capture, "lockstep-collector: an error\n");
}

static void the_progress_line_makes_way_for_others(void **state)
{
    (void)state;
    struct capture capture;

    open_capture(&capture, false, true);
    log_progress(&capture.log, "one");
    log_progress(&capture.log, "two");
    log_note(&capture.log, "a note");
    log_note(&capture.log, "more");
    captured(&capture,
             "\r\033[Kone\r\033[Ktwo\r\033[Klockstep-collector: a note\nlockstep-collector: more\n");
}

static void there_is_no_progress_line_without_a_terminal(void **state)
{
    (void)state;
    struct capture capture;

    open_capture(&capture, false, false);
    log_progress(&capture.log, "one");
    captured(&capture, "");
}

static void a_limit_lets_one_line_through_and_counts_the_rest(void **state)
{
    (void)state;
    struct log_limit limit = {0};
    uint64_t held_back = 99;

    assert_true(log_limit_allows(&limit, NS_PER_S, &held_back));
    assert_int_equal(held_back, 0);
    assert_false(log_limit_allows(&limit, 2 * NS_PER_S, &held_back));
    assert_false(log_limit_allows(&limit, 3 * NS_PER_S, &held_back));
    assert_true(log_limit_allows(&limit, (1 + LOG_LIMIT_S) * NS_PER_S, &held_back));
    assert_int_equal(held_back, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_characters_from_outside_do_nothing),
        cmocka_unit_test(quiet_keeps_errors_only),
        cmocka_unit_test(the_progress_line_makes_way_for_others),
        cmocka_unit_test(there_is_no_progress_line_without_a_terminal),
        cmocka_unit_test(a_limit_lets_one_line_through_and_counts_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
