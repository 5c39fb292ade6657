/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "text.h"

static void assert_cleans(const char *from, size_t length, const char *to)
{
    char text[64];
    memcpy(text, from, length);
    text_clean(text, length);
    assert_memory_equal(text, to, length);
}

#define ASSERT_CLEANS(from, to) assert_cleans(from, sizeof(from) - 1, to)

static void well_formed_text_stays(void **state)
{
    (void)state;
    ASSERT_CLEANS("plain, \t\n and \x7f", "plain, \t\n and \x7f");
    ASSERT_CLEANS("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80", "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80");
    ASSERT_CLEANS("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf", "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf");
}

static void each_byte_of_malformed_text_becomes_a_question_mark(void **state)
{
    (void)state;
    ASSERT_CLEANS("a\xff\x62", "a?b");
    ASSERT_CLEANS("\x80\xbf", "??");
    ASSERT_CLEANS("cut \xe2\x82", "cut ??");
    ASSERT_CLEANS("\xc0\xaf\xe0\x80\xaf", "?????");                /* overlong */
    ASSERT_CLEANS("\xed\xa0\x80", "???");                          /* surrogate */
    ASSERT_CLEANS("\xf4\x90\x80\x80\xf8\x88\x80\x80", "????????"); /* beyond Unicode */
    ASSERT_CLEANS("\xc3\x28", "?(");
}

static void zero_bytes_become_question_marks(void **state)
{
    (void)state;
    ASSERT_CLEANS("a\0b", "a?b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_text_stays),
        cmocka_unit_test(each_byte_of_malformed_text_becomes_a_question_mark),
        cmocka_unit_test(zero_bytes_become_question_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
