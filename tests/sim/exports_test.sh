#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The libraries export what the real ones do: NCCL 2.28.9's functions under both names and nothing else, without versions;
# the runtime's under the version libcudart.so.13.
#
#   exports_test.sh FOLDER-OF-LIBRARIES

set -u
folder=$1
failures=0

# expect SENTENCE EXPECTED ACTUAL
expect() {
    if [ "$2" = "$3" ]; then
        echo "ok   $1"
    else
        echo "FAIL $1"
        diff <(echo "$2") <(echo "$3") | sed 's/^/     | /'
        failures=$((failures + 1))
    fi
}

nccl_functions() {
    tr -s ' \n' '\n' <<'NAMES'
AllReduce Broadcast Bcast Reduce ReduceScatter AllGather AlltoAll Gather Scatter
Send Recv GroupStart GroupEnd GroupSimulateEnd
GetUniqueId CommInitRank CommInitRankConfig CommInitRankScalable CommInitAll CommSplit CommShrink CommFinalize CommDestroy
CommAbort CommRevoke CommGetAsyncError CommCount CommCuDevice CommUserRank
MemAlloc MemFree CommRegister CommDeregister CommWindowRegister CommWindowDeregister RedOpCreatePreMulSum RedOpDestroy
DevCommCreate DevCommDestroy LLA2ACalcSlots LLA2ACreateRequirement LsaBarrierCreateRequirement
GinBarrierCreateRequirement TeamWorld TeamLsa TeamRail TeamRankToWorld TeamRankToLsa
GetVersion GetErrorString GetLastError ResetDebugInit
NAMES
}

symbols() {
    nm -D --defined-only --with-symbol-versions "$1" | awk '{ print $(NF - 1), $NF }' | grep -v ' __' | LC_ALL=C sort
}

expected=$({
    nccl_functions | sed 's/^/W nccl/'
    nccl_functions | sed 's/^/T pnccl/'
    echo 'T ncclResetDebugInitInternal'
} | LC_ALL=C sort)
expect "there_are_52_functions" 52 "$(nccl_functions | wc -l)"
expect "nccl_functions_are_weak_with_a_strong_second_name" "$expected" "$(symbols "$folder/libnccl.so.2")"

cudart=$(symbols "$folder/libcudart.so.13")
expect "runtime_functions_have_the_real_version" "" \
    "$(awk '$1 != "A" { print $2 }' <<<"$cudart" | grep -v -e '^cuda.*@@libcudart\.so\.13$' -e '^simrt_.*@@LOCKSTEP_SIM$' || true)"
expect "nothing_but_runtime_functions_is_visible" "" \
    "$(awk '$1 != "A" { print $2 }' <<<"$cudart" | grep -v -e '^cuda[A-Z]' -e '^simrt_' || true)"

# What takes a stream has a per-thread form.
for name in StreamBeginCapture StreamBeginCaptureToGraph StreamEndCapture StreamIsCapturing StreamGetCaptureInfo \
    StreamUpdateCaptureDependencies StreamSynchronize StreamQuery StreamWaitEvent EventRecord EventRecordWithFlags \
    GraphLaunch GraphUpload GraphInstantiateWithParams LaunchHostFunc MemcpyAsync MemsetAsync; do
    for suffix in '' _ptsz; do
        grep -q " cuda$name$suffix@@libcudart.so.13\$" <<<"$cudart" || missing="${missing:-}cuda$name$suffix "
    done
done
expect "functions_of_a_stream_have_a_per_thread_form" "" "${missing:-}"

expect "the_driver_exports_only_its_functions" "" \
    "$(symbols "$folder/libcuda.so.1" | awk '{ print $2 }' | grep -v '^cu[A-Z]' || true)"
for library in libnccl.so.2 libcudart.so.13 libcuda.so.1; do
    expect "${library}_needs_nothing_but_libc" "" \
        "$(readelf -d "$folder/$library" | awk -F'[][]' '/NEEDED/ { print $2 }' |
            grep -v -e '^libc\.so' -e '^libm\.so' -e '^ld-linux' -e '^libcudart\.so\.13$' -e '^lib[a-z]*san\.so' || true)"
done
expect "calls_inside_libnccl_can_be_replaced" "" "$(readelf -d "$folder/libnccl.so.2" | grep -w SYMBOLIC || true)"

exit $((failures > 0))
