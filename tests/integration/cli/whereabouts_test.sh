#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A finding says where the rank is that others wait for: inside a call of CUDA or MPI that blocks, with the real Open MPI and
# the CPU stand-in, or in none. And all those calls do what they do when nothing is wrong.
#
#   whereabouts_test.sh BUILD-DIRECTORY

set -u

bin=$1/bin
astray=$1/tests/astray
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
# A rank that waits in vain ends the job.
export LOCKSTEP_SIM_TIMEOUT_S=4
# In a sanitizer build ranks are sanitized while the preload, which comes before them, is not; and Open MPI leaks.
export ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
failures=0

# traced NAME RANKS COMMAND…: the command under lockstep; leaves its $status and the $explanations of the findings.
traced() {
    local name=$1 ranks=$2
    shift 2
    timeout -k 5 90 "$bin/lockstep" run --trace "$out/$name.lockstep" -- \
        mpirun --oversubscribe --bind-to none -n "$ranks" "$@" </dev/null >"$out/$name.log" 2>&1
    status=$?
    explanations=$("$bin/lockstep" report --json "$out/$name.lockstep" |
        python3 -c 'import json, sys; [print(f["explanation"]) for f in json.load(sys.stdin)["findings"]]')
}

# judge NAME RIGHT: prints the result.
judge() {
    if [ "$2" = yes ]; then
        echo "ok   $1"
        return
    fi
    echo "FAIL $1"
    printf '%s\n' "status $status" "$explanations" | sed 's/^/     /'
    tail -n 40 "$out/$1.log" | sed 's/^/     | /'
    failures=$((failures + 1))
}

# says NAME PATTERN RANKS COMMAND…: a finding about the command says so.
says() {
    local name=$1 pattern=$2
    shift 2
    traced "$name" "$@"
    judge "$name" "$(grep -qE "$pattern" <<<"$explanations" && echo yes)"
}

traced nothing-wrong 2 "$astray"
judge nothing-wrong "$([ $status = 0 ] && [ -z "$explanations" ] && echo yes)"
LOCKSTEP_BLOCKING=0 traced turned-off 2 "$astray"
judge turned-off "$([ $status = 0 ] && [ -z "$explanations" ] && echo yes)"

says in-a-barrier 'Rank 1 (was|has been) inside MPI_Barrier for [0-9.]+ (s|ms)\.' 2 "$astray" barrier
says in-a-receive 'Rank 1 (was|has been) inside MPI_Recv for [0-9.]+ (s|ms)\.' 2 "$astray" recv
says for-an-event 'Rank 1 (was|has been) inside cudaEventSynchronize for [0-9.]+ (s|ms)\.' 2 "$astray" event
says nowhere 'Rank 1 (was|is) in no call of NCCL, CUDA or MPI that Lockstep sees\.' 2 "$astray" sleep
# With memory that is not pinned this is where the stream is waited for.
says of-train 'Rank 2 (was|has been) inside cudaMemcpyAsync for [0-9.]+ (s|ms)\.' 4 "$bin/train" --fault init-missing@3:2

exit $((failures > 0))
