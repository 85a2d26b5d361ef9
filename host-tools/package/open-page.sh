#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The agent's page in the browser: starts the user's unit if it does not run, and opens the address it gives.
set -eu
address=${XDG_RUNTIME_DIR:?is not set: log in on the desk first}/undertone.page
systemctl --user start undertone-desk.service
tries=0
until [ -s "$address" ]; do
    tries=$((tries + 1))
    if [ "$tries" = 60 ]; then
        echo "undertone: the page did not come; see: journalctl --user -u undertone-desk" >&2
        exit 1
    fi
    sleep 0.5
done
exec xdg-open "$(cat "$address")"
