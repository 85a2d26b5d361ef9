/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone doctor`: checks the set-up, one line per check, and says what to do. */
#ifndef UT_HOST_DOCTOR_H
#define UT_HOST_DOCTOR_H

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
    void (*run)(struct ut_finding *f);
};

/* Every check, in order; *n of them. */
const struct ut_check *ut_doctor_checks(size_t *n);

/* The file named by --config, to be looked at in place of the usual two; NULL without. */
void ut_doctor_config(const char *file);

/* `undertone doctor [--json]`: 0, or 1 when a check fails */
int ut_doctor_main(int argc, char **argv);

#endif
