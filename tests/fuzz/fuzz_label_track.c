/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a label track. */
#include "host-tools/trials/label_track.h"

#define UT_IS ut_label_track_is
#define UT_PARSE ut_label_track_parse
#define UT_HEAD ""
#define UT_RIGHT(x, m) ((x)->tier == -1)
#include "tests/fuzz/marks.h"
