/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

const struct agent_plan scene_one_rank = {.job = "one", .size = 1, .batches = 50, .end = true};

int scene_set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    snprintf(scene->folder, sizeof(scene->folder), "/tmp/lockstep-collector-XXXXXX");
    if (!mkdtemp(scene->folder))
        return -1;
    snprintf(scene->trace, sizeof(scene->trace), "%s/t.lockstep", scene->folder);
    snprintf(scene->log, sizeof(scene->log), "%s/log", scene->folder);
    *state = scene;
    return 0;
}

int scene_tear_down(void **state)
{
    struct scene *scene = *state;
    char command[96];

    if (scene->server.pid > 0) {
        kill(scene->server.pid, SIGKILL);
        server_wait(&scene->server, 5);
    }
    umount2(scene->trace, MNT_DETACH); /* a test that failed may have left it */
    snprintf(command, sizeof(command), "rm -r %s", scene->folder);
    const int status = system(command);
    free(scene);
    return status;
}

void scene_start(struct scene *scene, const char *const options[])
{
    server_start(&scene->server, ANY_PORT, scene->trace, scene->log, options);
}

void scene_start_again(struct scene *scene, const char *const options[])
{
    char endpoint[256];

    memcpy(endpoint, scene->server.endpoint, sizeof(endpoint));
    server_start(&scene->server, endpoint, scene->trace, scene->log, options);
}
