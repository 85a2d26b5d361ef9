/* SPDX-License-Identifier: Apache-2.0 */
/* A page on this machine on which people say how the customer sounds in stretches of recorded calls. SPEC.md
 * "Labelling".
 *
 * in    the stretches of a folder (trials/spoken.h), a file of answers (trials/answers.h), which may be there; requests
 * out   the page; to each labeller the stretches in an order of his own, as sound, without names, times, scores or what
 *       others said; each answer at the end of the file, on the disk before the page hears of it
 * errors those of the file and of the web server; UT_EXIT_INDEX a row about no stretch of the folder;
 *       UT_EXIT_STORE_LOCKED another program adds to it; UT_EXIT_STORE_FULL no space
 * Stretches are asked for by their numbers: no request has a path of a file in it.
 */
#ifndef UT_HOST_LABELLING_H
#define UT_HOST_LABELLING_H

#include "host-tools/cues/catalogue.h"
#include "host-tools/trials/spoken.h"

struct ut_labelling_options {
    const char *folder, *file; /* outlive the page, as do the others */
    const struct ut_spoken *spoken;
    struct ut_audio_choice choice;
    const char *labeller; /* whose page it is at first; NULL = it asks */
    enum ut_language language;
    int port; /* 0 = any */
};

struct ut_labelling;

/* Serves from here on. NULL and *fault. */
struct ut_labelling *ut_labelling_open(const struct ut_labelling_options *options, struct ut_fault *fault);
void ut_labelling_close(struct ut_labelling *l);

/* The page's address with its token, without a line's end. */
void ut_labelling_address(const struct ut_labelling *l, char *text, size_t room);

/* What to wait for, and how long at most; then what to do, which never waits but for the disk. */
int ut_labelling_fd(const struct ut_labelling *l);
int64_t ut_labelling_due_ms(const struct ut_labelling *l);
void ut_labelling_step(struct ut_labelling *l);

#endif
