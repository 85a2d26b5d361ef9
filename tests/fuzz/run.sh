#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One fuzzer, a fixed number of inputs from a fixed seed, among them those kept in NAME.corpus here: run.sh RUNS FUZZER;
# (of those that decode whole files, or open one as tables, a twentieth);
# or as many as a time allows, at least a second, from a seed of the day: run.sh SECONDSs FUZZER.
# Counts as one test. Findings stay beside the fuzzer as NAME.crash-*.
set -u
here=$(dirname "$0")
kept="$here/$(basename "$2").corpus"
[ ! -f "$kept" ] || "$here/corpus.py" unpack "$kept" "$2.corpus" || exit 1
runs=$1
case $(basename "$2") in fuzz_audio_file | fuzz_mp3_file | fuzz_event_table) runs=$((${1%s} / 20 + 1)) ;; esac
case $1 in
*s) least=1 limit="-max_total_time=$((${1%s} > 0 ? ${1%s} : 1)) -seed=$(date +%Y%m%d)" ;;
*) least=$runs limit="-runs=$runs -seed=1" ;;
esac
# shellcheck disable=SC2086
output=$("$2" $limit -max_len=512 -timeout=10 -print_final_stats=1 -artifact_prefix="$2." \
    $([ ! -f "$kept" ] || echo "$2.corpus") 2>&1)
code=$?
done=$(sed -n 's/^stat::number_of_executed_units: *//p' <<<"$output")
if [ $code = 0 ] && [ "${done:-0}" -ge "$least" ]; then
    echo "$(basename "$2"): $done inputs"
    echo "1 passed, 0 failed"
else
    echo "$output"
    echo "0 passed, 1 failed"
    exit 1
fi
