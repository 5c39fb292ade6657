/* SPDX-License-Identifier: Apache-2.0
 *
 * How variables reach the ranks of a job: through the environment of the command, which torchrun, srun,
 * Hydra, shells and Open MPI's ranks on this machine hand on. To its ranks on other machines, Open MPI hands
 * on only what it is told to, with -x.
 */
#ifndef LOCKSTEP_CLI_LAUNCHER_H
#define LOCKSTEP_CLI_LAUNCHER_H

#include <stdbool.h>
#include <stddef.h>

/* True when the command is Open MPI's mpirun by whatever name: it is asked. */
bool launcher_is_open_mpi(const char *command);

/* `command` (ends with NULL) with "-x NAME" for each of the names, which are to be in the environment, in
 * every part between ':' arguments. A value that the command gives LD_PRELOAD itself is put behind `preload`.
 * When the command uses mca_base_env_list, which does not go together with -x, nothing is added. An array
 * that ends with NULL, to be released by launcher_free(); NULL when memory is out. */
char **launcher_add_variables(char *const *command, const char *const *names, size_t name_count,
                              const char *preload);
void launcher_free(char **command);

#endif
