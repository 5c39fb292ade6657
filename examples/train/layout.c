/* SPDX-License-Identifier: Apache-2.0 */
#include "layout.h"

#include <errno.h>
#include <mpi.h>

#include "check.h"

int group_world_rank(const struct group *group, int i)
{
    return group->first + i * group->stride;
}

double group_sum(const struct group *group)
{
    double sum = 0;

    for (int i = 0; i < group->size; i++)
        sum += group_world_rank(group, i) + 1;
    return sum;
}

static int two_if_even(int ranks)
{
    return ranks % 2 == 0 ? 2 : 1;
}

/* The group of `size` ranks, `stride` apart, that world rank `rank` belongs to. */
static struct group arrange(int rank, int size, int stride)
{
    int place = rank / stride % size;

    return (struct group){.rank = place, .size = size, .first = rank - place * stride, .stride = stride};
}

static void choose_device(void)
{
    MPI_Comm host;
    int local_rank;
    int devices;

    CHECK_MPI(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host));
    CHECK_MPI(MPI_Comm_rank(host, &local_rank));
    CHECK_MPI(MPI_Comm_free(&host));
    CHECK_CUDA(cudaGetDeviceCount(&devices));
    CHECK_THAT(devices > 0);
    CHECK_CUDA(cudaSetDevice(local_rank % devices));
}

static void create_world(struct group *world)
{
    ncclUniqueId id;

    if (world->rank == 0)
        CHECK_NCCL(ncclGetUniqueId(&id));
    CHECK_MPI(MPI_Bcast(&id, sizeof(id), MPI_BYTE, 0, MPI_COMM_WORLD));
    CHECK_NCCL(ncclCommInitRank(&world->comm, world->size, id, world->rank));
}

/* Every rank of the world splits, each into its own group: the first member's world rank is the color. */
static void split(const struct group *world, struct group *group)
{
    int rank;
    int size;

    CHECK_NCCL(ncclCommSplit(world->comm, group->first, world->rank, &group->comm, NULL));
    CHECK_NCCL(ncclCommUserRank(group->comm, &rank));
    CHECK_NCCL(ncclCommCount(group->comm, &size));
    CHECK_THAT(rank == group->rank && size == group->size);
}

int layout_create(struct layout *layout, int tensor, int pipeline)
{
    int rank;
    int size;

    CHECK_MPI(MPI_Comm_rank(MPI_COMM_WORLD, &rank));
    CHECK_MPI(MPI_Comm_size(MPI_COMM_WORLD, &size));
    if (tensor == 0)
        tensor = two_if_even(pipeline ? size / pipeline : size);
    if (pipeline == 0)
        pipeline = two_if_even(size / tensor);
    if (tensor > size || pipeline > size / tensor || size % (tensor * pipeline) != 0)
        return -EINVAL;

    int data = size / (tensor * pipeline);

    layout->world = arrange(rank, size, 1);
    layout->tensor = arrange(rank, tensor, 1);
    layout->data = arrange(rank, data, tensor);
    layout->pipeline = arrange(rank, pipeline, tensor * data);

    choose_device();
    create_world(&layout->world);
    split(&layout->world, &layout->tensor);
    split(&layout->world, &layout->data);
    split(&layout->world, &layout->pipeline);
    return 0;
}

void layout_destroy(struct layout *layout)
{
    CHECK_NCCL(ncclCommDestroy(layout->pipeline.comm));
    CHECK_NCCL(ncclCommDestroy(layout->data.comm));
    CHECK_NCCL(ncclCommDestroy(layout->tensor.comm));
    CHECK_NCCL(ncclCommDestroy(layout->world.comm));
}
