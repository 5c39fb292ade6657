#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Lockstep on real GPUs and the real NCCL, from a folder that pack.sh made: train clean and with each fault, PyTorch DDP under
# torchrun, and what the agent adds to the host time of ncclAllReduce.
#
#   tests/gpu/run.sh [FOLDER [OUTPUT]]     default: .carry and a temporary directory
#
# Prints one line per run, the figures at the end; traces and outputs stay in OUTPUT. Exit status: 0 when every verdict was as
# expected, 77 without a GPU.

set -u

here=$(cd "$(dirname "$0")" && pwd)
carry=$(cd "${1:-.carry}" && pwd)
out=${2:-$(mktemp -d)}
mkdir -p "$out"

devices=$(nvidia-smi -L 2>/dev/null | grep -c '^GPU') || true
[ "${devices:-0}" -gt 0 ] || { echo "no GPU"; exit 77; }

export LD_LIBRARY_PATH=$carry/deps:/usr/local/cuda/lib64${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export NCCL_NVLS_ENABLE=0
unset DISPLAY
failures=0

lockstep=$carry/bin/lockstep

# ranks N: the mpirun command line for N ranks, sharing GPUs when there are fewer.
ranks() {
    local wrapper=
    [ "$1" -le "$devices" ] || wrapper=$here/rank.sh
    echo "mpirun --oversubscribe --bind-to none -n $1 $wrapper"
}

# field JSON EXPRESSION: prints a python expression over `report`.
field() {
    python3 -c 'import json, sys; report = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2" 2>&1
}

# judge NAME EXPECTED SECONDS COMMAND…: runs the command under lockstep; EXPECTED is a verdict or a finding's code and culprits.
judge() {
    local name=$1 expected=$2 seconds=$3 begin=$SECONDS status
    shift 3
    timeout -k 5 "$seconds" "$lockstep" run --on-mismatch abort --trace "$out/$name.lockstep" -- "$@" \
        </dev/null >"$out/$name.log" 2>&1
    status=$?
    "$lockstep" report --json "$out/$name.lockstep" >"$out/$name.json" 2>>"$out/$name.log"
    local seen
    seen=$(field "$out/$name.json" \
        "report['verdict'] if not [f for f in report['findings'] if f['root_cause']] else ' '.join(f['code'] + ':' + ','.join(map(str, f['ranks'])) for f in report['findings'] if f['root_cause'])")
    if [ "$seen" = "$expected" ]; then
        printf 'ok   %-24s %-28s exit %3d, %3d s\n' "$name" "$seen" "$status" $((SECONDS - begin))
    else
        printf 'FAIL %-24s %s, expected %s; exit %d, %d s\n' "$name" "$seen" "$expected" "$status" $((SECONDS - begin))
        failures=$((failures + 1))
        tail -n 25 "$out/$name.log" | sed 's/^/     | /'
    fi
}

nvidia-smi --query-gpu=name,driver_version --format=csv,noheader | sort | uniq -c

for n in 2 4; do
    # shellcheck disable=SC2046 # a list of words
    judge "clean-$n" clean 120 $(ranks $n) "$carry/bin/train" --steps 5
done
# shellcheck disable=SC2046
judge clean-8 clean 120 $(ranks 8) "$carry/bin/train" --steps 2
# shellcheck disable=SC2046
judge fault-op-8 op-mismatch:5 120 $(ranks 8) "$carry/bin/train" --steps 3 --fault op@1:5
# shellcheck disable=SC2046
judge graph-2 clean 120 $(ranks 2) "$carry/bin/train" --steps 6 --graph
# shellcheck disable=SC2046
judge threads-2 clean 120 $(ranks 2) "$carry/bin/train" --steps 3 --threads 2

while read -r kind expected; do
    # shellcheck disable=SC2046
    judge "fault-$kind-4" "$expected" 90 $(ranks 4) "$carry/bin/train" --steps 6 --fault "$kind@3:2"
done <<'FAULTS'
op op-mismatch:2
count count-mismatch:2
dtype dtype-mismatch:2
redop redop-mismatch:2
root root-mismatch:2
skip missing-call:2
extra extra-call:2
swap order-mismatch:2
p2p-missing p2p-unmatched:2
p2p-size p2p-size-mismatch:2
init-missing communicator-init:2
late clean
die rank-died:2
FAULTS

if python3 -c 'import torch' 2>/dev/null; then
    torchrun="python3 -m torch.distributed.run --nproc-per-node 2 --master-port 29517"
    export NCCL_NET=Socket NCCL_SOCKET_IFNAME=lo
    # shellcheck disable=SC2086
    judge ddp-clean clean 180 $torchrun "$here/ddp.py"
    # shellcheck disable=SC2086
    judge ddp-skip missing-call:1 180 $torchrun "$here/ddp.py" --skip 2:1
    unset NCCL_NET NCCL_SOCKET_IFNAME
fi

# unaided KIND: what becomes of the fault without Lockstep.
unaided() {
    local status
    # shellcheck disable=SC2046
    timeout -k 2 15 $(ranks 4) "$carry/bin/train" --steps 6 --fault "$1@3:2" </dev/null >"$out/unaided-$1.log" 2>&1
    status=$?
    case $status in
    124 | 137) ! grep -q 'exited on signal' "$out/unaided-$1.log" && echo hangs || echo "killed ($status)" ;;
    0) echo "ends, right" ;;
    *) echo "ends with $status" ;;
    esac | tr '\n' ' '
    grep -q 'wrong result' "$out/unaided-$1.log" && echo ", wrong results" || echo
}

echo "without Lockstep (15 s are taken for a hang):"
for kind in op count dtype redop root skip extra swap p2p-missing p2p-size init-missing late die; do
    printf '     %-14s %s\n' "$kind" "$(unaided "$kind")"
done

# cost [VARIABLE=VALUE…]: the host time of an all-reduce, two ranks.
cost() {
    # shellcheck disable=SC2046
    env "$@" timeout -k 5 60 $(ranks 2) "$carry/bin/allreduce-cost" </dev/null 2>/dev/null | tr '\n' ' '
}

echo "host time of ncclAllReduce, 2 ranks, without and with the agent, in turns:"
"$carry/bin/lockstep-collector" --bind tcp://127.0.0.1:5799 --trace "$out/cost.lockstep" --quiet </dev/null >/dev/null 2>&1 &
collector=$!
for turn in 1 2 3 4 5; do
    echo "  $turn without: $(cost A=1)"
    echo "  $turn with:    $(cost LD_PRELOAD="$carry/lib/liblockstep.so" LOCKSTEP_COLLECTOR=tcp://127.0.0.1:5799)"
done
kill "$collector"
wait "$collector"

"$carry/bin/lockstep-bench" hook
echo "failures: $failures; traces and outputs in $out"
[ "$failures" -eq 0 ]
