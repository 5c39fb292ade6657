/* SPDX-License-Identifier: Apache-2.0 */
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

static sigset_t stop_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    return set;
}

int signals_open(void)
{
    const sigset_t stops = stop_signals();

    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &stops, NULL) < 0)
        return -errno;

    const int fd = signalfd(-1, &stops, SFD_NONBLOCK | SFD_CLOEXEC);

    return fd < 0 ? -errno : fd;
}

int signals_take(int fd)
{
    const sigset_t stops = stop_signals();
    struct signalfd_siginfo info;

    if (read(fd, &info, sizeof(info)) != sizeof(info))
        return 0;
    sigprocmask(SIG_UNBLOCK, &stops, NULL);
    return (int)info.ssi_signo;
}
