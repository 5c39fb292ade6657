/* SPDX-License-Identifier: Apache-2.0
 *
 * Streams that are well formed and make no sense: whatever they say, the engine neither crashes nor loses its
 * bounds. Most of what this test looks for is found by the sanitizers.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "engine.h"
#include "stream.h"

enum { PROCESSES = 5, SIGNATURES = 40, ROUNDS = 400, EVENTS = 600 };

static uint64_t state_of_chance;

static uint64_t chance(uint64_t limit)
{
    state_of_chance = state_of_chance * 6364136223846793005ull + 1442695040888963407ull;
    return (state_of_chance >> 33) % limit;
}

/* Mostly small, sometimes at the edge of its type. */
static int32_t number(void)
{
    static const int32_t edges[] = {INT_MIN, -2, -1, INT_MAX, 1 << 24, 1 << 20};

    return chance(20) ? (int32_t)chance(5) : edges[chance(6)];
}

static void random_signature(struct signature *signature)
{
    static const uint8_t operations[] = {1, 1, 2, 3, 4, 5, 9, 16, 16, 17, 17, 18, 24, 25, 102, 200};

    *signature = (struct signature){
        .operation = operations[chance(16)],
        .datatype = (uint8_t)(chance(10) ? chance(12) : chance(256)),
        .reduction = (uint8_t)(chance(10) ? chance(5) : chance(256)),
        .flags = (uint16_t)chance(64),
        .communicator = (uint32_t)(chance(20) ? 1 + chance(4) : (uint32_t)number()),
        .root = number(),
        .count = chance(20) ? chance(4) : UINT64_MAX - chance(2),
        .stream = chance(3),
        .reduction_identity = chance(3),
    };
}

static void random_event(struct event *event)
{
    static const uint8_t creations[] = {32, 33, 35, 36, 36, 36, 37, 38};

    memset(event, 0, sizeof *event);
    event->time_ns = chance(1ull << 31);
    event->operation = (uint8_t)(chance(4) ? creations[chance(8)] : chance(256));
    switch (chance(24)) {
    case 0:
        event->kind = EVENT_CREATE;
        event->create = (struct create){.communicator = (uint32_t)chance(5),
                                        .parent = (uint32_t)chance(5),
                                        .cid = chance(6),
                                        .unique_id_hash = chance(3),
                                        .sequence = (uint32_t)chance(3),
                                        .ranks = number(),
                                        .rank = number(),
                                        .color = number(),
                                        .key = number(),
                                        .excluded_count = (uint32_t)chance(3),
                                        .name = chance(9) ? "" : "name"};
        return;
    case 1:
        event->kind = EVENT_COMMUNICATOR;
        event->communicator = (struct communicator_change){.communicator = (uint32_t)chance(5),
                                                           .state = (enum communicator_state)(1 + chance(10)),
                                                           .result = number(),
                                                           .ranks = number(),
                                                           .rank = number(),
                                                           .pci_bus_id = ""};
        return;
    case 2:
        event->kind = EVENT_RESULT;
        event->result = (struct call_result){(uint32_t)chance(5), number(), (uint32_t)chance(3)};
        return;
    case 3:
        event->kind = EVENT_REDUCTION;
        event->reduction =
            (struct reduction_change){.identity = chance(3), .scalar_bytes = (uint8_t)chance(16)};
        return;
    case 4:
        event->kind = EVENT_GAP;
        event->gap = (struct gap){(uint32_t)chance(5), chance(2),
                                  (uint32_t)(chance(30) ? chance(4) : UINT32_MAX), chance(9)};
        return;
    case 5:
        event->kind = EVENT_GRAPH;
        return;
    default:
        event->kind = EVENT_CALL;
        event->call.signature = (uint32_t)chance(SIGNATURES + 2);
    }
}

static void begin(struct engine_process *process)
{
    struct hello hello = {.job = "", .world_rank = number(), .world_size = number(), .host = "h"};
    struct event event = {.kind = EVENT_CREATE, .operation = OPERATION_COMM_INIT_RANK};

    if (chance(6))
        engine_sink.hello(process, &hello);
    for (uint32_t id = 1; id <= SIGNATURES; id++) {
        struct signature signature;

        random_signature(&signature);
        engine_sink.signature(process, id, &signature);
    }
    event.create = (struct create){
        .communicator = 1, .cid = 1, .ranks = PROCESSES, .rank = number(), .color = INT_MIN, .name = ""};
    engine_sink.event(process, &event);
}

static void go_on(struct engine_process *process)
{
    struct event event;

    switch (chance(150)) {
    case 0:
        engine_sink.lost(process, 1 + chance(2));
        return;
    case 1:
        engine_sink.epoch(process);
        return;
    case 2:
        engine_sink.end(process, &(struct process_end){.how = (enum process_end_how)chance(6),
                                                       .status = number(),
                                                       .time_ns = chance(1ull << 31),
                                                       .dropped = chance(9) ? 0 : 3});
        return;
    case 3:
        engine_sink.heartbeat(process,
                              &(struct heartbeat){.time_ns = chance(1ull << 32), .dropped = chance(2)});
        return;
    default:
        random_event(&event);
        engine_sink.event(process, &event);
    }
}

static void look_at_everything(const struct engine *engine)
{
    struct engine_totals totals;

    engine_totals(engine, &totals);
    assert_int_equal(totals.processes, PROCESSES);
    for (size_t i = 0; i < engine_communicator_count(engine); i++) {
        struct communicator_summary summary;

        engine_communicator(engine, i, &summary);
        assert_non_null(summary.name);
    }
    for (size_t i = 0; i < totals.processes; i++) {
        struct process_summary summary;

        engine_process_summary(engine, i, &summary);
        assert_true(summary.rank >= 0);
    }
    for (size_t i = 0; i < engine_finding_count(engine); i++) {
        const struct finding *finding = engine_finding(engine, i);

        assert_int_equal(finding->id, i);
        assert_true(strlen(finding->explanation) > 0);
        assert_true(finding->root_cause == (finding->caused_by == FINDING_NO_CAUSE));
        assert_true(finding->root_cause || finding->caused_by < engine_finding_count(engine));
        for (size_t r = 1; r < finding->ranks.count; r++)
            assert_true(finding->ranks.rank[r - 1] < finding->ranks.rank[r]);
    }
}

static void senseless_streams_do_no_harm(void **state)
{
    (void)state;
    for (unsigned round = 1; round <= ROUNDS; round++) {
        struct engine *engine = engine_create(NULL);
        struct engine_process *processes[PROCESSES];
        uint64_t now_ns = 1;

        assert_non_null(engine);
        state_of_chance = round;
        for (uint8_t i = 0; i < PROCESSES; i++) {
            processes[i] = engine_process(engine, &(struct process_id){{i, 1}}, NULL);
            begin(processes[i]);
        }
        for (int i = 0; i < EVENTS; i++) {
            engine_time(engine, now_ns += chance(40000000));
            go_on(processes[chance(PROCESSES)]);
        }
        engine_finish(engine);
        look_at_everything(engine);
        engine_destroy(engine);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(senseless_streams_do_no_harm)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
