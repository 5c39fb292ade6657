/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "intern.h"

static uint32_t id_of(struct intern *intern, const char *key, bool expect_new)
{
    bool added;
    uint32_t id = intern_id(intern, key, strlen(key), &added);
    assert_int_equal(added, expect_new);
    return id;
}

static void ids_count_from_one_in_order_of_arrival(void **state)
{
    struct intern *intern = *state;
    assert_int_equal(id_of(intern, "one", true), 1);
    assert_int_equal(id_of(intern, "two", true), 2);
    assert_int_equal(id_of(intern, "one", false), 1);
    assert_int_equal(id_of(intern, "", true), 3);
    assert_int_equal(id_of(intern, "", false), 3);
    assert_int_equal(intern_count(intern), 3);
}

static void a_key_is_copied_and_keeps_its_length(void **state)
{
    struct intern *intern = *state;
    bool added;
    char key[5] = {'a', 0, 'b', 0, 'c'};
    assert_int_equal(intern_id(intern, key, sizeof key, &added), 1);
    assert_int_equal(intern_id(intern, key, 1, &added), 2);
    memset(key, 'x', sizeof key);
    size_t length;
    assert_memory_equal(intern_key(intern, 1, &length), "a\0b\0c", 5);
    assert_int_equal(length, 5);
    assert_non_null(intern_key(intern, 2, &length));
    assert_int_equal(length, 1);
}

static void ids_that_were_not_given_have_no_key(void **state)
{
    struct intern *intern = *state;
    size_t length;
    assert_null(intern_key(intern, 0, &length));
    assert_null(intern_key(intern, 1, &length));
    id_of(intern, "one", true);
    assert_null(intern_key(intern, 2, &length));
    assert_null(intern_key(intern, UINT32_MAX, &length));
}

#define MANY 100000u

static void a_hundred_thousand_keys_keep_their_ids(void **state)
{
    struct intern *intern = *state;
    bool added;
    for (uint32_t i = 0; i < MANY; i++)
        assert_int_equal(intern_id(intern, &i, sizeof i, &added), i + 1);
    for (uint32_t i = 0; i < MANY; i++) {
        size_t length;
        assert_int_equal(intern_id(intern, &i, sizeof i, &added), i + 1);
        assert_false(added);
        assert_memory_equal(intern_key(intern, i + 1, &length), &i, sizeof i);
    }
    assert_int_equal(intern_count(intern), MANY);
}

static void forgotten_keys_come_back_as_new_and_the_others_stay(void **state)
{
    struct intern *intern = *state;
    bool added;
    for (uint32_t i = 0; i < 1000; i++)
        intern_id(intern, &i, sizeof i, &added);
    intern_truncate(intern, 400);
    assert_int_equal(intern_count(intern), 400);
    for (uint32_t i = 0; i < 400; i++) {
        assert_int_equal(intern_id(intern, &i, sizeof i, &added), i + 1);
        assert_false(added);
    }
    for (uint32_t i = 999; i >= 400; i--) {
        assert_int_equal(intern_id(intern, &i, sizeof i, &added), 400 + 1000 - i);
        assert_true(added);
    }
}

static void a_cleared_table_counts_from_one_again(void **state)
{
    struct intern *intern = *state;
    id_of(intern, "one", true);
    id_of(intern, "two", true);
    intern_clear(intern);
    assert_int_equal(intern_count(intern), 0);
    assert_int_equal(id_of(intern, "two", true), 1);
}

static int setup(void **state)
{
    *state = intern_create();
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    intern_destroy(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ids_count_from_one_in_order_of_arrival, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_is_copied_and_keeps_its_length, setup, teardown),
        cmocka_unit_test_setup_teardown(ids_that_were_not_given_have_no_key, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hundred_thousand_keys_keep_their_ids, setup, teardown),
        cmocka_unit_test_setup_teardown(forgotten_keys_come_back_as_new_and_the_others_stay, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cleared_table_counts_from_one_again, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
