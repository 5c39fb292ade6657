/* SPDX-License-Identifier: Apache-2.0
 *
 * What a recorded call costs the traced program: bench-calls, a program that does nothing but call a mock of
 * NCCL, once as it is and once with the preload; in the same run a bare clock_gettime, and the same event
 * through LTTng-UST where that is installed. The programs measure themselves and print figures.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "figure.h"
#include "place.h"

#define CALLS "../tests/bench/bench-calls"
#define LTTNG "../tests/bench/bench-lttng.sh"

/* Runs bench-calls; it prints "<prefix>_…: value unit" lines. */
static int measure_calls(const char *prefix, const char *rounds, const char *const settings[])
{
    char path[PATH_MAX];

    if (!place_of(CALLS, path))
        return -1;

    const char *const arguments[] = {path, prefix, rounds, NULL};
    const pid_t pid = place_start(arguments, settings, -1);

    return pid < 0 ? -1 : place_wait(pid, "bench-calls");
}

static int measure_preloaded(const char *rounds)
{
    char library[PATH_MAX];
    char folder[PATH_MAX];
    char preload[PATH_MAX + 16];
    char spool[PATH_MAX + 16];
    int status;

    /* On shared memory, as in real life; the forwarder's part is played by bench-calls between its rounds. */
    if (!place_of("../lib/liblockstep.so", library) || !place_make_folder("/dev/shm", folder))
        return -1;
    snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", library);
    snprintf(spool, sizeof(spool), "LOCKSTEP_SPOOL=%s", folder);

    const char *const settings[] = {preload, spool, "LOCKSTEP_FORWARDER=/bin/true", "LOCKSTEP_EXIT_WAIT_MS=0",
                                    NULL};

    status = measure_calls("recorded_call", rounds, settings);
    place_remove_folder(folder);
    return status;
}

static int measure_lttng(const char *rounds)
{
    char script[PATH_MAX];
    char folder[PATH_MAX];
    int status;

    if (!place_of(LTTNG, script))
        return -1;
    if (!place_make_folder(NULL, folder))
        return -1;

    const char *const arguments[] = {"/bin/sh", script, folder, rounds, NULL};
    const pid_t pid = place_start(arguments, NULL, -1);

    status = pid < 0 ? -1 : place_wait(pid, "bench-lttng.sh");
    place_remove_folder(folder);
    return status;
}

int bench_hook(const struct bench_options *options)
{
    const char *rounds = options->quick ? "20" : "500";

    if (measure_calls("unhooked_call", rounds, NULL) < 0 || measure_preloaded(rounds) < 0)
        return -1;
    return BENCH_HAS_LTTNG ? measure_lttng(rounds) : 0;
}
