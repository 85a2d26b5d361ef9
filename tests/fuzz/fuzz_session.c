/* SPDX-License-Identifier: Apache-2.0 */
/* Any records and any bytes into a session: no undefined behaviour, every event is JSON on one line, a call that was
 * started is ended once, and before the disclosure of a call in progress nothing is scored. */
#include "host-tools/call/session.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    int started, ended;
    bool live, disclosed;
};

static void judge(void *ctx, const struct ut_event *event)
{
    struct seen *seen = ctx;
    json_t *back = json_loads(event->json, JSON_REJECT_DUPLICATES, NULL);
    if (back == NULL || strchr(event->json, '\n') != NULL || strchr(event->text, '\n') != NULL)
        abort();
    const json_t *data = json_object_get(back, "data");
    if (event->type == UT_EVENT_SESSION_STARTED)
        seen->disclosed = !seen->live;
    if (event->type == UT_EVENT_SESSION_DISCLOSED)
        seen->disclosed = true;
    if (event->type == UT_EVENT_SCORE && !seen->disclosed &&
        (json_is_object(json_object_get(data, "Score")) || json_is_object(json_object_get(data, "ScoreFast")) ||
         json_is_object(json_object_get(data, "ScoreSlow")) || json_is_number(json_object_get(data, "Forecast"))))
        abort();
    json_decref(back);
    seen->started += event->type == UT_EVENT_SESSION_STARTED;
    seen->ended += event->type == UT_EVENT_SESSION_COMPLETED || event->type == UT_EVENT_SESSION_FAILED;
    if (seen->ended > seen->started || seen->started > seen->ended + 1)
        abort();
}

/* The first byte says how the rest is taken: odd = bytes of a line, even = records, each framed with a right CRC; and
 * whether it is a call in progress, disclosed before its end or not. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ut_config config;
    struct seen seen = {0};
    if (size == 0)
        return 0;
    ut_config_defaults(&config);
    seen.live = (data[0] & 2) != 0;
    struct ut_session_options options = {.config = &config,
                                         .contact_id = "f",
                                         .policy = seen.live ? UT_POLICY_EU : UT_POLICY_RESEARCH,
                                         .sink = judge,
                                         .ctx = &seen};
    struct ut_session *s = ut_session_new(&options);
    if (s == NULL)
        return 0;
    int line = data[0] & 1;
    size_t disclose_at = (data[0] & 4) != 0 ? size / 2 : 0;
    data++;
    size--;
    if (line) {
        ut_session_bytes(s, data, size);
    } else {
        for (; size >= UT_WIRE_RECORD_BYTES; data += UT_WIRE_RECORD_BYTES, size -= UT_WIRE_RECORD_BYTES) {
            uint8_t frame[UT_WIRE_FRAME_BYTES];
            uint8_t record[UT_WIRE_RECORD_BYTES];
            memcpy(record, data, sizeof record);
            record[0] = (uint8_t)(UT_WIRE_VERSION << 4 | (record[0] & 7));
            size_t len = ut_wire_frame(record, frame);
            ut_session_bytes(s, frame, len);
            if (size < disclose_at)
                ut_session_disclose(s, "key");
        }
    }
    json_decref(ut_session_summary(s));
    ut_session_finish(s, NULL);
    json_t *summary = ut_session_summary(s);
    if (summary == NULL || seen.started != seen.ended)
        abort();
    json_decref(summary);
    ut_session_free(s);
    return 0;
}
