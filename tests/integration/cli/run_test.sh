#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# lockstep run: what the command sees and what becomes of it, how ranks get their environment, and what is known after
# processes were killed.
#
#   run_test.sh BUILD-DIRECTORY

# shellcheck disable=SC2317,SC2016,SC2181 # check() calls the tests by name; scripts for others are in single quotes
set -u

build=$1
bin=$1/bin
here=$(cd "$(dirname "$0")" && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
cd "$out" || exit 1
export LOCKSTEP_SIM_TIMEOUT_S=30
# In a sanitizer build ranks are sanitized while the preload, which comes before them, is not; and Open MPI leaks.
export ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
unset LD_PRELOAD LOCKSTEP_COLLECTOR LOCKSTEP_JOB LOCKSTEP_ON_MISMATCH OMPI_MCA_mca_base_env_list
failures=0

# check SENTENCE: runs the test of that name in an empty directory; stdout is in `stdout`, stderr in `stderr`.
check() {
    local name=$1 begin=$SECONDS
    rm -rf "$out/now" && mkdir "$out/now" && cd "$out/now" || exit 1
    if "$name"; then
        printf 'ok   %s (%d s)\n' "$name" $((SECONDS - begin))
    else
        printf 'FAIL %s\n' "$name"
        tail -n 30 stdout stderr 2>/dev/null | sed 's/^/     | /'
        failures=$((failures + 1))
    fi
}

# lockstep ARGUMENTS…: its exit status.
lockstep() {
    timeout -k 5 60 "$bin/lockstep" "$@" </dev/null >stdout 2>stderr
}

# exits STATUS COMMAND…
exits() {
    local expected=$1 status
    shift
    "$@"
    status=$?
    [ "$status" -eq "$expected" ] || { echo "$* exits with $status, expected $expected" >>stderr; return 1; }
}

mpirun() {
    echo mpirun --oversubscribe --bind-to none "$@"
}

# report TRACE: its JSON in TRACE.json
report() {
    timeout -k 5 60 "$bin/lockstep" report --json "$1" >"$1.json" 2>>stderr
}

judge() {
    python3 "$here/report_check.py" "$@" >>stderr
}

# ---- the command is left alone ----

output_and_input_are_the_commands_own() {
    printf 'in\n' | timeout -k 5 60 "$bin/lockstep" run --trace t -- sh -c 'echo out; cat; echo err >&2' >stdout 2>stderr &&
        [ "$(cat stdout)" = "$(printf 'out\nin')" ] && [ "$(head -n 1 stderr)" = err ]
}

an_argument_is_passed_as_it_is() {
    lockstep run --trace t -- printf '<%s>' 'two words' '' '--help' -- '*' &&
        [ "$(cat stdout)" = '<two words><><--help><--><*>' ]
}

the_exit_status_is_the_commands() {
    exits 7 lockstep run -- sh -c 'exit 7' &&
        exits 0 lockstep run -- true &&
        exits 143 lockstep run -- sh -c 'kill -TERM $$' &&
        exits 137 lockstep run -- sh -c 'kill -KILL $$'
}

a_command_that_cannot_be_run_is_told_as_shells_do() {
    touch not-executable
    exits 127 lockstep run -- ./no-such-program && grep -q 'no-such-program: No such file' stderr &&
        exits 126 lockstep run -- ./not-executable && grep -q 'not-executable: Permission denied' stderr
}

signals_are_passed_on() {
    # The command says what it got; it waits in short sleeps, since a shell runs its traps between commands.
    # (INT and QUIT are ignored in what a shell starts in the background.)
    local script='for s in HUP USR1 USR2; do trap "echo $s >>got" $s; done
        trap "echo TERM >>got; exit 5" TERM
        touch ready; while :; do sleep 0.1; done'
    "$bin/lockstep" run --trace t -- bash -c "$script" </dev/null >stdout 2>stderr &
    local pid=$! signal
    for _ in $(seq 100); do [ -e ready ] && break; sleep 0.1; done
    for signal in HUP USR1 USR2 TERM; do
        kill -"$signal" "$pid"
        sleep 0.5
    done
    exits 5 wait "$pid" && [ "$(tr '\n' ' ' <got)" = 'HUP USR1 USR2 TERM ' ]
}

an_interrupt_at_the_terminal_comes_once() {
    exits 9 timeout -k 5 60 python3 "$here/terminal.py" "$bin/lockstep" run --trace t -- \
        bash -c 'trap "echo >>got" INT; touch ready; for i in $(seq 20); do sleep 0.1; done; exit 9' >stdout 2>stderr &&
        [ "$(wc -l <got)" -eq 1 ]
}

a_program_without_nccl_leaves_no_trace_and_one_line() {
    lockstep run --trace t -- echo hello && [ "$(cat stdout)" = hello ] && [ "$(wc -l <stderr)" -eq 1 ] &&
        grep -q '^lockstep: nothing was traced' stderr && [ ! -e t ]
}

nothing_stays_behind() {
    local trace=stays-$$
    lockstep run --trace "$trace" -- pgrep -f "lockstep-collector.*--trace $trace " && [ -s stdout ] &&
        ! pgrep -f "lockstep-collector.*--trace $trace " >/dev/null
}

# ---- wrong usage ----

nonsense_on_the_command_line_is_refused() {
    exits 2 lockstep && exits 2 lockstep run && exits 2 lockstep run -- && exits 2 lockstep run --nonsense -- true &&
        exits 2 lockstep run --on-mismatch never -- true && exits 2 lockstep run --port 0 -- true &&
        exits 2 lockstep run --port x -- true && exits 2 lockstep run --host 0.0.0.0 -- true &&
        exits 2 lockstep run --trace '' -- true && exits 2 lockstep xyzzy && exits 2 lockstep help xyzzy
}

an_unknown_command_gets_a_suggestion() {
    exits 2 lockstep reprot && grep -q "did you mean 'report'?" stderr
}

help_and_version_are_there() {
    lockstep --help && grep -q '^  run  ' stdout && grep -q '^  report  ' stdout && lockstep --version &&
        grep -q '^lockstep (Lockstep) [0-9]' stdout && lockstep help && grep -q '^  run  ' stdout &&
        lockstep help run && grep -q '^Usage: lockstep run ' stdout && lockstep run --help &&
        grep -q -e '--on-mismatch' stdout && lockstep report --version && grep -q '^lockstep (Lockstep)' stdout
}

a_trace_that_is_there_is_not_touched() {
    mkdir full empty && touch full/file file
    exits 125 lockstep run --trace full -- touch ran && grep -q 'full: it exists and is not empty' stderr && [ ! -e ran ] &&
        exits 125 lockstep run --trace file -- touch ran && grep -q 'file: it is no directory' stderr && [ ! -e ran ] &&
        exits 125 lockstep run --trace /proc/none -- touch ran && [ ! -e ran ] &&
        exits 0 lockstep run --trace empty -- touch ran && [ -e ran ]
}

# ---- environment ----

the_command_sees_preload_collector_and_job() {
    lockstep run --trace t -- env && grep -q "^LD_PRELOAD=/.*/liblockstep.so$" stdout &&
        grep -q '^LOCKSTEP_COLLECTOR=tcp://127.0.0.1:[0-9][0-9]*$' stdout && grep -q '^LOCKSTEP_JOB=.' stdout &&
        grep -q '^LOCKSTEP_ON_MISMATCH=report$' stdout &&
        lockstep run --trace t --on-mismatch abort -- env && grep -q '^LOCKSTEP_ON_MISMATCH=abort$' stdout
}

two_runs_are_two_jobs() {
    lockstep run -- sh -c 'echo $LOCKSTEP_JOB' && cp stdout first && lockstep run -- sh -c 'echo $LOCKSTEP_JOB' &&
        ! cmp -s first stdout
}

# The C library's mathematics: every machine has it, and it does nothing by itself.
some_library() {
    ldd /bin/sh | sed -n 's/.*=> \(.*\)libc\.so\.6 .*/\1libm.so.6/p'
}

a_preload_that_is_there_comes_after_ours() {
    local other
    other=$(some_library)
    LD_PRELOAD=$other lockstep run -- env && grep -q "^LD_PRELOAD=/.*/liblockstep.so:$other$" stdout
}

a_port_can_be_named() {
    local port
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    lockstep run --port "$port" -- env && grep -q "^LOCKSTEP_COLLECTOR=tcp://127.0.0.1:$port$" stdout
}

ranks_can_connect_to_an_address_of_this_machine() {
    local address
    address=$(hostname -I | tr ' ' '\n' | grep -m 1 '^[0-9.]*$') || return 0 # a machine without one
    # shellcheck disable=SC2046
    lockstep run --trace t --host "$address" -- $(mpirun -n 2) "$bin/train" --quiet && report t && judge clean t.json 2 &&
        lockstep run --host "$address" -- env && grep -q "^LOCKSTEP_COLLECTOR=tcp://$address:[0-9]*$" stdout &&
        exits 125 lockstep run --host 192.0.2.1 -- touch ran && [ ! -e ran ]
}

# ---- whole jobs ----

a_clean_job_is_told_in_a_line_and_kept() {
    # shellcheck disable=SC2046
    lockstep run -- $(mpirun -n 2) "$bin/train" || return 1
    local trace
    trace=$(echo lockstep-*.lockstep)
    [ -d "$trace" ] && grep -q "^lockstep: clean: 2 ranks, .* none lost$" stderr && ! grep -q lockstep stdout &&
        [ "$(tail -n 1 stderr)" = "lockstep: trace in $trace" ] && report "$trace" && judge clean "$trace.json" 2
}

no_report_is_printed_when_none_is_wanted() {
    # shellcheck disable=SC2046
    exits 1 lockstep run --trace t --no-report -- sh -c "$(mpirun -n 2) $bin/train --quiet --fault redop@3:0 2>/dev/null; exit 0" &&
        ! grep -q 'trace in' stderr && exits 1 lockstep report t
}

a_fault_that_the_command_does_not_notice_makes_the_exit_status_1() {
    exits 1 lockstep run --trace t -- sh -c "$(mpirun -n 4) $bin/train --fault redop@3:1; exit 0" &&
        grep -q '^lockstep: mismatch: Rank 1 ' stderr
}

the_report_of_the_trace_is_the_report_of_the_run() {
    # shellcheck disable=SC2046
    lockstep run --trace t -- $(mpirun -n 4) "$bin/train" --fault redop@3:1
    sed -n '/^lockstep: mismatch/,/^lockstep: trace in/p' stderr | sed '$d' >told
    exits 1 lockstep report t && [ -s told ] && diff told stdout >>stderr
}

the_findings_beside_the_trace_are_those_of_its_report() {
    # shellcheck disable=SC2046
    lockstep run --on-mismatch abort --trace t -- $(mpirun -n 4) "$bin/train" --fault skip@3:1
    report t
    python3 - >>stderr 2>&1 <<'END'
import json

beside = [json.loads(line) for line in open("t/findings.jsonl")]
assert beside and beside == json.load(open("t.json"))["findings"], beside
END
}

a_program_is_told_what_the_report_says_and_the_job_is_left_alone() {
    printf '#!/bin/sh\ncat >>told\n' >tell && chmod +x tell
    exits 1 lockstep run --on-mismatch exec:./tell --trace t -- sh -c "$(mpirun -n 4) $bin/train --fault redop@3:1; exit 0"
    report t
    python3 - >>stderr 2>&1 <<'END'
import json

told = [json.loads(line) for line in open("told")]
found = json.load(open("t.json"))["findings"]
assert told and told == [finding for finding in found if finding["severity"] == "error" and finding["root_cause"]], told
END
}

every_part_of_an_mpirun_job_is_traced() {
    lockstep run --trace t -- mpirun --oversubscribe --bind-to none -n 1 "$bin/train" : -n 1 "$bin/train" && report t &&
        judge clean t.json 2
}

a_preload_on_mpiruns_command_line_is_kept() {
    # shellcheck disable=SC2046
    lockstep run --trace t -- $(mpirun -n 2) -x "LD_PRELOAD=$(some_library)" "$bin/train" && report t && judge clean t.json 2
}

a_launcher_in_a_script_needs_nothing_else() {
    printf '#!/bin/sh\nmpirun --oversubscribe --bind-to none -n 2 "$@"\n' >launch && chmod +x launch
    lockstep run --trace t -- ./launch "$bin/train" && report t && judge clean t.json 2
}

several_jobs_in_one_command_do_not_disturb_each_other() {
    lockstep run --trace t -- sh -c "$(mpirun -n 2) $bin/train --steps 2 --quiet; $(mpirun -n 2) $bin/train --steps 3 --quiet" &&
        grep -q '^lockstep: clean: ' stderr &&
        lockstep run --trace u -- sh -c "$(mpirun -n 2) $bin/train --quiet & $(mpirun -n 3) $bin/train --quiet; wait" &&
        grep -q '^lockstep: clean: ' stderr
}

# Starts a run of train in the background that takes some seconds; $run is its process id.
begin_job() {
    touch stdout
    # shellcheck disable=SC2046
    "$bin/lockstep" run --trace t "$@" -- $(mpirun -n 4) "$bin/train" --steps 60 --sleep-ms 50 </dev/null >stdout 2>stderr &
    run=$!
    for _ in $(seq 100); do
        grep -q '^step 5 ' stdout && return 0
        sleep 0.1
    done
    return 1
}

a_killed_rank_is_named() {
    begin_job --on-mismatch abort || return 1
    local rank
    rank=$(rank_process 2) && kill -KILL "$rank" || return 1
    wait "$run"
    [ $? -ne 0 ] && { report t; [ $? -eq 1 ]; } && judge died t.json 2
}

# rank_process RANK: the process id of that rank of the job below $run.
rank_process() {
    local pid
    for pid in $(pgrep -x train); do
        tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | grep -q "^OMPI_COMM_WORLD_RANK=$1$" &&
            tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | grep -q "^PWD=$PWD$" && echo "$pid" && return 0
    done
    return 1
}

a_collector_that_is_killed_comes_back_and_no_event_is_lost() {
    # shellcheck disable=SC2046
    lockstep run --trace whole -- $(mpirun -n 4) "$bin/train" --steps 60 --quiet && report whole || return 1
    begin_job || return 1
    for _ in 1 2; do
        pkill -KILL -P "$run" -x lockstep-collec || return 1
        sleep 1
    done
    exits 0 wait "$run" && [ "$(grep -c 'starting it again' stderr)" -eq 2 ] && report t && judge clean t.json 4 &&
        judge events t.json whole.json
}

an_end_asked_for_ends_the_job_with_a_report() {
    begin_job || return 1
    kill -TERM "$run"
    wait "$run"
    [ $? -ne 0 ] && grep -q '^lockstep: trace in t$' stderr && ! pgrep -P "$run" >/dev/null && rank_process 0 && return 1
    report t
    python3 -c 'import json; json.load(open("t.json"))'
}

an_installed_lockstep_finds_its_parts() {
    cmake --install "$build" --prefix "$PWD/prefix" >installed 2>&1 || { cat installed >>stderr; return 1; }
    # shellcheck disable=SC2046
    timeout -k 5 60 prefix/bin/lockstep run --trace t -- $(mpirun -n 2) "$bin/train" </dev/null >stdout 2>stderr &&
        report t && judge clean t.json 2 &&
        timeout -k 5 60 prefix/bin/lockstep run -- env </dev/null >stdout 2>stderr &&
        grep -q "^LD_PRELOAD=$PWD/prefix/.*/liblockstep.so$" stdout
}

check output_and_input_are_the_commands_own
check an_argument_is_passed_as_it_is
check the_exit_status_is_the_commands
check a_command_that_cannot_be_run_is_told_as_shells_do
check signals_are_passed_on
check an_interrupt_at_the_terminal_comes_once
check a_program_without_nccl_leaves_no_trace_and_one_line
check nothing_stays_behind
check nonsense_on_the_command_line_is_refused
check an_unknown_command_gets_a_suggestion
check help_and_version_are_there
check a_trace_that_is_there_is_not_touched
check the_command_sees_preload_collector_and_job
check two_runs_are_two_jobs
check a_preload_that_is_there_comes_after_ours
check a_port_can_be_named
check ranks_can_connect_to_an_address_of_this_machine
check a_clean_job_is_told_in_a_line_and_kept
check no_report_is_printed_when_none_is_wanted
check a_fault_that_the_command_does_not_notice_makes_the_exit_status_1
check the_report_of_the_trace_is_the_report_of_the_run
check the_findings_beside_the_trace_are_those_of_its_report
check a_program_is_told_what_the_report_says_and_the_job_is_left_alone
check every_part_of_an_mpirun_job_is_traced
check a_preload_on_mpiruns_command_line_is_kept
check a_launcher_in_a_script_needs_nothing_else
check several_jobs_in_one_command_do_not_disturb_each_other
check a_killed_rank_is_named
check a_collector_that_is_killed_comes_back_and_no_event_is_lost
check an_end_asked_for_ends_the_job_with_a_report
check an_installed_lockstep_finds_its_parts

exit $((failures > 0))
