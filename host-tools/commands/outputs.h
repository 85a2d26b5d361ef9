/* SPDX-License-Identifier: Apache-2.0 */
/* The outputs that a call can have, by name: the one table from which commands fill a list of sinks.
 *
 * in    a name, and a stream or a file
 * out   a sink of that kind in the list, open
 * errors an unknown name (usage), a file that cannot be written
 */
#ifndef UT_HOST_OUTPUTS_H
#define UT_HOST_OUTPUTS_H

#include "host-tools/call/sink.h"
#include "host-tools/reports/format.h"
#include "host-tools/sinks/courier.h"
#include "host-tools/sinks/floor_link.h"
#include "host-tools/sinks/store.h"
#include "host-tools/system/fault.h"

#include <stdbool.h>
#include <stdio.h>

struct ut_output_kind {
    const char *name;   /* "ndjson", "text", "csv", ... */
    const char *ending; /* of a file in this format, "" = it has no file of its own beside the per-call one; NULL = no
                           format: not for --format */
    bool one_call;      /* what it makes describes a call, and is no list of many */
    struct ut_sink *(*make)(FILE *stream, const char *path);
    ut_format_writer *write; /* in the place of make */
};

/* The format of that name; NULL and *fault, which names them all. */
const struct ut_output_kind *ut_outputs_format(const char *name, struct ut_fault *fault);

/* An output of any name, into the file at path, which outlives the list; path NULL: to the stream. 0, or -1 and
 * *fault. */
int ut_outputs_add(struct ut_sinks *list, const char *name, FILE *stream, const char *path, struct ut_fault *fault);

/* Where events of a store are carried, by the config. 0, or -1 and *fault: nowhere, or there is no store. */
int ut_outputs_webhook(const struct ut_config *config, const char *store, struct ut_courier_options *o,
                       struct ut_fault *fault);

/* The floor that a store's events go to, by the config. 0, or -1 and *fault: none, or there is no store. */
int ut_outputs_floor(const struct ut_config *config, const char *store, struct ut_floor_link_options *o,
                     struct ut_fault *fault);

/* The store, what follows from its events (NULL = nothing), and who carries them to a webhook and to the floor (NULL =
 * nobody; a floor whose brokers are NULL: they wait in its outbox); nothing where store is NULL. 0, or -1 and
 * *fault. */
int ut_outputs_add_store(struct ut_sinks *list, const char *store, const struct ut_courier_options *webhook,
                         const struct ut_floor_link_options *floor, const struct ut_store_follow *follow,
                         struct ut_fault *fault);

#endif
