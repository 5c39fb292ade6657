/* SPDX-License-Identifier: Apache-2.0 */
#include "rank.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "names.h"

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void pause_ms(unsigned ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

int rank_write_call(struct ring *ring, uint32_t sequence)
{
    struct record_header *header = ring_reserve(ring, RECORD_CALL, sizeof(struct record_call), RING_ORDINARY);
    if (!header)
        return 0;
    struct record_call *call = (struct record_call *)(void *)header;
    header->time_ns = now_ns();
    header->thread = (uint32_t)gettid();
    call->communicator = 1;
    call->operation = OPERATION_ALL_REDUCE;
    call->datatype = DATATYPE_FLOAT32;
    call->reduction = REDUCTION_SUM;
    call->unused = 0;
    call->root = -1;
    call->sequence = sequence;
    call->count = sequence;
    call->send = 0x1000;
    call->recv = 0x2000;
    call->stream = 7;
    call->call_site = (uint64_t)(uintptr_t)__builtin_return_address(0);
    call->capture = 0;
    call->reduction_identity = 0;
    call->argument = 0;
    ring_commit(ring, header);
    return 1;
}

void rank_write_create(struct ring *ring, uint32_t communicator, int32_t ranks, int32_t number)
{
    struct record_create create = {
        .communicator = communicator,
        .operation = OPERATION_COMM_INIT_RANK,
        .has_id = 1,
        .ranks = ranks,
        .rank = number,
        .color = RECORD_UNSET,
        .key = RECORD_UNSET,
        .device = -1,
        .config_blocking = RECORD_UNSET,
        .config_cga_cluster_size = RECORD_UNSET,
        .config_min_ctas = RECORD_UNSET,
        .config_max_ctas = RECORD_UNSET,
        .config_split_share = RECORD_UNSET,
        .config_traffic_class = RECORD_UNSET,
        .unique_id = "an id",
    };
    struct record_header *header = ring_reserve(ring, RECORD_CREATE, sizeof create, RING_DEFINITION);
    check(header != NULL);
    const size_t skip = sizeof *header;
    header->time_ns = now_ns();
    header->thread = (uint32_t)gettid();
    memcpy((char *)header + skip, (const char *)&create + skip, sizeof create - skip);
    ring_commit(ring, header);
}

static void obey(struct rank *rank, rank_body *body, int orders, int replies)
{
    struct ring ring;
    char order;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGTERM, SIG_DFL);
    if (ring_create(&ring, rank->ring_path, rank->ring_bytes) != 0 || write(replies, "!", 1) != 1)
        _exit(99);
    while (read(orders, &order, 1) == 1) {
        body(&ring, order);
        if (write(replies, "!", 1) != 1)
            _exit(98);
    }
    _exit(97);
}

static void await_reply(struct rank *rank)
{
    char reply;
    check(read(rank->replies, &reply, 1) == 1);
}

void rank_start(struct rank *rank, size_t ring_bytes, rank_body *body)
{
    int orders[2];
    int replies[2];
    *rank = (struct rank){.directory = "/tmp/lockstep-test-XXXXXX", .ring_bytes = ring_bytes};
    check(mkdtemp(rank->directory) != NULL);
    snprintf(rank->ring_path, sizeof rank->ring_path, "%s/rank.ring", rank->directory);
    check(pipe(orders) == 0 && pipe(replies) == 0);
    rank->pid = fork();
    check(rank->pid >= 0);
    if (rank->pid == 0) {
        /* A listening socket that the test has open would keep its port busy. */
        for (int fd = STDERR_FILENO + 1; fd < 256; fd++)
            if (fd != orders[0] && fd != replies[1])
                close(fd);
        obey(rank, body, orders[0], replies[1]);
    }
    close(orders[0]);
    close(replies[1]);
    rank->orders = orders[1];
    rank->replies = replies[0];
    await_reply(rank);
}

void rank_order_last(struct rank *rank, char order)
{
    check(write(rank->orders, &order, 1) == 1);
}

void rank_order(struct rank *rank, char order)
{
    rank_order_last(rank, order);
    await_reply(rank);
}

int rank_wait(struct rank *rank)
{
    int status = 0;
    check(waitpid(rank->pid, &status, 0) == rank->pid);
    rank->pid = 0;
    return status;
}

void rank_forward(struct rank *rank, const char *endpoint, const char *const *environment)
{
    char pid[16];
    snprintf(pid, sizeof pid, "%d", (int)rank->pid);
    const char *const arguments[] = {"lockstep-forwarder", "--ring", rank->ring_path, "--pid",         pid,
                                     "--collector",        endpoint, "--spool",       rank->directory, NULL};
    check(posix_spawn(&rank->forwarder, FORWARDER, NULL, NULL, (char *const *)arguments,
                      (char *const *)environment) == 0);
}

void rank_forwarder_ends(struct rank *rank, unsigned seconds)
{
    int status = -1;
    pid_t ended = 0;
    for (unsigned i = 0; ended == 0 && i < seconds * 100; i++) {
        ended = waitpid(rank->forwarder, &status, WNOHANG);
        if (ended == 0)
            pause_ms(10);
    }
    check(ended == rank->forwarder);
    check(status == 0);
    rank->forwarder = 0;
}

int rank_file(const struct rank *rank, const char *suffix, char path[PATH_MAX])
{
    int found = 0;
    DIR *directory = opendir(rank->directory);
    check(directory != NULL);
    for (struct dirent *file; (file = readdir(directory));) {
        const size_t length = strlen(file->d_name);
        if (length > strlen(suffix) && strcmp(file->d_name + length - strlen(suffix), suffix) == 0) {
            snprintf(path, PATH_MAX, "%s/%s", rank->directory, file->d_name);
            found++;
        }
    }
    closedir(directory);
    check(found <= 1);
    return found;
}

static void end_process(pid_t pid)
{
    if (pid > 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
}

void rank_clean(struct rank *rank)
{
    char path[PATH_MAX];
    end_process(rank->pid);
    end_process(rank->forwarder);
    close(rank->orders);
    close(rank->replies);
    if (rank_file(rank, ".spool", path))
        unlink(path);
    unlink(rank->ring_path);
    check(rmdir(rank->directory) == 0);
}
