/* SPDX-License-Identifier: Apache-2.0 */
#include "create.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "api.h"
#include "error.h"
#include "group.h"
#include "simrt.h"

/* ---- Ids ---- */

/* Looks like the real one's: a random number, then the address of a listening socket, then zeros. Nobody
 * listens here: ranks meet by the bytes alone. */
struct id {
    uint64_t random;
    struct sockaddr_in address;
};

NCCL_API(ncclResult_t, ncclGetUniqueId, (ncclUniqueId * out))
{
    struct id id = {.address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};

    if (!out)
        return error_note(ncclInvalidArgument, "ncclGetUniqueId: uniqueId is NULL");
    arena_sweep();
    if (getrandom(&id.random, sizeof(id.random), 0) != sizeof(id.random) ||
        getrandom(&id.address.sin_port, sizeof(id.address.sin_port), 0) != sizeof(id.address.sin_port))
        return error_note(ncclSystemError, "ncclGetUniqueId: no random numbers");
    memset(out, 0, sizeof(*out));
    memcpy(out->internal, &id, sizeof(id));
    return ncclSuccess;
}

/* ---- Shared with split and shrink ---- */

ncclResult_t create_read_config(const ncclConfig_t *config, bool *blocking, const char *function)
{
    static const ncclConfig_t expected = NCCL_CONFIG_INITIALIZER;

    if (!config)
        return ncclSuccess;
    if (config->magic != expected.magic || config->size < offsetof(ncclConfig_t, cgaClusterSize))
        return error_note(ncclInvalidArgument, "%s: config is not initialized", function);
    if (config->blocking == NCCL_CONFIG_UNDEF_INT)
        return ncclSuccess;
    if (config->blocking != 0 && config->blocking != 1)
        return error_note(ncclInvalidArgument, "%s: config.blocking is %d, neither 0 nor 1", function,
                          config->blocking);
    *blocking = config->blocking;
    return ncclSuccess;
}

ncclResult_t create_connect(struct ncclComm *comm, const char *function, const struct ncclComm *patience_of)
{
    struct patience patience = patience_begin(patience_of, function);
    int version;

    ncclGetVersion(&version); /* the real one logs it here (nccl 2.28 init.cc), through the public name */
    return arena_join(&comm->arena, comm->token, comm->ranks, comm->rank, &patience);
}

/* ---- Initialisation ---- */

struct init_job {
    struct job job;
    const char *function;
    ncclComm_t *out;
};

static ncclResult_t run_init(struct job *job)
{
    struct init_job *init = (struct init_job *)job;
    ncclResult_t result = create_connect(job->comm, init->function, job->comm);

    if (result != ncclSuccess && job->blocking) { /* nobody will ever hold the handle */
        *init->out = NULL;
        comm_release(job->comm);
    }
    return result;
}

static void release_init(struct job *job)
{
    free(job);
}

static ncclResult_t add_init(ncclComm_t *out, int ranks, int rank, struct token token, int device,
                             bool blocking, const char *function)
{
    struct init_job *init = calloc(1, sizeof(*init));
    struct ncclComm *comm = comm_create(ranks, rank, device, blocking, token);

    if (!init || !comm) {
        free(init);
        comm_release(comm);
        return error_note(ncclSystemError, "%s: out of memory", function);
    }
    *init = (struct init_job){
        .job = {.comm = comm_retain(comm), .run = run_init, .release = release_init, .blocking = blocking},
        .function = function,
        .out = out};
    *out = comm;
    group_add_job(&init->job);
    return ncclSuccess;
}

static ncclResult_t init_rank(ncclComm_t *out, int ranks, int rank, const ncclUniqueId *ids, int id_count,
                              const ncclConfig_t *config, const char *function)
{
    bool blocking = true;
    ncclResult_t result = create_read_config(config, &blocking, function);

    group_enter();
    if (result == ncclSuccess && (!out || !ids || id_count < 1 || ranks < 1 || rank < 0 || rank >= ranks))
        result = error_note(ncclInvalidArgument, "%s: invalid rank %d of %d, or a NULL pointer", function,
                            rank, ranks);
    if (result == ncclSuccess)
        result = add_init(out, ranks, rank, token_begin(&ids[0], sizeof(ids[0])), simrt_device(), blocking,
                          function);
    result = group_leave(result);
    if (result == ncclSuccess && !blocking && *out) /* still to come, if this is in a group */
        ncclCommGetAsyncError(*out, &result);
    return result;
}

NCCL_API(ncclResult_t, ncclCommInitRank, (ncclComm_t * out, int ranks, ncclUniqueId id, int rank))
{
    return init_rank(out, ranks, rank, &id, 1, NULL, "ncclCommInitRank");
}

NCCL_API(ncclResult_t, ncclCommInitRankConfig,
         (ncclComm_t * out, int ranks, ncclUniqueId id, int rank, ncclConfig_t *config))
{
    return init_rank(out, ranks, rank, &id, 1, config, "ncclCommInitRankConfig");
}

/* More than one id makes the real one's start faster; the first is the one that counts. */
NCCL_API(ncclResult_t, ncclCommInitRankScalable,
         (ncclComm_t * out, int ranks, int rank, int id_count, ncclUniqueId *ids, ncclConfig_t *config))
{
    return init_rank(out, ranks, rank, ids, id_count, config, "ncclCommInitRankScalable");
}

/* ---- All ranks in this process ---- */

static ncclResult_t check_devices(int count, const int *devices)
{
    for (int i = 0; devices && i < count; i++) {
        if (devices[i] < 0 || devices[i] >= simrt_device_count())
            return error_note(ncclInvalidArgument, "ncclCommInitAll: invalid device %d", devices[i]);
        for (int k = 0; k < i; k++)
            if (devices[k] == devices[i])
                return error_note(ncclInvalidUsage, "ncclCommInitAll: device %d is there twice", devices[i]);
    }
    return ncclSuccess;
}

NCCL_API(ncclResult_t, ncclCommInitAll, (ncclComm_t * out, int count, const int *devices))
{
    ncclUniqueId id;
    ncclResult_t result = ncclSuccess;

    if (!out || count < 1 || count > simrt_device_count())
        return error_note(ncclInvalidArgument, "ncclCommInitAll: %d devices, there are %d", count,
                          simrt_device_count());
    result = check_devices(count, devices);
    if (result == ncclSuccess)
        result = ncclGetUniqueId(&id);
    if (result != ncclSuccess)
        return result;
    group_enter();
    for (int i = 0; i < count && result == ncclSuccess; i++)
        result = add_init(&out[i], count, i, token_begin(&id, sizeof(id)), devices ? devices[i] : i, true,
                          "ncclCommInitAll");
    return group_leave(result);
}
