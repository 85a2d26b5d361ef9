#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The last lines of `make check`: total.sh DIRECTORY LABEL... A label without a result counts as one failure.
# Test programs that could not run here are neither: they are counted as skipped, and said.
directory=$1; shift
passed=0 failed=0 skipped=0
for label in "$@"; do
    s=
    if [ -s "$directory/$label" ]; then read -r p f s <"$directory/$label"; else p=0 f=1; fi
    printf '%-12s %6d passed, %d failed%s\n' "$label" "$p" "$f" "${s:+, $s SKIPPED}"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + ${s:-0}))
done
[ $skipped = 0 ] && rest= || rest=", $skipped skipped"
echo "$passed passed, $failed failed$rest"
[ $failed = 0 ]
