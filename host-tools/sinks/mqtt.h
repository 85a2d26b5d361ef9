/* SPDX-License-Identifier: Apache-2.0 */
/* What a call in progress sends to the floor (host-tools/sinks/floor_link.h), in a thread, so that no broker holds the
 * call up; stands behind the store's sink (sinks/store.h). SPEC.md "Floor".
 *
 * in    events of any number of calls
 * out   those that may not be lost by way of the store's outbox; a score a second while there is a connection
 * errors at the opening those of the store and of the settings; later ones are remarks. At the close what has not
 *       arrived has UT_MQTT_LAST_MS, UT_MQTT_NOBODY_MS without a broker; the rest waits in the outbox, which is a
 *       remark and no failure
 */
#ifndef UT_HOST_MQTT_H
#define UT_HOST_MQTT_H

#include "host-tools/call/sink.h"
#include "host-tools/sinks/floor_link.h"

enum { UT_MQTT_LAST_MS = 5000, UT_MQTT_NOBODY_MS = 1000, UT_MQTT_SCORE_MS = 1000 };

/* NULL when out of memory. */
struct ut_sink *ut_mqtt_sink(const struct ut_floor_link_options *options);

#endif
