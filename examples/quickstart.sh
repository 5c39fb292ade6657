#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# From a fresh Debian or Ubuntu machine to a diagnosed job: installs what is missing, builds Lockstep, runs four ranks
# on the CPU stand-in for NCCL, one of which issues a wrong collective at step 3, and shows the report.
#
#   examples/quickstart.sh [TRACE-DIRECTORY]
#
# Exit status: 0 when the fault was found, another when anything went wrong.

set -eu

cd "$(dirname "$0")/.."
. tests/packages.sh

build() {
    say "Building (cmake --preset release)"
    cmake --preset release
    cmake --build --preset release --target lockstep lockstep-cli lockstep-collector lockstep-forwarder train
}

# Rank 2 of 4 calls a reduce where the others call an all-reduce.
run_faulty_job() {
    if [ "$(id -u)" -eq 0 ]; then # mpirun refuses to run as root unless told twice
        export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    fi
    bin=build/release/bin
    set -- "$bin/lockstep" run --trace "$1" --on-mismatch abort -- \
        mpirun --oversubscribe --bind-to none -n 4 "$bin/train" --fault op@3:2
    say "$*"
    timeout -k 5 120 "$@" </dev/null
}

# Was the one thing that is wrong found? A report says so with exit status 1; the job itself may have been aborted with
# another, so ask the trace.
fault_was_found() {
    report=$(build/release/bin/lockstep report --json "$1") || [ $? -eq 1 ]
    case $report in
    *op-mismatch*) return 0 ;;
    *) return 1 ;;
    esac
}

install_packages
build

trace=${1:-$(mktemp -d)/quickstart.lockstep}
run_faulty_job "$trace" || true

if ! fault_was_found "$trace"; then
    echo "quickstart: the report of $trace does not name the op-mismatch that was put in" >&2
    exit 1
fi

say "That was a job of four ranks, of which rank 2 called ncclReduce where the others called ncclAllReduce."
echo "    On your own job:  build/release/bin/lockstep run -- mpirun ... your-program"
echo "    The trace is in $trace; look again with:  build/release/bin/lockstep report $trace"
