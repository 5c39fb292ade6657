/* SPDX-License-Identifier: Apache-2.0
 *
 * From a script's words to messages.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "script_words.h"

static struct process_id id_of(const struct script *script)
{
    struct process_id id = {{0}};

    memcpy(id.bytes, &script->rank, sizeof script->rank);
    id.bytes[15] = 1;
    return id;
}

void script_rewind(struct script *script)
{
    struct process_id id = id_of(script);

    script_complete(script);
    batch_writer_destroy(script->writer);
    script->writer = batch_writer_create(&id);
    assert_non_null(script->writer);
    script->next = 0;
}

static void say_hello(struct script *script, struct message *message)
{
    struct hello hello = {.job = "test",
                          .world_rank = script->rank,
                          .world_size = script->ranks,
                          .local_rank = script->rank,
                          .rank_source = "openmpi",
                          .host = "node",
                          .pid = (uint32_t)script->rank + 100,
                          .executable = "/opt/train",
                          .device = script->rank,
                          .pci_bus_id = "",
                          .nccl_path = "",
                          .agent_version = "",
                          .start_monotonic_ns = 1,
                          .start_realtime_ns = script->wall_ns + 1};

    assert_int_equal(batch_hello(script->writer, &hello, message), 0);
}

static void encode(struct script *script, const struct word *word)
{
    struct signature signature = word->signature;

    if (word->kind == WORD_EVENT) {
        assert_int_equal(batch_add_event(script->writer, &word->event), 0);
        return;
    }
    signature.call_site = batch_call_site(script->writer, "/opt/train", 0x1000u + signature.operation * 16u);
    assert_int_equal(
        batch_add_call(script->writer, word->time_ns, &signature, word->buffer, word->buffer + 1000), 0);
}

static bool alone(const struct word *word)
{
    return word->kind == WORD_HELLO || word->kind == WORD_END || word->kind == WORD_LOST ||
           word->kind == WORD_WHERE;
}

bool script_next(struct script *script, size_t words, struct message *message, uint64_t *time_ns)
{
    *message = (struct message){0};
    if (script->next == script->count)
        return false;

    const struct word *word = &script->words[script->next];

    *time_ns = word->time_ns;
    if (word->kind == WORD_HELLO)
        say_hello(script, message);
    else if (word->kind == WORD_END)
        assert_int_equal(batch_end(script->writer, &word->end, message), 0);
    else if (word->kind == WORD_WHERE) {
        struct heartbeat heartbeat = {.time_ns = word->time_ns,
                                      .number = batch_number(script->writer),
                                      .current = &word->current,
                                      .current_count = 1};

        assert_int_equal(batch_heartbeat(script->writer, &heartbeat, message), 0);
    } else if (word->kind == WORD_LOST) { /* a numbered message that never arrives */
        struct event event = {.kind = EVENT_MEMORY, .time_ns = word->time_ns};

        assert_int_equal(batch_add_event(script->writer, &event), 0);
        assert_int_equal(batch_take(script->writer, 0, message), 0);
        free(message->data);
        *message = (struct message){0};
        batch_new_epoch(script->writer);
    }
    if (alone(word)) {
        script->next++;
        return true;
    }
    for (size_t i = 0; i < words && script->next < script->count && !alone(&script->words[script->next]);
         i++) {
        encode(script, &script->words[script->next]);
        *time_ns = script->words[script->next++].time_ns;
    }
    assert_int_equal(batch_take(script->writer, 0, message), 0);
    return true;
}

uint64_t script_time(const struct script *script)
{
    return script->next < script->count ? script->words[script->next].time_ns : UINT64_MAX;
}

bool script_heartbeat(struct script *script, uint64_t time_ns, struct message *message)
{
    struct heartbeat heartbeat = {.time_ns = time_ns, .number = batch_number(script->writer)};

    if (script->ended && script->next == script->count)
        return false;
    assert_int_equal(batch_heartbeat(script->writer, &heartbeat, message), 0);
    return true;
}
