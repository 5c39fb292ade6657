/* SPDX-License-Identifier: Apache-2.0 */
#include "play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];

int play_setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/lockstep-agent-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

int play_teardown(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

const char *play_spool(void)
{
    return folder;
}

static void become(const char *settings, const char *command, int output)
{
    char *whole = NULL;
    if (asprintf(&whole,
                 "cd %s && exec timeout -k 5 60 env LOCKSTEP_SPOOL=%s KEEP_RING_INTO=%s "
                 "LOCKSTEP_FORWARDER=%s/agent_keep_ring LD_PRELOAD=%s %s sh -c 'echo $$; exec %s'",
                 AGENT_FOLDER, folder, folder, AGENT_FOLDER, AGENT_LIBRARY, settings, command) < 0)
        _exit(127);
    dup2(output, 1);
    dup2(output, 2);
    execl("/bin/sh", "sh", "-c", whole, (char *)NULL);
    _exit(127);
}

void play_run(struct play *play, const char *settings, const char *command)
{
    int ends[2];
    size_t used = 0;
    if (pipe(ends) != 0)
        abort();
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        become(settings, command, ends[1]);
    }
    close(ends[1]);
    ssize_t got;
    while (used < sizeof play->output - 1 &&
           (got = read(ends[0], play->output + used, sizeof play->output - 1 - used)) > 0)
        used += (size_t)got;
    play->output[used] = '\0';
    close(ends[0]);
    waitpid(child, &play->status, 0);
    /* The first line is the process id. */
    char *rest = strchr(play->output, '\n');
    play->pid = (pid_t)atoi(play->output);
    if (rest)
        memmove(play->output, rest + 1, strlen(rest));
}

const char *play_records(pid_t pid, int patience_ms)
{
    static char records[1 << 20];
    char name[128];
    snprintf(name, sizeof name, "%s/%d", folder, (int)pid);
    FILE *file = NULL;
    for (int waited = 0; !(file = fopen(name, "r")) && waited < patience_ms; waited += 5)
        usleep(5000);
    if (!file)
        return NULL;
    const size_t bytes = fread(records, 1, sizeof records - 1, file);
    records[bytes] = '\0';
    fclose(file);
    unlink(name);
    return records;
}

const char *play_records_of(const char *settings, const char *command, int status)
{
    struct play play;
    play_run(&play, settings, command);
    assert_string_equal(play.output, "");
    assert_true(WIFEXITED(play.status));
    assert_int_equal(WEXITSTATUS(play.status), status);
    const char *records = play_records(play.pid, PLAY_PATIENCE_MS);
    assert_non_null(records);
    return records;
}
