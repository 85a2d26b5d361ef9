/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables of a store and of a ledger hold of calls, for how long, and who may ask for it. SPEC.md "Privacy".
 *
 * in    an open file of either kind
 * out   each of its tables: what is known of it, and what is there now
 * errors host-tools/system/database.h
 */
#ifndef UT_HOST_HOLDINGS_H
#define UT_HOST_HOLDINGS_H

#include "host-tools/serve/users.h"
#include "host-tools/system/database.h"

#include <stdint.h>

/* A table as this program makes it. */
struct ut_holding {
    const char *table, *holds;
    const char *count;   /* its rows, the earliest and the latest of their times, in SQL */
    const char *kept;    /* until when, in words */
    int days;            /* of that; 0 = no number of days */
    enum ut_right right; /* that lets a user of the floor ask for it; UT_RIGHTS = no page or request has it */
    const char *erase;   /* how */
};

struct ut_holding_found {
    const struct ut_holding *about; /* NULL = the table is none of this program's, and nothing is counted */
    const char *table, *columns;    /* "session, contact" */
    int64_t rows, first, last;      /* Unix times in ms; -1 = none has one */
};

enum ut_holder { UT_HOLDER_STORE, UT_HOLDER_LEDGER };

/* Of each table of the file, by name; not 0 from `each` ends it. 0, or -1 and *fault, or what `each` returned. */
typedef int ut_holdings_each(void *ctx, const struct ut_holding_found *found);
int ut_holdings(struct ut_database *d, enum ut_holder holder, ut_holdings_each *each, void *ctx,
                struct ut_fault *fault);

#endif
