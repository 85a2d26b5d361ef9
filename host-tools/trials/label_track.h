/* SPDX-License-Identifier: Apache-2.0 */
/* Label tracks as Audacity writes and reads them: a line per label, `begin TAB end TAB text` in seconds.
 *
 * in    text, which is cut up. Points have their time twice, or once in files of old versions; decimals behind a point
 *       or a comma; lines that begin with \ (frequencies of the label before) and empty lines are passed over
 * out   marks (marks.h), one for each label, also without a text
 * errors UT_EXIT_INDEX a line that is no label, named by its number; an end before its begin; out of memory
 * https://manual.audacityteam.org/man/importing_and_exporting_labels.html
 */
#ifndef UT_HOST_LABEL_TRACK_H
#define UT_HOST_LABEL_TRACK_H

#include "host-tools/trials/marks.h"

#include <stdbool.h>

/* Whether the text's first line that counts is a label. */
bool ut_label_track_is(const char *text);

/* Adds to *m. 0, or -1 and *fault. */
int ut_label_track_parse(struct ut_marks *m, char *text, const char *file, struct ut_fault *fault);

#endif
