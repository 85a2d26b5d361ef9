/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as the id of the last event that a reader had: it then gets what is behind it, or a reset, and never
 * something of before; whatever the room of each read. */
#include "host-tools/system/event_ring.h"
#include "tests/fuzz/begun.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ut_event_ring *ring;
    static char first[40];
    if (ring == NULL) {
        ring = ut_event_ring_new();
        if (ring == NULL)
            abort();
        for (int i = 0; i < 20; i++)
            ut_event_ring_put(ring, "e", "{}");
        (void)snprintf(first, sizeof first, "%s-", ut_event_ring_epoch(ring));
    }
    const char *const heads[4] = {"", first, first + 1, "0"};
    char *last = ut_begun_text(heads, data, size);
    struct ut_event_ring_reader reader;
    char out[8192];
    size_t n = 0, got, room = 1 + size % 97;
    if (last == NULL)
        return 0;
    ut_event_ring_join(ring, &reader, last, NULL);
    uint64_t next = reader.next;
    while (n + room < sizeof out && (got = ut_event_ring_read(ring, &reader, out + n, room)) > 0)
        n += got;
    out[n] = '\0';
    int events = 0;
    for (const char *at = out; (at = strstr(at, "event: e\n")) != NULL; at++)
        events++;
    int reset = strstr(out, "event: reset\n") != NULL;
    if (next < 1 || next > 21 || events != (reset ? 0 : 21 - (int)next) || (last[0] == '\0' && reset))
        abort();
    ut_event_ring_leave(&reader);
    free(last);
    return 0;
}
