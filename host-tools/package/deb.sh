#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Debian packages of this commit, in a folder of their own: deb.sh FOLDER KISSFFT_DIR BEARSSL_DIR
# The same commit gives the same bytes wherever its clone lies: dates are those of the commit, paths those of the source
# package. What is not committed is packed too, and said. In a release's source archive RELEASE stands in for git.
set -eu
[ $# = 3 ] || { echo "usage: deb.sh FOLDER KISSFFT_DIR BEARSSL_DIR" >&2; exit 2; }
command -v dpkg-buildpackage >/dev/null || { echo "deb: there is no dpkg-buildpackage; install dpkg-dev and debhelper" >&2; exit 2; }
version=$(cat VERSION)
tree=$1/undertone-$version
if [ -e RELEASE ]; then
    release() { sed -n "s/^$1 //p" RELEASE; }
    revision=$(release revision) maintainer=$(release maintainer) SOURCE_DATE_EPOCH=$(release date)
    sources() { find . -path ./build -prune -o -path "./$1" -prune -o -name __pycache__ -prune -o \( -type f -o -type l \) -print0; }
else
    revision=$(git describe --always --dirty --abbrev=12 --exclude='*') maintainer=$(git log -1 --format='%an <%ae>')
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
    sources() {
        git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
            [ ! -e "$file" ] || printf '%s\0' "$file"
        done
    }
    [ -z "$(git status --porcelain)" ] || echo "deb: packs what is not committed, too"
fi
export SOURCE_DATE_EPOCH
rm -rf "$1" && mkdir -p "$tree/third_party"
sources "$1" | tar --null -T - -cf - | tar -xf - -C "$tree"
cp -r "$2" "$tree/third_party/kissfft" && cp -r "$3" "$tree/third_party/bearssl"
echo "$revision" >"$tree/REVISION" && rm -f "$tree/RELEASE" "$tree/FETCHED"
cp -r "$tree/host-tools/package/debian" "$tree/debian"
sed -i "s/^Maintainer: .*/Maintainer: $maintainer/" "$tree/debian/control"
cat >"$tree/debian/changelog" <<EOF
undertone ($version) unstable; urgency=medium

  * What is new stands in CHANGES.md.

 -- $maintainer  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
EOF
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
cd "$tree"
unset MAKEFLAGS MFLAGS MAKELEVEL BUILD
umask 022
export DEB_BUILD_OPTIONS="noautodbgsym parallel=$(nproc)" LC_ALL=C.UTF-8 TZ=UTC
if ! dpkg-buildpackage -b -us -uc >../build.log 2>&1; then
    tail -40 ../build.log
    echo "deb: did not build; the whole of it is in $1/build.log" >&2
    exit 1
fi
cd .. && sha256sum ./*.deb >SHA256SUMS && cat SHA256SUMS
