/* SPDX-License-Identifier: Apache-2.0
 *
 * What the collector does beside keeping messages: clocks, orders to abort, endings, refusals.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "scene.h"

static void a_ping_is_answered_with_the_time(void **state)
{
    struct scene *scene = *state;
    struct agent agent;
    struct message message;
    struct control control = {.kind = ENVELOPE_CLOCK_PING, .clock.sent_ns = 4711};

    scene_start(scene, NULL);
    agent_create(&agent, &scene_one_rank);
    agent_connect(&agent, scene->server.endpoint);
    control.process = agent.id;
    assert_int_equal(control_encode(&control, &message), 0);
    agent_send_bytes(&agent, message.data, message.length);
    free(message.data);
    assert_true(agent_hear(&agent, &control, PATIENCE));
    assert_int_equal(control.kind, ENVELOPE_CLOCK_PONG);
    assert_int_equal(control.clock.sent_ns, 4711);
    assert_memory_equal(&control.process, &agent.id, sizeof(agent.id));
    assert_in_range(control.clock.received_realtime_ns / 1000000000, (uint64_t)time(NULL) - 100,
                    (uint64_t)time(NULL) + 1);
    server_stop(&scene->server);
    agent_destroy(&agent);
}

static void a_leaving_collector_says_goodbye_and_keeps_what_was_on_its_way(void **state)
{
    struct scene *scene = *state;
    const struct agent_plan plan = {.job = "left", .size = 1, .batches = 100};
    struct agent agent;

    scene_start(scene, NULL);
    agent_create(&agent, &plan);
    agent_connect(&agent, scene->server.endpoint);
    agent_send_range(&agent, 1, 10);
    assert_true(agent_acknowledged(&agent, 11, PATIENCE));
    agent_send_range(&agent, 11, agent.count);
    server_signal(&scene->server, SIGINT);
    assert_true(agent_acknowledged(&agent, agent.count + 1, PATIENCE));
    assert_true(agent_commanded(&agent, COMMAND_GOODBYE, PATIENCE));
    assert_int_equal(server_wait(&scene->server, 10), 0);
    assert_true(agent_is_kept(&agent, scene->trace, 1, agent.count));
    agent_destroy(&agent);
}

static void it_waits_at_the_end_for_those_who_came_if_told_to(void **state)
{
    struct scene *scene = *state;
    struct agent agent;

    scene_start(scene, (const char *const[]){"--drain", "60", NULL});
    agent_create(&agent, &scene_one_rank);
    agent_connect(&agent, scene->server.endpoint);
    agent_send(&agent, 1);
    assert_true(agent_acknowledged(&agent, 2, PATIENCE));
    server_signal(&scene->server, SIGTERM);
    assert_int_equal(server_wait(&scene->server, 3), -1);
    assert_true(agent_deliver(&agent, 2, PATIENCE));
    assert_int_equal(server_wait(&scene->server, 10), 0);
    assert_true(agent_is_kept(&agent, scene->trace, 1, agent.count));
    agent_destroy(&agent);
}

static void a_second_signal_ends_it_at_once(void **state)
{
    struct scene *scene = *state;
    struct agent agent;

    scene_start(scene, (const char *const[]){"--drain", "60", NULL});
    agent_create(&agent, &scene_one_rank);
    agent_connect(&agent, scene->server.endpoint);
    agent_send(&agent, 1);
    assert_true(agent_acknowledged(&agent, 2, PATIENCE));
    server_signal(&scene->server, SIGTERM);
    assert_int_equal(server_wait(&scene->server, 1), -1);
    server_signal(&scene->server, SIGINT);
    assert_int_equal(server_wait(&scene->server, 10), 128 + SIGINT);
    assert_true(agent_is_kept(&agent, scene->trace, 1, 1));
    agent_destroy(&agent);
}

static void a_mismatch_is_told_at_once_and_ends_the_job_when_asked_to(void **state)
{
    struct scene *scene = *state;
    struct agent_plan plan = {.job = "wrong", .size = 3, .batches = 10};
    struct agent agents[3];
    struct agent late;

    scene_start(scene, (const char *const[]){"--on-mismatch", "abort", NULL});
    for (int rank = 0; rank < 3; rank++) {
        plan.rank = rank;
        plan.wrong_batch = rank == 1 ? 5 : AGENT_NO_WRONG_BATCH;
        agent_create(&agents[rank], &plan);
        agent_connect(&agents[rank], scene->server.endpoint);
        assert_true(agent_deliver(&agents[rank], 1, PATIENCE));
    }
    assert_true(server_says(&scene->server, "count-mismatch", 10));
    for (int rank = 0; rank < 3; rank++)
        assert_true(agent_commanded(&agents[rank], COMMAND_ABORT, PATIENCE));
    /* Once is enough … */
    assert_false(agent_commanded(&agents[0], COMMAND_ABORT, 500));
    /* … but those who come later must be told, too. */
    plan.job = "wrong";
    agent_create(&late, &plan);
    agent_connect(&late, scene->server.endpoint);
    agent_send(&late, 1);
    assert_true(agent_commanded(&late, COMMAND_ABORT, PATIENCE));
    server_stop(&scene->server);
    assert_true(server_said(&scene->server, "job wrong: mismatch"));
    for (int rank = 0; rank < 3; rank++)
        agent_destroy(&agents[rank]);
    agent_destroy(&late);
}

/* The lines of the trace's findings.jsonl; -1: there is none, -2: the last line has no end. */
static int findings_kept(const struct scene *scene, const char *code)
{
    char path[128];
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    int count = 0;
    FILE *from;

    snprintf(path, sizeof(path), "%s/findings.jsonl", scene->trace);
    from = fopen(path, "r");
    if (!from)
        return -1;
    while ((length = getline(&line, &size, from)) > 0) {
        assert_non_null(strstr(line, code));
        count = line[length - 1] == '\n' ? count + 1 : -2;
    }
    free(line);
    fclose(from);
    return count;
}

static void findings_are_kept_at_once_and_not_doubled_by_a_restart(void **state)
{
    struct scene *scene = *state;
    struct agent_plan plan = {.job = "wrong", .size = 3, .batches = 10};
    struct agent agents[3];
    int kept;

    scene_start(scene, NULL);
    for (int rank = 0; rank < 3; rank++) {
        plan.rank = rank;
        plan.wrong_batch = rank == 1 ? 5 : AGENT_NO_WRONG_BATCH;
        agent_create(&agents[rank], &plan);
        agent_connect(&agents[rank], scene->server.endpoint);
        assert_true(agent_deliver(&agents[rank], 1, PATIENCE));
        if (rank == 0)
            assert_int_equal(findings_kept(scene, ""), 0);
    }
    /* The line of the terminal comes first. */
    assert_true(server_says(&scene->server, "count-mismatch", 10));
    for (int i = 0; i < 100 && findings_kept(scene, "count-mismatch") < 1; i++)
        usleep(10000);
    kept = findings_kept(scene, "count-mismatch");
    assert_true(kept >= 1);

    server_signal(&scene->server, SIGKILL);
    assert_int_equal(server_wait(&scene->server, 10), 128 + SIGKILL);
    scene_start_again(scene, NULL);
    assert_int_equal(findings_kept(scene, "count-mismatch"), kept);
    server_stop(&scene->server);
    for (int rank = 0; rank < 3; rank++)
        agent_destroy(&agents[rank]);
}

static void write_program(const char *path, const char *text)
{
    FILE *to = fopen(path, "w");

    assert_non_null(to);
    fputs(text, to);
    fclose(to);
    assert_int_equal(chmod(path, 0700), 0);
}

/* The program takes its time; nobody may wait for it. */
static void a_program_is_told_the_finding_while_the_collector_goes_on(void **state)
{
    struct scene *scene = *state;
    struct agent_plan plan = {.job = "wrong", .size = 3, .batches = 10};
    struct agent agents[3];
    struct agent other;
    char program[128];
    char option[160];
    char done[128];
    char told[4096] = "";

    snprintf(program, sizeof(program), "%s/program", scene->folder);
    snprintf(option, sizeof(option), "exec:%s", program);
    snprintf(done, sizeof(done), "%s/go-on", scene->folder);
    write_program(program, "#!/bin/sh\ncd \"${0%/*}\" || exit\ncat >>told\n"
                           "while [ ! -e go-on ]; do sleep 0.05; done\nexit 7\n");
    scene_start(scene, (const char *const[]){"--on-mismatch", option, NULL});
    for (int rank = 0; rank < 3; rank++) {
        plan.rank = rank;
        plan.wrong_batch = rank == 1 ? 5 : AGENT_NO_WRONG_BATCH;
        agent_create(&agents[rank], &plan);
        agent_connect(&agents[rank], scene->server.endpoint);
        assert_true(agent_deliver(&agents[rank], 1, PATIENCE));
    }
    assert_true(server_says(&scene->server, "count-mismatch", 10));
    agent_create(&other, &scene_one_rank);
    agent_connect(&other, scene->server.endpoint);
    assert_true(agent_deliver(&other, 1, PATIENCE));
    assert_false(server_said(&scene->server, "ended with status 7"));

    write_program(done, "");
    assert_true(server_says(&scene->server, "program: ended with status 7", 10));
    snprintf(done, sizeof(done), "%s/told", scene->folder);
    FILE *from = fopen(done, "r");
    assert_non_null(from);
    assert_true(fread(told, 1, sizeof(told) - 1, from) > 0);
    fclose(from);
    assert_ptr_equal(strstr(told, "{\"code\":\"count-mismatch\""), told);
    assert_ptr_equal(strchr(told, '\n'), told + strlen(told) - 1);
    server_stop(&scene->server);
    agent_destroy(&other);
    for (int rank = 0; rank < 3; rank++)
        agent_destroy(&agents[rank]);
}

static void it_leaves_when_all_are_done_if_told_to(void **state)
{
    struct scene *scene = *state;
    struct agent_plan plan = {.job = "done", .size = 2, .batches = 5, .end = true};
    struct agent agents[2];

    scene_start(scene, (const char *const[]){"--exit-when-done", "--sync", NULL});
    for (int rank = 0; rank < 2; rank++) {
        plan.rank = rank;
        agent_create(&agents[rank], &plan);
        agent_connect(&agents[rank], scene->server.endpoint);
    }
    agent_send(&agents[0], 1);
    assert_true(agent_acknowledged(&agents[0], 2, PATIENCE));
    assert_true(agent_deliver(&agents[1], 1, PATIENCE));
    assert_int_equal(server_wait(&scene->server, 1), -1);
    assert_true(agent_deliver(&agents[0], 2, PATIENCE));
    assert_int_equal(server_wait(&scene->server, 10), 0);
    for (int rank = 0; rank < 2; rank++) {
        assert_true(agent_is_kept(&agents[rank], scene->trace, 1, agents[rank].count));
        agent_destroy(&agents[rank]);
    }
}

static void it_does_not_listen_to_other_machines_unasked(void **state)
{
    struct scene *scene = *state;

    assert_int_equal(server_fails("tcp://0.0.0.0:*", scene->trace, scene->log, NULL), 2);
    memcpy(scene->server.log, scene->log, sizeof(scene->log));
    assert_true(server_said(&scene->server, "--allow-remote"));
    assert_int_not_equal(access(scene->trace, F_OK), 0);
    server_start(&scene->server, "tcp://0.0.0.0:*", scene->trace, scene->log,
                 (const char *const[]){"--allow-remote", NULL});
    server_stop(&scene->server);
}

static void what_cannot_work_is_refused_at_once(void **state)
{
    struct scene *scene = *state;
    char under_a_file[128];

    snprintf(under_a_file, sizeof(under_a_file), "%s/log/t.lockstep", scene->folder);
    assert_int_equal(server_fails(ANY_PORT, scene->trace, scene->log,
                                  (const char *const[]){"--on-mismatch", "exec:", NULL}),
                     2);
    assert_int_equal(server_fails(ANY_PORT, scene->trace, scene->log,
                                  (const char *const[]){"--on-mismatch", "exec:/", NULL}),
                     2);
    assert_int_equal(server_fails("udp://127.0.0.1:1", scene->trace, scene->log, NULL), 2);
    assert_int_equal(server_fails("tcp://127.0.0.1:notaport", scene->trace, scene->log, NULL), 1);
    assert_int_equal(server_fails(ANY_PORT, under_a_file, scene->log, NULL), 1);
    assert_int_equal(server_fails(ANY_PORT, scene->folder, scene->log, NULL), 1);
    scene_start(scene, NULL);
    assert_int_equal(server_fails(scene->server.endpoint, scene->trace, scene->log, NULL), 1);
    server_stop(&scene->server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(a_ping_is_answered_with_the_time),
        SCENE(a_leaving_collector_says_goodbye_and_keeps_what_was_on_its_way),
        SCENE(it_waits_at_the_end_for_those_who_came_if_told_to),
        SCENE(a_second_signal_ends_it_at_once),
        SCENE(a_mismatch_is_told_at_once_and_ends_the_job_when_asked_to),
        SCENE(findings_are_kept_at_once_and_not_doubled_by_a_restart),
        SCENE(a_program_is_told_the_finding_while_the_collector_goes_on),
        SCENE(it_leaves_when_all_are_done_if_told_to),
        SCENE(it_does_not_listen_to_other_machines_unasked),
        SCENE(what_cannot_work_is_refused_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
