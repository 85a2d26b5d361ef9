/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of `undertone doctor`: what is there, and what to do where something is not. */
#ifndef UT_HOST_DOCTOR_H
#define UT_HOST_DOCTOR_H

#include "host-tools/settings/config.h"

#include <stddef.h>

enum ut_health {
    UT_HEALTH_OK,
    UT_HEALTH_WARN, /* something is missing that only some uses need */
    UT_HEALTH_FAIL
};

struct ut_finding {
    enum ut_health health;
    char found[400];
    char advice[600]; /* what to do; "" when OK */
};

struct ut_check {
    const char *name;
    /* config: the one in force, or the defaults where it cannot be read */
    void (*run)(const struct ut_config *config, struct ut_finding *f);
};

/* Every check, in order; *n of them. */
const struct ut_check *ut_doctor_checks(size_t *n);

#endif
