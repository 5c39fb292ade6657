/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"

#include "procfs.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Fields of /proc/PID/stat, as proc(5) counts them. */
enum { STAT_STATE = 3, STAT_START_TIME = 22, STAT_START_STACK = 28, STAT_EXIT_CODE = 52 };

struct stat_fields {
    char state;
    uint64_t start_ticks;
    uint64_t stack;
    uint64_t exit_code;
};

static bool read_stat(pid_t pid, struct stat_fields *fields)
{
    char *text;
    if (procfs_read(pid, "stat", &text) < 0)
        return false;
    *fields = (struct stat_fields){0};
    /* The second field is the program's name in parentheses and may hold anything, even ')'. */
    char *rest = strrchr(text, ')');
    char *save = NULL;
    int number = STAT_STATE;
    if (rest)
        for (char *field = strtok_r(rest + 1, " \n", &save); field;
             field = strtok_r(NULL, " \n", &save), number++) {
            if (number == STAT_STATE)
                fields->state = *field;
            else if (number == STAT_START_TIME)
                fields->start_ticks = strtoull(field, NULL, 10);
            else if (number == STAT_START_STACK)
                fields->stack = strtoull(field, NULL, 10);
            else if (number == STAT_EXIT_CODE)
                fields->exit_code = strtoull(field, NULL, 10);
        }
    free(text);
    return rest != NULL;
}

void process_watch(struct process *process, pid_t pid)
{
    *process = (struct process){.pid = pid};
    process->descriptor = (int)syscall(SYS_pidfd_open, pid, 0);
    struct stat_fields fields;
    if (read_stat(pid, &fields)) {
        process->start_ticks = fields.start_ticks;
        process->stack = fields.stack;
    }
    procfs_link(pid, "exe", process->executable, sizeof process->executable);
}

void process_unwatch(struct process *process)
{
    if (process->descriptor >= 0)
        close(process->descriptor);
    process->descriptor = -1;
}

bool process_gone(const struct process *process)
{
    if (process->descriptor >= 0) {
        struct pollfd poll_one = {.fd = process->descriptor, .events = POLLIN};
        return poll(&poll_one, 1, 0) > 0;
    }
    struct stat_fields fields;
    if (!read_stat(process->pid, &fields))
        return kill(process->pid, 0) != 0 && errno == ESRCH;
    return fields.state == 'Z' || fields.state == 'X' ||
           (process->start_ticks != 0 && fields.start_ticks != process->start_ticks);
}

bool process_replaced(const struct process *process)
{
    struct stat_fields fields;
    if (process->stack != 0 && read_stat(process->pid, &fields) &&
        fields.start_ticks == process->start_ticks && fields.stack != 0 && fields.stack != process->stack)
        return true;
    char executable[PATH_MAX];
    procfs_link(process->pid, "exe", executable, sizeof executable);
    return *executable && *process->executable && strcmp(executable, process->executable) != 0;
}

bool process_maps(const struct process *process, const char *path)
{
    char *maps;
    const ssize_t length = procfs_read(process->pid, "maps", &maps);
    if (length < 0)
        return true;
    const bool found = length == 0 || strstr(maps, path) != NULL;
    free(maps);
    return found;
}

static struct process_exit exit_of(int wait_status)
{
    const bool by_signal = WIFSIGNALED(wait_status);
    return (struct process_exit){
        .known = true,
        .by_signal = by_signal,
        .status = by_signal ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status),
    };
}

/* Linux 6.15 and later: a pidfd tells the wait status once the process has been waited for. Older headers
 * know neither the structure (include/uapi/linux/pidfd.h, its first version) nor the request. */
struct pidfd_status {
    uint64_t mask;
    uint64_t cgroup;
    uint32_t ids[11];
    int32_t wait_status;
};

#define PIDFD_STATUS_EXIT    (UINT64_C(1) << 3)
#define PIDFD_STATUS_REQUEST _IOWR(0xff, 11, struct pidfd_status)

static bool ask_pidfd(int descriptor, struct process_exit *how)
{
    struct pidfd_status status = {.mask = PIDFD_STATUS_EXIT};
    if (descriptor < 0 || ioctl(descriptor, PIDFD_STATUS_REQUEST, &status) != 0 ||
        !(status.mask & PIDFD_STATUS_EXIT))
        return false;
    *how = exit_of(status.wait_status);
    return true;
}

struct process_exit process_how(const struct process *process)
{
    struct process_exit how = {0};
    struct stat_fields fields;
    if (read_stat(process->pid, &fields) && fields.state == 'Z' && fields.start_ticks == process->start_ticks)
        how = exit_of((int)fields.exit_code);
    else
        ask_pidfd(process->descriptor, &how);
    return how;
}

int process_signal(const struct process *process, int signal)
{
    if (process->descriptor >= 0)
        return syscall(SYS_pidfd_send_signal, process->descriptor, signal, NULL, 0) == 0 ? 0 : -errno;
    if (process_gone(process))
        return -ESRCH;
    return kill(process->pid, signal) == 0 ? 0 : -errno;
}
