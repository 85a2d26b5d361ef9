/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a topic, an acknowledgement, a state, a question, an answer, an outcome, a roll-out and a
 * report of one: what is taken says the same
 * when it is written and read again. */
#include "host-tools/sinks/floor_message.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void topic(const uint8_t *data, size_t size)
{
    struct ut_floor_topic t;
    char again[UT_FLOOR_TOPIC], *text = malloc(size + 14);
    if (text == NULL)
        return;
    memcpy(text, "undertone/v1/", 13);
    if (size > 0)
        memcpy(text + 13, data, size);
    text[size + 13] = '\0';
    if (ut_floor_topic_parse(text, &t) == 0) {
        ut_floor_topic_text(t.site, t.device, t.kind, again);
        if (strcmp(text, again) != 0)
            abort();
    }
    free(text);
}

static void question(const char *bytes, size_t n)
{
    struct ut_floor_question q, again;
    if (ut_floor_question_parse(bytes, n, &q) != 0)
        return;
    char *text = ut_floor_question_text(&q);
    if (text == NULL || ut_floor_question_parse(text, strlen(text), &again) != 0 || memcmp(&q, &again, sizeof q) != 0)
        abort();
    free(text);
}

static void answer(const char *bytes, size_t n)
{
    struct ut_floor_answer a, again;
    if (ut_floor_answer_parse(bytes, n, &a) != 0)
        return;
    char *text = ut_floor_answer_text(&a);
    if (text == NULL || ut_floor_answer_parse(text, strlen(text), &again) != 0 || memcmp(&a, &again, sizeof a) != 0)
        abort();
    free(text);
}

static void outcome(const char *bytes, size_t n)
{
    struct ut_floor_outcome o;
    if (ut_floor_outcome_parse(bytes, n, &o) == 0 && (o.id[0] == '\0' || o.call[0] == '\0' || o.outcome[0] == '\0'))
        abort();
}

static void rollout(const char *bytes, size_t n)
{
    struct ut_floor_rollout r, again;
    if (ut_floor_rollout_parse(bytes, n, &r) != 0)
        return;
    char *text = ut_floor_rollout_text(&r);
    if (text != NULL && ut_floor_rollout_parse(text, strlen(text), &again) == 0 && memcmp(&r, &again, sizeof r) != 0)
        abort();
    free(text);
}

static void report(const char *bytes, size_t n)
{
    struct ut_floor_rollout_report r, again;
    if (ut_floor_rollout_report_parse(bytes, n, &r) != 0)
        return;
    char *text = ut_floor_rollout_report_text(&r);
    if (text == NULL || ut_floor_rollout_report_parse(text, strlen(text), &again) != 0 ||
        memcmp(&r, &again, sizeof r) != 0)
        abort();
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ut_floor_ack ack, ack_again;
    struct ut_floor_status status, status_again;
    struct ut_floor_checkpoint checkpoint, checkpoint_again;
    char boot[UT_IDENTITY_UUID], boot_again[UT_IDENTITY_UUID];
    topic(data, size);
    if (ut_floor_served_parse((const char *)data, size, boot) == 0) {
        char *text = ut_floor_served_text(boot, 1);
        if (text == NULL || ut_floor_served_parse(text, strlen(text), boot_again) != 0 || strcmp(boot, boot_again) != 0)
            abort();
        free(text);
    }
    question((const char *)data, size);
    answer((const char *)data, size);
    outcome((const char *)data, size);
    rollout((const char *)data, size);
    report((const char *)data, size);
    if (ut_floor_checkpoint_parse((const char *)data, size, &checkpoint) == 0) {
        char *text = ut_floor_checkpoint_text(&checkpoint);
        if (text != NULL && ut_floor_checkpoint_parse(text, strlen(text), &checkpoint_again) == 0 &&
            (strcmp(checkpoint.note, checkpoint_again.note) != 0 ||
             strcmp(checkpoint.verifier, checkpoint_again.verifier) != 0))
            abort();
        free(text);
    }
    if (ut_floor_ack_parse((const char *)data, size, &ack) == 0) {
        char *text = ut_floor_ack_text(&ack);
        if (text == NULL || ut_floor_ack_parse(text, strlen(text), &ack_again) != 0 ||
            strcmp(ack.session, ack_again.session) != 0 || ack.sequence != ack_again.sequence ||
            strcmp(ack.refused, ack_again.refused) != 0)
            abort();
        free(text);
    }
    if (ut_floor_status_parse((const char *)data, size, &status) == 0) {
        char *text = ut_floor_status_text(&status);
        if (text == NULL || ut_floor_status_parse(text, strlen(text), &status_again) != 0 ||
            ut_floor_status_order(&status, &status_again) != 0 || status.state != status_again.state ||
            strcmp(status.session, status_again.session) != 0)
            abort();
        free(text);
    }
    return 0;
}
