#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Copies a build and the shared libraries that a GPU machine may lack (ZeroMQ, protobuf-c and what they need, but neither
# the C library nor MPI, CUDA or NCCL) into one folder that can be carried there:
#
#   tests/gpu/pack.sh [BUILD-DIRECTORY [FOLDER]]      default: build/release .carry

set -eu

cd "$(dirname "$0")/../.."
build=${1:-build/release}
carry=${2:-.carry}

rm -rf "$carry"
mkdir -p "$carry/bin" "$carry/lib" "$carry/deps"
for program in lockstep lockstep-collector lockstep-forwarder lockstep-bench train allreduce-cost; do
    cp "$build/bin/$program" "$carry/bin/"
done
cp "$build/lib/liblockstep.so" "$carry/lib/"
# lockstep-bench measures the hook in a program of its own, with an NCCL that does nothing.
mkdir -p "$carry/tests/bench"
cp -P "$build"/tests/bench/bench-* "$build"/tests/bench/libnccl.so* "$carry/tests/bench/"

# ldd prints "NAME => PATH (ADDRESS)".
for program in lockstep lockstep-collector lockstep-forwarder; do
    ldd "$build/bin/$program"
done | awk '$2 == "=>" { print $3 }' | sort -u | while read -r library; do
    case ${library##*/} in
    libc.so* | libm.so* | ld-linux* | libpthread* | libdl* | librt* | libresolv* | libstdc++* | libgcc_s*) ;;
    *) cp -L "$library" "$carry/deps/" ;;
    esac
done
strip --strip-debug "$carry"/bin/* "$carry"/lib/* "$carry"/deps/* 2>/dev/null || true
du -sh "$carry"
