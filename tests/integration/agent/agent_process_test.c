/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of traced processes: how tracing begins or does not, and how they end, fork and replace
 * themselves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "play.h"

#define HEAD "nccl 22800 runtime 13000 driver 13010 preload none\n"
#define MAKES_RANK_0                                                                                         \
    "ncclCommInitRank makes comm 1 #0 rank 0 of 2 device 3 id\n"                                             \
    "comm 1 ready rank 0 of 2 device 0 at 0000:3b:00.0\n"

static void a_killed_process_leaves_its_last_call(void **state)
{
    (void)state;
    struct play play;
    play_run(&play, "", "./agent_traced is-killed");
    assert_true(WIFSIGNALED(play.status));
    assert_int_equal(WTERMSIG(play.status), 9);
    assert_string_equal(play_records(play.pid, PLAY_PATIENCE_MS),
                        HEAD MAKES_RANK_0 "ncclAllReduce comm 1 #0 count 1 float32 sum in-place\n"
                                          "ncclAllReduce comm 1 #1 count 9999 float32 sum in-place\n"
                                          "inside ncclAllReduce comm 1 #1\n"
                                          "vanished\n");
}

static void the_exit_status_is_kept(void **state)
{
    (void)state;
    assert_string_equal(play_records_of("", "./agent_traced exits-with-5", 5),
                        HEAD MAKES_RANK_0 "comm 1 destroy\n"
                                          "closed with 5\n");
}

static void a_forked_child_is_silent_until_it_makes_a_communicator_of_its_own(void **state)
{
    (void)state;
    struct play play;
    play_run(&play, "", "./agent_traced forks");
    assert_int_equal(play.status, 0);
    assert_string_equal(play_records(play.pid, PLAY_PATIENCE_MS),
                        HEAD MAKES_RANK_0 "ncclAllReduce comm 1 #0 count 1 float32 sum in-place\n"
                                          "closed with 0\n");
    assert_string_equal(play_records((pid_t)atoi(play.output), PLAY_PATIENCE_MS),
                        HEAD "ncclCommInitRank makes comm 1 #0 rank 1 of 2 device 3 id\n"
                             "comm 1 ready rank 1 of 2 device 1 at 0000:3c:00.0\n"
                             "ncclAllReduce comm 1 #0 count 2 float32 sum in-place\n"
                             "closed with 0\n");
}

static void a_process_may_replace_itself(void **state)
{
    (void)state;
    assert_string_equal(play_records_of("", "./agent_traced executes", 3), HEAD MAKES_RANK_0 "vanished\n");
}

static void the_program_sees_no_child_no_signal_and_no_descriptor(void **state)
{
    (void)state;
    assert_string_equal(play_records_of("", "./agent_traced leaves-nothing", 0),
                        HEAD MAKES_RANK_0 "closed with 0\n");
}

static void must_run(const char *format, const char *argument)
{
    char command[1024];
    snprintf(command, sizeof command, format, argument);
    assert_int_equal(system(command), 0);
}

static void the_forwarder_is_found_beside_the_library_as_built_and_as_installed(void **state)
{
    (void)state;
    const char *const places[][2] = {
        {"lib", "bin"}, {"lib", "libexec/lockstep"}, {"lib/some-linux-gnu", "libexec/lockstep"}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char tree[128], path[400], command[1024];
        snprintf(tree, sizeof tree, "%s/tree%zu", play_spool(), i);
        snprintf(path, sizeof path, "%s/%s %s/%s", tree, places[i][0], tree, places[i][1]);
        must_run("mkdir -p %s", path);
        snprintf(path, sizeof path, "%s/%s/liblockstep.so", tree, places[i][0]);
        must_run("cp " AGENT_LIBRARY " %s", path);
        snprintf(path, sizeof path, "%s/%s/lockstep-forwarder", tree, places[i][1]);
        must_run("cp " AGENT_FOLDER "/agent_keep_ring %s", path);
        /* By a relative name, which is no longer true when the library is asked for its place. */
        snprintf(command, sizeof command,
                 "env -C %s LOCKSTEP_FORWARDER= LD_PRELOAD=%s/liblockstep.so " AGENT_FOLDER
                 "/agent_traced moves-and-makes",
                 tree, places[i][0]);
        const char *records = play_records_of("", command, 0);
        assert_string_equal(records, HEAD MAKES_RANK_0 "closed with 0\n");
    }
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Nor does the forwarder hold the program's output open. */
static void exit_waits_for_a_forwarder_that_does_not_deliver_but_no_longer_than_it_may(void **state)
{
    (void)state;
    struct play play;
    const int64_t start = now_ms();
    play_run(&play, "LOCKSTEP_EXIT_WAIT_MS=300 LOCKSTEP_FORWARDER=" AGENT_SOURCE "/idle.sh",
             "./agent_traced exits-with-5");
    const int64_t took = now_ms() - start;
    assert_int_equal(WEXITSTATUS(play.status), 5);
    assert_string_equal(play.output, "");
    assert_in_range(took, 300, 2500);
    must_run("rm %s/*.ring", play_spool());
}

/* One line, and the program's own result. */
static void assert_untraced(const char *settings, const char *line)
{
    struct play play;
    play_run(&play, settings, "./agent_traced exits-with-5");
    assert_int_equal(WEXITSTATUS(play.status), 5);
    assert_string_equal(play.output, line);
    assert_null(play_records(play.pid, 100));
}

static void without_a_forwarder_the_program_runs_untraced(void **state)
{
    (void)state;
    assert_untraced("LOCKSTEP_FORWARDER=/no/such/program",
                    "lockstep: not tracing: no forwarder: /no/such/program: No such file or directory\n");
}

static void a_forwarder_that_cannot_be_run_leaves_no_ring_behind(void **state)
{
    (void)state;
    char empty[256], line[512], settings[512];
    struct stat status;
    snprintf(empty, sizeof empty, "%s/empty", play_spool());
    mkdir(empty, 0700);
    snprintf(line, sizeof line,
             "lockstep: not tracing: starting the forwarder: %s/with_ctypes.py: Exec format error\n",
             play_spool());
    snprintf(settings, sizeof settings, "LOCKSTEP_FORWARDER=%s/with_ctypes.py LOCKSTEP_SPOOL=%s",
             play_spool(), empty);
    char copy[512];
    snprintf(copy, sizeof copy, "cp %s/with_ctypes.py %s/ && chmod +x %s/with_ctypes.py", AGENT_SOURCE,
             play_spool(), play_spool());
    assert_int_equal(system(copy), 0);
    assert_untraced(settings, line);
    assert_int_equal(rmdir(empty), 0);
    assert_int_not_equal(stat(empty, &status), 0);
}

static void without_a_spool_the_program_runs_untraced(void **state)
{
    (void)state;
    struct play play;
    play_run(&play, "LOCKSTEP_SPOOL=/no/such/folder", "./agent_traced exits-with-5");
    assert_int_equal(WEXITSTATUS(play.status), 5);
    assert_non_null(
        strstr(play.output, "lockstep: not tracing: creating the ring: /no/such/folder/lockstep-"));
    assert_non_null(strstr(play.output, ": No such file or directory\n"));
    assert_ptr_equal(strchr(play.output, '\n'), play.output + strlen(play.output) - 1);
}

static void a_program_may_ask_whether_it_is_traced_and_needs_no_agent_for_that(void **state)
{
    (void)state;
    struct play play;
    play_run(&play, "", "./agent_traced asks");
    assert_string_equal(play.output, "with " LOCKSTEP_VERSION " 0 1\n");
    play_run(&play, "LOCKSTEP_DISABLE=1", "./agent_traced asks");
    assert_string_equal(play.output, "with " LOCKSTEP_VERSION " 0 0\n");
    play_run(&play, "LD_PRELOAD=", "./agent_traced asks");
    assert_string_equal(play.output, "without\n");
}

static void switched_off_it_does_nothing_and_says_nothing(void **state)
{
    (void)state;
    assert_untraced("LOCKSTEP_DISABLE=1", "");
}

static void a_forwarder_that_ends_at_once_is_told_and_its_ring_removed(void **state)
{
    (void)state;
    char command[256];
    assert_untraced("LOCKSTEP_FORWARDER=/bin/true",
                    "lockstep: not tracing: the forwarder ended before it read anything\n");
    snprintf(command, sizeof command, "! ls %s | grep -q ring$", play_spool());
    assert_int_equal(system(command), 0);
}

static void shells_and_interpreters_are_left_alone(void **state)
{
    (void)state;
    struct play play;
    play_run(&play, "", "bash " AGENT_SOURCE "/company.sh");
    assert_int_equal(play.status, 0);
    assert_string_equal(play.output, "hello\nTrue\n");
    assert_null(play_records(play.pid, 50));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_process_leaves_its_last_call),
        cmocka_unit_test(the_exit_status_is_kept),
        cmocka_unit_test(a_forked_child_is_silent_until_it_makes_a_communicator_of_its_own),
        cmocka_unit_test(a_process_may_replace_itself),
        cmocka_unit_test(the_program_sees_no_child_no_signal_and_no_descriptor),
        cmocka_unit_test(the_forwarder_is_found_beside_the_library_as_built_and_as_installed),
        cmocka_unit_test(exit_waits_for_a_forwarder_that_does_not_deliver_but_no_longer_than_it_may),
        cmocka_unit_test(without_a_forwarder_the_program_runs_untraced),
        cmocka_unit_test(a_forwarder_that_cannot_be_run_leaves_no_ring_behind),
        cmocka_unit_test(without_a_spool_the_program_runs_untraced),
        cmocka_unit_test(a_program_may_ask_whether_it_is_traced_and_needs_no_agent_for_that),
        cmocka_unit_test(switched_off_it_does_nothing_and_says_nothing),
        cmocka_unit_test(a_forwarder_that_ends_at_once_is_told_and_its_ring_removed),
        cmocka_unit_test(shells_and_interpreters_are_left_alone),
    };
    return cmocka_run_group_tests(tests, play_setup, play_teardown);
}
