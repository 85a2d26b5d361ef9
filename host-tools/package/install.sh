#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copies a staged tree into place, or takes it away again: install.sh add|remove STAGE DESTDIR PREFIX
# STAGE/prefix goes below DESTDIR/PREFIX, STAGE/etc to DESTDIR/etc/undertone. Settings that somebody changed stay, and a
# line says so. Folders go when they are empty and bear the program's name.
set -eu
[ $# = 4 ] || { echo "usage: install.sh add|remove STAGE DESTDIR PREFIX" >&2; exit 2; }
what=$1 stage=$2 root=$3$4 settings=$3/etc/undertone
case "$4" in
/*) ;;
*) echo "install: PREFIX is '$4'; give a path from the root, such as /usr/local" >&2; exit 2 ;;
esac

# place FILE INTO: one file, by its mode.
place() {
    if [ -x "$1" ]; then install -D -m 755 "$1" "$2"; else install -D -m 644 "$1" "$2"; fi
}

each() { (cd "$1" && find . -type f | LC_ALL=C sort); }

each "$stage/prefix" | while IFS= read -r file; do
    if [ "$what" = add ]; then place "$stage/prefix/$file" "$root/$file"; else rm -f "$root/$file"; fi
done
each "$stage/etc" | while IFS= read -r file; do
    if [ -e "$settings/$file" ] && ! cmp -s "$stage/etc/$file" "$settings/$file"; then
        echo "$settings/${file#./}: was changed, and stays as it is"
    elif [ "$what" = add ]; then
        place "$stage/etc/$file" "$settings/$file"
    else
        rm -f "$settings/$file"
    fi
done
if [ "$what" = remove ]; then
    for folder in "$settings" "$root/share/doc/undertone" "$root/share/undertone/packs" "$root/share/undertone"; do
        [ ! -d "$folder" ] || rmdir --ignore-fail-on-non-empty "$folder"
    done
fi
