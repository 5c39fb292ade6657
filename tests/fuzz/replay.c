/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a fuzz target over every file of a directory and over mutations of each, always the same ones.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define MUTATIONS 2000

static uint64_t random_state = 0x9e3779b97f4a7c15;

static size_t random_below(size_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state % limit);
}

static size_t mutate(uint8_t *bytes, size_t length)
{
    for (size_t count = 1 + random_below(8); count > 0; count--) {
        size_t from = random_below(length);
        size_t to = random_below(length);
        size_t span = 1 + random_below(64);
        switch (random_below(5)) {
        case 0:
            bytes[to] = (uint8_t)random_below(256);
            break;
        case 1:
            bytes[to] ^= (uint8_t)(1u << random_below(8));
            break;
        case 2: /* copy a piece over another */
            if (from + span <= length && to + span <= length)
                memmove(bytes + to, bytes + from, span);
            break;
        case 3: /* cut a piece out */
            if (to + span < length) {
                memmove(bytes + to, bytes + to + span, length - to - span);
                length -= span;
            }
            break;
        default:
            if (random_below(8) == 0)
                length = 1 + to;
        }
    }
    return length;
}

static void run(const uint8_t *bytes, size_t length)
{
    uint8_t *exact = malloc(length);
    if (!exact)
        abort();
    memcpy(exact, bytes, length);
    LLVMFuzzerTestOneInput(exact, length);
    free(exact);
}

static void replay_file(const char *path)
{
    static uint8_t seed[1 << 20];
    static uint8_t bytes[sizeof seed];
    FILE *file = fopen(path, "rb");
    if (!file)
        return;
    size_t length = fread(seed, 1, sizeof seed, file);
    fclose(file);
    if (length == 0)
        return;
    run(seed, length);
    for (int i = 0; i < MUTATIONS; i++) {
        memcpy(bytes, seed, length);
        run(bytes, mutate(bytes, length));
    }
    printf("%s: %d inputs\n", path, MUTATIONS + 1);
}

int main(int argc, char **argv)
{
    DIR *directory = argc == 2 ? opendir(argv[1]) : NULL;
    if (!directory) {
        fprintf(stderr, "usage: %s DIRECTORY-OF-SEEDS\n", argv[0]);
        return 2;
    }
    int files = 0;
    const struct dirent *entry;
    while ((entry = readdir(directory))) {
        char path[1024];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        replay_file(path);
        files++;
    }
    closedir(directory);
    return files ? 0 : 1;
}
