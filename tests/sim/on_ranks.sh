#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs a program on several ranks of this host; a hang ends it.
#
#   on_ranks.sh RANKS PROGRAM [ARGUMENT…]

ranks=$1
shift
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
# Open MPI 4.1 with AVX saturates sums of small integers, which in C and on GPUs wrap around.
export OMPI_MCA_op=^avx
SANITIZE_MPI=$(dirname "$0")
. "$SANITIZE_MPI/sanitize-mpi.sh"
export LOCKSTEP_SIM_TIMEOUT_S="${LOCKSTEP_SIM_TIMEOUT_S:-20}"
exec mpirun --oversubscribe --bind-to none -n "$ranks" "$@" </dev/null
