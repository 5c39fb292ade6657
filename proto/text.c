/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <stdint.h>

/* Length of the well-formed sequence that begins at `byte`, 0 when none does (Unicode 15, table 3-7). */
static size_t sequence_length(const uint8_t *byte, size_t left)
{
    uint8_t first = byte[0];
    if (first < 0x80)
        return first != 0;
    size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || left < length)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((byte[i] & 0xc0) != 0x80)
            return 0;
    }
    /* Overlong forms, surrogates, and beyond U+10FFFF. */
    if ((first == 0xe0 && byte[1] < 0xa0) || (first == 0xed && byte[1] > 0x9f) ||
        (first == 0xf0 && byte[1] < 0x90) || (first == 0xf4 && byte[1] > 0x8f))
        return 0;
    return length;
}

void text_clean(char *text, size_t length)
{
    for (size_t at = 0; at < length;) {
        size_t step = sequence_length((const uint8_t *)text + at, length - at);
        if (step == 0) {
            text[at] = '?';
            step = 1;
        }
        at += step;
    }
}
