/* SPDX-License-Identifier: Apache-2.0 */
/* A store with any of its bytes changed: it is refused, or what is asked of it ends; whatever it says is text. Three
 * bytes of the input say where, the fourth which value. */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include "host-tools/sinks/customer_past.h"
#include "host-tools/sinks/event_table.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { IMAGE_MAX = 1 << 17, CALLS = 3, EVENTS = 20 };

static char memory[] = "/dev/shm/undertone-fuzz-XXXXXX", disk[] = "/tmp/undertone-fuzz-XXXXXX";
static char *folder = memory, path[60];
static uint8_t image[IMAGE_MAX];
static size_t length;

static void clear(void)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    for (int i = 0; i < 4; i++) {
        char name[80];
        (void)snprintf(name, sizeof name, "%s%s", path, ends[i]);
        (void)unlink(name);
    }
}

static void end(void)
{
    clear();
    (void)rmdir(folder);
}

static void build(void)
{
    struct ut_fault fault = {0};
    if (mkdtemp(folder) == NULL && mkdtemp(folder = disk) == NULL) /* waiting for a disk is most of the time */
        abort();
    if (atexit(end) != 0)
        abort();
    (void)snprintf(path, sizeof path, "%s/s", folder);
    struct ut_database *d = ut_database_open(path, &ut_event_table_kind, true, &fault);
    if (d == NULL)
        abort();
    for (int i = 0; i < CALLS * EVENTS; i++) {
        char session[8], json[600];
        (void)snprintf(session, sizeof session, "s%d", i % CALLS);
        (void)snprintf(json, sizeof json, "{\"data\":{\"Customer\":\"c\",\"Trajectory\":{\"Begin\":0.1}},\"n\":%*d}",
                       10 * (i % 50), i);
        const struct ut_event_row row = {.session = session,
                                         .contact_id = "c",
                                         .type = i < CALLS                 ? "undertone.session.started.v1"
                                                 : i / CALLS == EVENTS - 1 ? "undertone.session.completed.v1"
                                                                           : "undertone.cue.opened.v1",
                                         .state = i / CALLS == EVENTS - 1 ? "COMPLETED" : NULL,
                                         .json = json,
                                         .sequence = i / CALLS + 1,
                                         .start_ms = 5};
        if (ut_event_table_put(d, &row, 7, &fault) != 1)
            abort();
    }
    ut_database_close(d);
    FILE *f = fopen(path, "rb");
    if (f == NULL || (length = fread(image, 1, sizeof image, f)) == 0 || length == sizeof image || fclose(f) != 0)
        abort();
}

static void take_line(void *ctx, const char *json)
{
    *(size_t *)ctx += strlen(json);
}

static int take_call(void *ctx, const struct ut_event_table_call *c)
{
    *(size_t *)ctx += strlen(c->session) + strlen(c->contact_id) + strlen(c->state);
    return 0;
}

static int recall(struct ut_database *d, size_t *bytes, struct ut_fault *fault)
{
    struct ut_customer_past past;
    struct ut_risk risk;
    int r = ut_customer_past(&past, d, "c", fault);
    for (size_t i = 0; i < past.n; i++) {
        json_t *json = ut_customer_past_json(&past.call[i]);
        *bytes += json_object_size(json);
        json_decref(json);
    }
    ut_customer_past_free(&past);
    return r == 0 ? ut_customer_past_fit(d, &risk, fault) : r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t changed[IMAGE_MAX];
    struct ut_fault fault = {0};
    size_t bytes = 0;
    if (length == 0)
        build();
    memcpy(changed, image, length);
    for (; size >= 4; data += 4, size -= 4)
        changed[((size_t)data[0] << 16 | (size_t)data[1] << 8 | data[2]) % length] = data[3];
    clear();
    FILE *f = fopen(path, "wb");
    if (f == NULL || fwrite(changed, 1, length, f) != length || fclose(f) != 0)
        abort();
    struct ut_database *d = ut_database_open(path, &ut_event_table_kind, true, &fault);
    if (d == NULL) {
        if (fault.code == 0)
            abort();
        return 0;
    }
    const struct ut_event_row row = {
        .session = "s1", .contact_id = "c", .type = "t", .json = "{}", .sequence = 99, .state = "FAILED"};
    char id[UT_EVENT_TABLE_ID];
    int r[] = {ut_event_table_id(d, id, &fault),
               ut_event_table_calls(d, take_call, &bytes, &fault),
               ut_event_table_events(d, "s0", take_line, &bytes, &fault),
               ut_event_table_put(d, &row, 8, &fault),
               recall(d, &bytes, &fault),
               ut_event_table_calls_of(d, "c", take_call, &bytes, &fault),
               ut_event_table_erase_of(d, "c", &fault),
               ut_event_table_erase(d, "s1", &fault),
               ut_event_table_erase_before(d, 6, &fault)};
    for (size_t i = 0; i < sizeof r / sizeof r[0]; i++)
        if (r[i] < 0 && fault.code == 0)
            abort();
    ut_database_close(d);
    return 0;
}
