/* SPDX-License-Identifier: Apache-2.0 */
/* A script's first call as records, for tests of what plays them. */
#ifndef UT_SCRIPT_TEST_H
#define UT_SCRIPT_TEST_H

#include "host-tools/simulate/records.h"

#include <stdlib.h>
#include <string.h>

static inline int records_of(const char *text, struct ut_script *s, struct ut_simulated_call *call)
{
    struct ut_fault fault = {0};
    char *copy = strdup(text);
    int done = copy != NULL && ut_script_parse(s, copy, "test", &fault) == 0 ? ut_simulated_records(s, 0, call) : -1;
    free(copy);
    return done;
}

#endif
