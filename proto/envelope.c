/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"

/* Protocol Buffers' encoding: a tag is field number << 3 | wire type. */
enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

#define TAG(field, type)   ((field) << 3 | (type))
#define TAG_VERSION        TAG(1, WIRE_VARINT)
#define TAG_PROCESS        TAG(2, WIRE_BYTES)
#define TAG_NUMBER         TAG(3, WIRE_VARINT)
#define FIELD_BODIES_FIRST 8
#define FIELD_BODIES_LAST  15

/* What decoding a body may take: honest ones, even of the smallest entries, stay below 16 times their length.
 */
#define DECODED_TIMES    32u
#define DECODED_AT_LEAST ((size_t)1 << 20)
#define DECODED_AT_MOST  ((size_t)512 << 20)

int envelope_refuse(char *error, const char *format, ...)
{
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error, STREAM_ERROR_BYTES, format, arguments);
        va_end(arguments);
    }
    return -EPROTO;
}

struct cursor {
    const uint8_t *at;
    const uint8_t *end;
};

struct field {
    uint64_t tag;
    uint64_t value;       /* WIRE_VARINT */
    const uint8_t *bytes; /* WIRE_BYTES, `length` of them */
    size_t length;
};

static bool read_varint(struct cursor *cursor, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (cursor->at == cursor->end)
            return false;
        uint8_t byte = *cursor->at++;
        if (shift == 63 && byte > 1)
            return false;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

static bool skip(struct cursor *cursor, uint64_t length)
{
    if (length > (size_t)(cursor->end - cursor->at))
        return false;
    cursor->at += length;
    return true;
}

static bool read_field(struct cursor *cursor, struct field *field)
{
    uint64_t length;
    if (!read_varint(cursor, &field->tag) || field->tag >> 3 == 0 || field->tag > UINT32_MAX)
        return false;
    switch (field->tag & 7) {
    case WIRE_VARINT:
        return read_varint(cursor, &field->value);
    case WIRE_FIXED64:
        return skip(cursor, 8);
    case WIRE_FIXED32:
        return skip(cursor, 4);
    case WIRE_BYTES:
        if (!read_varint(cursor, &length))
            return false;
        field->bytes = cursor->at;
        field->length = (size_t)length;
        return skip(cursor, length);
    default:
        return false;
    }
}

static enum envelope_kind kind_of_field(uint64_t number)
{
    switch (number) {
    case LOCKSTEP__V1__ENVELOPE__BODY_HELLO:
        return ENVELOPE_HELLO;
    case LOCKSTEP__V1__ENVELOPE__BODY_BATCH:
        return ENVELOPE_BATCH;
    case LOCKSTEP__V1__ENVELOPE__BODY_HEARTBEAT:
        return ENVELOPE_HEARTBEAT;
    case LOCKSTEP__V1__ENVELOPE__BODY_END:
        return ENVELOPE_END;
    case LOCKSTEP__V1__ENVELOPE__BODY_ACK:
        return ENVELOPE_ACK;
    case LOCKSTEP__V1__ENVELOPE__BODY_CLOCK_PING:
        return ENVELOPE_CLOCK_PING;
    case LOCKSTEP__V1__ENVELOPE__BODY_CLOCK_PONG:
        return ENVELOPE_CLOCK_PONG;
    case LOCKSTEP__V1__ENVELOPE__BODY_COMMAND:
        return ENVELOPE_COMMAND;
    default:
        return ENVELOPE_UNKNOWN;
    }
}

struct header {
    uint64_t version;
    bool has_process;
    unsigned bodies;
};

/* Takes one field into the envelope. False when it is of another type than the schema says. */
static bool take_field(const struct field *field, struct envelope *envelope, struct header *header)
{
    uint64_t number = field->tag >> 3;
    if (field->tag == TAG_VERSION) {
        header->version = field->value;
    } else if (field->tag == TAG_PROCESS) {
        header->has_process = field->length == PROCESS_ID_BYTES;
        if (header->has_process)
            memcpy(envelope->info.process.bytes, field->bytes, PROCESS_ID_BYTES);
    } else if (field->tag == TAG_NUMBER) {
        envelope->info.number = field->value;
    } else if (number >= FIELD_BODIES_FIRST && number <= FIELD_BODIES_LAST) {
        if ((field->tag & 7) != WIRE_BYTES)
            return false;
        envelope->info.kind = kind_of_field(number);
        envelope->body = field->bytes;
        envelope->body_bytes = field->length;
        header->bodies++;
    } else {
        return number > 3; /* what a newer writer has added */
    }
    return true;
}

int envelope_parse(const void *bytes, size_t length, struct envelope *envelope, char *error)
{
    memset(envelope, 0, sizeof *envelope);
    if (length == 0)
        return envelope_refuse(error, "message is empty");
    if (length > FRAME_MAX_BYTES)
        return envelope_refuse(error, "message of %zu bytes is longer than any can be", length);

    struct header header = {0};
    struct cursor cursor = {bytes, (const uint8_t *)bytes + length};
    while (cursor.at < cursor.end) {
        struct field field = {0};
        size_t offset = (size_t)(cursor.at - (const uint8_t *)bytes);
        if (!read_field(&cursor, &field) || !take_field(&field, envelope, &header))
            return envelope_refuse(error, "message is malformed at byte %zu of %zu", offset, length);
    }
    if (header.version > STREAM_VERSION) {
        envelope_refuse(error, "message version %llu; this build reads up to %u: update Lockstep",
                        (unsigned long long)header.version, STREAM_VERSION);
        return -EPROTONOSUPPORT;
    }
    if (header.version == 0)
        return envelope_refuse(error, "message has no version");
    if (!header.has_process)
        return envelope_refuse(error, "message has no process id of %d bytes", PROCESS_ID_BYTES);
    if (header.bodies > 1)
        return envelope_refuse(error, "message has %u bodies", header.bodies);
    return 0;
}

int envelope_peek(const void *bytes, size_t length, struct envelope_info *info, char *error)
{
    struct envelope envelope;
    int result = envelope_parse(bytes, length, &envelope, error);
    *info = envelope.info;
    return result;
}

static void *allocate(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

static void leave_to_arena(void *arena, void *memory)
{
    (void)arena;
    (void)memory;
}

int envelope_unpack(const struct envelope *envelope, const ProtobufCMessageDescriptor *type,
                    struct arena *arena, ProtobufCMessage **body, char *error)
{
    ProtobufCAllocator allocator = {allocate, leave_to_arena, arena};
    size_t limit = DECODED_AT_LEAST + envelope->body_bytes * DECODED_TIMES;
    arena->limit = limit < DECODED_AT_MOST ? limit : DECODED_AT_MOST;
    arena->failed = false;
    arena->exceeded = false;
    *body = protobuf_c_message_unpack(type, &allocator, envelope->body_bytes, envelope->body);
    arena->limit = 0;
    if (*body)
        return 0;
    if (arena->exceeded)
        return envelope_refuse(error, "%s of %zu bytes would take more than %zu to decode", type->short_name,
                               envelope->body_bytes, limit);
    if (arena->failed) {
        envelope_refuse(error, "no memory to decode a %s of %zu bytes", type->short_name,
                        envelope->body_bytes);
        return -ENOMEM;
    }
    return envelope_refuse(error, "%s of %zu bytes is malformed", type->short_name, envelope->body_bytes);
}

int envelope_pack(Lockstep__V1__Envelope *envelope, const struct process_id *process, uint64_t number,
                  struct message *message)
{
    uint8_t id[PROCESS_ID_BYTES];
    memcpy(id, process->bytes, sizeof id);
    envelope->version = STREAM_VERSION;
    envelope->process = (ProtobufCBinaryData){sizeof id, id};
    envelope->number = number;

    size_t length = lockstep__v1__envelope__get_packed_size(envelope);
    uint8_t *data = malloc(length);
    if (!data)
        return -ENOMEM;
    *message = (struct message){data, lockstep__v1__envelope__pack(envelope, data), number};
    return 0;
}
