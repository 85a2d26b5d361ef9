#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A program under the debugger: gdb.sh PROGRAM [EMULATOR WORD...] -- GDB WORD...
# With an emulator the program is its kernel. It stops before the first instruction and waits for the debugger at a
# socket of its own, in a session of its own: Ctrl-C is for the debugger.
set -u
program=$1; shift
emulator=()
while [ "$1" != -- ]; do emulator+=("$1"); shift; done
shift
if ! command -v "$1" >/dev/null; then
    echo "$1 is not installed: sudo apt-get install gdb-multiarch, or name another debugger: GDB=gdb" >&2
    exit 2
fi
[ ${#emulator[@]} != 0 ] || exec "$@" --args "$program"

folder=$(mktemp -d)
setsid "${emulator[@]}" -S -gdb "unix:$folder/gdb,server=on,wait=off" -kernel "$program" </dev/null &
trap 'kill $! 2>/dev/null; rm -rf "$folder"' EXIT
for _ in {1..100}; do
    [ ! -S "$folder/gdb" ] || break
    sleep 0.1
done
"$1" -ex "target remote $folder/gdb" "${@:2}" "$program"
