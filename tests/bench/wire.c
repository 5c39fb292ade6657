/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes per event: a rank's messages as they are sent, and as they are kept. For comparison what the ring
 * holds, and what LTTng-UST writes for an event with the same fields (compact header, 44 bytes).
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

#include "figure.h"
#include "frame.h"
#include "record.h"
#include "training.h"

#define LTTNG_EVENT_BYTES 44
#define WARM_STEPS        20

struct sizes {
    uint64_t wire;
    uint64_t disk;
    uint64_t received_ns;
    void *frame;
    size_t frame_room;
};

static void measure(void *context, const struct message *message)
{
    struct sizes *sizes = context;
    const size_t bound = frame_bound(message->length);

    if (bound > sizes->frame_room) {
        free(sizes->frame);
        sizes->frame = malloc(bound);
        sizes->frame_room = sizes->frame ? bound : 0;
    }
    sizes->wire += message->length;
    if (sizes->frame)
        sizes->disk += frame_write(sizes->frame, message->data, message->length, sizes->received_ns++);
}

int bench_wire(const struct bench_options *options)
{
    const struct training_shape shape = {.tensor = 4, .pipeline = 4, .data = 4, .layers = 8};
    struct sizes sizes = {0};
    struct training *training = training_create(&shape, 5, measure, &sizes);
    int status = training ? 0 : -1;

    for (int i = 0; status == 0 && i < WARM_STEPS; i++)
        status = training_step(training);

    const uint64_t before = training ? training_events(training) : 0;
    const struct sizes warm = sizes;

    for (int i = 0; status == 0 && i < (options->quick ? 100 : 5000); i++)
        status = training_step(training);
    if (status == 0)
        status = training_end(training);
    if (status < 0) {
        fprintf(stderr, "lockstep-bench: wire: out of memory\n");
    } else {
        const double all = (double)training_events(training);
        const double steady = all - (double)before;

        figure_print("wire_bytes_per_event", (double)(sizes.wire - warm.wire) / steady, "bytes");
        figure_print("disk_bytes_per_event", (double)(sizes.disk - warm.disk) / steady, "bytes");
        figure_print("wire_bytes_per_event_from_start", (double)sizes.wire / all, "bytes");
        figure_print("disk_bytes_per_event_from_start", (double)sizes.disk / all, "bytes");
        figure_print("ring_bytes_per_event",
                     (sizeof(struct record_call) + RECORD_UNIT - 1) / RECORD_UNIT * RECORD_UNIT, "bytes");
        figure_print("lttng_bytes_per_event", LTTNG_EVENT_BYTES, "bytes");
    }
    training_destroy(training);
    free(sizes.frame);
    return status < 0 ? -1 : 0;
}
