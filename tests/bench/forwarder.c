/* SPDX-License-Identifier: Apache-2.0
 *
 * A real forwarder between a ring that is never empty and a collector that acknowledges everything at once:
 * events per second from the first record to the End.
 */
#include "bench.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "control.h"
#include "figure.h"
#include "names.h"
#include "place.h"
#include "ring.h"
#include "stopwatch.h"

#define REPEATS   3
#define GIVE_UP_S 120
/* Room that is left in the ring, so that nothing is dropped: a dropped record costs the forwarder nothing.
 * The ring itself keeps an eighth for definitions. */
#define MARGIN_BYTES (RING_DEFAULT_BYTES / 4)

struct producer {
    struct ring *ring;
    uint64_t records;
    pid_t process; /* the traced process, as far as the forwarder knows; ended when all is written */
};

static void wait_for_room(const struct ring *ring)
{
    while (atomic_load(&ring->header->head) - atomic_load(&ring->header->tail) + MARGIN_BYTES >
           ring->capacity)
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
}

static void write_call(struct ring *ring, uint64_t number)
{
    struct record_call *call =
        (struct record_call *)ring_reserve(ring, RECORD_CALL, sizeof(struct record_call), RING_ORDINARY);

    if (!call)
        return; /* counted by the ring, and seen at the end */
    call->header.time_ns = stopwatch_ns();
    call->header.thread = 1;
    call->communicator = 1;
    call->operation = OPERATION_ALL_REDUCE;
    call->datatype = DATATYPE_FLOAT32;
    call->reduction = REDUCTION_SUM;
    call->root = -1;
    call->sequence = (uint32_t)number;
    call->count = 1024 * (1 + number % 16);
    call->send = 0x10000 * (number % 16);
    call->recv = call->send + 0x8000;
    call->stream = 0x100;
    call->call_site = 0;
    call->capture = 0;
    call->reduction_identity = 0;
    call->argument = 0;
    ring_commit(ring, &call->header);
}

static void *produce(void *argument)
{
    struct producer *producer = argument;

    for (uint64_t i = 0; i < producer->records; i++) {
        if (i % 256 == 0)
            wait_for_room(producer->ring);
        write_call(producer->ring, i);
    }
    atomic_store(&producer->ring->header->end, RING_CLOSED);
    kill(producer->process, SIGKILL);
    return NULL;
}

/* Acknowledges one message; 1 when it was the End. */
static int acknowledge(void *socket, const char *identity, int identity_length, const char *bytes,
                       size_t length)
{
    struct envelope_info info;
    char error[STREAM_ERROR_BYTES];
    struct message message;

    if (envelope_peek(bytes, length, &info, error) < 0 || info.number == 0)
        return 0;

    const struct control ack = {.kind = ENVELOPE_ACK, .process = info.process, .ack.next = info.number + 1};

    if (control_encode(&ack, &message) < 0)
        return 0;
    zmq_send(socket, identity, (size_t)identity_length, ZMQ_SNDMORE);
    zmq_send(socket, message.data, message.length, 0);
    free(message.data);
    return info.kind == ENVELOPE_END;
}

/* Receives until the End; 0, or -1 when it does not come. */
static int collect(void *socket)
{
    static char bytes[16 << 20];
    char identity[256];
    const uint64_t start_ns = stopwatch_ns();

    while (stopwatch_seconds_since(start_ns) < GIVE_UP_S) {
        zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};

        if (zmq_poll(&item, 1, 1000) <= 0)
            continue;

        const int identity_length = zmq_recv(socket, identity, sizeof(identity), 0);
        const int length = zmq_recv(socket, bytes, sizeof(bytes), 0);

        if (length > 0 && length <= (int)sizeof(bytes) &&
            acknowledge(socket, identity, identity_length, bytes, (size_t)length))
            return 0;
    }
    return -1;
}

static pid_t start_forwarder(const char *ring, const char *endpoint, pid_t process)
{
    char program[PATH_MAX];
    char pid[16];

    if (!place_of("lockstep-forwarder", program))
        return -1;
    snprintf(pid, sizeof(pid), "%d", (int)process);

    const char *const arguments[] = {program, "--ring", ring, "--pid", pid, "--collector", endpoint, NULL};

    return place_start(arguments, NULL, -1);
}

/* Runs a producer against the forwarder; seconds, or -1. */
static double run(struct ring *ring, const char *path, void *socket, uint64_t records)
{
    char endpoint[256];
    size_t length = sizeof(endpoint);
    const pid_t process = fork();
    struct producer producer = {.ring = ring, .records = records, .process = process};
    pthread_t thread;
    double seconds = -1;

    if (process == 0)
        for (;;)
            pause();
    zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &length);

    const pid_t forwarder = start_forwarder(path, endpoint, process);

    if (forwarder > 0) {
        const uint64_t start_ns = stopwatch_ns();

        if (pthread_create(&thread, NULL, produce, &producer) != 0)
            abort();
        if (collect(socket) == 0)
            seconds = stopwatch_seconds_since(start_ns);
        pthread_join(thread, NULL);
        place_wait(forwarder, "lockstep-forwarder");
    }
    place_kill(process);
    return atomic_load(&ring->header->dropped) == 0 ? seconds : -1;
}

static double measure_once(uint64_t records)
{
    char folder[PATH_MAX];
    char path[PATH_MAX];
    struct ring ring;
    double seconds = -1;
    void *context = zmq_ctx_new();
    void *socket = zmq_socket(context, ZMQ_ROUTER);

    if (place_make_folder("/dev/shm", folder)) {
        snprintf(path, sizeof(path), "%.*s/bench.ring", PATH_MAX - 16, folder);
        if (zmq_bind(socket, "tcp://127.0.0.1:*") == 0 && ring_create(&ring, path, RING_DEFAULT_BYTES) == 0) {
            ring.header->pid = (uint32_t)getpid();
            seconds = run(&ring, path, socket, records);
            ring_close(&ring);
        }
        place_remove_folder(folder);
    }
    zmq_close(socket);
    zmq_ctx_term(context);
    return seconds;
}

int bench_forwarder(const struct bench_options *options)
{
    const uint64_t records = options->quick ? 20000 : 3000000;
    double seconds[REPEATS];

    for (int i = 0; i < REPEATS; i++) {
        seconds[i] = measure_once(records);
        if (seconds[i] < 0) {
            fprintf(stderr, "lockstep-bench: forwarder: failed\n");
            return -1;
        }
    }
    figure_print("forwarder_events_per_s", (double)records / figure_quantile(seconds, REPEATS, 0.5),
                 "events/s");
    return 0;
}
