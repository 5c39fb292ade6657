/* SPDX-License-Identifier: Apache-2.0 */
#include "script_words.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct script *script_create(int rank, int ranks, uint64_t start_ns, uint64_t wall_ns)
{
    struct script *script = calloc(1, sizeof *script);

    assert_non_null(script);
    script->rank = rank;
    script->ranks = ranks;
    script->time_ns = start_ns;
    script->wall_ns = wall_ns;
    return script;
}

void script_destroy(struct script *script)
{
    batch_writer_destroy(script->writer);
    free(script->words);
    free(script);
}

/* ---- from words to events ---- */

static struct word *add(struct script *script, enum word_kind kind)
{
    if (script->count == script->capacity) {
        script->capacity = script->capacity ? script->capacity * 2 : 64;
        script->words = realloc(script->words, script->capacity * sizeof *script->words);
        assert_non_null(script->words);
    }

    struct word *word = &script->words[script->count++];

    *word = (struct word){.kind = kind, .time_ns = script->time_ns};
    script->time_ns += STEP_NS;
    return word;
}

static struct event *add_event(struct script *script, enum event_kind kind, enum operation operation)
{
    struct event *event = &add(script, WORD_EVENT)->event;

    event->kind = kind;
    event->time_ns = script->time_ns - STEP_NS;
    event->operation = (uint8_t)operation;
    return event;
}

static uint32_t number_of(const struct script *script, const char *name, size_t length)
{
    for (uint32_t i = script->communicator_count; i > 0; i--)
        if (strlen(script->communicators[i - 1].name) == length &&
            memcmp(script->communicators[i - 1].name, name, length) == 0)
            return i;
    fail_msg("no communicator %.*s", (int)length, name);
    return 0;
}

static uint32_t new_communicator(struct script *script, const char *name, size_t length, uint64_t cid)
{
    uint32_t number = ++script->communicator_count;

    assert_true(number <= COMMUNICATORS && length < NAME_SIZE);
    memcpy(script->communicators[number - 1].name, name, length);
    script->communicators[number - 1].name[length] = '\0';
    script->communicators[number - 1].cid = cid;
    return number;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    return (a ^ (b + 0x9e3779b97f4a7c15ull)) * 0xff51afd7ed558ccdull | 1;
}

static uint64_t hash(const char *text, size_t length)
{
    uint64_t value = 7;

    for (size_t i = 0; i < length; i++)
        value = mix(value, (uint64_t)text[i]);
    return value;
}

static void add_ready(struct script *script, uint32_t number, int ranks, int rank)
{
    struct event *event = add_event(script, EVENT_COMMUNICATOR, OPERATION_NONE);

    event->communicator = (struct communicator_change){.communicator = number,
                                                       .state = COMMUNICATOR_READY,
                                                       .ranks = ranks,
                                                       .rank = rank,
                                                       .device = script->rank,
                                                       .pci_bus_id = ""};
}

static void add_init(struct script *script, const char *name, size_t length, int ranks, int rank,
                     bool completes)
{
    uint64_t id = hash(name, length);
    uint32_t number = new_communicator(script, name, length, mix(id, 1));
    struct event *event = add_event(script, EVENT_CREATE, OPERATION_COMM_INIT_RANK);

    event->create = (struct create){.communicator = number,
                                    .cid = mix(id, 1),
                                    .unique_id_hash = id,
                                    .ranks = ranks,
                                    .rank = rank,
                                    .color = INT_MIN,
                                    .device = script->rank,
                                    .name = ""};
    if (completes)
        add_ready(script, number, ranks, rank);
}

/* What READY tells about a split's child is left open: the engine has to find it out. */
static void add_split(struct script *script, const char *text, bool completes)
{
    char name[NAME_SIZE] = "";
    char color[NAME_SIZE] = "";
    char parent[NAME_SIZE] = "w";
    int key = 0;

    assert_true(sscanf(text, "%15[^=]=%15[^,],%d,%15s", name, color, &key, parent) >= 3);

    uint32_t from = number_of(script, parent, strlen(parent));
    unsigned sequence = script->communicators[from - 1].splits++;
    int value = *color == '-' ? SPLIT_NO_COLOR : atoi(color);
    uint64_t cid = mix(mix(script->communicators[from - 1].cid, sequence), (uint64_t)(int64_t)value + 77);
    uint32_t number = value < 0 ? 0 : new_communicator(script, name, strlen(name), cid);
    struct event *event = add_event(script, EVENT_CREATE, OPERATION_COMM_SPLIT);

    event->create = (struct create){.communicator = number,
                                    .parent = from,
                                    .cid = number ? cid : 0,
                                    .sequence = sequence,
                                    .ranks = -1,
                                    .rank = -1,
                                    .color = value,
                                    .key = key,
                                    .device = script->rank,
                                    .name = ""};
    if (number && completes)
        add_ready(script, number, -1, -1);
}

static int find(const char *const *names, const char *text, size_t length)
{
    for (int i = 0; names[i]; i++)
        if (strlen(names[i]) == length && memcmp(names[i], text, length) == 0)
            return i;
    return -1;
}

static uint8_t datatype_of(const char **text)
{
    static const char letters[] = "fdhib";
    static const uint8_t types[] = {DATATYPE_FLOAT32, DATATYPE_FLOAT64, DATATYPE_FLOAT16, DATATYPE_INT32,
                                    DATATYPE_UINT8};
    const char *letter = **text ? strchr(letters, **text) : NULL;

    if (!letter)
        return DATATYPE_FLOAT32;
    (*text)++;
    return types[letter - letters];
}

static void add_reduction(struct script *script, struct signature *signature, const char *scalar)
{
    struct event *event = add_event(script, EVENT_REDUCTION, OPERATION_RED_OP_CREATE_PRE_MUL_SUM);
    float value = (float)atof(scalar);

    /* Identities differ between ranks on purpose, as NCCL's handles do. */
    signature->reduction_identity = ++script->reductions + (uint64_t)script->rank * 100;
    event->reduction = (struct reduction_change){.identity = signature->reduction_identity,
                                                 .communicator = signature->communicator,
                                                 .datatype = signature->datatype,
                                                 .scalar_bytes = *scalar ? sizeof value : 0};
    memcpy(event->reduction.scalar, &value, sizeof value);
}

static void set_reduction(struct script *script, struct signature *signature, const char **text)
{
    static const char *const names[] = {"sum", "prod", "max", "min", "avg", NULL};
    size_t length = strcspn(*text, "@&");
    int number = find(names, *text, length);

    if (number >= 0)
        signature->reduction = (uint8_t)number;
    else if (strncmp(*text, "unknown", 7) == 0)
        signature->reduction = REDUCTION_UNKNOWN;
    else {
        signature->reduction = REDUCTION_PRE_MUL_SUM;
        add_reduction(script, signature, **text == 'p' ? *text + 4 : "");
    }
    *text += length;
}

static void add_call(struct script *script, const char *text)
{
    static const char *const names[] = {"AR", "B", "BC", "RD", "RS", "AG", "AA", "G", "SC", "S", "R", NULL};
    static const uint8_t operations[] = {
        OPERATION_ALL_REDUCE,     OPERATION_BROADCAST,  OPERATION_BCAST,      OPERATION_REDUCE,
        OPERATION_REDUCE_SCATTER, OPERATION_ALL_GATHER, OPERATION_ALL_TO_ALL, OPERATION_GATHER,
        OPERATION_SCATTER,        OPERATION_SEND,       OPERATION_RECV};
    const char *dot = strchr(text, '.');
    uint32_t communicator =
        dot && dot < strchr(text, ':') ? number_of(script, text, (size_t)(dot - text)) : 1;
    struct signature signature = {.communicator = communicator,
                                  .reduction = REDUCTION_NONE,
                                  .root = -1,
                                  .thread = (uint32_t)script->rank + 1000,
                                  .stream = 0x7000 + (uint64_t)script->rank};
    uint64_t buffer = 1;
    char *end;

    text = dot && dot < strchr(text, ':') ? dot + 1 : text;

    int which = find(names, text, strcspn(text, ":<>"));

    if (which < 0)
        fail_msg("no such call: %s", text);
    signature.operation = operations[which];
    text += strcspn(text, ":<>");
    if (*text != ':') {
        signature.root = (int32_t)strtol(text + 1, &end, 10);
        text = end;
    }
    signature.count = strtoull(text + 1, &end, 10);
    text = end;
    signature.datatype = datatype_of(&text);
    if (operation_traits(signature.operation) & TRAIT_REDUCES)
        signature.reduction = REDUCTION_SUM;
    if (operation_traits(signature.operation) & TRAIT_ROOTED)
        signature.root = 0;
    if (*text == '/') {
        text++;
        set_reduction(script, &signature, &text);
    }
    if (*text == '@') {
        signature.root = (int32_t)strtol(text + 1, &end, 10);
        text = end;
    }
    if (*text == '&')
        buffer = strtoull(text + 1, NULL, 10);

    struct word *word = add(script, WORD_CALL);

    word->signature = signature;
    word->buffer = buffer;
}

static void add_group(struct script *script, enum operation operation)
{
    struct word *word = add(script, WORD_CALL);

    word->signature = (struct signature){
        .operation = (uint8_t)operation, .datatype = DATATYPE_NONE, .reduction = REDUCTION_NONE, .root = -1};
}

/* Everything between `[` and `]` carries the flag. */
static void close_group(struct script *script)
{
    for (size_t i = script->count; i-- > 0;) {
        if (script->words[i].kind == WORD_CALL &&
            script->words[i].signature.operation == OPERATION_GROUP_START)
            break;
        script->words[i].signature.flags |= EVENT_FLAG_IN_GROUP;
    }
    add_group(script, OPERATION_GROUP_END);
}

static void add_change(struct script *script, const char *name, enum communicator_state state, int result)
{
    uint32_t number = number_of(script, name, strlen(name));
    struct event *event = add_event(script, EVENT_COMMUNICATOR,
                                    state == COMMUNICATOR_DESTROY ? OPERATION_COMM_DESTROY
                                    : state == COMMUNICATOR_ABORT ? OPERATION_COMM_ABORT
                                                                  : OPERATION_COMM_GET_ASYNC_ERROR);

    event->communicator = (struct communicator_change){
        .communicator = number, .state = state, .result = result, .ranks = -1, .rank = -1, .pci_bus_id = ""};
}

static void add_result(struct script *script, int result)
{
    struct signature last = {0};

    for (size_t i = 0; i < script->count; i++)
        if (script->words[i].kind == WORD_CALL)
            last = script->words[i].signature;

    struct event *event = add_event(script, EVENT_RESULT, last.operation);

    event->result = (struct call_result){.communicator = last.communicator, .result = result, .sequence = 0};
}

static void add_gap(struct script *script, uint32_t calls, bool messages)
{
    struct event *event = add_event(script, EVENT_GAP, OPERATION_NONE);

    event->gap = (struct gap){.communicator = 1, .point_to_point = messages, .calls = calls};
}

static void add_end(struct script *script, enum process_end_how how, int status)
{
    struct word *word = add(script, WORD_END);

    word->end = (struct process_end){.how = how, .status = status, .time_ns = word->time_ns};
    script->ended = true;
}

/* "MPI_Barrier,40": its thread has been inside it for so many milliseconds; "outside": in nothing. */
static void add_where(struct script *script, const char *text)
{
    struct word *word = add(script, WORD_WHERE);
    const char *comma = strchr(text, ',');

    for (unsigned operation = 1; comma && operation < OPERATION_LIMIT; operation++)
        if (strncmp(operation_symbol(operation), text, (size_t)(comma - text)) == 0 &&
            strlen(operation_symbol(operation)) == (size_t)(comma - text))
            word->current.operation = operation;
    assert_true(!comma || word->current.operation);
    word->current.thread = (uint32_t)script->rank + 1000;
    word->current.since_ns = word->time_ns - (comma ? strtoull(comma + 1, NULL, 10) * STEP_NS : 0);
}

static bool begins(const char *text, const char *with, const char **rest)
{
    size_t length = strlen(with);

    *rest = text + length;
    return strncmp(text, with, length) == 0;
}

static void add_word(struct script *script, const char *text)
{
    const char *rest;

    if (strcmp(text, "[") == 0)
        add_group(script, OPERATION_GROUP_START);
    else if (strcmp(text, "]") == 0)
        close_group(script);
    else if (begins(text, "split:", &rest))
        add_split(script, rest, true);
    else if (begins(text, "splitting:", &rest))
        add_split(script, rest, false);
    else if (begins(text, "init:", &rest) || begins(text, "initing:", &rest)) {
        size_t length = strcspn(rest, "=");
        int ranks = 0;
        int rank = 0;

        assert_int_equal(sscanf(rest + length, "=%d,%d", &ranks, &rank), 2);
        add_init(script, rest, length, ranks, rank, text[4] == ':');
    } else if (begins(text, "destroy:", &rest))
        add_change(script, rest, COMMUNICATOR_DESTROY, 0);
    else if (begins(text, "abort:", &rest))
        add_change(script, rest, COMMUNICATOR_ABORT, 0);
    else if (begins(text, "async:", &rest))
        add_change(script, "w", COMMUNICATOR_ASYNC_ERROR, atoi(rest));
    else if (begins(text, "fail:", &rest))
        add_result(script, atoi(rest));
    else if (begins(text, "gap:", &rest))
        add_gap(script, (uint32_t)atoi(rest), false);
    else if (begins(text, "mgap:", &rest))
        add_gap(script, (uint32_t)atoi(rest), true);
    else if (strcmp(text, "lost") == 0)
        add(script, WORD_LOST);
    else if (begins(text, "where:", &rest))
        add_where(script, rest);
    else if (begins(text, "sleep:", &rest))
        script->time_ns += strtoull(rest, NULL, 10) * STEP_NS;
    else if (strcmp(text, "end") == 0)
        add_end(script, END_CLEAN, 0);
    else if (begins(text, "kill:", &rest))
        add_end(script, END_SIGNAL, atoi(rest));
    else if (begins(text, "exit:", &rest))
        add_end(script, END_EXITED, atoi(rest));
    else if (strcmp(text, "vanish") == 0)
        add_end(script, END_VANISHED, -1);
    else if (strcmp(text, "exec") == 0)
        add_end(script, END_EXECED, -1);
    else if (strcmp(text, "run") == 0)
        script->endless = true;
    else
        add_call(script, text);
}

static void add_words(struct script *script, const char *text, const char *end)
{
    while (text < end) {
        size_t length = strcspn(text, " ");
        char word[64];
        char *rest;
        unsigned long times = strtoul(text, &rest, 10);

        if (length == 0) {
            text++;
            continue;
        }
        if (rest > text && rest[0] == 'x' && rest[1] == '{') {
            const char *close = strchr(rest, '}');

            assert_non_null(close);
            for (unsigned long i = 0; i < times; i++)
                add_words(script, rest + 2, close);
            text = close + 1;
            continue;
        }
        if (text + length > end)
            length = (size_t)(end - text);
        assert_true(length < sizeof word);
        memcpy(word, text, length);
        word[length] = '\0';
        add_word(script, word);
        text += length;
    }
}

void script_add(struct script *script, const char *words)
{
    if (script->count == 0) {
        add(script, WORD_HELLO);
        if (strncmp(words, "bare", 4) == 0)
            words += 4;
        else
            add_init(script, "w", 1, script->ranks, script->rank, true);
    }
    add_words(script, words, words + strlen(words));
}

void script_complete(struct script *script)
{
    if (!script->ended && !script->endless)
        add_end(script, END_CLEAN, 0);
}
