/* SPDX-License-Identifier: Apache-2.0 */
#include "router.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "check.h"
#include "frame.h"

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- what is stored ---- */

static void on_hello(void *context, const struct hello *hello)
{
    struct router *router = context;
    router->hellos++;
    router->world_rank = hello->world_rank;
    router->world_size = hello->world_size;
    snprintf(router->rank_source, sizeof router->rank_source, "%s", hello->rank_source);
    snprintf(router->job, sizeof router->job, "%s", hello->job);
}

static void on_call(struct router *router, const struct event *event)
{
    const struct signature *signature = stream_signature(router->stream, event->call.signature);
    check(signature != NULL);
    router->out_of_order += signature->count != router->expected;
    router->expected = signature->count + 1;
    router->calls++;
    if (*stream_call_site(router->stream, event->call_site).module)
        router->named_call_site = true;
}

static void on_event(void *context, const struct event *event)
{
    struct router *router = context;
    if (event->kind == EVENT_CALL) {
        on_call(router, event);
    } else if (event->kind == EVENT_CREATE) {
        router->created++;
    } else if (event->kind == EVENT_GAP) {
        router->gap_calls += event->gap.calls;
        router->gap_records += event->gap.records;
        router->expected += event->gap.calls;
    }
}

static void on_heartbeat(void *context, const struct heartbeat *heartbeat)
{
    struct router *router = context;
    router->heartbeats++;
    router->hung_operation = heartbeat->current_count > 0 ? heartbeat->current[0].operation : 0;
    router->hung_sequence = heartbeat->current_count > 0 ? heartbeat->current[0].sequence : 0;
    router->clock_error_ns = heartbeat->clock_error_ns;
}

static void on_end(void *context, const struct process_end *end)
{
    struct router *router = context;
    check(!router->ended);
    router->ended = true;
    router->how = end->how;
    router->status = end->status;
    router->end_events = end->events;
}

static void on_lost(void *context, uint64_t batches)
{
    ((struct router *)context)->lost += batches;
}

/* ---- the socket ---- */

static void bind_socket(struct router *router, const char *endpoint)
{
    const int none = 0;
    size_t size = sizeof router->endpoint;
    router->context = zmq_ctx_new();
    router->socket = zmq_socket(router->context, ZMQ_ROUTER);
    check(router->socket != NULL);
    zmq_setsockopt(router->socket, ZMQ_LINGER, &none, sizeof none);
    int bound = -1;
    for (int i = 0; bound != 0 && i < 100; i++) { /* the port may be busy for a moment after a restart */
        bound = zmq_bind(router->socket, endpoint);
        if (bound != 0)
            nanosleep(&(struct timespec){0, 20000000}, NULL);
    }
    check(bound == 0);
    check(zmq_getsockopt(router->socket, ZMQ_LAST_ENDPOINT, router->endpoint, &size) == 0);
}

void router_open(struct router *router)
{
    const struct stream_sink sink = {
        .hello = on_hello, .event = on_event, .heartbeat = on_heartbeat, .end = on_end, .lost = on_lost};
    *router = (struct router){.next = 1, .world_rank = -2};
    router->stream = stream_create(&sink, router);
    check(router->stream != NULL);
    bind_socket(router, "tcp://127.0.0.1:*");
}

void router_stop(struct router *router)
{
    if (router->socket)
        zmq_close(router->socket);
    if (router->context)
        zmq_ctx_term(router->context);
    router->socket = NULL;
    router->context = NULL;
}

void router_restart(struct router *router)
{
    char endpoint[sizeof router->endpoint];
    memcpy(endpoint, router->endpoint, sizeof endpoint);
    bind_socket(router, endpoint);
}

void router_close(struct router *router)
{
    router_stop(router);
    stream_destroy(router->stream);
}

static void reply(struct router *router, const struct control *control)
{
    struct message message;
    check(control_encode(control, &message) == 0);
    /* A peer that has gone is no error of ours. */
    if (zmq_send(router->socket, router->identity, router->identity_length, ZMQ_SNDMORE) >= 0)
        zmq_send(router->socket, message.data, message.length, 0);
    free(message.data);
}

static void acknowledge(struct router *router, const char *refused)
{
    struct control control = {.kind = ENVELOPE_ACK, .process = router->process, .ack.next = router->next};
    snprintf(control.ack.refused, sizeof control.ack.refused, "%s", refused);
    reply(router, &control);
    router->unacknowledged = 0;
}

void router_command(struct router *router, enum command_kind kind)
{
    const struct control control = {
        .kind = ENVELOPE_COMMAND, .process = router->process, .command = {.kind = kind, .reason = "a test"}};
    check(router->known);
    reply(router, &control);
}

static void store(struct router *router, const void *bytes, size_t length)
{
    char error[STREAM_ERROR_BYTES] = "";
    if (stream_feed(router->stream, bytes, length, error) != 0)
        fail_msg("stream_feed: %s", error);
}

static void numbered(struct router *router, const struct envelope_info *info, const void *bytes,
                     size_t length)
{
    router->messages++;
    /* Not each n-th: sending again so many at a time would lose the same one for ever. */
    router->random = router->random * 1664525u + 1013904223u;
    if (router->lose_one_in && (router->random >> 16) % router->lose_one_in == 0)
        return;
    if (router->refuse) {
        acknowledge(router, router->refuse);
        return;
    }
    router->repeated += info->number < router->next;
    if (info->number == router->next) {
        store(router, bytes, length);
        router->next++;
        if (++router->unacknowledged <= router->ack_after && info->kind != ENVELOPE_END)
            return;
    }
    acknowledge(router, "");
}

static void handle(struct router *router, const void *bytes, size_t length)
{
    struct envelope_info info;
    char error[STREAM_ERROR_BYTES];
    check(envelope_peek(bytes, length, &info, error) == 0);
    if (!router->known)
        router->process = info.process;
    router->known = true;
    check(memcmp(&router->process, &info.process, sizeof info.process) == 0);
    if (info.kind == ENVELOPE_CLOCK_PING) {
        struct control control;
        check(control_decode(bytes, length, &control, error) == 0);
        control.kind = ENVELOPE_CLOCK_PONG;
        control.clock.received_realtime_ns = clock_ns(CLOCK_REALTIME);
        reply(router, &control);
    } else if (info.number == 0) {
        store(router, bytes, length);
    } else {
        numbered(router, &info, bytes, length);
    }
}

static void receive(struct router *router, long timeout_ms)
{
    zmq_pollitem_t item = {.socket = router->socket, .events = ZMQ_POLLIN};
    if (zmq_poll(&item, 1, timeout_ms) <= 0)
        return;
    const int length = zmq_recv(router->socket, router->identity, sizeof router->identity, 0);
    check(length > 0);
    router->identity_length = (size_t)length;
    zmq_msg_t message;
    zmq_msg_init(&message);
    check(zmq_msg_recv(&message, router->socket, 0) >= 0);
    handle(router, zmq_msg_data(&message), zmq_msg_size(&message));
    zmq_msg_close(&message);
}

bool router_until(struct router *router, const uint64_t *value, uint64_t wanted, unsigned seconds)
{
    const uint64_t deadline = clock_ns(CLOCK_MONOTONIC) + seconds * UINT64_C(1000000000);
    while (*value < wanted && clock_ns(CLOCK_MONOTONIC) < deadline)
        receive(router, 10);
    return *value >= wanted;
}

bool router_until_end(struct router *router, unsigned seconds)
{
    const uint64_t deadline = clock_ns(CLOCK_MONOTONIC) + seconds * UINT64_C(1000000000);
    while (!router->ended && clock_ns(CLOCK_MONOTONIC) < deadline)
        receive(router, 10);
    return router->ended;
}

void router_for(struct router *router, unsigned ms)
{
    const uint64_t deadline = clock_ns(CLOCK_MONOTONIC) + ms * UINT64_C(1000000);
    while (clock_ns(CLOCK_MONOTONIC) < deadline)
        receive(router, 10);
}

/* ---- a spool file ---- */

struct kept {
    uint64_t number;
    uint8_t *bytes;
    size_t length;
};

static int by_number(const void *left, const void *right)
{
    const uint64_t a = ((const struct kept *)left)->number;
    const uint64_t b = ((const struct kept *)right)->number;
    return (a > b) - (a < b);
}

static uint8_t *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "r");
    check(file != NULL);
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*length + 1);
    check(bytes != NULL && fread(bytes, 1, *length, file) == *length);
    fclose(file);
    return bytes;
}

void router_feed_file(struct router *router, const char *path)
{
    size_t length;
    size_t count = 0;
    struct kept *kept = calloc(100000, sizeof *kept);
    uint8_t *bytes = read_file(path, &length);
    for (size_t at = frame_find(bytes, length, 0), size; at < length;
         at = frame_find(bytes, length, at + size)) {
        struct frame frame;
        struct envelope_info info;
        char error[STREAM_ERROR_BYTES];
        check(frame_read(bytes + at, length - at, &frame, &size) == FRAME_OK);
        uint8_t *payload = malloc(frame.received_bytes);
        check(frame_payload(&frame, payload) == 0);
        check(envelope_peek(payload, frame.received_bytes, &info, error) == 0);
        kept[count++] = (struct kept){info.number, payload, frame.received_bytes};
    }
    qsort(kept, count, sizeof *kept, by_number);
    for (size_t i = 0; i < count; i++) {
        if (kept[i].number >= router->next) {
            check(kept[i].number == router->next);
            store(router, kept[i].bytes, kept[i].length);
            router->next++;
        }
        free(kept[i].bytes);
    }
    free(kept);
    free(bytes);
}
