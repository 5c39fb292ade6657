/* SPDX-License-Identifier: Apache-2.0
 *
 * The copies of NCCL and of the CUDA runtime in this process, and the real functions in them.
 *
 * A copy is registered when the first of its functions is found, and is kept from being unloaded from then
 * on. Which real function a call means is told by, in this order: the copy whose code makes it (NCCL calls
 * itself through its public symbols); the wrapper it came through (dlsym gives each copy its own); what comes
 * after us in the global scope, which is where the dynamic linker would have bound it; the communicator it is
 * about; what the caller is linked to.
 *
 * Concurrency: copies are only ever added. Fields of a copy are written before `count` is raised (release),
 * so readers need no lock. Nothing here holds a lock while it calls the dynamic linker.
 */
#ifndef LOCKSTEP_PRELOAD_LIBRARIES_H
#define LOCKSTEP_PRELOAD_LIBRARIES_H

#include <stdbool.h>

#include "functions.h"

#define LIBRARY_LIMIT  8
#define LIBRARY_LINKED (-1) /* no particular copy: whichever the caller is linked to */

/* Where a hooked call came from. */
struct origin {
    const void *site; /* return address */
    long library;     /* copy whose wrapper was called, or LIBRARY_LINKED */
};

/* The registered copy whose code contains `address`, or -1. A few comparisons. */
int libraries_containing(const void *address);

/* Registers the object that contains the code `address` and returns its number; -1 when it is no NCCL or CUDA
 * runtime library, is this library itself, or there are too many. */
int libraries_register(const void *address);

/* Registers every loaded NCCL library that is not known yet; cheap when nothing was loaded since the last
 * time. */
void libraries_scan(void);

/* The real function in a copy, or NULL when it has none of that name. */
void *libraries_function(int library, enum function function);

/* The real function for a call from `origin` about a communicator of copy `known` (or LIBRARY_LINKED), or
 * NULL. Loads NCCL or the CUDA runtime as the last resort. */
void *libraries_real(struct origin origin, enum function function, int known);

/* What a call answers whose real function is not there: that NCCL lacks it, or that there is no NCCL. */
ncclResult_t libraries_missing(void);

/* Any other symbol of an already loaded CUDA runtime or driver ("libcuda.so.1"), or NULL. Loads nothing. */
void *libraries_cuda_runtime_symbol(const char *name);
void *libraries_cuda_driver_symbol(const char *name);

/* The file of a copy. Static. */
const char *libraries_path(int library);

#endif
