#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What `cmake --install` leaves behind is complete, finds its parts wherever it was put, and can be built against.
#
#   install_test.sh BUILD-DIRECTORY

set -eu

build=$1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
prefix=$folder/prefix

fail() {
    echo "FAIL $*"
    exit 1
}

cmake --install "$build" --prefix "$prefix" >/dev/null
for file in bin/lockstep bin/lockstep-collector libexec/lockstep/lockstep-forwarder include/lockstep.h; do
    [ -f "$prefix/$file" ] || fail "$file is not installed"
done
library=$(find "$prefix" -name liblockstep.so)
[ -n "$library" ] || fail "liblockstep.so is not installed"
echo "ok   everything is installed"

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name lockstep.pc)")
export PKG_CONFIG_PATH
[ "$(realpath "$(pkg-config --variable=preload lockstep)")" = "$(realpath "$library")" ] ||
    fail "pkg-config names another library"
cat >"$folder/ask.c" <<'C'
#include <lockstep.h>
#include <stdio.h>

int main(void)
{
    puts(lockstep_version ? lockstep_version() : "untraced");
    return 0;
}
C
# shellcheck disable=SC2046 # a list of words
cc $(pkg-config --cflags lockstep) -o "$folder/ask" "$folder/ask.c"
[ "$("$folder/ask")" = untraced ] || fail "a program without the agent has one"
[ "$(LD_PRELOAD=$library "$folder/ask")" = "$(pkg-config --modversion lockstep)" ] ||
    fail "a preloaded program does not see its agent"
echo "ok   a program builds with pkg-config and sees its agent"

[ -x "$build/bin/train" ] || exit 0
timeout -k 5 60 "$prefix/bin/lockstep" run --trace "$folder/trace" -- \
    mpirun --oversubscribe --bind-to none -n 2 "$build/bin/train" --quiet --steps 2 </dev/null >"$folder/output" 2>&1 ||
    fail "a clean run: $(cat "$folder/output")"
grep -q '^lockstep: clean: 2 ranks' "$folder/output" || fail "no report: $(cat "$folder/output")"
echo "ok   the installed programs find each other"
