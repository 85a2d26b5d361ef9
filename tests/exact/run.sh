#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The same bits everywhere: run.sh OUTPUT AUDIO.raw CROSS CORE.a FIRMWARE.elf NAME=PROGRAM... MACHINE@QEMU=IMAGE... [-- ...]
# Three nets. (1) The rooms are compiled with -mgeneral-regs-only, where a float is an error; a planted float proves
# that. (2) The target's objects, BearSSL's too, need nothing but integer helpers and each other. (3) Every
# trace equals the first one of its model; behind -- are those of the next.
set -u
output=$1 audio=$2 cross=$3 core=$(realpath "$4") firmware=$5; shift 5
mkdir -p "$output"
cp "$audio" "$output/audio.raw" # a name without spaces for the emulated machines
passed=0 failed=0
say() { # say 0|1 TEXT: 0 is success
    if [ "$1" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    [ "$1" = 0 ] && [ -z "${V:-}" ] || echo "$([ "$1" = 0 ] && echo ok || echo FAILED): $2"
}

planted='int f(int x); int f(int x) { return (int)(x * 0.5); }'
! "${CC:-gcc}" -mgeneral-regs-only -O2 -xc -c - -o "$output/planted.o" <<<"$planted" 2>"$output/planted.log"
say $? "net 1: a planted float does not compile"

foreign() { # symbols that an object or archive needs and that are neither helpers nor its own
    local memory='mem(cpy|set|move|cmp|chr)|strlen|__aeabi_mem(cpy|move|set|clr)[48]?|__aeabi_u(read|write)[48]'
    local integers='__aeabi_(u?ldivmod|u?idiv(mod)?|l(lsl|lsr|asr|mul))'
    "${cross}nm" -u "$1" | awk '$1 == "U" { print $2 }' | sort -u |
        grep -vE "^($memory|$integers|kiss_fft|br_[A-Za-z0-9_]+|ut_[a-z0-9_]+|board_[a-z_]+)\$"
}
# kissfft's members stay out: their set-up code uses libm and is never linked.
rm -rf "$output/objects"; mkdir "$output/objects"
members=$("${cross}ar" t "$core" | grep -v '^kiss_')
(cd "$output/objects" && "${cross}ar" x "$core" $members)
count=$(find "$output/objects" -name '*.o' | wc -l)
unknown=$(for o in "$output"/objects/*.o; do foreign "$o"; done | sort -u | tr '\n' ' ')
[ "$count" -gt 10 ] && [ -z "$unknown" ]
say $? "net 2: $count objects of dsp, models, firmware, BearSSL need from outside: ${unknown:-helpers only}"
"${cross}gcc" -mcpu=cortex-m4 -mthumb -mfloat-abi=soft -O2 -xc -c - -o "$output/planted.o" <<<"$planted"
[ -n "$(foreign "$output/planted.o")" ]
say $? "net 2: a planted float is seen"
floats=$("${cross}nm" "$firmware" | awk '{ print $3 }' |
    grep -E '^(malloc|calloc|_?sbrk|__aeabi_[df].*|__aeabi_[a-z0-9]+2[df])$' | tr '\n' ' ')
[ -s "$firmware" ] && [ -z "$floats" ]
say $? "net 2: floating point or heap in the image: ${floats:-none}"

first=
for item in "$@"; do
    if [ "$item" = -- ]; then
        other=$first first=
        continue
    fi
    name=${item%%=*} program=${item#*=}
    case $name in
    *@*) machine=${name#*@} name=${name%@*}
        timeout 300 qemu-system-arm -M "$machine" -display none -monitor none -serial null -kernel "$program" \
            -semihosting-config "enable=on,target=native,arg=trace,arg=$output/audio.raw" \
            >"$output/$name.txt" 2>&1 </dev/null ;;
    *) "$program" "$output/audio.raw" >"$output/$name.txt" 2>&1 ;;
    esac
    code=$?
    if [ -z "$first" ]; then
        first=$output/$name.txt
        if [ -n "${other:-}" ]; then
            ! cmp -s "$first" "$other"
            say $? "net 3: $name: another model, other bits"
        fi
    fi
    lines=$(wc -l <"$output/$name.txt")
    [ $code = 0 ] && [ "$lines" -gt 200 ] && [ "$(tail -n 1 "$output/$name.txt")" = end ] &&
        cmp -s "$first" "$output/$name.txt"
    say $? "net 3: $name: exit $code, $lines lines, first difference: $(diff "$first" "$output/$name.txt" | sed -n 2p)"
done
printf 'exact: %d traces of %d lines, %d stages, one text\n' $# "$(wc -l <"$first")" \
    "$(awk 'NF == 4 { print $2 }' "$first" | sort -u | wc -l)"
# One changed bit must show.
sed '0,/0 /s//1 /' "$first" >"$output/planted.txt"
! cmp -s "$first" "$output/planted.txt"
say $? "net 3: a planted difference is seen"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
