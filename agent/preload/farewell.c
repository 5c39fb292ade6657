/* SPDX-License-Identifier: Apache-2.0 */
#include "farewell.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "process.h"
#include "settings.h"

#define SHORTEST_SLEEP_MS 1
#define LONGEST_SLEEP_MS  20

static struct {
    struct ring *ring;
    const char *path;
    pid_t forwarder;
    int status;
} state;

static void note_status(int status, void *unused)
{
    (void)unused;
    state.status = status;
}

void farewell_install(void)
{
    on_exit(note_status, NULL);
}

void farewell_expect(struct ring *ring, const char *path, pid_t forwarder)
{
    state.ring = ring;
    state.path = path;
    state.forwarder = forwarder;
}

static bool forwarder_alive(void)
{
    return kill(state.forwarder, 0) == 0 || errno == EPERM;
}

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* Until all that was recorded is safe, or the forwarder is gone, or the time is up. */
static void wait_for_delivery(const struct ring_header *header, uint64_t end)
{
    const uint64_t deadline = now_ms() + settings_exit_wait_ms();
    unsigned sleep_ms = SHORTEST_SLEEP_MS;
    while (atomic_load_explicit(&header->delivered, memory_order_acquire) < end && now_ms() < deadline &&
           forwarder_alive()) {
        nanosleep(&(struct timespec){0, sleep_ms * 1000000L}, NULL);
        sleep_ms = sleep_ms * 2 < LONGEST_SLEEP_MS ? sleep_ms * 2 : LONGEST_SLEEP_MS;
    }
}

/* Runs after the program's own atexit handlers, which may still destroy communicators. */
__attribute__((destructor)) static void farewell(void)
{
    struct ring *ring = atomic_exchange(&process_tracing, NULL);
    if (!ring || ring != state.ring || ring->header->pid != (uint32_t)getpid())
        return;
    struct ring_header *header = ring->header;
    const uint64_t end = atomic_load_explicit(&header->head, memory_order_relaxed);
    atomic_store_explicit(&header->exit_status, (uint32_t)state.status & 0xff, memory_order_relaxed);
    atomic_store_explicit(&header->end, RING_CLOSED, memory_order_release);
    wait_for_delivery(header, end);
    if (atomic_load_explicit(&header->attached, memory_order_acquire) == 0 && !forwarder_alive()) {
        fprintf(stderr, "lockstep: not tracing: the forwarder ended before it read anything\n");
        unlink(state.path);
    }
}
