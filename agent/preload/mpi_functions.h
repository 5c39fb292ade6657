/* SPDX-License-Identifier: Apache-2.0
 *
 * The real MPI functions: what a call would have reached without us. There may be no MPI in the process, one
 * that everybody sees, or one (or a library's own imitation) that only the libraries linked to it see.
 */
#ifndef LOCKSTEP_PRELOAD_MPI_FUNCTIONS_H
#define LOCKSTEP_PRELOAD_MPI_FUNCTIONS_H

enum mpi_function {
#define MPI_BLOCKING(symbol, operation, words) FUNCTION_##symbol,
#include "mpi.def"
    MPI_FUNCTION_LIMIT
};

/* The function that the code at `site` means, or NULL. Any thread; keeps errno and dlerror as they are, but
 * for the first call of each site, after which dlerror has nothing to tell. */
void *mpi_functions_real(enum mpi_function function, const void *site);

#endif
