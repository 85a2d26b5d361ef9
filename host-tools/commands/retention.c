/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/retention.h"

#include "host-tools/reports/archive_kept.h"
#include "host-tools/sinks/audit.h"
#include "host-tools/sinks/event_table.h"
#include "host-tools/system/grow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct old {
    char **session;
    size_t n, room;
};

static int add_old(void *ctx, const struct ut_event_table_call *c)
{
    struct old *o = ctx;
    char **grown = ut_grow(o->session, &o->room, o->n + 1, sizeof *grown);
    if (grown == NULL || (grown[o->n] = strdup(c->session)) == NULL)
        return 1;
    o->session = grown;
    o->n++;
    return 0;
}

static void free_old(struct old *o)
{
    for (size_t i = 0; i < o->n; i++)
        free(o->session[i]);
    free(o->session);
}

/* The number of calls, or -1 and *fault. */
static int erase(struct ut_database *d, const char *file, int64_t before, const struct old *old, struct ut_fault *fault)
{
    char folder[UT_ARCHIVE_KEPT_PATH];
    ut_archive_kept_folder(file, folder);
    return ut_archive_kept_erase(folder, old->session, old->n, fault) >= 0
               ? ut_event_table_erase_before(d, before, fault)
               : -1;
}

int ut_retention_erase(struct ut_database *d, const char *file, int64_t before, struct ut_fault *fault)
{
    struct old old = {0};
    int r = ut_event_table_calls_before(d, before, add_old, &old, fault);
    r = r == 0 ? erase(d, file, before, &old, fault) : -1;
    free_old(&old);
    return r;
}

enum { DAYS_MAX = 36500, RETRY_MS = 3600000, DAY_MS = 86400000 };

int ut_retention_begin(struct ut_retention *r, const struct ut_config *config, const char *file, struct ut_sink *audit,
                       struct ut_fault *fault)
{
    const char *text = ut_config_text(config, "store", "days");
    char *end;
    errno = 0;
    long days = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || days < 0 || days > DAYS_MAX)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "[store] days: \"%s\" is no number from 0 to %d", text,
                            DAYS_MAX);
    *r = (struct ut_retention){.file = file, .days = file != NULL ? (int)days : 0, .audit = audit};
    return 0;
}

/* The number of calls, or -1: *fault, or *unrecorded when they are not on record. */
static int step(struct ut_retention *r, int64_t before, struct ut_fault *unrecorded, struct ut_fault *fault)
{
    struct old old = {0};
    struct ut_database *d = ut_database_open(r->file, &ut_event_table_kind, false, fault);
    int gone = d != NULL ? ut_event_table_calls_before(d, before, add_old, &old, fault) : -1;
    if (gone == 0 && old.n > 0 && r->audit != NULL)
        gone = ut_audit_sink_add(r->audit, "retention", json_pack("{s:I}", "Calls", (json_int_t)old.n), unrecorded);
    if (gone == 0 && old.n > 0)
        gone = erase(d, r->file, before, &old, fault);
    ut_database_close(d);
    free_old(&old);
    return gone;
}

int ut_retention_step(struct ut_retention *r, int64_t now_ms, int64_t unix_ms, struct ut_fault *fault)
{
    if (r->days == 0 || now_ms < r->due_ms)
        return 0;
    struct ut_fault own = {0};
    r->due_ms = now_ms + DAY_MS;
    int gone = step(r, unix_ms - (int64_t)r->days * DAY_MS, fault, &own);
    if (gone > 0)
        ut_note("%s: %d calls were older than %d days and are erased", r->file, gone, r->days);
    if (gone < 0 && own.code == 0)
        return -1;
    if (gone < 0) {
        ut_note("%s; calls that are too old stay for an hour", own.text);
        r->due_ms = now_ms + RETRY_MS;
    }
    return 0;
}
