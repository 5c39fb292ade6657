# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# Sourced by scripts that run MPI programs, for builds with sanitizers: what Open MPI never frees and the order in which
# it locks is not our business, and only whole stacks show that it is its own. The variable says where this file is.
#
#   SANITIZE_MPI=FOLDER; . FOLDER/sanitize-mpi.sh

export ASAN_OPTIONS="fast_unwind_on_malloc=0:${ASAN_OPTIONS:-}"
export LSAN_OPTIONS="suppressions=$SANITIZE_MPI/mpi.supp:print_suppressions=0:${LSAN_OPTIONS:-}"
export TSAN_OPTIONS="suppressions=$SANITIZE_MPI/mpi-threads.supp:${TSAN_OPTIONS:-}"
