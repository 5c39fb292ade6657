/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void check_failed(const char *file, int line, const char *call, const char *why)
{
    const char *slash = strrchr(file, '/');
    int rank = -1;

    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    fprintf(stderr, "train: rank %d: %s:%d: %s: %s\n", rank, slash ? slash + 1 : file, line, call, why);
    MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    abort(); /* MPI_Abort does not promise the compiler that it never returns */
}
