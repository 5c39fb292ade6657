/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "capture.h"
#include "communicators.h"
#include "creation.h"
#include "device.h"
#include "farewell.h"
#include "groups.h"
#include "launch.h"
#include "reductions.h"
#include "settings.h"
#include "threads.h"

/* Without a size asked for, the ring takes at most this share of what the spool has left: /dev/shm belongs to
 * NCCL first, and a container's is small. */
#define SPOOL_SHARE 16

struct ring *_Atomic process_tracing;

static struct {
    pthread_mutex_t starting;
    bool tried;
    bool handlers; /* fork and exit handlers are there; a child inherits them */
    struct ring ring;
    char path[512];
} state = {.starting = PTHREAD_MUTEX_INITIALIZER};

/* The one message that the preload has. */
static void not_tracing(const char *what, const char *which, int error)
{
    fprintf(stderr, "lockstep: not tracing: %s: %s%s%s\n", what, which, error ? ": " : "",
            error ? strerror(error) : "");
}

static uint64_t affordable_bytes(const char *spool)
{
    const uint64_t asked = settings_ring_bytes();
    if (asked)
        return asked;
    struct statvfs status;
    if (statvfs(spool, &status) != 0)
        return RING_DEFAULT_BYTES;
    const uint64_t share = (uint64_t)status.f_bavail * status.f_frsize / SPOOL_SHARE;
    uint64_t bytes = RING_DEFAULT_BYTES;
    while (bytes > share && bytes > RING_MIN_BYTES)
        bytes /= 2;
    return bytes;
}

static int make_ring(void)
{
    struct timespec now;
    const char *spool = settings_spool();
    clock_gettime(CLOCK_MONOTONIC, &now);
    const int length = snprintf(
        state.path, sizeof state.path, "%s/lockstep-%u-%d-%llx.ring", spool, (unsigned)getuid(),
        (int)getpid(), (unsigned long long)now.tv_sec * 1000000000ull + (unsigned long long)now.tv_nsec);
    if (length < 0 || (size_t)length >= sizeof state.path) {
        not_tracing("LOCKSTEP_SPOOL", "name too long", 0);
        return -ENAMETOOLONG;
    }
    const int result = ring_create(&state.ring, state.path, affordable_bytes(spool));
    if (result != 0) {
        not_tracing("creating the ring", state.path, -result);
        return result;
    }
    /* The mapping is enough. A descriptor in the program's table could be closed, and its number reused, by
     * others. */
    close(state.ring.fd);
    state.ring.fd = -1;
    return 0;
}

static void describe_software(struct ring_header *header, int library)
{
    const struct origin origin = {NULL, library};
    ncclGetVersion_fn get_version =
        (ncclGetVersion_fn)libraries_real(origin, FUNCTION_ncclGetVersion, LIBRARY_LINKED);
    int version = 0;
    if (get_version && get_version(&version) == ncclSuccess)
        header->nccl_version = version;
    const int copy = get_version ? libraries_containing((const void *)get_version) : -1;
    if (copy >= 0)
        strncpy(header->nccl_path, libraries_path(copy), sizeof header->nccl_path - 1);
    header->cuda_runtime_version = device_runtime_version();
    header->cuda_driver_version = device_driver_version();
}

static void drop_ring(void)
{
    munmap(state.ring.header, RING_HEADER_BYTES + state.ring.capacity);
    memset(&state.ring, 0, sizeof state.ring);
}

/* In the child of a fork: what was the parent's is left to it, untouched. */
static void forget_all(void)
{
    if (atomic_exchange(&process_tracing, NULL))
        drop_ring();
    threads_forget();
    communicators_forget();
    creation_forget();
    reductions_forget();
    capture_forget();
    state.tried = false;
    pthread_mutex_init(&state.starting, NULL);
}

static void before_fork(void)
{
    pthread_mutex_lock(&state.starting);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&state.starting);
}

static bool install_handlers(void)
{
    if (state.handlers)
        return true;
    if (pthread_atfork(before_fork, after_fork, forget_all) != 0)
        return false;
    farewell_install();
    state.handlers = true;
    return true;
}

static struct ring *start(int library)
{
    char forwarder[4096];
    if (settings_disabled())
        return NULL;
    if (!launch_find_forwarder(forwarder, sizeof forwarder)) {
        not_tracing("no forwarder", *forwarder ? forwarder : "set LOCKSTEP_FORWARDER",
                    *forwarder ? errno : 0);
        return NULL;
    }
    if (!install_handlers()) {
        not_tracing("installing handlers", "pthread_atfork", ENOMEM);
        return NULL;
    }
    if (make_ring() != 0)
        return NULL;
    describe_software(state.ring.header, library);
    pid_t pid = 0;
    const int result = launch_forwarder(forwarder, state.path, &pid);
    if (result != 0) {
        not_tracing("starting the forwarder", forwarder, -result);
        unlink(state.path);
        drop_ring();
        return NULL;
    }
    farewell_expect(&state.ring, state.path, pid);
    capture_start();
    if (settings_debug())
        fprintf(stderr, "lockstep: tracing process %d into %s, forwarder %s (%d)\n", (int)getpid(),
                state.path, forwarder, (int)pid);
    return &state.ring;
}

struct ring *process_start(int library)
{
    struct ring *ring = process_ring();
    if (ring)
        return ring;
    const int error = errno;
    pthread_mutex_lock(&state.starting);
    if (!state.tried) {
        state.tried = true;
        ring = start(library);
        atomic_store_explicit(&process_tracing, ring, memory_order_release);
        if (ring)
            groups_tell_open(ring);
    }
    ring = process_ring();
    pthread_mutex_unlock(&state.starting);
    errno = error;
    return ring;
}
