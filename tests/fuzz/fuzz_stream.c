/* SPDX-License-Identifier: Apache-2.0
 *
 * A sequence of messages to one stream: [length: 2 bytes, little endian][message] …. Each is used or refused
 * with a reason, and everything that the stream tells can be read.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "fuzz.h"
#include "journal.h"
#include "stream.h"

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void feed(struct stream *stream, const uint8_t *bytes, size_t length)
{
    uint8_t *message = malloc(length + !length); /* of its own, so that a step too far is seen */
    require(message);
    if (length)
        memcpy(message, bytes, length);
    char error[STREAM_ERROR_BYTES] = "";
    uint64_t number = stream_number(stream);
    int result = stream_feed(stream, message, length, error);
    require(result == 0 || result == -EPROTO || result == -EPROTONOSUPPORT);
    require((result != 0) == (error[0] != 0));
    require(stream_number(stream) >= number);

    struct envelope_info info;
    struct control control;
    int peeked = envelope_peek(message, length, &info, error);
    int decoded = control_decode(message, length, &control, error);
    require(peeked == 0 || result != 0); /* what a stream takes can be peeked at */
    require(peeked == 0 || decoded == peeked);
    free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct journal journal;
    journal_open(&journal);
    struct stream *stream = stream_create(&journal_sink, &journal);
    require(stream);
    while (length >= 2) {
        size_t message = (size_t)(bytes[0] | bytes[1] << 8);
        bytes += 2;
        length -= 2;
        if (message > length)
            message = length;
        feed(stream, bytes, message);
        bytes += message;
        length -= message;
    }
    for (uint32_t id = 0; id < 4; id++) {
        require(stream_call_site(stream, id).module);
        (void)stream_signature(stream, id);
    }
    stream_destroy(stream);
    journal_close(&journal);
    return 0;
}
