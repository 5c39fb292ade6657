/* SPDX-License-Identifier: Apache-2.0 */
#include "patience.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "comm.h"

enum { EXIT_HUNG = 86, NAP_NS = 100000000 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static uint64_t limit_ns; /* 0: none */

static void read_limit(void)
{
    const char *text = getenv("LOCKSTEP_SIM_TIMEOUT_S");
    double seconds = text ? strtod(text, NULL) : 0;

    if (seconds > 0 && seconds < 1e6)
        limit_ns = (uint64_t)(seconds * 1e9);
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

struct patience patience_begin(const struct ncclComm *comm, const char *operation)
{
    pthread_once(&once, read_limit);
    return (struct patience){.comm = comm, .operation = operation, .peer = -1, .since_ns = now_ns()};
}

void patience_progress(struct patience *patience)
{
    patience->since_ns = now_ns();
}

_Noreturn static void give_up(const struct patience *patience)
{
    char peer[32] = "";
    char line[256];
    int length;

    if (patience->peer >= 0)
        snprintf(peer, sizeof(peer), " with rank %d", patience->peer);
    length = snprintf(line, sizeof(line),
                      "lockstep-sim: rank %d: %s%s on communicator 0x%016llx of %d ranks: no progress for "
                      "%.3g s\n",
                      patience->comm->rank, patience->operation, peer,
                      (unsigned long long)patience->comm->token.high, patience->comm->ranks,
                      (double)limit_ns / 1e9);
    if (write(STDERR_FILENO, line, (size_t)length) < 0) {
        /* nobody to tell */
    }
    _exit(EXIT_HUNG);
}

enum patience_answer patience_look(struct patience *patience)
{
    if (comm_halted(patience->comm))
        return PATIENCE_HALT;
    if (limit_ns && now_ns() - patience->since_ns > limit_ns)
        give_up(patience);
    return PATIENCE_QUIET;
}

enum patience_answer patience_sleep(struct patience *patience, atomic_uint *word, unsigned int seen)
{
    static const struct timespec nap = {.tv_nsec = NAP_NS};

    if (comm_halted(patience->comm))
        return PATIENCE_HALT;
    if (syscall(SYS_futex, word, FUTEX_WAIT, seen, &nap, NULL, 0) == 0 || errno != ETIMEDOUT)
        return comm_halted(patience->comm) ? PATIENCE_HALT : PATIENCE_GO_ON;
    return patience_look(patience);
}

void patience_wake(atomic_uint *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}
