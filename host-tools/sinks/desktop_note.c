/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/desktop_note.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>

int ut_desktop_note(const char *title, const char *text, char *error, size_t room)
{
    sd_bus *bus = NULL;
    sd_bus_error why = SD_BUS_ERROR_NULL;
    int r = sd_bus_open_user(&bus);
    if (r < 0) {
        (void)snprintf(error, room, "there is no desktop's bus: %s", strerror(-r));
        return -1;
    }
    (void)sd_bus_set_method_call_timeout(bus, (uint64_t)UT_DESKTOP_NOTE_MS * 1000);
    r = sd_bus_call_method(bus, "org.freedesktop.Notifications", "/org/freedesktop/Notifications",
                           "org.freedesktop.Notifications", "Notify", &why, NULL, "susssasa{sv}i", "Undertone",
                           (uint32_t)0, "", title, text, 0, 0, (int32_t)-1);
    if (r < 0)
        (void)snprintf(error, room, "the desktop takes no note: %.100s",
                       why.message != NULL ? why.message : strerror(-r));
    sd_bus_error_free(&why);
    sd_bus_flush_close_unref(bus);
    return r < 0 ? -1 : 0;
}
