/* SPDX-License-Identifier: Apache-2.0 */
/* One event to a web server, signed by the rules of Standard Webhooks. SPEC.md "Webhook".
 *
 * in    where to, the keys, an event's line and its name
 * out   a POST over HTTPS (or HTTP on this machine) and what came of it
 * errors UT_EXIT_CONFIG_KEY an address that is none or that would show what it must not
 * An error names the host, nothing else of the address, and nothing of the event. libcurl is included in webhook.c and
 * nowhere else.
 */
#ifndef UT_HOST_WEBHOOK_H
#define UT_HOST_WEBHOOK_H

#include "host-tools/system/fault.h"
#include "host-tools/system/signature.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { UT_WEBHOOK_TIMEOUT_MS = 15000, UT_WEBHOOK_HOST = 256, UT_WEBHOOK_ERROR = 120 };

/* The host of an address for people; refused: not https (http to this machine is fine), a user or a password in it, a
 * fragment. 0, or -1 and *fault, which says of which setting it is. */
int ut_webhook_check(const char *url, const char *setting, char host[UT_WEBHOOK_HOST], struct ut_fault *fault);

struct ut_webhook;

/* ca_file: certificates to believe in place of the system's; NULL or "" = those. NULL and *fault. The keys outlive
 * it. */
struct ut_webhook *ut_webhook_new(const char *url, const char *ca_file, const struct ut_signature_keys *keys,
                                  struct ut_fault *fault);
void ut_webhook_free(struct ut_webhook *w);

enum ut_webhook_result {
    UT_WEBHOOK_TAKEN, /* 2xx within the time */
    UT_WEBHOOK_FAILED,
    UT_WEBHOOK_GONE,   /* 410: nothing more is wanted */
    UT_WEBHOOK_STOPPED /* by *stop */
};

struct ut_webhook_answer {
    int64_t retry_after_ms;       /* that the server asks for; 0 = it does not */
    char error[UT_WEBHOOK_ERROR]; /* why not taken: "answer 500" */
};

/* Takes as long as UT_WEBHOOK_TIMEOUT_MS. unix_s: now; stop: once not 0 it ends early. */
enum ut_webhook_result ut_webhook_post(struct ut_webhook *w, const char *session, int64_t sequence, const char *json,
                                       int64_t unix_s, atomic_int *stop, struct ut_webhook_answer *answer);

#endif
