/* SPDX-License-Identifier: Apache-2.0 */
#include "trace_place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];

/* A fresh, empty current directory. */
static int enter_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/lockstep-place-XXXXXX");
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    char command[96];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static void nothing_and_an_empty_directory_are_free(void **state)
{
    const char *reason;

    (void)state;
    assert_true(trace_place_is_free("new", &reason));
    assert_int_equal(mkdir("empty", 0777), 0);
    assert_true(trace_place_is_free("empty", &reason));
}

static void a_full_directory_and_a_file_are_not(void **state)
{
    const char *reason;

    (void)state;
    assert_int_equal(mkdir("full", 0777), 0);
    fclose(fopen("full/.hidden", "w"));
    assert_false(trace_place_is_free("full", &reason));
    assert_string_equal(reason, "it exists and is not empty");
    assert_false(trace_place_is_free("full/.hidden", &reason));
    assert_string_equal(reason, "it is no directory");
    assert_false(trace_place_is_free("full/.hidden/below", &reason));
}

static void two_names_in_one_second_differ(void **state)
{
    char *one = trace_place_name();
    char *other;

    (void)state;
    assert_non_null(one);
    assert_int_equal(strlen(one), strlen("lockstep-20250131-235959.lockstep"));
    assert_int_equal(mkdir(one, 0777), 0);
    fclose(fopen(strcat(strcpy((char[128]){0}, one), "/manifest.json"), "w"));
    other = trace_place_name();
    assert_non_null(other);
    assert_string_not_equal(one, other);
    free(one);
    free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_and_an_empty_directory_are_free, enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(a_full_directory_and_a_file_are_not, enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(two_names_in_one_second_differ, enter_folder, leave_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
