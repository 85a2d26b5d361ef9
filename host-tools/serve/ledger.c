/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/ledger.h"

#include "host-tools/system/postgres_address.h"

#include <stdio.h>
#include <string.h>

const char *ut_ledger_ring_state_name(enum ut_ledger_ring_state state)
{
    static const char *const names[UT_LEDGER_RING_STATES] = {"waiting", "open", "passed", "stopped"};
    return names[state];
}

static enum ut_ledger_ring_state find_ring_state(const char *name)
{
    int i = 0;
    while (i < UT_LEDGER_RING_STOPPED && strcmp(name, ut_ledger_ring_state_name((enum ut_ledger_ring_state)i)) != 0)
        i++;
    return (enum ut_ledger_ring_state)i;
}

static int64_t or_not_yet(const struct ut_database_row *row, int column)
{
    return ut_database_null(row, column) ? -1 : ut_database_number(row, column);
}

int ut_ledger_row_call(void *ctx, const struct ut_database_row *row)
{
    const struct ut_ledger_asking *a = ctx;
    const struct ut_ledger_call c = {
        .session = ut_database_text(row, 0),
        .contact = ut_database_text(row, 1),
        .state = ut_database_text(row, 2),
        .began = ut_database_number(row, 3),
        .ended = or_not_yet(row, 4),
        .events = ut_database_number(row, 5),
        .cues = ut_database_number(row, 6),
        .updated = or_not_yet(row, 7),
        .snapshot = ut_database_text(row, 8),
        .flag = ut_database_number(row, 9),
        .raised = ut_database_number(row, 10),
        .lowered = or_not_yet(row, 11),
        .acked = or_not_yet(row, 12),
        .acked_by = ut_database_text(row, 13),
        .acted = or_not_yet(row, 14),
        .action = ut_database_text(row, 15),
        .flag_event = ut_database_text(row, 16),
        .link = (enum ut_floor_state)(ut_database_null(row, 17) ? UT_FLOOR_LOST : ut_database_number(row, 17)),
        .link_since = or_not_yet(row, 18),
        .device = ut_database_text(row, 19)};
    return a->call(a->ctx, &c);
}

int ut_ledger_row_line(void *ctx, const struct ut_database_row *row)
{
    const struct ut_ledger_asking *a = ctx;
    return a->line(a->ctx, ut_database_number(row, 0), ut_database_text(row, 1));
}

int ut_ledger_row_checkpoint(void *ctx, const struct ut_database_row *row)
{
    const struct ut_ledger_asking *a = ctx;
    const struct ut_ledger_checkpoint c = {.device = ut_database_text(row, 0),
                                           .verifier = ut_database_text(row, 1),
                                           .root = ut_database_text(row, 2),
                                           .note = ut_database_text(row, 3),
                                           .n = ut_database_number(row, 4),
                                           .received = ut_database_number(row, 5)};
    return a->checkpoint(a->ctx, &c);
}

int ut_ledger_row_ring(void *ctx, const struct ut_database_row *row)
{
    const struct ut_ledger_asking *a = ctx;
    const struct ut_ledger_ring r = {.number = (uint32_t)ut_database_number(row, 0),
                                     .ring = (int)ut_database_number(row, 1),
                                     .share = (unsigned)ut_database_number(row, 2),
                                     .state = find_ring_state(ut_database_text(row, 3)),
                                     .hold_s = ut_database_number(row, 4),
                                     .opened = or_not_yet(row, 5),
                                     .changed = ut_database_number(row, 6),
                                     .note = ut_database_text(row, 7),
                                     .why = ut_database_text(row, 8),
                                     .by = ut_database_text(row, 9),
                                     .recorded = find_ring_state(ut_database_text(row, 10))};
    return r.ring >= 0 && r.ring < UT_LEDGER_RINGS ? a->ring(a->ctx, &r) : 0;
}

int ut_ledger_row_desk(void *ctx, const struct ut_database_row *row)
{
    const struct ut_ledger_asking *a = ctx;
    const struct ut_ledger_desk d = {.device = ut_database_text(row, 0),
                                     .link = (enum ut_floor_state)ut_database_number(row, 1),
                                     .since = ut_database_number(row, 2),
                                     .lost = or_not_yet(row, 3),
                                     .reported = !ut_database_null(row, 4),
                                     .state = (enum ut_floor_rollout_state)ut_database_number(row, 4),
                                     .why = ut_database_text(row, 5),
                                     .reached = or_not_yet(row, 6),
                                     .taken = or_not_yet(row, 7),
                                     .cues = ut_database_number(row, 8),
                                     .call_ms = ut_database_number(row, 9)};
    return a->desk(a->ctx, &d);
}

int ut_ledger_row_session(void *ctx, const struct ut_database_row *row)
{
    (void)snprintf(ctx, UT_FLOOR_SESSION, "%s", ut_database_text(row, 0));
    return 1;
}

int ut_ledger_row_rollout(void *ctx, const struct ut_database_row *row)
{
    *(uint32_t *)ctx = (uint32_t)ut_database_number(row, 0);
    return 1;
}

int ut_ledger_row_counts(void *ctx, const struct ut_database_row *row)
{
    struct ut_ledger_counts *c = ctx;
    c->calls_live = ut_database_number(row, 0);
    c->flags_open = ut_database_number(row, 1);
    c->events = ut_database_number(row, 2);
    c->sessions = ut_database_number(row, 3);
    c->devices_connected = ut_database_number(row, 4);
    c->flags_unseen = ut_database_number(row, 5);
    return 1;
}

struct ut_ledger *ut_ledger_open(const char *where, const char *site, bool serves, struct ut_fault *fault)
{
    if (!ut_postgres_is(where))
        return ut_ledger_sqlite(where, serves, fault);
#ifdef UT_NO_POSTGRES
    (void)site;
    (void)ut_fault_set(fault, UT_EXIT_USAGE, "this program was built without PostgreSQL; build it with POSTGRES=yes");
    return NULL;
#else
    return ut_ledger_postgres(where, site, fault);
#endif
}

static int take_device(void *ctx, const struct ut_ledger_call *c)
{
    (void)snprintf(ctx, UT_FLOOR_NAME, "%s", c->device);
    return 1;
}

int ut_ledger_desk_of(struct ut_ledger *l, const char *session, char device[UT_FLOOR_NAME], struct ut_fault *fault)
{
    device[0] = '\0';
    int r = l->kind->calls(l, session, 0, take_device, device, fault);
    return r == 1 && device[0] == '\0' ? 0 : r;
}
