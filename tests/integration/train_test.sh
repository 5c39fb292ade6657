#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Clean runs of examples/train on the CPU stand-in: every layout and option exits 0, which means that all results were
# right, since train checks them.
#
#   train_test.sh BUILD-DIRECTORY

# shellcheck disable=SC2317 # check() calls the tests by name
set -u

train=$1/bin/train
export LOCKSTEP_SIM_TIMEOUT_S=20
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
SANITIZE_MPI=$(dirname "$0")/../sim
. "$SANITIZE_MPI/sanitize-mpi.sh"
failures=0

# on RANKS ARGUMENTS…: runs train, its output in $output; returns its exit status.
on() {
    local ranks=$1
    shift
    output=$(timeout -k 5 60 mpirun --oversubscribe --bind-to none -n "$ranks" "$train" "$@" </dev/null 2>&1)
}

# check SENTENCE: runs the test of that name.
check() {
    local name=$1
    if "$name"; then
        echo "ok   $name"
    else
        echo "FAIL $name"
        printf '%s\n' "$output" | sed 's/^/     | /'
        failures=$((failures + 1))
    fi
}

clean_run_of_four_ranks_exits_0() {
    on 4 && [ "$(grep -c '^step ' <<<"$output")" -eq 10 ] && grep -q '^step 0 loss 2.5000$' <<<"$output"
}

every_number_of_ranks_has_a_layout() {
    for ranks in 1 2 3 5 6 8; do
        on "$ranks" --steps 3 || return 1
    done
}

every_split_of_eight_ranks_works() {
    for sizes in "1 1" "8 1" "1 8" "4 2" "2 4" "1 2"; do
        # shellcheck disable=SC2086 # two words
        set -- $sizes
        on 8 --steps 2 --tensor-parallel "$1" --pipeline-parallel "$2" || return 1
    done
}

a_captured_step_has_the_results_of_an_eager_one() {
    on 4 --graph --steps 20 && on 2 --graph && on 8 --graph --steps 4
}

threads_work_on_their_own_communicators() {
    on 4 --threads 3 --steps 5 && on 4 --threads 2 --graph --steps 5
}

all_ranks_stop_at_the_same_step_after_some_seconds() {
    on 4 --seconds 1 --sleep-ms 1 && [ "$(grep -c '^step ' <<<"$output")" -gt 1 ]
}

sizes_that_divide_nothing_are_right_too() {
    on 3 --elements 17 --layers 7 --threads 1 --steps 3 && on 4 --elements 100003 --layers 1 --steps 3
}

quiet_prints_nothing() {
    on 2 --quiet && [ -z "$output" ]
}

a_late_rank_makes_nothing_wrong() {
    on 4 --steps 3 --fault late@1:2 &&
        grep -q '^train: fault late at step 1 on rank 2: call index 5 of the world communicator$' <<<"$output"
}

# refused ARGUMENTS…: train must say no with exit status 2 and without a step.
refused() {
    on 1 "$@"
    [ $? -eq 2 ] && ! grep -q '^step ' <<<"$output"
}

nonsense_on_the_command_line_is_refused() {
    refused --steps 0 && refused --steps x && refused --seconds -1 && refused --elements 1 && refused --layers 0 &&
        refused --fault op && refused --fault op@1 && refused --fault nonsense@1:0 && refused --fault op@1:0x &&
        refused --fault op@1:-1 && refused --fault op@1:0 && refused --fault op@1:0 --fault skip@1:0 &&
        refused --tensor-parallel 2 && refused extra-word
}

help_names_every_kind_of_fault() {
    output=$("$train" --help) || return 1
    for kind in op count dtype redop root skip extra swap p2p-missing p2p-size init-missing late die; do
        grep -q "^  $kind  *[^ ]" <<<"$output" || return 1
    done
    output=$("$train" --version) && grep -q '^train (Lockstep) ' <<<"$output"
}

check clean_run_of_four_ranks_exits_0
check every_number_of_ranks_has_a_layout
check every_split_of_eight_ranks_works
check a_captured_step_has_the_results_of_an_eager_one
check threads_work_on_their_own_communicators
check all_ranks_stop_at_the_same_step_after_some_seconds
check sizes_that_divide_nothing_are_right_too
check quiet_prints_nothing
check a_late_rank_makes_nothing_wrong
check nonsense_on_the_command_line_is_refused
check help_names_every_kind_of_fault

exit $((failures > 0))
