/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "names.h"

/* Two entries with one number do not compile: each case is one entry. */
static void no_two_operations_share_a_number(void **state)
{
    (void)state;
    unsigned found = 0;
    for (unsigned number = 0; number < OPERATION_LIMIT; number++) {
        switch (number) {
#define OPERATION(identifier, operation, symbol, name, class, traits) case operation:
#include "operations.def"
#undef OPERATION
            found++;
            assert_string_not_equal(operation_name(number), "unknown");
            assert_int_not_equal(operation_class(number), CLASS_UNKNOWN);
            break;
        default:
            assert_string_equal(operation_name(number), "unknown");
            assert_string_equal(operation_symbol(number), "unknown");
            assert_int_equal(operation_class(number), CLASS_UNKNOWN);
            assert_int_equal(operation_traits(number), 0);
        }
    }
    unsigned listed = 0
#define OPERATION(identifier, operation, symbol, name, class, traits) +1
#include "operations.def"
#undef OPERATION
        ;
    assert_int_equal(found, listed);
}

static void no_two_operations_share_a_symbol(void **state)
{
    (void)state;
    for (unsigned one = 0; one < OPERATION_LIMIT; one++) {
        for (unsigned other = one + 1; other < OPERATION_LIMIT; other++) {
            if (operation_class(one) != CLASS_UNKNOWN && operation_class(other) != CLASS_UNKNOWN)
                assert_string_not_equal(operation_symbol(one), operation_symbol(other));
        }
    }
}

static void numbers_that_are_in_traces_stay_what_they_are(void **state)
{
    (void)state;
    assert_string_equal(operation_name(1), "all_reduce");
    assert_string_equal(operation_symbol(16), "ncclSend");
    assert_string_equal(operation_symbol(25), "ncclGroupEnd");
    assert_string_equal(operation_symbol(36), "ncclCommSplit");
    assert_string_equal(operation_symbol(102), "cudaGraphLaunch");
    assert_string_equal(operation_symbol(112), "cudaStreamSynchronize");
    assert_string_equal(operation_symbol(128), "MPI_Barrier");
    assert_string_equal(operation_symbol(151), "MPI_Finalize");
    assert_string_equal(datatype_name(7), "float32");
    assert_int_equal(datatype_bytes(9), 2);
    assert_string_equal(reduction_name(4), "avg");
    assert_string_equal(reduction_name(64), "pre_mul_sum");
}

static void numbers_in_no_table_are_unknown_and_have_no_size(void **state)
{
    (void)state;
    assert_string_equal(operation_name(100000), "unknown");
    assert_string_equal(datatype_name(77), "unknown");
    assert_int_equal(datatype_bytes(77), 0);
    assert_int_equal(datatype_bytes(DATATYPE_NONE), 0);
    assert_string_equal(reduction_name(77), "unknown");
    assert_string_equal(result_symbol(-77), "unknown result");
    assert_string_equal(finding_code_name(FINDING_LIMIT), "unknown");
    assert_string_equal(finding_code_meaning(100000), "unknown");
}

static void every_finding_code_is_found_by_its_name(void **state)
{
    (void)state;
    unsigned codes = 0;
    for (unsigned code = 1; code < FINDING_LIMIT; code++) {
        const char *name = finding_code_name(code);
        if (strcmp(name, "unknown") == 0)
            continue;
        codes++;
        assert_int_equal(finding_code_find(name), code);
        size_t length = strlen(finding_code_meaning(code));
        assert_true(length > 0 && finding_code_meaning(code)[length - 1] != '.');
    }
    assert_true(codes >= 20);
    assert_int_equal(finding_code_find("no-such-code"), FINDING_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_two_operations_share_a_number),
        cmocka_unit_test(no_two_operations_share_a_symbol),
        cmocka_unit_test(numbers_that_are_in_traces_stay_what_they_are),
        cmocka_unit_test(numbers_in_no_table_are_unknown_and_have_no_size),
        cmocka_unit_test(every_finding_code_is_found_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
