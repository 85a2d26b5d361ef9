#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A release of HEAD in a folder: dist.sh FOLDER PYTHON KISSFFT_DIR BEARSSL_DIR
# undertone-VERSION.tar.gz, whose FETCHED names the sources that a build fetches and their digests; the Debian packages;
# undertone-VERSION.cdx.json, what it is made of; NOTES.md; SHA256SUMS, and SHA256SUMS.minisig where SIGN_KEY names
# minisign's secret key (its password is asked on the terminal, or read from standard input). PYTHON has what
# requirements.txt lists. The same commit gives the same bytes, but for a signature's time.
set -eu
[ $# = 4 ] || { echo "usage: dist.sh FOLDER PYTHON KISSFFT_DIR BEARSSL_DIR" >&2; exit 2; }
out=$1 python=$2
git rev-parse --verify -q HEAD >/dev/null || { echo "dist: no git tree here: a release is made of a commit" >&2; exit 2; }
[ -z "$(git status --porcelain)" ] || { echo "dist: something is not committed; a release is made of a commit" >&2; exit 2; }
if [ -n "${SIGN_KEY:-}" ]; then
    [ -r "$SIGN_KEY" ] || { echo "dist: $SIGN_KEY: cannot be read; SIGN_KEY is the file of a secret key (minisign -G)" >&2; exit 2; }
    command -v minisign >/dev/null || { echo "dist: there is no minisign; install minisign" >&2; exit 2; }
fi
version=$(cat VERSION) revision=$(git describe --always --abbrev=12 --exclude='*') date=$(git log -1 --format=%ct)
name=undertone-$version
rm -rf "$out" && mkdir -p "$out/made"
printf 'revision %s\ndate %s\nmaintainer %s\n' "$revision" "$date" "$(git log -1 --format='%an <%ae>')" >"$out/made/RELEASE"
{
    echo "# A build fetches these from Debian's source archive and refuses any other bytes (tests/fetch.py)."
    sed -n '/^\t$(FETCH)/{N;s/^\t$(FETCH) [a-z]* \([^ ]*\) \\\n[[:space:]]*\([0-9a-f]*\) .*/\2  \1/p}' third_party.mk
} >"$out/made/FETCHED"
[ "$(grep -c '^[0-9a-f]\{64\}  ' "$out/made/FETCHED")" = "$(grep -c '^.$(FETCH)' third_party.mk)" ] || { echo "dist: third_party.mk is not read" >&2; exit 1; }
chmod 644 "$out"/made/*
git -c tar.umask=0022 archive --format=tar --prefix="$name/" --add-file="$out/made/RELEASE" --add-file="$out/made/FETCHED" HEAD | gzip -9n >"$out/$name.tar.gz"
rm -r "$out/made"
"$python" -B host-tools/package/sbom.py "$out/$name.cdx.json" "$version" "$revision" "$date"
awk -v v="## $version" '$0 == v { on = 1 } /^## / && $0 != v { on = 0 } on' CHANGES.md >"$out/NOTES.md"
host-tools/package/deb.sh "$out/deb" "$3" "$4" >/dev/null
mv "$out"/deb/*.deb "$out" && rm -r "$out/deb"
(cd "$out" && LC_ALL=C sha256sum -- * >../SHA256SUMS.new && mv ../SHA256SUMS.new SHA256SUMS && cat SHA256SUMS)
if [ -n "${SIGN_KEY:-}" ]; then
    minisign -S -s "$SIGN_KEY" -m "$out/SHA256SUMS" -t "undertone $version $revision" >/dev/null
    echo "dist: SHA256SUMS.minisig signs SHA256SUMS, and with it every file: minisign -V -p KEY.pub -m SHA256SUMS"
else
    echo "dist: NOT SIGNED: who publishes this gives SIGN_KEY=FILE, a secret key of minisign"
fi
