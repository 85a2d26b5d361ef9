/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as RTTM. */
#include "host-tools/trials/rttm.h"

#define UT_IS ut_rttm_is
#define UT_PARSE ut_rttm_parse
#define UT_HEAD ""
#define UT_RIGHT(x, m) ((x)->tier == -1 && (x)->recording[0] != '\0')
#include "tests/fuzz/marks.h"
