/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks in every way for an MPI that is not there, then opens the one named on the command line and asks for
 * that.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "mock_mpi.h"

static void must(int right, const char *what)
{
    if (!right) {
        fprintf(stderr, "%s\n", what);
        exit(9);
    }
}

int main(int count, char **paths)
{
    void *all = dlopen(NULL, RTLD_NOW);
    must(count == 2 && all != NULL, "usage");
    must(!dlsym(RTLD_DEFAULT, "MPI_Barrier") && dlerror() != NULL, "by default");
    must(!dlsym(RTLD_NEXT, "MPI_Barrier") && dlerror() != NULL, "next");
    must(!dlsym(all, "MPI_Barrier") && dlerror() != NULL, "in the program");
    must(!dlvsym(RTLD_DEFAULT, "MPI_Barrier", "MPI_1.0") && dlerror() != NULL, "of a version");

    void *mpi = dlopen(paths[1], RTLD_NOW | RTLD_GLOBAL);
    must(mpi != NULL, "no MPI");
    int (*barrier)(int) = (int (*)(int))dlsym(mpi, "MPI_Barrier");
    must(barrier && barrier == (int (*)(int))dlsym(RTLD_DEFAULT, "MPI_Barrier"), "not the real one");
    return barrier(MOCK_MPI_COMM) == MOCK_MPI_RESULT ? 0 : 9;
}
