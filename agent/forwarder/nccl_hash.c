/* SPDX-License-Identifier: Apache-2.0 */
#include "nccl_hash.h"

#include <endian.h>
#include <string.h>

/* As ncclGetVersion counts. Older versions hash the split's numbers as text, still older ones the id in
 * another way. */
#define FIRST_WITH_ID_HASH    22300
#define FIRST_WITH_SPLIT_HASH 22600
/* From 2.30 on grows are counted together with splits, which one member of a grown communicator cannot know.
 */
#define FIRST_UNKNOWN 23000

/* NCCL 2.28 src/include/bitops.h mixes two words, which begin as 1, once per eight bytes of input; the
 * input's length goes into the first of them, so where the input is divided matters. */
struct mixer {
    uint64_t a;
    uint64_t b;
};

static void mix_word(struct mixer *mixer, uint64_t word)
{
    const uint64_t sum = mixer->a + mixer->b;
    const uint64_t cross = mixer->b ^ sum;
    mixer->a = (sum ^ (sum >> 31)) * UINT64_C(0x9de62bbc8cef3ce3) + word;
    mixer->b = (cross ^ (cross >> 32)) * UINT64_C(0x485cd6311b599e79);
}

static void mix(struct mixer *mixer, const void *bytes, size_t length)
{
    mixer->a ^= length;
    for (size_t at = 0; at < length; at += sizeof(uint64_t)) {
        uint64_t word = 0;
        const size_t left = length - at;
        memcpy(&word, (const char *)bytes + at, left < sizeof word ? left : sizeof word);
        mix_word(mixer, le64toh(word));
    }
}

static uint64_t finish(const struct mixer *mixer)
{
    uint64_t hash = (mixer->a ^ (mixer->a >> 31)) * UINT64_C(0xbac3bd562846de6b) + mixer->b;
    hash ^= hash >> 32;
    return hash * UINT64_C(0x995a187a14e7b445);
}

uint64_t nccl_hash_of_id(int32_t nccl_version, const void *id, size_t length)
{
    if (nccl_version < FIRST_WITH_ID_HASH)
        return 0;
    struct mixer mixer = {1, 1};
    mix(&mixer, id, length);
    return finish(&mixer);
}

static uint64_t child(int32_t nccl_version, uint64_t parent, uint32_t count, int32_t color)
{
    if (nccl_version < FIRST_WITH_SPLIT_HASH || nccl_version >= FIRST_UNKNOWN || parent == 0)
        return 0;
    struct mixer mixer = {1, 1};
    mix(&mixer, &parent, sizeof parent);
    mix(&mixer, &count, sizeof count);
    mix(&mixer, &color, sizeof color);
    return finish(&mixer);
}

uint64_t nccl_hash_of_split(int32_t nccl_version, uint64_t parent, uint32_t count, int32_t color)
{
    return child(nccl_version, parent, count, color);
}

uint64_t nccl_hash_of_shrink(int32_t nccl_version, uint64_t parent)
{
    return child(nccl_version, parent, 0, 0);
}
