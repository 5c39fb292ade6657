#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# lockstep report: exit statuses, severities, colours, and traces that are damaged, cut short, or none at all.
#
#   report_test.sh BUILD-DIRECTORY

# shellcheck disable=SC2317 # check() calls the tests by name
set -u

bin=$1/bin
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
cd "$out" || exit 1
export LOCKSTEP_SIM_TIMEOUT_S=30 TERM=xterm
# In a sanitizer build ranks are sanitized while the preload, which comes before them, is not; and Open MPI leaks.
export ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
unset NO_COLOR
failures=0

check() {
    local name=$1
    rm -rf work && cp -r clean.lockstep work
    if "$name"; then
        echo "ok   $name"
    else
        echo "FAIL $name"
        tail -n 20 stdout stderr 2>/dev/null | sed 's/^/     | /'
        failures=$((failures + 1))
    fi
}

# reports STATUS ARGUMENTS…: lockstep report must exit with it.
reports() {
    local expected=$1 status
    shift
    timeout -k 5 60 "$bin/lockstep" report "$@" </dev/null >stdout 2>stderr
    status=$?
    [ "$status" -eq "$expected" ] || { echo "report $* exits with $status, expected $expected" >>stderr; return 1; }
}

verdict() {
    python3 -c 'import json, sys; print(json.load(sys.stdin)["verdict"])' <stdout
}

# codes: of all findings, each once.
codes() {
    python3 -c 'import json, sys; print(*sorted({f["code"] for f in json.load(sys.stdin)["findings"]}))' <stdout
}

record() {
    timeout -k 5 60 "$bin/lockstep" run --no-report --trace "$1" -- mpirun --oversubscribe --bind-to none -n 2 \
        "$bin/train" --quiet "${@:2}" </dev/null >stdout 2>stderr
}

# ---- the tests ----

exit_statuses_tell_clean_findings_usage_and_unreadable() {
    reports 0 clean.lockstep && reports 1 wrong.lockstep && reports 2 && reports 2 clean.lockstep wrong.lockstep &&
        reports 2 --fail-on nonsense clean.lockstep && reports 2 --nonsense clean.lockstep && reports 3 nowhere &&
        grep -q '^lockstep report: .*nowhere.*No such file' stderr
}

the_severity_that_counts_can_be_chosen() {
    reports 1 --fail-on info wrong.lockstep && reports 1 --fail-on warning wrong.lockstep &&
        reports 1 --fail-on error wrong.lockstep && reports 0 --fail-on never wrong.lockstep &&
        reports 0 --fail-on info clean.lockstep
}

a_clean_report_is_one_line() {
    reports 0 clean.lockstep && [ "$(wc -l <stdout)" -eq 1 ] && grep -q '^lockstep: clean: 2 ranks, ' stdout && [ ! -s stderr ]
}

json_is_one_object() {
    reports 0 --json clean.lockstep && [ "$(verdict)" = clean ] && [ ! -s stderr ] && reports 1 --json wrong.lockstep &&
        [ "$(verdict)" = mismatch ]
}

colours_are_for_terminals_only() {
    local escape=$'\033'
    reports 1 wrong.lockstep && ! grep -q "$escape" stdout &&
        on_terminal "$bin/lockstep report wrong.lockstep" && grep -q "$escape" stdout &&
        on_terminal "$bin/lockstep report --no-color wrong.lockstep" && ! grep -q "$escape" stdout &&
        on_terminal "NO_COLOR=1 $bin/lockstep report wrong.lockstep" && ! grep -q "$escape" stdout
}

# on_terminal COMMAND: with a terminal for its output, which is copied to `stdout`.
on_terminal() {
    python3 -c 'import pty, sys; pty.spawn(["sh", "-c", sys.argv[1]])' "$1" </dev/null >stdout 2>stderr
}

a_directory_that_is_no_trace_is_unreadable() {
    mkdir -p empty other && echo '{"format": "something"}' >other/manifest.json
    reports 3 empty && reports 3 other && reports 3 /dev/null && reports 3 "$bin/lockstep" && reports 3 "$(printf 'a\nb')"
}

a_trace_of_a_newer_version_is_refused_not_misread() {
    sed -i 's/"version": *1/"version": 999/' work/manifest.json && grep -q 999 work/manifest.json && reports 3 work &&
        grep -qi version stderr
}

a_flipped_bit_makes_the_verdict_incomplete() {
    flip work/shard-000.lst $(($(stat -c %s work/shard-000.lst) / 2)) && reports 3 --json work &&
        [ "$(verdict)" = incomplete ] && [ "$(codes)" = stream-incomplete ]
}

# flip FILE OFFSET: one bit of that byte.
flip() {
    python3 -c '
import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(int(sys.argv[2])); byte = file.read(1)
    file.seek(int(sys.argv[2])); file.write(bytes([byte[0] ^ 16]))' "$1" "$2"
}

a_torn_tail_makes_the_verdict_incomplete() {
    truncate -s -10 work/shard-000.lst && reports 3 --json work && [ "$(verdict)" = incomplete ] &&
        [ "$(codes)" = stream-incomplete ]
}

a_trace_that_stops_in_the_middle_is_never_clean() {
    local size
    size=$(stat -c %s work/shard-000.lst)
    for part in 1 2 3 4 5 6 7; do
        cp clean.lockstep/shard-000.lst work/ && truncate -s $((size * part / 8)) work/shard-000.lst
        timeout -k 5 60 "$bin/lockstep" report --json work >stdout 2>stderr
        # shellcheck disable=SC2015 # either failing is a failure
        [ $? -le 3 ] && [ "$(verdict)" != clean ] || { echo "with $part of 8 parts" >>stderr; return 1; }
    done
}

noise_is_survived() {
    for seed in $(seq 20); do
        cp clean.lockstep/shard-000.lst work/
        python3 -c '
import random, sys
random.seed(int(sys.argv[2]))
with open(sys.argv[1], "r+b") as file:
    data = bytearray(file.read())
    for _ in range(random.choice((1, 10, 1000))):
        data[random.randrange(len(data))] = random.randrange(256)
    file.seek(0); file.write(data)' work/shard-000.lst "$seed"
        timeout -k 5 60 "$bin/lockstep" report --json work >stdout 2>stderr
        # A byte may have been replaced by itself; anything else must be noticed.
        { [ $? -eq 3 ] && [ "$(verdict)" != mismatch ]; } || cmp -s clean.lockstep/shard-000.lst work/shard-000.lst ||
            { echo "seed $seed" >>stderr; return 1; }
    done
}

a_report_that_cannot_be_written_is_no_success() {
    timeout -k 5 60 "$bin/lockstep" report clean.lockstep >/dev/full 2>stderr
    [ $? -eq 3 ] && timeout -k 5 60 "$bin/lockstep" report --json clean.lockstep >/dev/full 2>>stderr
    [ $? -eq 3 ] && grep -q 'No space left' stderr
}

record clean.lockstep || { echo "no trace to test with"; cat stderr; exit 1; }
record wrong.lockstep --fault redop@3:1

check exit_statuses_tell_clean_findings_usage_and_unreadable
check the_severity_that_counts_can_be_chosen
check a_clean_report_is_one_line
check json_is_one_object
check colours_are_for_terminals_only
check a_directory_that_is_no_trace_is_unreadable
check a_trace_of_a_newer_version_is_refused_not_misread
check a_flipped_bit_makes_the_verdict_incomplete
check a_torn_tail_makes_the_verdict_incomplete
check a_trace_that_stops_in_the_middle_is_never_clean
check noise_is_survived
check a_report_that_cannot_be_written_is_no_success

exit $((failures > 0))
