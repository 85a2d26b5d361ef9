#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The floor's unit as a template, a site for each instance: template.sh UNIT >TEMPLATE
set -eu
exec sed -e '/^Description=/s/of a floor/of site %i/' \
    -e '/^ExecStart=/i# What differs from site to site: UNDERTONE_SERVE_PAGE=8081, UNDERTONE_MQTT_PASSWORD_FILE=... (undertone.ini(5))' \
    -e '/^ExecStart=/iEnvironment=UNDERTONE_MQTT_SITE=%i UNDERTONE_MQTT_DEVICE=serve-%i\nEnvironmentFile=-/etc/undertone/serve-%i.env' "$1"
