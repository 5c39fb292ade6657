/* SPDX-License-Identifier: Apache-2.0
 *
 * What every test here has: a folder of its own, and a collector that writes into it.
 */
#ifndef LOCKSTEP_TESTS_SCENE_H
#define LOCKSTEP_TESTS_SCENE_H

#include "agent.h"
#include "server.h"

#define ANY_PORT "tcp://127.0.0.1:*"
#define PATIENCE 20000 /* ms; nothing here takes long when it works */

struct scene {
    char folder[64];
    char trace[96];
    char log[96];
    struct server server;
};

int scene_set_up(void **state);
int scene_tear_down(void **state);
/* Starts the collector on any port, with further options (NULL: none). */
void scene_start(struct scene *scene, const char *const options[]);
/* As before, on the same endpoint. */
void scene_start_again(struct scene *scene, const char *const options[]);

/* A process that is a job by itself, from Hello to End. */
extern const struct agent_plan scene_one_rank;

#define SCENE(test) cmocka_unit_test_setup_teardown(test, scene_set_up, scene_tear_down)

#endif
