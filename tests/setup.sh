#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that a target of the Makefile needs, if any is missing:
# tests/setup.sh demo|check|coverage|package|docs|train|notvoice.
# It lives in tests/ because nothing of it ships: it prepares the machine that builds and judges.
# Exit 0: all present. 2: something is missing and may not be installed from here; the command to run is printed.
set -u

demo="gcc libc6-dev pkg-config python3 gcc-arm-none-eabi picolibc-arm-none-eabi qemu-system-arm espeak-ng
    libsndfile1-dev libopus-dev libogg-dev libmpg123-dev libsamplerate0-dev portaudio19-dev libpulse-dev libncurses-dev libinih-dev
    libjansson-dev libserialport-dev libcairo2-dev libsystemd-dev libsqlite3-dev libcurl4-openssl-dev libmicrohttpd-dev
    libmosquitto-dev libsodium-dev libgnutls28-dev libcbor-dev libpq-dev openssl python3-ecdsa gettext"
check="clang libclang-rt-14-dev libcmocka-dev python3-jsonschema python3-dbus python3-gi dbus-daemon libxml2-utils praat
    python3-venv gdb-multiarch clang-format mosquitto python3-paho-mqtt python3-cryptography mandoc postgresql
    prometheus pulseaudio"
coverage="gcovr pipewire pipewire-pulse wireplumber qemu-system-x86"
package="build-essential debhelper dpkg-dev lintian appstream desktop-file-utils systemd debootstrap minisign python3-venv mandoc mosquitto"
docs="pandoc chromium chromium-driver python3-selenium"
train="python3-numpy python3-torch python3-soundfile libopencore-amrnb0 libwebrtc-audio-processing1"
notvoice="libwebrtc-audio-processing-dev ffmpeg fluidsynth python3-venv"

if [ "${POSTGRES:-yes}" = no ]; then
    demo=$(echo "$demo" | sed 's/ libpq-dev//')
    check=$(echo "$check" | sed 's/ postgresql//')
fi

case "${1:-}" in
demo) wanted=$demo ;;
check) wanted="$demo $check" ;;
coverage) wanted="$demo $check $coverage" ;;
package) wanted="$demo $package" ;;
docs) wanted="$demo $check $docs" ;;
train) wanted="$demo $train" ;;
notvoice) wanted="$demo $train $notvoice" ;;
*) echo "usage: tests/setup.sh demo|check|coverage|package|docs|train|notvoice" >&2; exit 2 ;;
esac

missing=
for package in $wanted; do
    case "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" in
    *" ok installed") ;;
    *) missing="$missing $package" ;;
    esac
done
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=
elif sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    echo "Packages are missing and this user may not install them. Run this once, then repeat the command:" >&2
    echo "    sudo apt-get update && sudo apt-get install -y --no-install-recommends$missing" >&2
    exit 2
fi
echo "Installing:$missing"
# Options of apt-get that keep it from asking or from failing on one slow moment of the network.
apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=3"
# shellcheck disable=SC2086
if ! { $apt update && $apt install -y --no-install-recommends $missing; } </dev/null; then
    echo "apt-get could not install:$missing" >&2
    exit 2
fi
