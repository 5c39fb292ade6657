/* SPDX-License-Identifier: Apache-2.0 */
#include "tensor.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"

struct tensor tensor_create(const char *name, size_t count)
{
    struct tensor tensor = {.name = name, .count = count};
    void *device;

    tensor.host = calloc(count, sizeof(float));
    CHECK_THAT(tensor.host != NULL);
    CHECK_CUDA(cudaMalloc(&device, count * sizeof(float)));
    CHECK_CUDA(cudaMemset(device, 0, count * sizeof(float)));
    tensor.device = device;
    return tensor;
}

void tensor_destroy(struct tensor *tensor)
{
    CHECK_CUDA(cudaFree(tensor->device));
    free(tensor->host);
    *tensor = (struct tensor){0};
}

void tensor_upload(const struct tensor *tensor, cudaStream_t stream)
{
    CHECK_CUDA(cudaMemcpyAsync(tensor->device, tensor->host, tensor->count * sizeof(float),
                               cudaMemcpyHostToDevice, stream));
}

void tensor_download(const struct tensor *tensor, cudaStream_t stream)
{
    CHECK_CUDA(cudaMemcpyAsync(tensor->host, tensor->device, tensor->count * sizeof(float),
                               cudaMemcpyDeviceToHost, stream));
}

static double pattern(long step, size_t element)
{
    return (double)(((size_t)step + element) % 16);
}

void tensor_fill(struct tensor *tensor, long step, double offset, double scale)
{
    for (size_t i = 0; i < tensor->count; i++)
        tensor->host[i] = (float)(offset + scale * pattern(step, i));
}

bool tensor_check(const struct tensor *tensor, int rank, long step, double offset, double scale)
{
    for (size_t i = 0; i < tensor->count; i++) {
        double expected = offset + scale * pattern(step, i);

        /* Not `> tolerance`, which would let a NaN pass. */
        if (!(fabs(tensor->host[i] - expected) <= 1e-5 * fabs(expected))) {
            fprintf(stderr, "train: wrong result at step %ld on rank %d: %s: element %zu is %g, not %g\n",
                    step, rank, tensor->name, i, (double)tensor->host[i], expected);
            return false;
        }
    }
    return true;
}
