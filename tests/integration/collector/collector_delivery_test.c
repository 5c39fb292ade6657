/* SPDX-License-Identifier: Apache-2.0
 *
 * Every message exactly once: forwarders that repeat, skip, vanish and babble, a collector that is killed, a
 * disk that is full.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "scene.h"

static void a_stream_is_kept_and_acknowledged(void **state)
{
    struct scene *scene = *state;
    struct agent agent;

    scene_start(scene, NULL);
    agent_create(&agent, &scene_one_rank);
    agent_connect(&agent, scene->server.endpoint);
    agent_send_range(&agent, 1, agent.count);
    assert_true(agent_acknowledged(&agent, agent.count + 1, PATIENCE));
    /* What was acknowledged is in the trace already. */
    assert_true(agent_is_kept(&agent, scene->trace, 1, agent.count));
    server_stop(&scene->server);
    assert_true(agent_is_kept(&agent, scene->trace, 1, agent.count));
    assert_true(server_said(&scene->server, "job one: clean: 1 of 1 ranks"));
    agent_destroy(&agent);
}

static void repeated_messages_are_kept_once(void **state)
{
    struct scene *scene = *state;
    struct agent agent;

    scene_start(scene, NULL);
    agent_create(&agent, &scene_one_rank);
    agent_connect(&agent, scene->server.endpoint);
    for (size_t number = 1; number <= agent.count; number++) {
        agent_send(&agent, number);
        agent_send(&agent, number);
        agent_send(&agent, number / 2 + 1);
    }
    agent_send_range(&agent, 1, agent.count);
    assert_true(agent_acknowledged(&agent, agent.count + 1, PATIENCE));
    server_stop(&scene->server);
    assert_true(agent_is_kept(&agent, scene->trace, 1, agent.count));
    agent_destroy(&agent);
}

static void a_gap_is_asked_for_and_nothing_after_it_is_kept(void **state)
{
    struct scene *scene = *state;
    struct agent agent;

    scene_start(scene, NULL);
    agent_create(&agent, &scene_one_rank);
    agent_connect(&agent, scene->server.endpoint);
    agent_send_range(&agent, 1, 10);
    assert_true(agent_acknowledged(&agent, 11, PATIENCE));
    agent_send_range(&agent, 13, 20);
    assert_true(agent_acknowledged(&agent, 11, PATIENCE));
    assert_true(agent_is_kept(&agent, scene->trace, 1, 10));
    assert_true(agent_deliver(&agent, 11, PATIENCE));
    server_stop(&scene->server);
    assert_true(agent_is_kept(&agent, scene->trace, 1, agent.count));
    agent_destroy(&agent);
}

static void any_order_ends_in_order(void **state)
{
    struct scene *scene = *state;
    struct agent agent;
    uint32_t random = 12345;

    scene_start(scene, NULL);
    agent_create(&agent, &scene_one_rank);
    agent_connect(&agent, scene->server.endpoint);
    for (int i = 0; i < 2000; i++) {
        random = random * 1664525 + 1013904223;
        agent_send(&agent, 1 + (random >> 8) % agent.count);
    }
    assert_true(agent_deliver(&agent, 1, PATIENCE));
    server_stop(&scene->server);
    assert_true(agent_is_kept(&agent, scene->trace, 1, agent.count));
    agent_destroy(&agent);
}

static void a_new_connection_goes_on_where_the_old_one_was_cut(void **state)
{
    struct scene *scene = *state;
    struct agent agent;

    scene_start(scene, NULL);
    agent_create(&agent, &scene_one_rank);
    for (size_t first = 1; first + 10 < agent.count; first += 7) {
        agent_connect(&agent, scene->server.endpoint);
        agent_send_range(&agent, first, first + 10);
        assert_true(agent_acknowledged(&agent, first + 11, PATIENCE));
    }
    agent_connect(&agent, scene->server.endpoint);
    assert_true(agent_deliver(&agent, 1, PATIENCE));
    server_stop(&scene->server);
    assert_true(agent_is_kept(&agent, scene->trace, 1, agent.count));
    agent_destroy(&agent);
}

static void a_process_without_its_hello_is_asked_to_start_over(void **state)
{
    struct scene *scene = *state;
    struct agent agent;

    scene_start(scene, NULL);
    agent_create(&agent, &scene_one_rank);
    agent_connect(&agent, scene->server.endpoint);
    agent_send(&agent, 5);
    assert_true(agent_acknowledged(&agent, 1, PATIENCE));
    agent_send_heartbeat(&agent);
    assert_true(agent_deliver(&agent, 1, PATIENCE));
    server_stop(&scene->server);
    assert_true(agent_is_kept(&agent, scene->trace, 1, agent.count));
    agent_destroy(&agent);
}

static void a_killed_collector_loses_and_repeats_nothing(void **state)
{
    struct scene *scene = *state;
    struct agent_plan plan = {.job = "killed", .size = 1, .batches = 200, .end = true};
    struct agent agent;

    agent_create(&agent, &plan);
    scene_start(scene, NULL);
    agent_connect(&agent, scene->server.endpoint);
    for (size_t round = 0; round < 4; round++) {
        /* Killed with messages in the socket, in its memory and in the trace, acknowledged or not. */
        agent_send_range(&agent, 1 + round * 20, 60 + round * 40);
        if (round % 2 == 0)
            assert_true(agent_acknowledged(&agent, 61 + round * 40, PATIENCE));
        server_signal(&scene->server, SIGKILL);
        assert_int_equal(server_wait(&scene->server, 10), 128 + SIGKILL);
        scene_start_again(scene, NULL);
    }
    assert_true(agent_deliver(&agent, 1, PATIENCE));
    server_stop(&scene->server);
    assert_true(agent_is_kept(&agent, scene->trace, 1, agent.count));
    assert_true(server_said(&scene->server, "continuing"));
    agent_destroy(&agent);
}

static void a_collector_that_lost_its_trace_goes_on_with_what_there_is(void **state)
{
    struct scene *scene = *state;
    const struct agent_plan plan = {.job = "late", .size = 1, .batches = 20};
    struct agent agent;
    bool done = false;

    scene_start(scene, NULL);
    agent_create(&agent, &plan);
    agent_introduce_again(&agent, &plan); /* 22 is the Hello, 23 a batch */
    agent_connect(&agent, scene->server.endpoint);
    for (int i = 0; i < 100 && !done; i++) {
        agent_send_range(&agent, 18, 23);
        done = agent_acknowledged(&agent, 24, 200);
    }
    assert_true(done);
    server_stop(&scene->server);
    assert_true(agent_is_kept(&agent, scene->trace, 22, 23));
    assert_true(server_said(&scene->server, "no longer has its messages 1 to 21"));
    agent_destroy(&agent);
}

static void a_full_disk_stops_acknowledgements_until_there_is_room(void **state)
{
    struct scene *scene = *state;
    const struct agent_plan plan = {.job = "full", .size = 1, .batches = 200, .end = true};
    struct agent agent;
    struct control control;
    char ballast[128];
    static char block[4096];
    bool refused = false;

    if (mkdir(scene->trace, 0777) < 0 || mount("tmpfs", scene->trace, "tmpfs", 0, "size=256k") < 0) {
        print_message("cannot mount a small file system here: %s\n", strerror(errno));
        skip();
    }
    scene_start(scene, NULL);
    agent_create(&agent, &plan);
    agent_connect(&agent, scene->server.endpoint);
    agent_send_range(&agent, 1, 10);
    assert_true(agent_acknowledged(&agent, 11, PATIENCE));

    snprintf(ballast, sizeof(ballast), "%s/ballast", scene->trace);
    const int fd = open(ballast, O_WRONLY | O_CREAT, 0666);
    assert_true(fd >= 0);
    while (write(fd, block, sizeof(block)) > 0)
        continue;
    close(fd);

    agent_send_range(&agent, 11, agent.count);
    while (!refused && agent_hear(&agent, &control, PATIENCE))
        refused = control.kind == ENVELOPE_ACK && *control.ack.refused;
    assert_true(refused);
    assert_non_null(strstr(control.ack.refused, "No space left on device"));
    assert_true(control.ack.next < agent.count + 1);
    assert_true(server_says(&scene->server, "cannot write to the trace", 10));

    const size_t kept = control.ack.next;

    assert_true(agent_is_kept(&agent, scene->trace, 1, kept - 1));
    assert_int_equal(unlink(ballast), 0);
    /* A heartbeat shows that there is room; then the sender is told to go on. */
    agent_send_heartbeat(&agent);
    assert_true(agent_acknowledged(&agent, kept, PATIENCE));
    assert_true(agent_deliver(&agent, kept, PATIENCE));
    assert_true(server_said(&scene->server, "writing works again"));
    server_stop(&scene->server);
    assert_true(agent_is_kept(&agent, scene->trace, 1, agent.count));
    agent_destroy(&agent);
    umount(scene->trace);
}

static void garbage_harms_nobody(void **state)
{
    struct scene *scene = *state;
    struct agent agent;
    struct agent rude;
    uint8_t bytes[2048];
    uint32_t random = 99;

    scene_start(scene, NULL);
    agent_create(&agent, &scene_one_rank);
    agent_create(&rude, &scene_one_rank);
    agent_connect(&agent, scene->server.endpoint);
    agent_connect(&rude, scene->server.endpoint);
    /* First come: the trace as named is this job's, whatever job a mangled Hello tells of. */
    agent_send(&agent, 1);
    assert_true(agent_acknowledged(&agent, 2, PATIENCE));
    agent_send_bytes(&rude, "", 0);
    for (size_t round = 0; round < 3000; round++) {
        const struct message *model = &rude.messages[round % rude.count];
        size_t length = model->length < sizeof(bytes) ? model->length : sizeof(bytes);

        memcpy(bytes, model->data, length);
        for (int i = 0; i < 4; i++) {
            random = random * 1664525 + 1013904223;
            bytes[(random >> 8) % length] = (uint8_t)(random >> 24);
        }
        agent_send_bytes(&rude, bytes, round % 3 == 0 ? length / 2 : length);
        if (round % 100 == 0)
            agent_send(&agent, 2 + round / 100);
    }
    zmq_send(rude.socket, "two", 3, ZMQ_SNDMORE);
    zmq_send(rude.socket, "frames", 6, 0);
    assert_true(agent_deliver(&agent, 1, PATIENCE));
    server_stop(&scene->server);
    assert_true(server_said(&scene->server, "ignored a message"));
    assert_true(agent_is_kept(&agent, scene->trace, 1, agent.count));
    agent_destroy(&agent);
    agent_destroy(&rude);
}

static void two_jobs_have_two_traces_across_a_restart(void **state)
{
    struct scene *scene = *state;
    struct agent_plan plan = {.job = "red", .size = 1, .batches = 30, .end = true};
    struct agent red;
    struct agent green;
    char second[128];

    snprintf(second, sizeof(second), "%s/t-2.lockstep", scene->folder);
    scene_start(scene, NULL);
    agent_create(&red, &plan);
    plan.job = "green";
    agent_create(&green, &plan);
    agent_connect(&red, scene->server.endpoint);
    agent_connect(&green, scene->server.endpoint);
    agent_send_range(&red, 1, 10);
    assert_true(agent_acknowledged(&red, 11, PATIENCE));
    agent_send_range(&green, 1, 10);
    assert_true(agent_acknowledged(&green, 11, PATIENCE));
    server_signal(&scene->server, SIGKILL);
    assert_int_equal(server_wait(&scene->server, 10), 128 + SIGKILL);
    scene_start_again(scene, NULL);
    /* Neither says Hello again. */
    assert_true(agent_deliver(&green, 11, PATIENCE));
    assert_true(agent_deliver(&red, 11, PATIENCE));
    server_stop(&scene->server);
    assert_true(agent_is_kept(&red, scene->trace, 1, red.count));
    assert_true(agent_is_kept(&green, second, 1, green.count));
    agent_destroy(&red);
    agent_destroy(&green);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(a_stream_is_kept_and_acknowledged),
        SCENE(repeated_messages_are_kept_once),
        SCENE(a_gap_is_asked_for_and_nothing_after_it_is_kept),
        SCENE(any_order_ends_in_order),
        SCENE(a_new_connection_goes_on_where_the_old_one_was_cut),
        SCENE(a_process_without_its_hello_is_asked_to_start_over),
        SCENE(a_killed_collector_loses_and_repeats_nothing),
        SCENE(a_collector_that_lost_its_trace_goes_on_with_what_there_is),
        SCENE(a_full_disk_stops_acknowledgements_until_there_is_room),
        SCENE(garbage_harms_nobody),
        SCENE(two_jobs_have_two_traces_across_a_restart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
