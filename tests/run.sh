#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs tests and adds up their own counts: run.sh RESULT [PREFIX WORD...] -- PROGRAM...   each program after the prefix
#                                          run.sh RESULT -c COMMAND WORD...              one command
#                                          run.sh RESULT -s REASON -- PROGRAM...         none: counted as skipped
# A test is a cmocka program or prints lines "N passed, N failed" of its own. The sums go to the file RESULT, whose name
# is the label. One that ends badly without a failed test, or runs no test, counts as one failure, and so does one that leaves
# a process behind, which is ended. JOBS (one for each core) run at a time.
set -u
result=$1; shift
mkdir -p "$(dirname "$result")"
rm -f "$result"
tally=$(mktemp)
trap 'rm -f "$tally"' EXIT

# What it has started has this in its environment, whichever session or parent it is of by now.
left_by() { grep -lsa "UT_TEST_OF=$1\>" /proc/[0-9]*/environ | cut -d/ -f3; }
# Who ends a test's server once the test is over (host-tools/postgres.sh) is waited for longer: under load that takes a while.
is_ended() { for pid in $1; do grep -qsa 'postgres\.sh' "/proc/$pid/cmdline" && return; done; false; }
end_left() {
    local tries=0 left named
    while left=$(left_by "$1") && [ -n "$left" ] && { [ $tries -lt 25 ] || { [ $tries -lt 300 ] && is_ended "$left"; }; }; do
        tries=$((tries + 1))
        sleep 0.2
    done
    for pid in $left; do
        named=$(tr '\0' ' ' <"/proc/$pid/cmdline") && [ -n "$named" ] || continue # it has ended since
        echo "left behind: $named"
        kill -9 "$pid"
    done 2>/dev/null
}

# Two that end at once take turns, so that neither's report nor its count is torn.
count() {
    local output code p f left mark=$$.$BASHPID
    output=$(UT_TEST_OF=$mark timeout "${TEST_TIMEOUT:-240}" "$@" 2>&1 </dev/null); code=$?
    left=$(end_left "$mark")
    read -r p f < <(awk '/PASSED  \] [0-9]+ test/ { p += $4 } /FAILED  \] [0-9]+ test/ { f += $4 }
        /^([^ ]+: )?[0-9]+ passed, [0-9]+ failed$/ { sub(/^[^ ]+: /, ""); p += $1; f += $3 }
        END { print p + 0, f + 0 }' <<<"$output")
    if [ $((p + f)) = 0 ] || { [ $code != 0 ] && [ "$f" = 0 ]; }; then f=$((f + 1)); fi
    if [ -n "$left" ]; then output+=$'\n'$left f=$((f + 1)); fi
    {
        flock 9
        echo "$p $f" >&9
        if [ "$f" != 0 ]; then printf '%s\n%s: exit %d, %d passed, %d failed\n' "$output" "${*: -1}" $code "$p" "$f"
        elif [ -n "${SHOW:-}" ]; then printf '%s\n' "$output"
        elif [ -n "${V:-}" ]; then printf '%s: %d passed\n' "${*: -1}" "$p"; fi
    } 9>>"$tally"
}

if [ "${1:-}" = -s ]; then
    echo "$(basename "$result"): SKIPPED, $2: $(($# - 3)) test programs did not run"
    echo "0 0 $(($# - 3))" >"$result"
    exit 0
elif [ "${1:-}" = -c ]; then
    shift
    count "$@"
else
    prefix=()
    while [ "$1" != -- ]; do prefix+=("$1"); shift; done
    shift
    for program in "$@"; do
        while [ "$(jobs -pr | wc -l)" -ge "${JOBS:-$(nproc)}" ]; do wait -n; done
        count "${prefix[@]}" "$program" &
    done
    wait
    [ $# -gt 0 ] || { echo "no test program"; echo "0 1" >>"$tally"; }
    [ "$(wc -l <"$tally")" -ge $# ] || { echo "a test left no count"; echo "0 1" >>"$tally"; }
fi
read -r passed failed < <(awk '{ p += $1; f += $2 } END { print p + 0, f + 0 }' "$tally")
echo "$passed $failed" >"$result"
echo "$(basename "$result"): $passed passed, $failed failed"
[ $failed = 0 ]
