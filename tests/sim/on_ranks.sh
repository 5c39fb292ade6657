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
# For sanitizer builds: what Open MPI never frees is not our business, and only whole stacks show that it is its own.
export ASAN_OPTIONS="fast_unwind_on_malloc=0:${ASAN_OPTIONS:-}"
export LSAN_OPTIONS="suppressions=$(dirname "$0")/mpi.supp:print_suppressions=0:${LSAN_OPTIONS:-}"
export LOCKSTEP_SIM_TIMEOUT_S="${LOCKSTEP_SIM_TIMEOUT_S:-20}"
exec mpirun --oversubscribe --bind-to none -n "$ranks" "$@" </dev/null
