/* SPDX-License-Identifier: Apache-2.0
 *
 * A program that is not linked to NCCL but opens the copies named on its command line, each for itself, as
 * Python and ctypes do, and takes turns in using them. It fails when a call reaches another copy than the one
 * it was asked of.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "mock.h"

struct copy {
    void *handle;
    ncclAllReduce_fn all_reduce;
    ncclComm_t comm;
    int version;
    const _Atomic int *communications;
};

static void *symbol(const struct copy *copy, const char *name)
{
    void *address = dlsym(copy->handle, name);
    if (!address) {
        fprintf(stderr, "%s\n", dlerror());
        exit(9);
    }
    return address;
}

static void open_copy(struct copy *copy, const char *path)
{
    ncclUniqueId id = {{1}};
    copy->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!copy->handle)
        exit(8);
    copy->all_reduce = (ncclAllReduce_fn)symbol(copy, "ncclAllReduce");
    copy->communications = symbol(copy, "mock_communications");
    ((ncclGetVersion_fn)symbol(copy, "ncclGetVersion"))(&copy->version);
    if (((ncclCommInitRank_fn)symbol(copy, "ncclCommInitRank"))(&copy->comm, 2, id, 1) != ncclSuccess)
        exit(9);
    if (dlsym(copy->handle, "ncclNoSuchFunction") || !dlerror() || dlsym(copy->handle, "ncclCommGrow"))
        exit(9);
}

int main(int count, char **paths)
{
    struct copy copies[4];
    for (int i = 1; i < count && i <= 4; i++)
        open_copy(&copies[i - 1], paths[i]);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < count - 1; i++) {
            char data[16];
            copies[i].all_reduce(data, data, (size_t)i + 1, 7, 0, copies[i].comm, NULL);
            if (*copies[i].communications != round + 1)
                exit(9);
        }
    }
    for (int i = 0; i < count - 1; i++)
        printf("%d\n", copies[i].version);
    return 0;
}
