#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every board's image, signed update and bootloader out of a build into a folder, with their hashes: images.sh BUILD FOLDER
set -eu
[ $# = 2 ] || { echo "usage: images.sh BUILD FOLDER" >&2; exit 2; }
for image in "$1"/*/undertone.bin; do
    board=$(basename "$(dirname "$image")")
    for file in undertone.bin undertone.update boot.bin; do
        if [ -e "$1/$board/$file" ]; then install -D -m 644 "$1/$board/$file" "$2/$board/$file"; fi
    done
done
cd "$2"
find . -mindepth 2 -type f -printf '%P\n' | LC_ALL=C sort | xargs sha256sum >SHA256SUMS
