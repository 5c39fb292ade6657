/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes the seeds: DIRECTORY/fuzz_stream/… and DIRECTORY/fuzz_trace/…, made of the sample messages.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "control.h"
#include "frame.h"
#include "samples.h"

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void make_directory(const char *path)
{
    if (mkdir(path, 0755) && errno != EEXIST)
        die(path);
}

static FILE *create(const char *directory, const char *target, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", directory, target);
    make_directory(path);
    snprintf(path, sizeof path, "%s/%s/%s", directory, target, name);
    FILE *file = fopen(path, "wb");
    if (!file)
        die(path);
    return file;
}

static void put(FILE *file, const void *bytes, size_t length)
{
    if (fwrite(bytes, 1, length, file) != length)
        die("fwrite");
}

static void put_message(FILE *file, const struct message *message)
{
    uint8_t length[2] = {(uint8_t)message->length, (uint8_t)(message->length >> 8)};
    put(file, length, sizeof length);
    put(file, message->data, message->length);
}

static void put_frame(FILE *file, const struct message *message)
{
    uint8_t *frame = malloc(frame_bound(message->length));
    if (!frame)
        die("malloc");
    put(file, frame, frame_write(frame, message->data, message->length, 1));
    free(frame);
}

static struct message acknowledgement(void)
{
    struct message message;
    struct control control = {.kind = ENVELOPE_ACK, .process = sample_process, .ack = {7, "disk full"}};
    if (control_encode(&control, &message))
        die("control_encode");
    return message;
}

int main(int argc, char **argv)
{
    struct message messages[SAMPLE_MESSAGES];
    if (argc != 2) {
        fprintf(stderr, "usage: fuzz_seeds DIRECTORY\n");
        return 2;
    }
    make_directory(argv[1]);
    samples_encode(messages);
    struct message ack = acknowledgement();
    FILE *stream = create(argv[1], "fuzz_stream", "life");
    FILE *shard = create(argv[1], "fuzz_trace", "shard");
    for (int i = 0; i < SAMPLE_MESSAGES; i++) {
        put_message(stream, &messages[i]);
        put_frame(shard, &messages[i]);
    }
    put_message(stream, &ack);
    if (fclose(stream) || fclose(shard))
        die("fclose");
    free(ack.data);
    samples_free(messages);
    return 0;
}
