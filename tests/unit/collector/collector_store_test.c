/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "job.h"
#include "store.h"

static void path_is(const char *base, unsigned number, const char *expected)
{
    char *path = store_path(base, number);

    assert_string_equal(path, expected);
    free(path);
}

static void the_first_job_has_the_directory_as_named(void **state)
{
    (void)state;
    path_is("run.lockstep", 1, "run.lockstep");
    path_is("a/b", 1, "a/b");
    path_is("a/b/", 1, "a/b");
    path_is("/", 1, "/");
}

static void further_jobs_are_numbered_before_the_suffix(void **state)
{
    (void)state;
    path_is("run.lockstep", 2, "run-2.lockstep");
    path_is("a/run.lockstep//", 13, "a/run-13.lockstep");
    path_is("a/b", 2, "a/b-2");
    path_is("a.lockstep/b", 3, "a.lockstep/b-3");
    path_is(".lockstep", 2, ".lockstep-2");
}

/* ---- with a folder to work in ---- */

struct bench {
    char folder[64];
    char base[96];
    struct log log;
    struct sessions *sessions;
    struct jobs *jobs;
    char error[TRACE_ERROR_BYTES];
};

static void begin(struct bench *bench)
{
    bench->sessions = sessions_create();
    bench->jobs = jobs_create(bench->base, bench->sessions, &bench->log);
    assert_non_null(bench->sessions);
    assert_non_null(bench->jobs);
}

static void end(struct bench *bench)
{
    jobs_destroy(bench->jobs);
    sessions_destroy(bench->sessions);
}

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));

    snprintf(bench->folder, sizeof(bench->folder), "/tmp/lockstep-store-XXXXXX");
    if (!mkdtemp(bench->folder))
        return -1;
    snprintf(bench->base, sizeof(bench->base), "%s/t.lockstep", bench->folder);
    log_open(&bench->log, true, true);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    char command[96];

    snprintf(command, sizeof(command), "rm -r %s", bench->folder);
    const int status = system(command);
    free(bench);
    return status;
}

static void store_is_at(const struct bench *bench, const struct job *job, const char *name)
{
    assert_non_null(job);
    assert_int_equal(strncmp(job->store.path, bench->folder, strlen(bench->folder)), 0);
    assert_string_equal(job->store.path + strlen(bench->folder) + 1, name);
}

static void jobs_are_kept_apart_and_found_again(void **state)
{
    struct bench *bench = *state;

    begin(bench);
    assert_int_equal(jobs_resume(bench->jobs, bench->error), 0);
    store_is_at(bench, jobs_enter(bench->jobs, "red", bench->error), "t.lockstep");
    store_is_at(bench, jobs_enter(bench->jobs, "green", bench->error), "t-2.lockstep");
    store_is_at(bench, jobs_enter(bench->jobs, "red", bench->error), "t.lockstep");
    store_is_at(bench, jobs_enter(bench->jobs, "", bench->error), "t-3.lockstep");
    assert_int_equal(jobs_count(bench->jobs), 3);
    end(bench);

    begin(bench);
    assert_int_equal(jobs_resume(bench->jobs, bench->error), 0);
    assert_int_equal(jobs_count(bench->jobs), 3);
    store_is_at(bench, jobs_enter(bench->jobs, "green", bench->error), "t-2.lockstep");
    store_is_at(bench, jobs_enter(bench->jobs, "blue", bench->error), "t-4.lockstep");
    end(bench);
}

static void what_is_in_the_way_of_a_second_job_is_passed_over(void **state)
{
    struct bench *bench = *state;
    char other[128];

    snprintf(other, sizeof(other), "%s/t-2.lockstep", bench->folder);
    assert_int_equal(mkdir(other, 0777), 0);
    strcat(other, "/x");
    assert_int_equal(mkdir(other, 0777), 0);
    begin(bench);
    assert_int_equal(jobs_resume(bench->jobs, bench->error), 0);
    store_is_at(bench, jobs_enter(bench->jobs, "red", bench->error), "t.lockstep");
    store_is_at(bench, jobs_enter(bench->jobs, "green", bench->error), "t-3.lockstep");
    end(bench);
}

static void a_directory_with_other_things_in_it_is_refused(void **state)
{
    struct bench *bench = *state;
    char inside[128];

    snprintf(inside, sizeof(inside), "%s/x", bench->base);
    assert_int_equal(mkdir(bench->base, 0777), 0);
    assert_int_equal(mkdir(inside, 0777), 0);
    begin(bench);
    assert_int_equal(jobs_resume(bench->jobs, bench->error), -EEXIST);
    assert_non_null(strstr(bench->error, "t.lockstep: is not a trace"));
    end(bench);
    assert_int_equal(access(inside, F_OK), 0);
}

static void nothing_is_left_when_nobody_came(void **state)
{
    struct bench *bench = *state;

    begin(bench);
    assert_int_equal(jobs_resume(bench->jobs, bench->error), 0);
    assert_int_equal(access(bench->base, F_OK), 0);
    end(bench);
    assert_int_equal(access(bench->base, F_OK), -1);
}

static void two_collectors_cannot_write_one_trace(void **state)
{
    struct bench *bench = *state;
    struct sessions *sessions = sessions_create();
    struct jobs *others = jobs_create(bench->base, sessions, &bench->log);

    begin(bench);
    assert_int_equal(jobs_resume(bench->jobs, bench->error), 0);
    store_is_at(bench, jobs_enter(bench->jobs, "red", bench->error), "t.lockstep");
    assert_int_equal(jobs_resume(others, bench->error), -EWOULDBLOCK);
    jobs_destroy(others);
    sessions_destroy(sessions);
    end(bench);
}

static void the_number_of_jobs_is_limited(void **state)
{
    struct bench *bench = *state;
    char name[16];

    begin(bench);
    assert_int_equal(jobs_resume(bench->jobs, bench->error), 0);
    for (unsigned i = 0; i < JOB_LIMIT; i++) {
        snprintf(name, sizeof(name), "job %u", i);
        assert_non_null(jobs_enter(bench->jobs, name, bench->error));
    }
    assert_null(jobs_enter(bench->jobs, "one more", bench->error));
    assert_string_equal(bench->error, "this collector serves 64 jobs already");
    assert_non_null(jobs_enter(bench->jobs, "job 5", bench->error));
    end(bench);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_job_has_the_directory_as_named),
        cmocka_unit_test(further_jobs_are_numbered_before_the_suffix),
        WITH_FOLDER(jobs_are_kept_apart_and_found_again),
        WITH_FOLDER(what_is_in_the_way_of_a_second_job_is_passed_over),
        WITH_FOLDER(a_directory_with_other_things_in_it_is_refused),
        WITH_FOLDER(nothing_is_left_when_nobody_came),
        WITH_FOLDER(two_collectors_cannot_write_one_trace),
        WITH_FOLDER(the_number_of_jobs_is_limited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
