/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRAIN_TENSOR_H
#define TRAIN_TENSOR_H

/* Arrays of float with a host and a device side, and the numbers that go into them.
 *
 * There is no real model here: every array holds `offset + scale * pattern`, where the pattern is a small
 * integer that depends on the step and on the element. Sums and maxima of such arrays over ranks have the
 * same form, so the right result of any exchange is known and exact. The pattern changes with the step: a
 * result left over from the step before is not taken for a right one. Rank r contributes with offset r + 1
 * and scale 1. */

#include <cuda_runtime.h>
#include <stdbool.h>
#include <stddef.h>

struct tensor {
    const char *name; /* for messages; borrowed */
    size_t count;
    float *host;
    float *device;
};

/* Allocates both sides, zeroed, on the current device; memory that cannot be had ends the job. */
struct tensor tensor_create(const char *name, size_t count);
void tensor_destroy(struct tensor *tensor);

/* Copy between the sides, in stream order. The host side must be left alone until the stream gets there. */
void tensor_upload(const struct tensor *tensor, cudaStream_t stream);
void tensor_download(const struct tensor *tensor, cudaStream_t stream);

/* Fills the host side. */
void tensor_fill(struct tensor *tensor, long step, double offset, double scale);

/* Compares the host side with the expected numbers. When one differs, prints the first on stderr, as rank
 * `rank`, and returns false. */
bool tensor_check(const struct tensor *tensor, int rank, long step, double offset, double scale);

#endif
