/* SPDX-License-Identifier: Apache-2.0 */
/* Roll-outs as simulated desks take them: by the manifests and settings of any desk (settings/rollout.h), in no folder.
 * Their calls go by the settings in force, so that a roll-out shows in their events as it would in a desk's. SPEC.md
 * "Roll-outs" and "Simulated headsets".
 *
 * in    what the site's three topics say; files, fetched by each desk with its own token; the time
 * out   reports; the events of the script's calls by the settings in force
 * errors UT_EXIT_CONFIG_KEY a verifier that is none. Later ones are none: what cannot be done is refused, or tried
 *       again
 * Of packs and firmware a desk that never was only compares the hash.
 */
#ifndef UT_HOST_DESKS_ROLLOUT_H
#define UT_HOST_DESKS_ROLLOUT_H

#include "host-tools/settings/rollout.h"
#include "host-tools/simulate/templates.h"

#include <stdbool.h>

enum { UT_DESKS_FETCHES = 32 /* at a time, in a process */ };

/* Strings, config and calls outlive it. */
struct ut_desks_rollout_options {
    const char *site;
    const struct ut_config *config; /* of all the desks: [fleet], and what settings are put over */
    const struct ut_simulated_call *call;
    size_t calls;
};

struct ut_desks_rollout;
struct ut_desks_manifest;

/* NULL without a fault: the config has no verifier; NULL and *fault. */
struct ut_desks_rollout *ut_desks_rollout_new(const struct ut_desks_rollout_options *options, struct ut_fault *fault);
void ut_desks_rollout_free(struct ut_desks_rollout *all);

/* How far one desk has come. All zero but `in_force` and `before`, which are the calls by the config alone. */
struct ut_desk_course {
    const struct ut_templates *in_force, *before; /* of each of the calls */
    uint32_t newest, taken;                       /* numbers: that came out somehow; that may be put back, 0 = none */
    const struct ut_desks_manifest *heard[UT_RINGS], *of; /* of: that is fetched or tried; NULL = none is */
    const struct ut_templates *next;                      /* fetched and judged: in force from the next pause on */
    uint32_t stopped;                                     /* the number of the newest stop that was heard */
    bool begins;                                          /* between two calls the desk begins again */
    bool trying;
    int64_t due_ms, up_ms; /* up_ms: of the connection; -1 = there is none */
    int file, vain;
    struct ut_desks_fetch *fetch;          /* NULL = none is on its way */
    struct ut_floor_rollout_report report; /* number 0 = there is none; its boot is the caller's */
    bool unsaid;
};
void ut_desk_course_free(struct ut_desks_rollout *all, struct ut_desk_course *c);

void ut_desk_course_hear(struct ut_desks_rollout *all, struct ut_desk_course *c, enum ut_rollout_ring ring,
                         const char *bytes, size_t n);

/* token: "" = none. chance: any number. */
void ut_desk_course_step(struct ut_desks_rollout *all, struct ut_desk_course *c, const char *device, const char *token,
                         bool up, int64_t now_ms, uint32_t chance);

/* It has begun again: what was fetched is in force, or what was before it. */
void ut_desk_course_begun(struct ut_desk_course *c);

#endif
