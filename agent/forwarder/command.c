/* SPDX-License-Identifier: Apache-2.0 */
#include "forwarder.h"
#include "log.h"
#include "moment.h"

#include <signal.h>
#include <string.h>

static void send_signal(struct forwarder *forwarder, int signal)
{
    const int result = process_signal(&forwarder->process, signal);
    log_line("signal %d to %d: %s", signal, (int)forwarder->process.pid, result ? strerror(-result) : "sent");
}

void command_abort(struct forwarder *forwarder, const char *reason, uint64_t now_ns)
{
    if (!forwarder->settings.may_abort) {
        log_line("told to end the rank, which LOCKSTEP_ON_MISMATCH does not allow: %s", reason);
        return;
    }
    if (forwarder->aborted_ns != 0 || forwarder->phase != PHASE_RUNNING)
        return;
    log_line("told to end the rank: %s", reason);
    forwarder->aborted_ns = now_ns;
    send_signal(forwarder, SIGTERM);
}

void command_turn(struct forwarder *forwarder, uint64_t now_ns)
{
    if (forwarder->aborted_ns == 0 || forwarder->killed || forwarder->phase != PHASE_RUNNING ||
        now_ns - forwarder->aborted_ns < forwarder->settings.abort_grace_ns)
        return;
    forwarder->killed = true;
    send_signal(forwarder, SIGKILL);
}
