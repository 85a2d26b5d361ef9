/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of a store as commands print them. SPEC.md "Store".
 *
 * in    calls and events of a store, which may be anybody's: text is cleaned, times do not overflow
 * out   lines on standard output, or on a stream
 */
#ifndef UT_HOST_CALL_LIST_H
#define UT_HOST_CALL_LIST_H

#include "host-tools/sinks/call_search.h"
#include "host-tools/sinks/event_table.h"

/* One JSON object. Returns 0. */
int ut_call_list_json(void *ctx, const struct ut_event_table_call *c);

/* A row of a table; ctx: a bool, whether its head was printed. Returns 0. */
int ut_call_list_row(void *ctx, const struct ut_event_table_call *c);

/* How a call went, as JSON and as a row likewise. */
int ut_call_list_course_json(void *ctx, const struct ut_call_found *found);
int ut_call_list_course(void *ctx, const struct ut_call_found *found);

/* An event as it was sent; ctx: a FILE *. */
void ut_call_list_event(void *ctx, const char *json);

#endif
