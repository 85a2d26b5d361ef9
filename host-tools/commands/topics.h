/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of the manual that are no command's: the config file, events, cues. `undertone help TOPIC`; undertone.ini(5),
 * undertone-events(7), undertone-cues(7). What they list comes from the tables that the program itself reads.
 */
#ifndef UT_HOST_TOPICS_H
#define UT_HOST_TOPICS_H

#include "host-tools/system/page.h"

struct ut_topic {
    const char *name;  /* after `undertone help` */
    const char *title; /* of the page in the manual */
    int section;       /* of the manual */
    const char *purpose;
    void (*write)(struct ut_page *p); /* what stands below the page's head */
};

/* Closed by a row of NULL. */
extern const struct ut_topic ut_topics[];

/* By its name or its title; NULL when there is none. */
const struct ut_topic *ut_topic_find(const char *name);

/* The whole page. version: what stands at the foot. */
void ut_topic_print(const struct ut_topic *t, bool man, const char *version, FILE *out);

#endif
