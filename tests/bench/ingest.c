/* SPDX-License-Identifier: Apache-2.0 */
/* Rows a second that a floor takes: ingest LEDGER ROWS BATCH. Events as desks send them, 500 sessions in turn, checked,
 * committed in batches to a ledger on a disk, with an acknowledgement of each session. Prints the rate. */
#include "host-tools/serve/ingest.h"
#include "host-tools/system/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SESSIONS = 500, TEXT = 1200 };

static void no_ack(void *ctx, const char *device, const struct ut_floor_ack *ack)
{
    (void)ctx;
    (void)device;
    (void)ack;
}

/* Of the length of a cue's, 1 KB. */
static int say(struct ut_ingest *i, int row, struct ut_fault *fault)
{
    char text[TEXT], topic[80], pad[600];
    int session = row % SESSIONS, number = row / SESSIONS + 1;
    memset(pad, 'x', sizeof pad - 1);
    pad[sizeof pad - 1] = '\0';
    (void)snprintf(topic, sizeof topic, "undertone/v1/s/d-%d/%s", session, number == 1 ? "call" : "cue");
    int n =
        snprintf(text, sizeof text,
                 "{\"specversion\":\"1.0\",\"id\":\"s%d-%06d\",\"source\":\"/undertone/calls/c\",\"type\":\"undertone."
                 "%s.v1\",\"time\":\"2026-01-02T03:04:05.678Z\",\"session\":\"s%d\",\"sequence\":\"%010d\","
                 "\"datacontenttype\":\"application/json\",\"data\":{\"ContactId\":\"c\",\"Text\":\"%s\","
                 "\"EndOffsetMillis\":5000}}",
                 session, number, number == 1 ? "session.started" : "cue.opened", session, number, pad);
    return ut_ingest_message(i, topic, text, (size_t)n, false, (int64_t)row, 0, fault);
}

int main(int argc, char **argv)
{
    struct ut_fault fault = {0};
    int rows = argc == 4 ? atoi(argv[2]) : 0, batch = argc == 4 ? atoi(argv[3]) : 0, r = 0;
    struct ut_ledger *ledger = rows > 0 && batch > 0 ? ut_ledger_sqlite(argv[1], true, &fault) : NULL;
    if (ledger == NULL) {
        fprintf(stderr, "ingest LEDGER ROWS BATCH: %s\n", fault.text);
        return 2;
    }
    const struct ut_ingest_options o = {.ledger = ledger, .site = "s", .ack = no_ack};
    struct ut_ingest *i = ut_ingest_new(&o);
    int64_t begun = ut_clock_ms();
    clock_t used = clock();
    for (int row = 0; i != NULL && r >= 0 && row < rows; row++) {
        r = say(i, row, &fault);
        if (r >= 0 && (ut_ingest_waiting(i) >= (size_t)batch || row == rows - 1))
            r = ut_ingest_commit(i, 0, &fault);
    }
    int64_t ms = ut_clock_ms() - begun;
    uint64_t taken = i != NULL ? ut_ingest_counts(i)->taken : 0;
    double seconds = (double)(clock() - used) / CLOCKS_PER_SEC;
    printf("{\"Rows\":%" PRIu64 ",\"Batch\":%d,\"Millis\":%" PRId64
           ",\"RowsPerSecond\":%.0f,\"RowsPerProcessorSecond\":%.0f}\n",
           taken, batch, ms, (double)taken * 1000 / (double)(ms > 0 ? ms : 1), (double)taken / seconds);
    ut_ingest_free(i);
    ledger->kind->close(ledger);
    return taken == (uint64_t)rows ? 0 : 1;
}
