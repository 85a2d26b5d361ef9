/* SPDX-License-Identifier: Apache-2.0 */
/* A supervisor's page of a floor, and the same for programs, over HTTP. SPEC.md "Supervisor's page", "Access".
 *
 * in    a ledger, what is committed to it, requests (system/web.h)
 * out   pages, JSON, news; what a supervisor did, in the ledger
 * errors UT_EXIT_USAGE an address that is not of this machine, without TLS and users: nobody else may ask then;
 *       UT_EXIT_CONFIG_KEY a setting lacks another; those of the certificate, the users and the web server
 * Lives in the poll loop of the ingest.
 */
#ifndef UT_HOST_FLOOR_WEB_H
#define UT_HOST_FLOOR_WEB_H

#include "host-tools/serve/floor_audit.h"
#include "host-tools/serve/floor_metrics.h"
#include "host-tools/serve/ledger.h"
#include "host-tools/settings/config.h"

#include <stdint.h>

enum { UT_FLOOR_WEB_REASON = 200 /* bytes of why a desk's audit file is another, or a roll-out is stopped */ };

struct ut_floor_web;

struct ut_floor_web_options {
    struct ut_ledger *ledger;
    struct ut_floor_audit *audit;
    const struct ut_config *config; /* [customer] site_key */
    const char *site;
    const char *cert_file, *key_file, *users, *desks, *proxy, *host; /* of [serve]; "" = not set */
    const char *verifier;                                            /* of [fleet] */
    const char *address;                                             /* "PORT", "ADDRESS:PORT"; port 0 = any */
    void *ctx;
    void (*metrics)(void *ctx, struct ut_floor_metrics *m);                              /* all but m->ledger */
    void (*answer)(void *ctx, const char *device, const struct ut_floor_answer *answer); /* to a desk's question */
};

/* NULL and *fault. */
struct ut_floor_web *ut_floor_web_open(const struct ut_floor_web_options *options, struct ut_fault *fault);
void ut_floor_web_close(struct ut_floor_web *w);

/* From then on they are asked for what desks fetch. */
void ut_floor_web_rollouts(struct ut_floor_web *w, struct ut_rollouts *rollouts);

/* Where others ask: "https://floor.example:8443"; "" where that cannot be known, since it listens at any address. */
void ut_floor_web_base(const struct ut_floor_web *w, char text[UT_FLOOR_FROM]);

/* What to open in a browser. */
const char *ut_floor_web_url(const struct ut_floor_web *w);

int ut_floor_web_fd(const struct ut_floor_web *w);
int64_t ut_floor_web_due_ms(const struct ut_floor_web *w);
void ut_floor_web_step(struct ut_floor_web *w);

/* An event or a score is committed: readers hear of it with the next step. */
void ut_floor_web_taken(struct ut_floor_web *w, const struct ut_ledger_event *e);

/* A desk asks a supervisor; it asks again until it has an answer. */
void ut_floor_web_asked(struct ut_floor_web *w, const char *device, const struct ut_floor_question *question);

/* How many questions had no room on the page, and went by their default. */
uint64_t ut_floor_web_not_shown(const struct ut_floor_web *w);

/* A desk's link has changed: so may all its calls. */
void ut_floor_web_changed(struct ut_floor_web *w);

#endif
