/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/reach.h"

#include "host-tools/sources/port.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/utf8.h"

#include <libserialport.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { RESET_MS = 300 }; /* a reset comes at once behind its hello; scores come four times a second */

void ut_reach_name(struct ut_reach *r, const char *port)
{
    memset(r, 0, sizeof *r);
    r->vid = r->pid = -1;
    (void)snprintf(r->port, sizeof r->port, "%s", port);
}

int ut_reach_list(struct ut_reach r[UT_REACH_MAX])
{
    struct sp_port **ports;
    if (sp_list_ports(&ports) != SP_OK)
        return 0;
    int n = 0;
    for (int i = 0; ports[i] != NULL && n < UT_REACH_MAX; i++, n++) {
        ut_reach_name(&r[n], sp_get_port_name(ports[i]));
        const char *text = sp_get_port_description(ports[i]);
        (void)snprintf(r[n].description, sizeof r[n].description, "%s", text != NULL ? text : "");
        ut_utf8_clean(r[n].description); /* words of the device's own */
        if (sp_get_port_transport(ports[i]) == SP_TRANSPORT_USB)
            (void)sp_get_port_usb_vid_pid(ports[i], &r[n].vid, &r[n].pid);
    }
    sp_free_port_list(ports);
    return n;
}

/* Takes what has come; 1 once the headset is known, and whether it has anything to say of its start. */
static int hear(struct ut_port *port, struct ut_wire_receiver *w, struct ut_reach *r)
{
    uint8_t data[512], record[UT_WIRE_RECORD_BYTES];
    int n = ut_port_read(port, data, sizeof data, &r->fault);
    r->bytes += n > 0 ? (uint32_t)n : 0;
    for (int i = 0; i < n; i++) {
        if (ut_wire_receive(w, data[i], record) != 1)
            continue;
        r->records++;
        if (ut_wire_type(record) == UT_WIRE_HELLO && ut_wire_unpack_hello(record, &r->hello) == 0)
            r->have_hello = 1;
        else if (ut_wire_type(record) == UT_WIRE_RESET && ut_wire_unpack_reset(record, &r->reset) == 0)
            r->have_reset = 1;
        else if (r->have_hello)
            return 1;
    }
    return (r->have_hello && r->have_reset) || n < 0;
}

void ut_reach_listen(struct ut_reach *r, int n, int ms)
{
    struct ut_port port[UT_REACH_MAX];
    struct ut_wire_receiver receiver[UT_REACH_MAX];
    struct pollfd q[UT_REACH_MAX];
    int64_t until[UT_REACH_MAX];
    int64_t last = ut_clock_ms() + ms;
    int waiting = 0;
    for (int i = 0; i < n; i++) {
        ut_port_serial(&port[i], r[i].port);
        ut_wire_receiver_init(&receiver[i]);
        r[i].opened = ut_port_open(&port[i], &r[i].fault) == UT_PORT_OPEN;
        q[i] = (struct pollfd){.fd = port[i].fd, .events = POLLIN};
        waiting += r[i].opened;
        until[i] = last;
    }
    while (waiting > 0) {
        int64_t next = last;
        for (int i = 0; i < n; i++)
            if (q[i].fd >= 0 && until[i] < next)
                next = until[i];
        int64_t left = next - ut_clock_ms();
        int ready = poll(q, (nfds_t)n, left > 0 ? (int)left : 0);
        for (int i = 0; i < n; i++) {
            if (q[i].fd < 0)
                continue;
            int known = ready > 0 && q[i].revents != 0 && hear(&port[i], &receiver[i], &r[i]);
            if (r[i].have_hello && until[i] > ut_clock_ms() + RESET_MS)
                until[i] = ut_clock_ms() + RESET_MS;
            if (known || ut_clock_ms() >= until[i]) {
                q[i].fd = -1;
                waiting--;
            }
        }
    }
    for (int i = 0; i < n; i++)
        ut_port_close(&port[i]);
}
