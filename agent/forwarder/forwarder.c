/* SPDX-License-Identifier: Apache-2.0 */
#include "forwarder.h"

#include "daemon.h"
#include "log.h"
#include "moment.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* How long to sleep between turns, by how long nothing has come. */
#define SLEEP_BUSY_MS  1
#define SLEEP_QUIET_MS 10
#define SLEEP_IDLE_MS  50
#define BUSY_FOR       (5 * NS_PER_MS)
#define QUIET_FOR      (5 * NS_PER_S)

static void learn_world(void *context, int32_t ranks, int32_t rank)
{
    self_world(&((struct forwarder *)context)->self, ranks, rank);
}

static void learn_device(void *context, int32_t device, const char *pci_bus_id)
{
    self_device(&((struct forwarder *)context)->self, device, pci_bus_id);
}

static int choose_id(struct process_id *id)
{
    return getrandom(id, sizeof *id, 0) == (ssize_t)sizeof *id ? 0 : -EIO;
}

static void spool_path(const struct forwarder *forwarder, char *path, size_t size)
{
    uint32_t tag;
    memcpy(&tag, &forwarder->id, sizeof tag);
    snprintf(path, size, "%s/lockstep-%u-%d-%08x.spool", forwarder->options.spool, (unsigned)getuid(),
             (int)forwarder->options.pid, tag);
}

static int open_pipeline(struct forwarder *forwarder)
{
    const struct translate_observer observer = {learn_world, learn_device, forwarder};
    char path[PATH_MAX + 64];
    spool_path(forwarder, path, sizeof path);
    forwarder->writer = batch_writer_create(&forwarder->id);
    forwarder->queue = queue_create(path, &forwarder->settings.queue);
    if (!forwarder->writer || !forwarder->queue)
        return -ENOMEM;
    forwarder->translator = translate_create(forwarder->writer, &forwarder->modules, &observer);
    if (!forwarder->translator)
        return -ENOMEM;
    forwarder->link = link_open(forwarder->options.collector);
    if (!forwarder->link) {
        log_line("--collector: %s: %s", forwarder->options.collector, strerror(errno));
        return -errno;
    }
    delivery_init(&forwarder->delivery, forwarder->queue, forwarder->link);
    return 0;
}

int forwarder_open(struct forwarder *forwarder)
{
    const uint64_t now_ns = moment_monotonic_ns();
    forwarder->signals = daemon_signals();
    if (forwarder->signals < 0)
        return forwarder->signals;
    modules_open(&forwarder->modules, forwarder->options.pid, now_ns);
    ring_reader_init(&forwarder->reader, &forwarder->ring);
    forwarder->taken_position = forwarder->reader.position;
    forwarder->beat_ns = now_ns;
    forwarder->last_record_ns = now_ns;
    forwarder->looked_ns = now_ns;
    int result = choose_id(&forwarder->id);
    if (result == 0)
        result = environment_copy(&forwarder->environment, environ);
    if (result != 0)
        return result;
    settings_read(&forwarder->settings, &forwarder->environment);
    result =
        self_learn(&forwarder->self, &forwarder->process, &forwarder->environment, forwarder->ring.header);
    return result == 0 ? open_pipeline(forwarder) : result;
}

void forwarder_close(struct forwarder *forwarder)
{
    link_close(forwarder->link);
    translate_destroy(forwarder->translator);
    queue_destroy(forwarder->queue);
    batch_writer_destroy(forwarder->writer);
    self_forget(&forwarder->self);
    environment_clear(&forwarder->environment);
    modules_close(&forwarder->modules);
    if (forwarder->signals >= 0)
        close(forwarder->signals);
    process_unwatch(&forwarder->process);
    ring_close(&forwarder->ring);
}

static long sleep_ms(const struct forwarder *forwarder, uint64_t now_ns, bool more)
{
    const uint64_t quiet_ns = now_ns - forwarder->last_record_ns;
    if (more && queue_has_room(forwarder->queue, now_ns))
        return 0;
    if (quiet_ns < BUSY_FOR)
        return SLEEP_BUSY_MS;
    return quiet_ns < QUIET_FOR || forwarder->phase != PHASE_RUNNING ? SLEEP_QUIET_MS : SLEEP_IDLE_MS;
}

static void rest(struct forwarder *forwarder, uint64_t now_ns, bool more)
{
    /* Once gone, the process stays gone: its descriptor would never let us sleep. */
    const int descriptors[] = {
        forwarder->signals,
        forwarder->phase == PHASE_RUNNING ? forwarder->process.descriptor : -1,
    };
    link_wait(forwarder->link, descriptors, 2, sleep_ms(forwarder, now_ns, more));
}

void forwarder_run(struct forwarder *forwarder)
{
    atomic_store_explicit(&forwarder->ring.header->attached, 1, memory_order_release);
    while (forwarder->phase != PHASE_DONE) {
        const uint64_t now_ns = moment_monotonic_ns();
        const bool more = forwarder->phase == PHASE_RUNNING && intake_turn(forwarder, now_ns);
        inbox_turn(forwarder, now_ns);
        heartbeat_turn(forwarder, now_ns);
        command_turn(forwarder, now_ns);
        delivery_turn(&forwarder->delivery, now_ns);
        intake_report_delivered(forwarder);
        ending_turn(forwarder, now_ns);
        if (forwarder->phase != PHASE_DONE)
            rest(forwarder, now_ns, more);
    }
}
