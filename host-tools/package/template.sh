#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The floor's unit as a template, a site for each instance: template.sh UNIT >TEMPLATE
set -eu
exec sed -e '/^Description=/s/of a floor/of site %i/' \
    -e '/^ExecStart=/i# Each site has files of its own; for what else differs: UNDERTONE_SERVE_PAGE=8081, UNDERTONE_MQTT_PASSWORD_FILE=... (undertone.ini(5))' \
    -e '/^ExecStart=/iEnvironment=UNDERTONE_MQTT_SITE=%i UNDERTONE_MQTT_DEVICE=serve-%i' \
    -e '/^ExecStart=/iEnvironment=UNDERTONE_SERVE_AUDIT=/var/lib/undertone/audit-%i.jsonl UNDERTONE_SERVE_METRICS=/run/undertone-%i/serve.prom' \
    -e '/^ExecStart=/iEnvironmentFile=-/etc/undertone/serve-%i.env' \
    -e '/^StateDirectory=/iRuntimeDirectory=undertone-%i' \
    -e '/^# Brokers elsewhere/s/a drop-in/a drop-in of undertone-serve@.service (all sites) or undertone-serve@%i.service/' "$1"
