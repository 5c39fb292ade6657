/* SPDX-License-Identifier: Apache-2.0
 *
 * A library that is linked to NCCL, for programs that open it for themselves: what PyTorch is to Python.
 * RTLD_NEXT finds no NCCL in such a process.
 */
#include "mock.h"

int plugin_run(void);

int plugin_run(void)
{
    ncclUniqueId id = {{2}};
    ncclComm_t comm;
    char data[16];
    if (ncclGetUniqueId(&id) != ncclSuccess || ncclCommInitRank(&comm, 2, id, 0) != ncclSuccess)
        return 9;
    if (ncclAllReduce(data, data, 4, 7, 0, comm, NULL) != ncclSuccess)
        return 9;
    return ncclCommDestroy(comm) == ncclSuccess && mock_communications == 1 ? 0 : 9;
}
