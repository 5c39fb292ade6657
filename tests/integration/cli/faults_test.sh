#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The whole path, from ranks to report: every fault that examples/train can make, on the CPU stand-in, must be found with its
# code, its culprit, its communicator and its place; and runs without one must be told to be clean.
#
#   faults_test.sh BUILD-DIRECTORY [NAME]      NAME: only the runs whose name contains it

# shellcheck disable=SC2086 # options are lists of words
set -u

bin=$1/bin
only=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
export LOCKSTEP_SIM_TIMEOUT_S=30
# In a sanitizer build ranks are sanitized while the preload, which comes before them, is not; and Open MPI leaks.
export ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
failures=0

# run NAME RANKS "OPTIONS OF LOCKSTEP RUN" ARGUMENTS…: train under lockstep. $log has its output, $json the report, $status the
# exit status of lockstep run, $reported that of lockstep report.
run() {
    local name=$1 ranks=$2 options=$3
    shift 3
    log=$out/$name.log json=$out/$name.json
    timeout -k 5 90 "$bin/lockstep" run $options --trace "$out/$name.lockstep" -- \
        mpirun --oversubscribe --bind-to none -n "$ranks" "$bin/train" "$@" </dev/null >"$log" 2>&1
    status=$?
    "$bin/lockstep" report --json "$out/$name.lockstep" >"$json" 2>>"$log"
    reported=$?
}

# judge NAME BEGIN PROBLEM: prints the result of a run; PROBLEM is empty when there is none.
judge() {
    if [ -z "$3" ]; then
        printf 'ok   %-28s %3d s\n' "$1" $((SECONDS - $2))
        rm -rf "$out/$1".*
        return
    fi
    printf 'FAIL %-28s %3d s\n' "$1" $((SECONDS - $2))
    failures=$((failures + 1))
    printf '%s\n' "$3" | sed 's/^/     /'
    tail -n 60 "$log" | sed 's/^/     | /'
}

# clean NAME RANKS ARGUMENTS…
clean() {
    local name=$1 ranks=$2 begin=$SECONDS
    case $name in *"$only"*) ;; *) return ;; esac
    shift 2
    run "$name" "$ranks" "" "$@"
    local problem
    problem=$(python3 "$here/report_check.py" clean "$json" "$ranks" 2>&1)
    [ "$status $reported" = "0 0" ] || problem+=" exit statuses $status and $reported, expected 0 and 0"
    judge "$name" "$begin" "$problem"
}

# fault KIND@STEP:RANK RANKS: one of them goes wrong; the job is ended, and its status is not 0.
fault() {
    local fault=$1 ranks=$2 begin=$SECONDS
    local name=$fault-of-$ranks
    case $name in *"$only"*) ;; *) return ;; esac
    run "$name" "$ranks" "--on-mismatch abort" --fault "$fault"
    local problem
    problem=$(python3 "$here/report_check.py" fault "$json" "$log" "$ranks" 2>&1)
    [ "$reported" -eq 1 ] || problem+=" lockstep report exits with $reported, expected 1"
    [ "$status" -ne 0 ] || problem+=" lockstep run exits with 0"
    [ "$status" -ne 124 ] || problem+=" the run did not end by itself"
    judge "$name" "$begin" "$problem"
}

for ranks in 2 4 8; do
    clean clean-$ranks $ranks
done
clean clean-graph 4 --graph --steps 6
clean clean-threads 4 --threads 3 --steps 6
clean clean-many-steps 2 --steps 400 --quiet
clean late-2 2 --fault late@3:1
clean late-4 4 --fault late@3:2

for kind in op count dtype redop root skip extra swap p2p-missing p2p-size init-missing die; do
    fault $kind@3:1 2
    fault $kind@3:2 4
done
fault op@0:0 2
fault count@0:1 2
for kind in op skip p2p-missing init-missing die; do
    fault $kind@3:5 8
done

exit $((failures > 0))
