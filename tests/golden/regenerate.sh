#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Writes tests/golden/call.h again, from this tree. Only together with a change of SPEC.md or of the model.
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-build}
make --no-print-directory BUILD="$build" "$build/host/libcore.a"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CC:-gcc}" -std=c11 -O2 -Wall -Wextra -Werror -I. tests/golden/print_call.c "$build/host/libcore.a" -lm -o "$work/print"
"$work/print" >"$work/call.h"
cp "$work/call.h" tests/golden/call.h
echo "tests/golden/call.h: $(grep -c '^    {' tests/golden/call.h) records"
