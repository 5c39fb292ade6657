/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "environment.h"
#include "secrets.h"

static void only_what_says_how_things_were_set_up_is_shown(void **state)
{
    (void)state;
    char *const variables[] = {"NCCL_DEBUG=INFO", "HOME=/root",           "CUDA_VISIBLE_DEVICES=0,1",
                               "NCCL_=odd",       "AWS_SESSION=abc",      "TORCH_NCCL_ASYNC_ERROR_HANDLING=1",
                               "RANK=3",          "RANKING=none of ours", NULL};
    struct environment environment;
    struct variable *shown;
    assert_int_equal(environment_copy(&environment, variables), 0);
    assert_int_equal(environment_shown(&environment, &shown), 4);
    assert_string_equal(shown[0].name, "CUDA_VISIBLE_DEVICES");
    assert_string_equal(shown[0].value, "0,1");
    assert_string_equal(shown[1].name, "NCCL_DEBUG");
    assert_string_equal(shown[2].name, "RANK");
    assert_string_equal(shown[3].name, "TORCH_NCCL_ASYNC_ERROR_HANDLING");
    free(shown);
    environment_clear(&environment);
}

static void secrets_are_not_shown_whatever_their_prefix(void **state)
{
    (void)state;
    char *const variables[] = {"LOCKSTEP_CURVE_SECRET_KEY=x",
                               "NCCL_AUTH_FILE=x",
                               "CUDA_api_token=x",
                               "NCCL_Password=x",
                               "LOCKSTEP_CREDENTIALS=x",
                               "LOCKSTEP_PASS=x",
                               NULL};
    struct environment environment;
    struct variable *shown;
    assert_int_equal(environment_copy(&environment, variables), 0);
    assert_int_equal(environment_shown(&environment, &shown), 0);
    free(shown);
    environment_clear(&environment);
}

static void long_values_are_cut_and_bytes_made_text(void **state)
{
    (void)state;
    char longer[4096] = "NCCL_LONG=";
    memset(longer + 10, 'v', sizeof longer - 11);
    longer[sizeof longer - 1] = '\0';
    char *const variables[] = {longer, "NCCL_ODD=a\xff\xc3\xa4", NULL};
    struct environment environment;
    struct variable *shown;
    assert_int_equal(environment_copy(&environment, variables), 0);
    assert_int_equal(environment_shown(&environment, &shown), 2);
    assert_int_equal(strlen(shown[0].value), ENVIRONMENT_VALUE_BYTES);
    assert_string_equal(shown[1].value, "a?\xc3\xa4");
    free(shown);
    environment_clear(&environment);
}

/* `block` is the arguments, each with its zero. */
static void redacts(const char *block, size_t length, const char *const *expected)
{
    char **arguments;
    const long count = secrets_redact(block, length, 100, &arguments);
    for (long i = 0; i < count; i++) {
        assert_non_null(expected[i]);
        assert_string_equal(arguments[i], expected[i]);
    }
    assert_null(expected[count]);
    free(arguments);
}

#define REDACTS(block, ...) redacts(block, sizeof(block), (const char *const[]){__VA_ARGS__, NULL})

static void secrets_on_the_command_line_are_hidden(void **state)
{
    (void)state;
    REDACTS("train\0--steps\0"
            "10",
            "train", "--steps", "10");
    REDACTS("train\0--api-key\0abc\0--steps\0"
            "10",
            "train", "--api-key", "***", "--steps", "10");
    REDACTS("train\0--token=abc\0x", "train", "--token=***", "x");
    REDACTS("env\0WANDB_API_KEY=\0train", "env", "WANDB_API_KEY=***", "train");
    REDACTS("train\0--use-auth\0--verbose", "train", "--use-auth", "--verbose");
    REDACTS("tokenize\0file", "tokenize", "file");
    REDACTS("train\0--password", "train", "--password");
}

static void a_command_line_that_was_cut_or_is_empty_is_no_trouble(void **state)
{
    (void)state;
    char **arguments;
    assert_int_equal(secrets_redact("", 0, 10, &arguments), 0);
    free(arguments);
    const char *const expected[] = {"train", "--tok", NULL};
    redacts("train\0--token=abc", 11, expected);
    assert_int_equal(secrets_redact("a\0b\0c", 6, 2, &arguments), 2);
    free(arguments);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_says_how_things_were_set_up_is_shown),
        cmocka_unit_test(secrets_are_not_shown_whatever_their_prefix),
        cmocka_unit_test(long_values_are_cut_and_bytes_made_text),
        cmocka_unit_test(secrets_on_the_command_line_are_hidden),
        cmocka_unit_test(a_command_line_that_was_cut_or_is_empty_is_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
