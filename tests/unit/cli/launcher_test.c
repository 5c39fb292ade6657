/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher.h"

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

static const char *const names[] = {"LD_PRELOAD", "LOCKSTEP_JOB"};

/* Compares with the words of `expected`, separated by single spaces. */
static void expect(const char *expected, char *const *command)
{
    char **told = launcher_add_variables(command, names, 2, "/lockstep.so");
    char line[512] = "";

    assert_non_null(told);
    for (size_t i = 0; told[i]; i++) {
        strcat(line, i ? " " : "");
        strcat(line, told[i]);
    }
    assert_string_equal(line, expected);
    launcher_free(told);
}

#define COMMAND(...) ((char *[]){__VA_ARGS__, NULL})

static void variables_come_right_behind_the_launcher(void **state)
{
    (void)state;
    expect("mpirun -x LD_PRELOAD -x LOCKSTEP_JOB -n 4 app", COMMAND("mpirun", "-n", "4", "app"));
    expect("mpirun -x LD_PRELOAD -x LOCKSTEP_JOB", COMMAND("mpirun"));
}

static void every_part_of_the_job_gets_them(void **state)
{
    (void)state;
    expect("mpirun -x LD_PRELOAD -x LOCKSTEP_JOB -n 1 one : -x LD_PRELOAD -x LOCKSTEP_JOB -n 1 other",
           COMMAND("mpirun", "-n", "1", "one", ":", "-n", "1", "other"));
}

static void a_preload_of_the_user_stays_behind_ours(void **state)
{
    (void)state;
    expect("mpirun -x LD_PRELOAD -x LOCKSTEP_JOB -x LD_PRELOAD=/lockstep.so:/mine.so app",
           COMMAND("mpirun", "-x", "LD_PRELOAD=/mine.so", "app"));
    expect("mpirun -x LD_PRELOAD -x LOCKSTEP_JOB -x LD_PRELOAD=/lockstep.so app",
           COMMAND("mpirun", "-x", "LD_PRELOAD=", "app"));
    expect("mpirun -x LD_PRELOAD -x LOCKSTEP_JOB app LD_PRELOAD=/mine.so",
           COMMAND("mpirun", "app", "LD_PRELOAD=/mine.so"));
}

static void a_list_of_variables_is_not_mixed_with_single_ones(void **state)
{
    (void)state;
    expect("mpirun --mca mca_base_env_list A=1 app",
           COMMAND("mpirun", "--mca", "mca_base_env_list", "A=1", "app"));
    setenv("OMPI_MCA_mca_base_env_list", "A=1", 1);
    expect("mpirun app", COMMAND("mpirun", "app"));
    unsetenv("OMPI_MCA_mca_base_env_list");
}

static void write_script(const char *path, const char *text)
{
    FILE *script = fopen(path, "w");

    assert_non_null(script);
    fputs(text, script);
    assert_int_equal(fclose(script), 0);
    assert_int_equal(chmod(path, 0755), 0);
}

static void a_launcher_is_told_by_its_answer_not_by_its_name(void **state)
{
    char folder[] = "/tmp/lockstep-launcher-XXXXXX";
    char mpirun[64], other[64];

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(mpirun, sizeof(mpirun), "%s/mpirun", folder);
    snprintf(other, sizeof(other), "%s/program", folder);

    write_script(mpirun, "#!/bin/sh\necho 'mpirun (Open MPI) 4.1.4'\n");
    assert_true(launcher_is_open_mpi(mpirun));
    write_script(mpirun, "#!/bin/sh\necho 'HYDRA build details:'\n");
    assert_false(launcher_is_open_mpi(mpirun));
    write_script(mpirun, "#!/bin/sh\nyes 'no answer at all'\n"); /* never ends by itself */
    assert_false(launcher_is_open_mpi(mpirun));
    /* A program is not run to find out what it is. */
    write_script(other, "#!/bin/sh\necho 'mpirun (Open MPI) 4.1.4'\n");
    assert_false(launcher_is_open_mpi(other));
    assert_false(launcher_is_open_mpi("/nonexistent/mpirun"));

    unlink(mpirun);
    unlink(other);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variables_come_right_behind_the_launcher),
        cmocka_unit_test(every_part_of_the_job_gets_them),
        cmocka_unit_test(a_preload_of_the_user_stays_behind_ours),
        cmocka_unit_test(a_list_of_variables_is_not_mixed_with_single_ones),
        cmocka_unit_test(a_launcher_is_told_by_its_answer_not_by_its_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
