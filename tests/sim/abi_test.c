/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "abi_facts.h"

static void values_sizes_and_offsets_are_those_of_the_real_headers(void **state)
{
    int different = 0;
    int count = 0;

    (void)state;
    for (; abi_facts_of_real[count].name; count++) {
        const struct abi_fact *real = &abi_facts_of_real[count];
        const struct abi_fact *ours = &abi_facts_of_ours[count];

        assert_string_equal(ours->name, real->name);
        if (ours->value != real->value) {
            print_error("%s is %lld, in the real headers %lld\n", ours->name, ours->value, real->value);
            different++;
        }
    }
    assert_null(abi_facts_of_ours[count].name);
    assert_true(count > 100);
    assert_int_equal(different, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_sizes_and_offsets_are_those_of_the_real_headers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
