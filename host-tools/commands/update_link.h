/* SPDX-License-Identifier: Apache-2.0 */
/* Update packets over a port: as lines among the records of a serial line, as they are over Bluetooth.
 *
 * in    a port of a serial line, a network bridge, or Bluetooth's update characteristic (ut_port_ble_update)
 * out   what host-tools/headset/update.h needs of a link
 * The port stays the caller's, who closes it.
 */
#ifndef UT_HOST_UPDATE_LINK_H
#define UT_HOST_UPDATE_LINK_H

#include "firmware/update/console.h"
#include "firmware/wire.h"
#include "host-tools/headset/update.h"
#include "host-tools/sources/port.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ut_update_link_port {
    struct ut_port *port;
    bool bare; /* packets travel as they are */
    struct ut_console console;
    struct ut_wire_receiver receiver;
    uint8_t packet[UT_UPDATE_PACKET_BYTES]; /* of a bare answer */
    size_t len;
};

/* The link of a port, open or not; both must outlive it. */
struct ut_update_link ut_update_link_over(struct ut_update_link_port *l, struct ut_port *port, bool bare);

#endif
