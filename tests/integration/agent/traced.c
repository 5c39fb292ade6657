/* SPDX-License-Identifier: Apache-2.0
 *
 * A program that is linked to NCCL and CUDA (the mocks) and does what its argument says. agent_test.c says
 * what must be recorded of it.
 */
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lockstep.h"
#include "mock.h"

/* The mock lacks it, as an older NCCL does; the preload has it all the same. */
#pragma weak ncclCommGrow

#define FLOAT 7
#define SUM   0

static char buffer[4096] __attribute__((aligned(64)));
static ncclUniqueId id;

static void must(int result)
{
    if (result != 0) {
        fprintf(stderr, "a call gave %d\n", result);
        exit(9);
    }
}

static ncclComm_t make(int ranks, int rank)
{
    ncclComm_t comm;
    must(ncclCommInitRank(&comm, ranks, id, rank));
    return comm;
}

static ncclConfig_t config(int blocking, const char *name)
{
    return (ncclConfig_t){sizeof(ncclConfig_t),
                          NCCL_CONFIG_MAGIC,
                          22800,
                          blocking,
                          INT_MIN,
                          INT_MIN,
                          INT_MIN,
                          NULL,
                          INT_MIN,
                          INT_MIN,
                          name};
}

static void collectives(void)
{
    ncclComm_t comm = make(4, 1);
    must(ncclAllReduce(buffer, buffer, 16, FLOAT, SUM, comm, NULL));
    must(ncclAllReduce(buffer, buffer + 8, 16, FLOAT, 3, comm, NULL));
    must(ncclAllGather(buffer + 64, buffer, 16, FLOAT, comm, NULL));
    must(ncclReduceScatter(buffer, buffer + 64, 16, FLOAT, SUM, comm, NULL));
    must(ncclBroadcast(buffer, buffer + 64, 16, 0, 2, comm, NULL));
    must(ncclGroupStart());
    must(ncclSend(buffer, 5, FLOAT, 2, comm, NULL));
    must(ncclRecv(buffer, 6, FLOAT, 0, comm, NULL));
    must(ncclGroupEnd());
    must(ncclCommFinalize(comm));
    must(ncclCommDestroy(comm));
}

/* NCCL makes these out of other public calls of its own. */
static void nested(void)
{
    ncclComm_t comms[2];
    void *handle;
    ncclWindow_t window;
    must(ncclCommInitAll(comms, 2, (const int[]){1, 0}));
    must(ncclBcast(buffer, 8, FLOAT, 0, comms[0], NULL));
    must(ncclCommRegister(comms[0], buffer, 64, &handle));
    must(ncclCommWindowRegister(comms[1], buffer, 128, &window, 1));
}

static void failures(void)
{
    ncclComm_t comm = make(4, 1);
    ncclComm_t broken = make(8, MOCK_BROKEN_RANK);
    ncclComm_t none;
    ncclResult_t error;
    if (ncclCommInitRank(&none, 2, id, 7) != MOCK_INVALID_ARGUMENT ||
        ncclAllReduce(buffer, buffer, MOCK_COUNT_FAILS, FLOAT, SUM, comm, NULL) != MOCK_INVALID_ARGUMENT ||
        ncclCommGrow(comm, 5, NULL, -1, &none, NULL) != ncclInvalidUsage) /* this NCCL has no such function */
        exit(9);
    for (int i = 0; i < 3; i++)
        must(ncclCommGetAsyncError(broken, &error));
    must(ncclCommAbort(broken));
    if (ncclGroupEnd() != ncclInvalidUsage)
        exit(9);
}

static void nonblocking(void)
{
    ncclConfig_t options = config(0, "async");
    ncclComm_t comm = NULL, child = NULL;
    ncclResult_t state;
    if (ncclCommInitRankConfig(&comm, 4, id, 2, &options) != ncclInProgress)
        exit(9);
    do
        must(ncclCommGetAsyncError(comm, &state));
    while (state == ncclInProgress);
    if (ncclCommSplit(comm, 1, 0, &child, NULL) != ncclInProgress || child)
        exit(9);
    do
        must(ncclCommGetAsyncError(comm, &state));
    while (state == ncclInProgress);
    must(ncclAllReduce(buffer, buffer, 2, FLOAT, SUM, child, NULL));
    exit(mock_too_early ? 9 : 0);
}

static void grouped_creation(void)
{
    ncclComm_t comms[2], children[2], child, none;
    int excluded[] = {3, 1};
    must(ncclGroupStart());
    must(ncclCommInitRank(&comms[0], 4, id, 0));
    must(ncclCommInitRank(&comms[1], 4, id, 1));
    must(ncclGroupEnd());
    must(ncclGroupStart());
    must(ncclCommSplit(comms[0], 0, 5, &children[0], NULL));
    must(ncclCommSplit(comms[1], 0, 4, &children[1], NULL));
    must(ncclGroupEnd());
    must(ncclAllReduce(buffer, buffer, 2, FLOAT, SUM, children[1], NULL));
    must(ncclCommSplit(comms[0], -1, 0, &none, NULL));
    must(ncclCommShrink(comms[0], excluded, 2, &child, NULL, 0));
    must(ncclAllReduce(buffer, buffer, 2, FLOAT, SUM, child, NULL));
}

/* The mock gives the address out again at once. */
static void reuse(void)
{
    ncclComm_t first = make(2, 0);
    must(ncclAllReduce(buffer, buffer, 1, FLOAT, SUM, first, NULL));
    must(ncclCommDestroy(first));
    ncclComm_t second = make(2, 0);
    if (first != second)
        exit(9);
    must(ncclAllReduce(buffer, buffer, 1, FLOAT, SUM, second, NULL));
}

static void reductions(void)
{
    ncclComm_t comm = make(2, 0);
    float scale = 0.5f;
    ncclRedOp_t op;
    must(ncclRedOpCreatePreMulSum(&op, &scale, FLOAT, NCCL_SCALAR_HOST_IMMEDIATE, comm));
    must(ncclAllReduce(buffer, buffer, 1, FLOAT, op, comm, NULL));
    must(ncclRedOpDestroy(op, comm));
    must(ncclAllReduce(buffer, buffer, 1, FLOAT, op, comm, NULL));
    must(ncclRedOpCreatePreMulSum(&op, buffer, FLOAT, 0, comm));
    must(ncclAllReduce(buffer, buffer, 1, FLOAT, op, comm, NULL));
}

static void graphs(void)
{
    ncclComm_t comm = make(2, 0);
    cudaStream_t stream = (cudaStream_t)0x100, other = (cudaStream_t)0x200;
    cudaGraph_t graph;
    cudaGraphExec_t exec;
    must(ncclAllReduce(buffer, buffer, 1, FLOAT, SUM, comm, stream));
    if (mock_capture_questions != 0)
        exit(9);
    must(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    must(ncclAllReduce(buffer, buffer, 2, FLOAT, SUM, comm, stream));
    must(ncclAllReduce(buffer, buffer, 3, FLOAT, SUM, comm, other));
    if (cudaStreamEndCapture(other, &graph) != cudaErrorIllegalState)
        exit(9);
    must(cudaStreamEndCapture(stream, &graph));
    must(cudaGraphInstantiate(&exec, graph, 4));
    must(cudaGraphLaunch(exec, stream));
    must(cudaGraphLaunch_ptsz(exec, stream));
    must(cudaGraphExecDestroy(exec));
    const int questions = mock_capture_questions;
    must(ncclAllReduce(buffer, buffer, 1, FLOAT, SUM, comm, stream));
    exit(questions == mock_capture_questions ? 0 : 9);
}

#define THREADS 8
#define ROUNDS  2000

static void *reduce_many(void *comm)
{
    for (int i = 0; i < ROUNDS; i++)
        must(ncclAllReduce(buffer, buffer, 1, FLOAT, SUM, comm, NULL));
    return NULL;
}

static void threads(void)
{
    pthread_t thread[THREADS];
    for (int i = 0; i < THREADS; i++)
        must(pthread_create(&thread[i], NULL, reduce_many, make(THREADS, i)));
    for (int i = 0; i < THREADS; i++)
        must(pthread_join(thread[i], NULL));
    exit(mock_communications == THREADS * ROUNDS ? 0 : 9);
}

static void *reduce_once(void *comm)
{
    must(ncclAllReduce(buffer, buffer, 1, FLOAT, SUM, comm, NULL));
    return NULL;
}

static void many_threads(void)
{
    ncclComm_t comm = make(2, 0);
    for (int i = 0; i < 600; i++) {
        pthread_t thread;
        must(pthread_create(&thread, NULL, reduce_once, comm));
        must(pthread_join(thread, NULL));
    }
}

/* What reaches NCCL is an element more than what the program asks for. */
static void is_interposed(void)
{
    ncclComm_t comm = make(2, 0);
    must(ncclAllReduce(buffer, buffer, 4, FLOAT, SUM, comm, NULL));
    exit(mock_communications == 1 && mock_last_count == 5 ? 0 : 9);
}

/* As through the CUDA driver: the preload does not see the capture begin. */
static void captures_unseen(void)
{
    ncclComm_t comm = make(2, 0);
    mock_capture_unseen((cudaStream_t)0x100);
    must(ncclAllReduce(buffer, buffer, 2, FLOAT, SUM, comm, (cudaStream_t)0x100));
}

static void wait_for(pid_t child)
{
    int status;
    if (waitpid(child, &status, 0) != child || status != 0)
        exit(9);
}

/* The first child uses what it inherited, the second makes a communicator of its own. */
static void forks(void)
{
    ncclComm_t comm = make(2, 0);
    pid_t child = fork();
    if (child == 0) {
        must(ncclAllReduce(buffer, buffer, 77, FLOAT, SUM, comm, NULL));
        exit(0);
    }
    wait_for(child);
    child = fork();
    if (child == 0) {
        must(ncclAllReduce(buffer, buffer, 2, FLOAT, SUM, make(2, 1), NULL));
        exit(0);
    }
    wait_for(child);
    printf("%d\n", (int)child);
    must(ncclAllReduce(buffer, buffer, 1, FLOAT, SUM, comm, NULL));
}

/* Nothing that the preload does may show here: no child, no signal, no descriptor. */
static volatile sig_atomic_t child_signals;

static void count_signal(int number)
{
    (void)number;
    child_signals++;
}

static void leaves_nothing_behind(void)
{
    struct sigaction action = {.sa_handler = count_signal};
    must(sigaction(SIGCHLD, &action, NULL));
    const int before = dup(0);
    close(before);
    make(2, 0);
    const int after = dup(0);
    close(after);
    usleep(50000);
    if (waitpid(-1, NULL, WNOHANG) != -1 || child_signals || before != after)
        exit(9);
}

static void executes(void)
{
    make(2, 0);
    execl("/bin/sh", "sh", "-c", "exit 3", (char *)NULL);
}

static void is_killed(void)
{
    ncclComm_t comm = make(2, 0);
    must(ncclAllReduce(buffer, buffer, 1, FLOAT, SUM, comm, NULL));
    must(ncclAllReduce(buffer, buffer, MOCK_COUNT_KILLS, FLOAT, SUM, comm, NULL));
}

static void overflows(void)
{
    ncclComm_t comm = make(2, 0);
    for (int i = 0; i < 4096; i++)
        must(ncclAllReduce(buffer, buffer, 1, FLOAT, SUM, comm, NULL));
    must(ncclCommDestroy(comm));
}

static void moves_and_makes(void)
{
    must(chdir("/"));
    make(2, 0);
}

/* Says what lockstep.h says before and after the first communicator. */
static void asks(void)
{
    printf("%s", lockstep_active ? "with" : "without");
    if (lockstep_active) {
        printf(" %s %d", lockstep_version(), lockstep_active());
        make(2, 0);
        printf(" %d", lockstep_active());
    }
    printf("\n");
}

static void exits_with_5(void)
{
    must(ncclCommDestroy(make(2, 0)));
    exit(5);
}

/* A communicator that the preload did not see being made. */
static void unseen(void)
{
    make(2, 0);
    void *handle = dlopen("libnccl.so.2", RTLD_NOLOAD | RTLD_LAZY);
    void *(*make_unseen)(int, int) = handle ? (void *(*)(int, int))dlsym(handle, "mock_make") : NULL;
    if (!make_unseen)
        exit(9);
    must(ncclAllReduce(buffer, buffer, 1, FLOAT, SUM, make_unseen(6, 4), NULL));
}

static const struct {
    const char *name;
    void (*run)(void);
} scenarios[] = {
    {"collectives", collectives},
    {"nested", nested},
    {"failures", failures},
    {"nonblocking", nonblocking},
    {"grouped-creation", grouped_creation},
    {"reuse", reuse},
    {"reductions", reductions},
    {"graphs", graphs},
    {"threads", threads},
    {"many-threads", many_threads},
    {"is-interposed", is_interposed},
    {"captures-unseen", captures_unseen},
    {"forks", forks},
    {"leaves-nothing", leaves_nothing_behind},
    {"executes", executes},
    {"is-killed", is_killed},
    {"overflows", overflows},
    {"exits-with-5", exits_with_5},
    {"asks", asks},
    {"moves-and-makes", moves_and_makes},
    {"unseen", unseen},
};

int main(int count, char **arguments)
{
    ncclGetUniqueId(&id);
    for (size_t i = 0; count == 2 && i < sizeof scenarios / sizeof *scenarios; i++) {
        if (strcmp(arguments[1], scenarios[i].name) == 0) {
            scenarios[i].run();
            return 0;
        }
    }
    return 2;
}
