#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A PulseAudio daemon of a test's own, with its folders in FOLDER and away from the session: sound_server.sh start|stop FOLDER.
# start prints its address, for PULSE_SERVER. It has two null sinks, softphone and headphones, each with its monitor, and no
# microphone; `pactl load-module` adds what a test wants besides.
set -eu
folder=$2
home=$folder/home

case $1 in
start)
    mkdir -p -m 700 "$folder" "$home"
    address=unix:$folder/native
    env -i PATH="$PATH" HOME="$home" XDG_RUNTIME_DIR="$home" DBUS_SESSION_BUS_ADDRESS="unix:path=$home/none" \
        DBUS_SYSTEM_BUS_ADDRESS="unix:path=$home/none" pulseaudio -n --daemonize=no --use-pid-file=no \
        --exit-idle-time=-1 --high-priority=no --realtime=no --disable-shm=yes \
        -L "module-native-protocol-unix auth-anonymous=1 socket=$folder/native" \
        -L "module-null-sink sink_name=softphone rate=16000 channels=1 sink_properties=device.description=Softphone" \
        -L "module-null-sink sink_name=headphones rate=48000 channels=2 sink_properties=device.description=Headphones" \
        </dev/null >"$folder/log" 2>&1 &
    pid=$!
    echo $pid >"$folder/pid"
    tries=0
    until PULSE_SERVER=$address pactl info >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 600 ] && kill -0 $pid || { cat "$folder/log" >&2; exit 1; }
        sleep 0.1
    done
    echo "$address"
    ;;
stop)
    pid=$(cat "$folder/pid")
    kill "$pid" 2>/dev/null || exit 0 # stopped before
    while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
    ;;
*) echo "usage: sound_server.sh start|stop FOLDER" >&2; exit 2 ;;
esac
