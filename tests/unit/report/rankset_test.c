/* SPDX-License-Identifier: Apache-2.0 */
#include "rankset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *expected, int32_t *rank, size_t count)
{
    const struct ranks ranks = {rank, count};
    char *text = rankset_text(&ranks);
    char brief[RANKSET_SHORT_BYTES];

    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
    rankset_short(brief, &ranks);
    if (strlen(expected) < RANKSET_SHORT_BYTES)
        assert_string_equal(brief, expected);
}

static void neighbours_become_ranges(void **state)
{
    (void)state;
    expect("", NULL, 0);
    expect("5", (int32_t[]){5}, 1);
    expect("0-1", (int32_t[]){0, 1}, 2);
    expect("0-6,8", (int32_t[]){0, 1, 2, 3, 4, 5, 6, 8}, 8);
    expect("1,3,5", (int32_t[]){1, 3, 5}, 3);
    expect("2147483646-2147483647", (int32_t[]){INT32_MAX - 1, INT32_MAX}, 2);
}

static void a_long_set_is_cut_and_counted(void **state)
{
    int32_t rank[2048];
    const struct ranks even = {rank, 2048};
    char brief[RANKSET_SHORT_BYTES];
    char *text;

    (void)state;
    for (int32_t i = 0; i < 2048; i++)
        rank[i] = 2 * i;
    rankset_short(brief, &even);
    assert_string_equal(brief, "0,2,4,6,8,10,12,14,16,18,20,22,... (2048 ranks)");
    text = rankset_text(&even);
    assert_non_null(text);
    assert_string_equal(text + strlen(text) - 10, ",4092,4094");
    free(text);
}

static void every_length_fits_its_column(void **state)
{
    int32_t rank[64];
    char brief[RANKSET_SHORT_BYTES];

    (void)state;
    for (int32_t first = 1; first > 0 && first < INT32_MAX / 20; first *= 10) {
        for (size_t count = 0; count <= 64; count++) {
            for (size_t i = 0; i < count; i++)
                rank[i] = first + (int32_t)(2 * i);
            rankset_short(brief, &(const struct ranks){rank, count});
            assert_true(strlen(brief) < sizeof(brief));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_become_ranges),
        cmocka_unit_test(a_long_set_is_cut_and_counted),
        cmocka_unit_test(every_length_fits_its_column),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
