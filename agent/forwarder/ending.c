/* SPDX-License-Identifier: Apache-2.0 */
#include "current.h"
#include "forwarder.h"
#include "log.h"
#include "moment.h"

#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define LOOK_INTERVAL      NS_PER_S         /* for another program in the process */
#define LOOK_INTERVAL_EXEC (50 * NS_PER_MS) /* when it has said that there will be one */
#define NEVER_THERE        (3 * NS_PER_S)   /* longest wait for a collector that we never reached */
#define TERMINATION_GRACE                                                                                    \
    (5 * NS_PER_S) /* for the rank, which gets the same signal as we, to end before us */

static uint32_t ring_end(const struct forwarder *forwarder)
{
    return atomic_load_explicit(&forwarder->ring.header->end, memory_order_acquire);
}

/* A program that replaces itself at once may have done so before we saw the first; but it lost the ring by
 * it. */
static bool was_replaced(struct forwarder *forwarder, uint64_t now_ns)
{
    const bool announced = ring_end(forwarder) == RING_EXECED;
    if (now_ns - forwarder->looked_ns < (announced ? LOOK_INTERVAL_EXEC : LOOK_INTERVAL))
        return false;
    forwarder->looked_ns = now_ns;
    return process_replaced(&forwarder->process) ||
           (announced && !process_maps(&forwarder->process, forwarder->options.ring));
}

static void notice_end(struct forwarder *forwarder, uint64_t now_ns)
{
    if (process_gone(&forwarder->process))
        forwarder->how = process_how(&forwarder->process);
    else if (was_replaced(forwarder, now_ns))
        forwarder->replaced = true;
    else
        return;
    log_line("the process has %s", forwarder->replaced ? "become another program" : "ended");
    forwarder->phase = PHASE_DRAINING;
    forwarder->ended_ns = now_ns;
}

static void say_how(const struct forwarder *forwarder, struct process_end *end)
{
    const struct process_exit *how = &forwarder->how;
    const uint32_t said = ring_end(forwarder);
    end->status = how->known ? how->status : -1;
    if (forwarder->replaced || (said == RING_EXECED && !how->by_signal)) {
        end->how = END_EXECED;
        end->status = -1;
    } else if (how->by_signal) {
        end->how = END_SIGNAL;
    } else if (said == RING_CLOSED) {
        end->how = END_CLEAN;
        if (!how->known)
            end->status =
                (int32_t)atomic_load_explicit(&forwarder->ring.header->exit_status, memory_order_relaxed);
    } else {
        end->how = how->known ? END_EXITED : END_VANISHED;
    }
}

static void say_goodbye(struct forwarder *forwarder, uint64_t now_ns)
{
    struct current_call calls[RING_SLOTS];
    struct process_end end = {
        .time_ns = forwarder->ended_ns,
        .events = translate_events(forwarder->translator),
        .dropped = atomic_load_explicit(&forwarder->ring.header->dropped, memory_order_relaxed),
        .current = calls,
        .current_count = current_calls(&forwarder->ring, calls),
    };
    say_how(forwarder, &end);
    struct message message;
    intake_flush(forwarder, now_ns);
    if (batch_end(forwarder->writer, &end, &message) != 0)
        return; /* out of memory: another turn */
    intake_enqueue(forwarder, &message, now_ns);
    forwarder->phase = PHASE_LINGERING;
}

/* Everything that nobody took stays in the spool, and what was not even read in the ring, for someone to
 * find. */
static void leave(struct forwarder *forwarder, uint64_t now_ns)
{
    intake_turn(forwarder, now_ns);
    intake_flush(forwarder, now_ns);
    const int result = queue_spool_all(forwarder->queue, now_ns);
    log_line("leaving; kept in the spool: %llu bytes%s%s", (unsigned long long)queue_bytes(forwarder->queue),
             result ? ", not all: " : "", result ? strerror(-result) : "");
    if (forwarder->phase == PHASE_LINGERING)
        unlink(forwarder->options.ring);
    intake_report_delivered(forwarder);
    forwarder->phase = PHASE_DONE;
}

static void finish(struct forwarder *forwarder)
{
    log_line("all delivered: %llu messages", (unsigned long long)batch_number(forwarder->writer));
    queue_remove_spool(forwarder->queue);
    unlink(forwarder->options.ring);
    forwarder->phase = PHASE_DONE;
}

/* A first signal leaves the process time to end, a second none. */
static void notice_signals(struct forwarder *forwarder, uint64_t now_ns)
{
    struct signalfd_siginfo info;
    while (read(forwarder->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        log_line("signal %u", info.ssi_signo);
        forwarder->leave_at_ns = forwarder->leave_at_ns ? now_ns : now_ns + TERMINATION_GRACE;
    }
}

/* As long as it takes what we have, the collector has all the time it wants. */
static bool linger_is_over(const struct forwarder *forwarder, uint64_t now_ns)
{
    const struct delivery *delivery = &forwarder->delivery;
    const bool was_there = delivery->connections > 0;
    const uint64_t linger_ns = forwarder->settings.linger_ns;
    const uint64_t limit = was_there || linger_ns < NEVER_THERE ? linger_ns : NEVER_THERE;
    const uint64_t since =
        delivery->progress_ns > forwarder->ended_ns ? delivery->progress_ns : forwarder->ended_ns;
    return now_ns - since >= limit;
}

/* A process that has called exit() waits until its data is safe; the spool is as safe as a collector that is
 * slow or away. */
static void hasten(struct forwarder *forwarder, uint64_t now_ns)
{
    if (ring_end(forwarder) == RING_CLOSED && !delivery_healthy(&forwarder->delivery, now_ns))
        queue_spool_all(forwarder->queue, now_ns);
}

void ending_turn(struct forwarder *forwarder, uint64_t now_ns)
{
    notice_signals(forwarder, now_ns);
    if (forwarder->phase == PHASE_RUNNING) {
        hasten(forwarder, now_ns);
        notice_end(forwarder, now_ns);
    }
    /* Without room in the queue the ring is not empty yet. */
    if (forwarder->phase == PHASE_DRAINING && !intake_turn(forwarder, now_ns))
        say_goodbye(forwarder, now_ns);
    if (forwarder->phase == PHASE_LINGERING && queue_first(forwarder->queue) == queue_end(forwarder->queue))
        finish(forwarder);
    else if (forwarder->phase != PHASE_DONE &&
             ((forwarder->leave_at_ns != 0 && now_ns >= forwarder->leave_at_ns) ||
              (forwarder->phase != PHASE_RUNNING && linger_is_over(forwarder, now_ns))))
        leave(forwarder, now_ns);
}
