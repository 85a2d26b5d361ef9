/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a TextGrid. */
#include "host-tools/trials/textgrid.h"

#define UT_IS ut_textgrid_is
#define UT_PARSE ut_textgrid_parse
#define UT_HEAD "\"ooTextFile\" \"TextGrid\" 0 9 <exists> 2 \"IntervalTier\" \"a\" 0 9 "
#define UT_RIGHT(x, m) ((x)->tier >= 0 && (size_t)(x)->tier < (m)->tiers && (x)->text[0] != '\0')
#include "tests/fuzz/marks.h"
