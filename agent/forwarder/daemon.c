/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define NICENESS 10
/* More processors than any machine has; the kernel keeps those that exist and are allowed. */
#define PROCESSORS 8192

int daemon_leave_family(pid_t rank)
{
    if (getppid() != rank)
        return 0;
    const pid_t child = fork();
    if (child < 0)
        return -errno;
    if (child > 0)
        _exit(0);
    return 0;
}

static void use_all_processors(void)
{
    unsigned long mask[PROCESSORS / (8 * sizeof(unsigned long))];
    memset(mask, 0xff, sizeof mask);
    sched_setaffinity(0, sizeof mask, (const cpu_set_t *)mask);
}

/* What the process did before memory ran out is worth more than the little that we use; needs privilege. */
static void survive_lack_of_memory(void)
{
    const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    const char score[] = "-500";
    const ssize_t written = write(fd, score, sizeof score - 1);
    (void)written;
    close(fd);
}

void daemon_be_modest(void)
{
    const struct sched_param none = {0};
    setsid();
    setpriority(PRIO_PROCESS, 0, NICENESS);
    sched_setscheduler(0, SCHED_BATCH, &none);
    use_all_processors();
    survive_lack_of_memory();
    prctl(PR_SET_NAME, "lockstep-fwd");
    umask(077);
    const int moved = chdir("/");
    (void)moved;
}

int daemon_signals(void)
{
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGHUP);
    sigprocmask(SIG_BLOCK, &ending, NULL);
    signal(SIGPIPE, SIG_IGN);
    const int fd = signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}
