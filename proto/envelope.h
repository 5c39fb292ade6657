/* SPDX-License-Identifier: Apache-2.0
 *
 * The outermost message, which is read by hand: who sent it, its number, its kind, and where its body lies.
 * So a message can be sorted without decoding it, and the body be decoded into an arena that bounds what a
 * hostile one can cost. Private to proto/. Pure but for the arena.
 */
#ifndef LOCKSTEP_PROTO_ENVELOPE_H
#define LOCKSTEP_PROTO_ENVELOPE_H

#include "arena.h"
#include "batch.h"
#include "lockstep.pb-c.h"
#include "stream.h"

struct envelope {
    struct envelope_info info;
    const uint8_t *body; /* borrowed; NULL when the kind is unknown */
    size_t body_bytes;
};

/* As envelope_peek(), and where the body lies. */
int envelope_parse(const void *bytes, size_t length, struct envelope *envelope, char *error);

/* Decodes the body as a message of this type into `arena` (whose limit it sets), where it lives until the
 * arena is reset. 0, -EPROTO or -ENOMEM. */
int envelope_unpack(const struct envelope *envelope, const ProtobufCMessageDescriptor *type,
                    struct arena *arena, ProtobufCMessage **body, char *error);

/* Encodes a message whose body is set; fills in version, process and number. 0 or -ENOMEM. */
int envelope_pack(Lockstep__V1__Envelope *envelope, const struct process_id *process, uint64_t number,
                  struct message *message);

/* Writes the sentence and returns -EPROTO. `error` may be NULL. */
int envelope_refuse(char *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
