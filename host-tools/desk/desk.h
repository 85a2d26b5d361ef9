/* SPDX-License-Identifier: Apache-2.0 */
/* An agent's desk over HTTP on this machine: the page, and what a softphone or a shell has a call do. SPEC.md "Desk".
 *
 * in    requests (system/web.h); a receiver and what its session hands on
 * out   the page and its news; what is asked of the session, at once
 * errors the web server's; UT_EXIT_FAILURE the file with the address cannot be written; UT_EXIT_NO_DEVICE it is another
 *       desk's
 * Lives in the poll loop of the receiver, so that nothing is asked of a session from elsewhere.
 */
#ifndef UT_HOST_DESK_H
#define UT_HOST_DESK_H

#include "host-tools/call/receiver.h"
#include "host-tools/call/sink.h"
#include "host-tools/settings/config.h"
#include "host-tools/sinks/actions.h"
#include "host-tools/sinks/floor_link.h"

#include <stddef.h>
#include <stdint.h>

enum { UT_DESK_PATH = 600 };

struct ut_desk_options {
    const struct ut_config *config;      /* outlives the desk */
    struct ut_receiver *receiver;        /* likewise; asked for its session, its link and its next call */
    const char *store;                   /* of the calls, for what became of them; NULL = none is kept */
    int port;                            /* 0 = any */
    void (*muted)(void *ctx, int muted); /* the page has muted the cues, or not any more; may be NULL */
    void *ctx;
};

struct ut_desk;

/* Serves from here on. NULL and *fault. */
struct ut_desk *ut_desk_open(const struct ut_desk_options *options, struct ut_fault *fault);
void ut_desk_close(struct ut_desk *d);

/* What the desk's requests of customers are about, the store and the sink of its record (sinks/audit.h), and what
 * became of scores for the floor, for its counts; all outlive the desk's last step. NULL = none. */
void ut_desk_keeps(struct ut_desk *d, const char *store, struct ut_sink *audit, const struct ut_floor_scores *floor);

/* Whose open question the page shows, and who takes the answer; outlives the desk's last step. NULL = nobody asks. */
void ut_desk_asks(struct ut_desk *d, struct ut_actions *actions);

/* Whose roll-outs the page's state names; outlives the desk's last step. NULL = nobody's. */
void ut_desk_rolls_out(struct ut_desk *d, struct ut_desk_rollout *rollout);

/* A sink that keeps the page up to date; it may end before the desk does. */
struct ut_sink *ut_desk_sink(struct ut_desk *d);

int ut_desk_port(const struct ut_desk *d);

/* The program that takes this one's place (system/program.h) serves at the same address: a page that is open stays. */
void ut_desk_hand_on(const struct ut_desk *d);

/* What to wait for, and how long at most; then what to do, which never waits. */
int ut_desk_fd(const struct ut_desk *d);
int64_t ut_desk_due_ms(const struct ut_desk *d);
void ut_desk_step(struct ut_desk *d);

/* Where the page's address is kept for `undertone call`: [page] file, or undertone.page in XDG_RUNTIME_DIR. 0, or -1
 * and *fault: there is no such place. */
int ut_desk_path(const struct ut_config *config, char path[UT_DESK_PATH], struct ut_fault *fault);

#endif
