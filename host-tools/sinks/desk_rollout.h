/* SPDX-License-Identifier: Apache-2.0 */
/* The course of roll-outs at a desk: heard, fetched, judged, taken, tried, confirmed, refused or put back. SPEC.md "At
 * the desk".
 *
 * in    what the site's three topics say; the time, and whether there is a connection; what the desk has
 *       (settings/rollout_kept.h)
 * out   the desk's report; its folder; records and remarks; whether live has to begin again for what is in force
 * errors those of the config at the beginning. Later ones are none: what cannot be done is refused, or tried again
 * Lives in the thread of the link (floor_link.h) and never waits; what live asks it may ask from its own.
 */
#ifndef UT_HOST_DESK_ROLLOUT_H
#define UT_HOST_DESK_ROLLOUT_H

#include "host-tools/settings/rollout_kept.h"
#include "host-tools/sinks/floor_message.h"
#include "host-tools/system/json.h"

#include <stdbool.h>
#include <stdint.h>

/* Its numbers. */
enum {
    UT_DESK_ROLLOUT_FETCH_MS = 600000, /* a server that is begun anew is back by then; then it is tried so seldom */
    UT_DESK_ROLLOUT_FIRST_MS = 1000,   /* desks of a ring do not come at one moment */
    UT_DESK_ROLLOUT_PAUSE_MS = 30000,  /* between attempts at most, from 1 s, doubled, a fifth more or less */
    UT_DESK_ROLLOUT_AHEAD = 1000,      /* numbers: who skips more has another site's, or means to end all others */
    UT_DESK_ROLLOUT_AGAIN_MS = 2000    /* what could not be written or recorded is tried again */
};

struct ut_desk_rollout;

/* Whether a file is a release that headsets may be given (headset/release_file.h). 0, or -1 and *fault. */
typedef int ut_desk_rollout_release(const char *path, struct ut_fault *fault);

/* Begins with what is in force at this start: *config is then what live has to go by, which is another than it was
 * where a roll-out is put back. NULL without a fault: nothing is rolled out to this config, or another live has the
 * folder, which is said; NULL and *fault. */
struct ut_desk_rollout *ut_desk_rollout_new(const struct ut_config **config, ut_desk_rollout_release *release,
                                            struct ut_fault *fault);
void ut_desk_rollout_free(struct ut_desk_rollout *d);

/* Before that, behind the link's end: live ends by itself, in order or with a fault. In order, or before it was ever
 * connected, this start does not count against what is tried. */
void ut_desk_rollout_ended(struct ut_desk_rollout *d, bool in_order);

/* Who hears: strings and contexts outlive it. boot: of this start. record: before it is done, 0 or -1 and *fault; takes
 * the reference; NULL = there is no record. remark: for people; NULL = nobody reads. */
struct ut_desk_rollout_hooks {
    const char *site, *device, *boot, *token;
    int (*record)(void *ctx, const char *kind, json_t *more, struct ut_fault *fault);
    void *ctx;
    void (*remark)(void *remark_ctx, const char *text);
    void *remark_ctx;
};
void ut_desk_rollout_hooks(struct ut_desk_rollout *d, const struct ut_desk_rollout_hooks *hooks);

/* here: the broker that said it is on this machine. */
void ut_desk_rollout_hear(struct ut_desk_rollout *d, enum ut_rollout_ring ring, const char *bytes, size_t n, bool here);

/* Does what there is to do; how many ms until there is more. now: any clock; chance: any number. */
int ut_desk_rollout_step(struct ut_desk_rollout *d, bool up, int64_t now, uint32_t chance);

/* What is to be said to the floor, without the name of a folder of this desk's user; NULL: there is nothing new. said:
 * it went. anew: it has to go again. */
const struct ut_floor_rollout_report *ut_desk_rollout_report(const struct ut_desk_rollout *d);
void ut_desk_rollout_said(struct ut_desk_rollout *d);
void ut_desk_rollout_anew(struct ut_desk_rollout *d);

/* From any thread: whether what is in force is another than this start began with. */
bool ut_desk_rollout_again(const struct ut_desk_rollout *d);

/* From any thread, for the page: the newest report (number 0: there is none) and the firmware that is there ("": there
 * is none). */
struct ut_desk_rollout_view {
    struct ut_floor_rollout_report report;
    char firmware[UT_IDENTITY_MAX + 1];
};
void ut_desk_rollout_view(struct ut_desk_rollout *d, struct ut_desk_rollout_view *view);

#endif
