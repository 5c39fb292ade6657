#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# liblockstep.so needs libc and nothing else, and exports the functions of its tables, the linker's two questions and
# the annotation API: all of them, and nothing else. What an installed NCCL exports is among them.
#   agent_exports_test.sh BUILD-DIRECTORY
set -u
library=$1/lib/liblockstep.so
tables=$(dirname "$0")/../../../agent/preload
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

fail()
{
    echo "FAILED: $1"
    failed=1
}

exported()
{
    nm -D --defined-only "$1" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u
}

[ -f "$library" ] || { echo "no $library"; exit 77; }

needed=$(readelf -d "$library" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -v '^ld-linux')
[ "$needed" = libc.so.6 ] || fail "needs: $needed"

{
    sed -n '/^NCCL_PASS/! s/^NCCL_[A-Z]*(\(nccl[A-Za-z0-9]*\).*/\1/p
            s/^NCCL_PASS[A-Z_]*([^,]*, \(nccl[A-Za-z0-9]*\),.*/\1/p' "$tables/nccl.def"
    sed -n 's/^[A-Z0-9_]*(\(cuda[A-Za-z0-9_]*\).*/\1/p' "$tables/cuda.def"
    sed -n 's/^MPI_BLOCKING(\(MPI_[A-Za-z_]*\),.*/\1/p' "$tables/mpi.def"
    printf '%s\n' lockstep_active lockstep_version
    case $(uname -m) in x86_64 | aarch64) printf '%s\n' dlsym dlvsym ;; esac
} | sort -u > "$scratch/intended"
exported "$library" > "$scratch/exported"
diff "$scratch/intended" "$scratch/exported" || fail "the exported symbols are not the intended ones"
[ "$(grep -c ^nccl "$scratch/intended")" -ge 60 ] && [ "$(grep -c ^MPI_ "$scratch/intended")" -ge 24 ] || fail "the table could not be read"

for nccl in "${NCCL_HOME:-/usr/local/cuda}"/lib*/libnccl.so.2 /usr/lib/*/libnccl.so.2; do
    [ -f "$nccl" ] || continue
    echo "compared with $nccl"
    missing=$(exported "$nccl" | grep ^nccl | comm -23 - "$scratch/exported")
    [ -z "$missing" ] || fail "not hooked: $missing"
done

# The wrappers of MPI, and no other symbol, have the version that dlsym passes by: the library's first, not a default.
nm -D --defined-only --with-symbol-versions "$library" | awk '$2 == "T" { print $3 }' > "$scratch/versioned"
other=$(awk '/^MPI_/ != /@/ || (/@/ && !/[^@]@LOCKSTEP_LINKED$/)' "$scratch/versioned")
[ -z "$other" ] || fail "not of their version: $other"
readelf -V --wide "$library" | grep -q 'Index: 2 .*Name: LOCKSTEP_LINKED' || fail "it is not the first version"

# The entry points of dlsym leave by a jump, so that libc sees the caller's return address.
for symbol in dlsym dlvsym; do
    grep -q "^$symbol$" "$scratch/exported" || continue
    objdump -d --no-show-raw-insn "$library" | awk -v name="<$symbol>:" '$2 == name { on = 1 } on && /^$/ { exit } on' |
        grep -qE '\bjmp +\*%r11|\bbr +x16' || fail "$symbol does not jump"
done

[ $failed = 0 ] && echo "ok"
exit $failed
