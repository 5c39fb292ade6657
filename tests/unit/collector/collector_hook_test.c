/* SPDX-License-Identifier: Apache-2.0 */
#include "hook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct bench {
    char folder[64];
    char program[96];
    char *said;
    size_t said_bytes;
    struct log log;
    struct engine *engine;
    struct hook hook;
};

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));

    snprintf(bench->folder, sizeof(bench->folder), "/tmp/lockstep-hook-XXXXXX");
    if (!mkdtemp(bench->folder))
        return -1;
    snprintf(bench->program, sizeof(bench->program), "%s/program", bench->folder);
    bench->log = (struct log){.to = open_memstream(&bench->said, &bench->said_bytes)};
    bench->engine = engine_create(&(struct engine_options){0});
    bench->hook = (struct hook){.program = "/bin/false", .log = &bench->log};
    *state = bench;
    return bench->log.to && bench->engine ? 0 : -1;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    engine_destroy(bench->engine);
    fclose(bench->log.to);
    free(bench->said);
    rmdir(bench->folder);
    free(bench);
    return 0;
}

static struct finding finding_of(enum severity severity, bool root_cause)
{
    return (struct finding){.code = FINDING_COUNT_MISMATCH,
                            .severity = severity,
                            .communicator = -1,
                            .index = -1,
                            .root_cause = root_cause,
                            .caused_by = root_cause ? FINDING_NO_CAUSE : 0,
                            .expected = "",
                            .observed = "",
                            .call_site = "",
                            .explanation = "",
                            .hint = ""};
}

static size_t times_said(struct bench *bench, const char *text)
{
    size_t count = 0;

    fflush(bench->log.to);
    for (const char *at = bench->said; (at = strstr(at, text)); at += strlen(text))
        count++;
    return count;
}

static void await_ends(struct bench *bench)
{
    for (int i = 0; i < 1000 && bench->hook.running_count > 0; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        hook_reap(&bench->hook);
    }
    assert_int_equal(bench->hook.running_count, 0);
}

static void it_is_run_for_causes_that_are_errors_only(void **state)
{
    struct bench *bench = *state;
    const struct finding cause = finding_of(SEVERITY_ERROR, true);
    const struct finding consequence = finding_of(SEVERITY_ERROR, false);
    const struct finding warning = finding_of(SEVERITY_WARNING, true);

    hook_tell(&bench->hook, bench->engine, &consequence);
    hook_tell(&bench->hook, bench->engine, &warning);
    assert_int_equal(bench->hook.running_count, 0);
    hook_tell(&bench->hook, bench->engine, &cause);
    assert_int_equal(bench->hook.running_count, 1);
    await_ends(bench);
    assert_int_equal(times_said(bench, "/bin/false: ended with status 1"), 1);
}

static void it_is_run_so_often_and_no_more(void **state)
{
    struct bench *bench = *state;
    const struct finding cause = finding_of(SEVERITY_ERROR, true);

    for (unsigned i = 0; i < HOOK_LIMIT + 5; i++)
        hook_tell(&bench->hook, bench->engine, &cause);
    assert_int_equal(bench->hook.running_count, HOOK_LIMIT);
    await_ends(bench);
    assert_int_equal(times_said(bench, "ended with status 1"), HOOK_LIMIT);
    assert_int_equal(times_said(bench, "was run 16 times"), 1);
}

static void a_program_that_is_gone_is_told(void **state)
{
    struct bench *bench = *state;
    const struct finding cause = finding_of(SEVERITY_ERROR, true);

    bench->hook.program = bench->program;
    hook_tell(&bench->hook, bench->engine, &cause);
    assert_int_equal(bench->hook.running_count, 0);
    assert_int_equal(times_said(bench, "cannot be run: No such file or directory"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_run_for_causes_that_are_errors_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_is_run_so_often_and_no_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_program_that_is_gone_is_told, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
