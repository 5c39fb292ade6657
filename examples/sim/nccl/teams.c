/* SPDX-License-Identifier: Apache-2.0 */
#include "api.h"
#include "comm.h"
#include "error.h"

/* The host side of NCCL's device API. Kernels that communicate by themselves have no place on a CPU: creating
 * what they would need is refused; the teams, which are arithmetic on ranks, are there. All ranks of a
 * communicator are on one host here, so its load-store team is everybody and its rail team is oneself. */

typedef struct {
    int ranks;
    int rank;
    int stride;
} ncclTeam_t;

NCCL_SIM_DECLARE(ncclTeam_t, ncclTeamWorld, (ncclComm_t comm));
NCCL_SIM_DECLARE(ncclTeam_t, ncclTeamLsa, (ncclComm_t comm));
NCCL_SIM_DECLARE(ncclTeam_t, ncclTeamRail, (ncclComm_t comm));
NCCL_SIM_DECLARE(int, ncclTeamRankToWorld, (ncclComm_t comm, ncclTeam_t team, int rank));
NCCL_SIM_DECLARE(int, ncclTeamRankToLsa, (ncclComm_t comm, ncclTeam_t team, int rank));
NCCL_SIM_DECLARE(int, ncclLLA2ACalcSlots, (int elements, int element_bytes));
NCCL_SIM_DECLARE(ncclResult_t, ncclLLA2ACreateRequirement, (int blocks, int slots, void *handle, void *out));
NCCL_SIM_DECLARE(ncclResult_t, ncclLsaBarrierCreateRequirement,
                 (ncclTeam_t team, int barriers, void *handle, void *out));
NCCL_SIM_DECLARE(ncclResult_t, ncclGinBarrierCreateRequirement,
                 (ncclComm_t comm, ncclTeam_t team, int barriers, void *handle, void *out));
NCCL_SIM_DECLARE(ncclResult_t, ncclDevCommCreate, (ncclComm_t comm, const void *requirements, void *out));
NCCL_SIM_DECLARE(ncclResult_t, ncclDevCommDestroy, (ncclComm_t comm, const void *device_comm));

NCCL_API(ncclTeam_t, ncclTeamWorld, (ncclComm_t comm))
{
    return (ncclTeam_t){.ranks = comm->ranks, .rank = comm->rank, .stride = 1};
}

NCCL_API(ncclTeam_t, ncclTeamLsa, (ncclComm_t comm))
{
    return ncclTeamWorld(comm);
}

NCCL_API(ncclTeam_t, ncclTeamRail, (ncclComm_t comm))
{
    return (ncclTeam_t){.ranks = 1, .rank = 0, .stride = comm->ranks};
}

NCCL_API(int, ncclTeamRankToWorld, (ncclComm_t comm, ncclTeam_t team, int rank))
{
    return comm->rank + (rank - team.rank) * team.stride;
}

NCCL_API(int, ncclTeamRankToLsa, (ncclComm_t comm, ncclTeam_t team, int rank))
{
    return ncclTeamRankToWorld(comm, team, rank);
}

NCCL_API(int, ncclLLA2ACalcSlots, (int elements, int element_bytes))
{
    return elements * ((element_bytes + 7) / 8);
}

static ncclResult_t refuse(const char *function)
{
    return error_note(ncclInvalidUsage, "%s: the device API is not there on a CPU", function);
}

NCCL_API(ncclResult_t, ncclLLA2ACreateRequirement, (int blocks, int slots, void *handle, void *out))
{
    (void)blocks, (void)slots, (void)handle, (void)out;
    return refuse("ncclLLA2ACreateRequirement");
}

NCCL_API(ncclResult_t, ncclLsaBarrierCreateRequirement,
         (ncclTeam_t team, int barriers, void *handle, void *out))
{
    (void)team, (void)barriers, (void)handle, (void)out;
    return refuse("ncclLsaBarrierCreateRequirement");
}

NCCL_API(ncclResult_t, ncclGinBarrierCreateRequirement,
         (ncclComm_t comm, ncclTeam_t team, int barriers, void *handle, void *out))
{
    (void)comm, (void)team, (void)barriers, (void)handle, (void)out;
    return refuse("ncclGinBarrierCreateRequirement");
}

NCCL_API(ncclResult_t, ncclDevCommCreate, (ncclComm_t comm, const void *requirements, void *out))
{
    ncclResult_t result = comm_check(comm, "ncclDevCommCreate");

    (void)requirements, (void)out;
    return result == ncclSuccess ? refuse("ncclDevCommCreate") : result;
}

NCCL_API(ncclResult_t, ncclDevCommDestroy, (ncclComm_t comm, const void *device_comm))
{
    ncclResult_t result = comm_check(comm, "ncclDevCommDestroy");

    (void)device_comm;
    return result == ncclSuccess ? refuse("ncclDevCommDestroy") : result;
}
