#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# From a fresh Debian or Ubuntu machine to a tested build: installs what is missing, builds, runs all tests that need no GPU.
#
#   tests/run.sh [PRESET] [CTEST-ARGUMENTS…]      PRESET: dev (default), release, asan, tsan
#
# Exit status: 0 when everything passed.

set -eu

cd "$(dirname "$0")/.."
. tests/packages.sh

preset=dev
case ${1:-} in
dev | release | asan | tsan)
    preset=$1
    shift
    ;;
esac

if [ "$(id -u)" -eq 0 ]; then # mpirun refuses to run as root unless told twice
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi

install_packages
say "Building (cmake --preset $preset)"
cmake --preset "$preset"
cmake --build --preset "$preset"
say "Testing"
exec ctest --preset "$preset" --label-exclude gpu --no-tests=error "$@" </dev/null
