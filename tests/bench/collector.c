/* SPDX-License-Identifier: Apache-2.0
 *
 * A real collector, writing a real trace, against senders that are as fast as they can: events and bytes per
 * second from the first message sent to the last one acknowledged.
 */
#include "bench.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "figure.h"
#include "place.h"
#include "sender.h"
#include "stopwatch.h"

#define REPEATS   3
#define THREADS   2
#define MAX_RANKS 64
#define GIVE_UP_S 120

struct client { /* one thread: every THREADS-th rank */
    pthread_t thread;
    const struct messages *messages;
    const char *endpoint;
    void *context;
    int index;
    bool failed;
};

static void *send_ranks(void *argument)
{
    struct client *client = argument;
    struct sender senders[MAX_RANKS];
    zmq_pollitem_t items[MAX_RANKS];
    const uint64_t start_ns = stopwatch_ns();
    int count = 0;
    bool busy = true;

    for (int rank = client->index; rank < client->messages->count && count < MAX_RANKS; rank += THREADS) {
        if (sender_open(&senders[count], client->context, client->endpoint, &client->messages->ranks[rank]) <
            0)
            client->failed = true;
        items[count] = (zmq_pollitem_t){.socket = senders[count].socket, .events = ZMQ_POLLIN};
        count++;
    }
    while (busy && !client->failed) {
        busy = false;
        for (int i = 0; i < count; i++) {
            sender_turn(&senders[i]);
            busy |= !sender_is_done(&senders[i]);
        }
        if (busy)
            zmq_poll(items, count, 100);
        client->failed |= stopwatch_seconds_since(start_ns) > GIVE_UP_S;
    }
    for (int i = 0; i < count; i++)
        sender_close(&senders[i]);
    return NULL;
}

/* Seconds for everything, or -1. */
static double send_all(const struct messages *messages, const char *endpoint)
{
    struct client clients[THREADS];
    void *context = zmq_ctx_new();
    const uint64_t start_ns = stopwatch_ns();
    bool failed = false;

    for (int i = 0; i < THREADS; i++) {
        clients[i] =
            (struct client){.messages = messages, .endpoint = endpoint, .context = context, .index = i};
        if (pthread_create(&clients[i].thread, NULL, send_ranks, &clients[i]) != 0)
            abort();
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(clients[i].thread, NULL);
        failed |= clients[i].failed;
    }

    const double seconds = stopwatch_seconds_since(start_ns);

    zmq_ctx_term(context);
    return failed ? -1 : seconds;
}

/* Starts the collector and reads where it listens. */
static pid_t start_collector(const char *folder, char endpoint[256])
{
    char program[PATH_MAX];
    char trace[PATH_MAX];
    char fd[16];
    int ready[2];
    size_t length = 0;
    ssize_t got;

    if (!place_of("lockstep-collector", program) || pipe(ready) < 0)
        return -1;
    snprintf(trace, sizeof(trace), "%.*s/t.lockstep", PATH_MAX - 16, folder);
    snprintf(fd, sizeof(fd), "%d", ready[1]);

    const char *const arguments[] = {program,      "--quiet", "--bind", "tcp://127.0.0.1:*", "--trace", trace,
                                     "--ready-fd", fd,        NULL};
    const pid_t pid = place_start(arguments, NULL, -1);

    close(ready[1]);
    while (length < 255 && (got = read(ready[0], endpoint + length, 255 - length)) > 0)
        length += (size_t)got;
    close(ready[0]);
    endpoint[length] = '\0';
    endpoint[strcspn(endpoint, "\n")] = '\0';
    return pid;
}

static double measure_once(const struct messages *messages)
{
    char folder[PATH_MAX];
    char endpoint[256];
    double seconds = -1;

    if (!place_make_folder(NULL, folder))
        return -1;

    const pid_t pid = start_collector(folder, endpoint);

    if (pid > 0) {
        if (*endpoint)
            seconds = send_all(messages, endpoint);
        kill(pid, SIGTERM);
        if (place_wait(pid, "lockstep-collector") < 0)
            seconds = -1;
    }
    place_remove_folder(folder);
    return seconds;
}

int bench_collector(const struct bench_options *options)
{
    const struct training_shape shape = {.tensor = 2, .pipeline = 2, .data = 4, .layers = 8};
    struct messages *messages = messages_create(&shape, options->quick ? 20 : 600);
    double seconds[REPEATS];
    int status = messages ? 0 : -1;

    for (int i = 0; status == 0 && i < REPEATS; i++) {
        seconds[i] = measure_once(messages);
        status = seconds[i] > 0 ? 0 : -1;
    }
    if (status == 0) {
        const double median = figure_quantile(seconds, REPEATS, 0.5);

        figure_print("collector_events_per_s", (double)messages->events / median, "events/s");
        figure_print("collector_megabytes_per_s", (double)messages->bytes / median / 1e6, "MB/s");
    } else {
        fprintf(stderr, "lockstep-bench: collector: failed\n");
    }
    messages_destroy(messages);
    return status;
}
