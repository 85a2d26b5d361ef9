#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A sound server of a test's own, with its folders in FOLDER and away from the session: sound_server.sh start|stop FOLDER.
# It is a PulseAudio daemon, or with SOUND_SERVER=pipewire PipeWire with WirePlumber and its stand-in for PulseAudio. start
# prints its address, for PULSE_SERVER. It has two null sinks, softphone and headphones, each with its monitor, and no
# microphone; `pactl load-module` adds what a test wants besides.
set -eu
folder=$2
home=$folder/home

# These words as a group of processes, its leader's number in FOLDER/pid.
own() {
    setsid "$@" </dev/null >"$folder/log" 2>&1 &
    echo $! >"$folder/pid"
}

case $1 in
start)
    mkdir -p -m 700 "$folder" "$home"
    address=unix:$folder/native
    softphone="module-null-sink sink_name=softphone rate=16000 channels=1 sink_properties=device.description=Softphone"
    headphones="module-null-sink sink_name=headphones rate=48000 channels=2 sink_properties=device.description=Headphones"
    # Each is the leader of its group, which stop ends whole.
    if [ "${SOUND_SERVER:-pulseaudio}" = pipewire ]; then
        address=unix:$home/pulse/native
        own env -i PATH="$PATH" HOME="$home" XDG_RUNTIME_DIR="$home" DBUS_SYSTEM_BUS_ADDRESS="unix:path=$home/none" \
            dbus-run-session -- sh -c 'pipewire & wireplumber & exec pipewire-pulse'
    else
        address=unix:$folder/native
        own env -i PATH="$PATH" HOME="$home" XDG_RUNTIME_DIR="$home" DBUS_SESSION_BUS_ADDRESS="unix:path=$home/none" \
            DBUS_SYSTEM_BUS_ADDRESS="unix:path=$home/none" pulseaudio -n --daemonize=no --use-pid-file=no \
            --exit-idle-time=-1 --high-priority=no --realtime=no --disable-shm=yes \
            -L "module-native-protocol-unix auth-anonymous=1 socket=$folder/native" -L "$softphone" -L "$headphones"
    fi
    pid=$(cat "$folder/pid")
    tries=0
    until PULSE_SERVER=$address pactl info >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 600 ] && kill -0 $pid || { cat "$folder/log" >&2; exit 1; }
        sleep 0.1
    done
    if [ "${SOUND_SERVER:-pulseaudio}" = pipewire ]; then
        for sink in "$softphone" "$headphones"; do
            # shellcheck disable=SC2086
            PULSE_SERVER=$address pactl load-module $sink >/dev/null
        done
    fi
    echo "$address"
    ;;
stop)
    pid=$(cat "$folder/pid")
    kill -- "-$pid" 2>/dev/null || exit 0 # stopped before
    while kill -s 0 -- "-$pid" 2>/dev/null; do sleep 0.05; done
    ;;
*) echo "usage: sound_server.sh start|stop FOLDER" >&2; exit 2 ;;
esac
