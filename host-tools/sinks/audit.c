/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/audit.h"

#include "firmware/version.h"
#include "host-tools/sinks/audit_chain.h"
#include "host-tools/sinks/checkpoint.h"
#include "host-tools/system/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct audit {
    struct ut_sink sink;
    pthread_mutex_t mutex; /* of all that follows: others than the call's thread add records */
    struct ut_audit_chain chain;
    const struct ut_config *config;
    char session[UT_EVENTS_SESSION]; /* of the last event */
    struct ut_fault fault;           /* that ended it */
    const char *key_file;
    struct ut_note_signer signer;
    char checkpoint[4096]; /* path */
    int64_t signed_n, signed_ms;
};

/* What the file holds now. 0, or -1 and a->fault. */
static int sign(struct audit *a)
{
    a->signed_n = a->chain.n;
    a->signed_ms = ut_clock_ms();
    return ut_checkpoint_write(&a->chain.tree, &a->signer, a->checkpoint, &a->fault);
}

static int add_locked(struct audit *a, const char *kind, json_t *more)
{
    if (a->fault.code != 0) {
        json_decref(more);
        return -1;
    }
    if (ut_audit_chain_add(&a->chain, kind, ut_clock_unix_ms(), more, &a->fault) != 0)
        return -1;
    bool due = a->chain.n - a->signed_n >= UT_CHECKPOINT_RECORDS || ut_clock_ms() - a->signed_ms >= UT_CHECKPOINT_MS;
    return a->key_file[0] != '\0' && due ? sign(a) : 0;
}

/* Takes the reference to more. 0, or -1 and *fault. */
static int add(struct audit *a, const char *kind, json_t *more, struct ut_fault *fault)
{
    (void)pthread_mutex_lock(&a->mutex);
    int r = add_locked(a, kind, more);
    if (r != 0)
        *fault = a->fault;
    (void)pthread_mutex_unlock(&a->mutex);
    return r;
}

static int open_audit(struct ut_sink *s, struct ut_fault *fault)
{
    struct audit *a = (struct audit *)s;
    char crc[12];
    (void)snprintf(crc, sizeof crc, "%08x", (unsigned)ut_config_crc32(a->config));
    if (a->key_file[0] != '\0' && ut_note_signer_read(&a->signer, a->key_file, fault) != 0)
        return -1;
    a->signed_ms = ut_clock_ms();
    return ut_audit_chain_open(&a->chain, fault) != 0
               ? -1
               : add(a, "run_started", json_pack("{s:s, s:s}", "Version", UT_VERSION, "ConfigCrc32", crc), fault);
}

static bool has_failed(struct audit *a)
{
    (void)pthread_mutex_lock(&a->mutex);
    bool failed = a->fault.code != 0;
    (void)pthread_mutex_unlock(&a->mutex);
    return failed;
}

/* Nothing that was measured or scored, and no text that an agent reads: those are known by the event's hash. */
static int put_event(struct ut_sink *s, const struct ut_event *event)
{
    static const char *const KEPT[] = {
        "ContactId",   "Model",   "Firmware", "ConfigCrc32",     "Policy",      "Disclosure", "By",
        "Cue",         "State",   "Severity", "Display",         "Rule",        "Reason",     "Dismissed",
        "ShownMillis", "Outcome", "Opening",  "EndOffsetMillis", "OffsetMillis"};
    struct audit *a = (struct audit *)s;
    char hash[UT_DIGEST_TEXT];
    struct ut_fault fault;
    if (event->sequence == 0)
        return has_failed(a) ? -1 : 0;
    (void)snprintf(a->session, sizeof a->session, "%s", event->session);
    ut_digest(event->json, strlen(event->json), hash);
    json_t *whole = json_loads(event->json, 0, NULL), *data = json_object_get(whole, "data");
    json_t *more = json_pack("{s:s, s:I, s:s}", "Session", event->session, "Sequence", (json_int_t)event->sequence,
                             "EventSha256", hash);
    for (size_t i = 0; i < sizeof KEPT / sizeof KEPT[0]; i++) {
        json_t *value = json_object_get(data, KEPT[i]);
        if (value != NULL)
            (void)json_object_set(more, KEPT[i], value);
    }
    json_decref(whole);
    return add(a, ut_event_type_name(event->type), more, &fault);
}

static int put_cue(struct ut_sink *s, const struct ut_cue_change *change)
{
    struct audit *a = (struct audit *)s;
    struct ut_fault fault;
    if (change->what != UT_CUE_SUPPRESSED)
        return 0;
    return add(a, "cue_suppressed",
               json_pack("{s:s, s:s, s:s, s:I}", "Session", a->session, "Cue", ut_cue_info[change->cue].name, "Reason",
                         change->reason, "OffsetMillis", (json_int_t)change->t_ms),
               &fault);
}

static int flush(struct ut_sink *s, struct ut_fault *fault)
{
    struct audit *a = (struct audit *)s;
    (void)pthread_mutex_lock(&a->mutex);
    if (a->fault.code == 0 && a->key_file[0] != '\0' && a->chain.n > a->signed_n &&
        ut_clock_ms() - a->signed_ms >= UT_CHECKPOINT_MS)
        (void)sign(a);
    int r = a->fault.code == 0 ? 0 : -1;
    if (r != 0)
        *fault = a->fault;
    (void)pthread_mutex_unlock(&a->mutex);
    return r;
}

/* The last of a run's sinks: nobody else adds anything. */
static int close_audit(struct ut_sink *s, bool keep, struct ut_fault *fault)
{
    struct audit *a = (struct audit *)s;
    (void)keep;
    int r = 0;
    if (a->chain.fd >= 0 &&
        (add_locked(a, "run_ended", json_object()) != 0 || (a->key_file[0] != '\0' && sign(a) != 0)))
        r = -1;
    if (a->fault.code != 0) {
        *fault = a->fault;
        r = -1;
    }
    ut_audit_chain_close(&a->chain);
    explicit_bzero(&a->signer, sizeof a->signer);
    (void)pthread_mutex_destroy(&a->mutex);
    free(a);
    return r;
}

struct ut_sink *ut_audit_sink(const char *path, const char *key_file, const struct ut_config *config)
{
    static const struct ut_sink_kind KIND = {
        .gate = true, .open = open_audit, .cue = put_cue, .event = put_event, .flush = flush, .close = close_audit};
    struct audit *a = calloc(1, sizeof *a);
    if (a == NULL || pthread_mutex_init(&a->mutex, NULL) != 0) {
        free(a);
        return NULL;
    }
    a->sink.kind = &KIND;
    a->config = config;
    a->key_file = key_file;
    (void)snprintf(a->checkpoint, sizeof a->checkpoint, "%.4000s.checkpoint", path);
    ut_audit_chain_init(&a->chain, path);
    return &a->sink;
}

int ut_audit_sink_add(struct ut_sink *s, const char *kind, json_t *more, struct ut_fault *fault)
{
    return add((struct audit *)s, kind, more, fault);
}
