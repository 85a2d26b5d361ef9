/* SPDX-License-Identifier: Apache-2.0 */
/* A page of the manual that is no command's, written piece by piece: in the macros of man(7), or as text of 80 columns.
 *
 * in    headings, paragraphs, rows and samples in their order; `words` of a text are what is typed
 * out   the page to a stream; whether it could be written, the stream says
 */
#ifndef UT_HOST_PAGE_H
#define UT_HOST_PAGE_H

#include <stdbool.h>
#include <stdio.h>

struct ut_page {
    FILE *out;
    bool man;
};

/* What opens it. title: such as "undertone.ini"; section: of the manual; version: what stands at the foot. */
void ut_page_open(struct ut_page *p, const char *title, int section, const char *purpose, const char *version);

void ut_page_heading(struct ut_page *p, const char *text);
void ut_page_subheading(struct ut_page *p, const char *text);

/* Paragraphs, an empty line between. */
void ut_page_text(struct ut_page *p, const char *text);

/* A word and what it means. */
void ut_page_row(struct ut_page *p, const char *word, const char *text);

/* Lines as they are. */
void ut_page_sample(struct ut_page *p, const char *lines);

#endif
