#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A PostgreSQL server of a test's own, on a socket in FOLDER: postgres.sh start|kill|stop FOLDER, or replica FOLDER OF, which begins
# as a copy of the one in the folder OF and follows it. start and replica print an address; after kill it starts again with what it
# had. Once the process OWNER is no more, however it ended, the server ends and FOLDER goes. A server refuses to run as root: then it
# runs as the user postgres.
set -eu
folder=$2
self=$(realpath "$0")
bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -1)
[ -n "$bin" ] || { echo "postgres.sh: no PostgreSQL server; apt-get install postgresql" >&2; exit 3; }
as_server() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups env HOME="$folder" "$@"; else "$@"; fi; }

# In a session of its own, which what ends the test's process group does not reach.
watch() {
    [ ! -e "$folder/watched" ] || return 0
    touch "$folder/watched"
    setsid sh -c 'tail --pid="$1" -s 0.2 -f /dev/null; [ ! -d "$2" ] || "$0" stop "$2"; rm -rf "$2"' "$self" "$OWNER" "$folder" \
        </dev/null >/dev/null 2>&1 &
}

case $1 in
replica)
    cd /
    mkdir -p "$folder"
    [ "$(id -u)" != 0 ] || chown postgres "$folder"
    watch
    as_server "$bin/pg_basebackup" -D "$folder/data" -R -X stream -c fast --no-sync -h "$3" -U undertone
    exec "$self" start "$folder"
    ;;
start)
    mkdir -p "$folder"
    [ "$(id -u)" != 0 ] || chown postgres "$folder"
    watch
    cd "$folder" # what the server's user may not enter is no place to start from
    [ -d "$folder/data" ] || as_server "$bin/initdb" -D "$folder/data" -U undertone -A trust -E UTF8 --locale=C.UTF-8 \
        --no-sync >"$folder/initdb.log"
    tries=0 # the children of one that was killed hold its memory until they notice
    until as_server "$bin/pg_ctl" -D "$folder/data" -w -t 60 -l "$folder/server.log" -o "-k $folder -c listen_addresses= \
        -c fsync=${FSYNC:-off} -c max_connections=${CONNECTIONS:-30} -c shared_buffers=32MB" start >"$folder/start.log" 2>&1
    do
        tries=$((tries + 1))
        [ $tries -lt 60 ] || { cat "$folder/start.log" "$folder/server.log" >&2; exit 1; }
        sleep 0.5
    done
    echo "postgresql:///postgres?host=$folder&user=undertone"
    ;;
kill) kill -9 "$(head -1 "$folder/data/postmaster.pid")" ;;
stop)
    cd /
    as_server "$bin/pg_ctl" -D "$folder/data" -m immediate -w -t 60 stop >/dev/null 2>&1 || true # one that was killed is no more
    ;;
*) echo "usage: postgres.sh start|kill|stop FOLDER | replica FOLDER OF" >&2; exit 2 ;;
esac
