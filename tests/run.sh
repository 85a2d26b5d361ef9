#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs test programs and adds up their own counts: run.sh RESULT [PREFIX WORD...] -- PROGRAM...
# A program is a cmocka program, or prints a last line "N passed, N failed". The sums go to the file RESULT, whose
# name is the label. A program that ends badly without a failed test, or runs no test, counts as one failure.
set -u
result=$1; shift
prefix=()
while [ "$1" != -- ]; do prefix+=("$1"); shift; done
shift
mkdir -p "$(dirname "$result")"
rm -f "$result"
passed=0 failed=0
[ $# -gt 0 ] || { echo "no test program"; failed=1; }
for program in "$@"; do
    output=$(timeout "${TEST_TIMEOUT:-300}" "${prefix[@]}" "$program" 2>&1 </dev/null); code=$?
    read -r p f < <(awk '/PASSED  \] [0-9]+ test/ { p += $4 } /FAILED  \] [0-9]+ test/ { f += $4 }
        /(^|: )[0-9]+ passed, [0-9]+ failed/ { match($0, /[0-9]+ passed, [0-9]+ failed/)
            split(substr($0, RSTART), n, " "); p += n[1]; f += n[3] } END { print p + 0, f + 0 }' <<<"$output")
    if [ $((p + f)) = 0 ] || { [ $code != 0 ] && [ "$f" = 0 ]; }; then f=$((f + 1)); fi
    passed=$((passed + p)) failed=$((failed + f))
    if [ "$f" != 0 ]; then printf '%s\n%s: exit %d, %d passed, %d failed\n' "$output" "$program" $code "$p" "$f"
    elif [ -n "${V:-}" ]; then printf '%s: %d passed\n' "$program" "$p"; fi
done
echo "$passed $failed" >"$result"
echo "$(basename "$result"): $passed passed, $failed failed"
[ $failed = 0 ]
