#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# bench-lttng.sh FOLDER ROUNDS: runs bench-lttng with its event recorded into FOLDER, and prints its figures and the
# bytes an event took. Starts a session daemon when there is none, and then ends it.

set -eu

folder=$1
rounds=$2
here=$(dirname "$0")
session=lockstep-bench-$$
daemon=

say_why() {
    echo "lockstep-bench: hook: lttng: $1" >&2
    sed 's/^/    /' "$folder/log" >&2
    exit 1
}

clean_up() {
    lttng destroy "$session" >>"$folder/log" 2>&1 || true
    if [ -n "$daemon" ]; then
        kill "$daemon" 2>/dev/null || true
        while kill -0 "$daemon" 2>/dev/null; do
            sleep 0.1
        done
    fi
}

if ! command -v lttng-sessiond >/dev/null; then # built where it is installed, and carried elsewhere
    echo "lockstep-bench: hook: lttng: not installed here" >&2
    exit 0
fi
exec 3>&1
: >"$folder/log"
trap clean_up EXIT
if ! lttng list >>"$folder/log" 2>&1; then
    lttng-sessiond --daemonize --no-kernel --pidfile "$folder/pid" >>"$folder/log" 2>&1 || say_why "no session daemon"
    daemon=$(cat "$folder/pid")
fi
{
    lttng create "$session" --output "$folder/trace" &&
        lttng enable-channel --userspace --session "$session" --subbuf-size 4M --num-subbuf 8 calls &&
        lttng enable-event --userspace --session "$session" --channel calls 'lockstep_bench:*' &&
        lttng start "$session"
} >>"$folder/log" 2>&1 || say_why "no session"
LTTNG_UST_REGISTER_TIMEOUT=5000 "$here/bench-lttng" "$rounds" 2>"$folder/events" || say_why "bench-lttng failed"
lttng stop "$session" >"$folder/stop" 2>&1
if grep -qi 'discarded' "$folder/stop"; then
    cat "$folder/stop" >>"$folder/log"
    say_why "events were discarded"
fi
events=$(tail -n 1 "$folder/events")
bytes=$(find "$folder/trace" -type f -name 'calls_*' -exec cat {} + | wc -c)
awk -v bytes="$bytes" -v events="$events" 'BEGIN { printf "lttng_bytes_per_event: %.1f bytes\n", bytes / events }'
