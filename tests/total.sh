#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The last lines of `make check`: total.sh DIRECTORY LABEL... A label without a result counts as one failure.
directory=$1; shift
passed=0 failed=0
for label in "$@"; do
    if [ -s "$directory/$label" ]; then read -r p f <"$directory/$label"; else p=0 f=1; fi
    printf '%-12s %6d passed, %d failed\n' "$label" "$p" "$f"
    passed=$((passed + p)) failed=$((failed + f))
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
