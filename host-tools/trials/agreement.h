/* SPDX-License-Identifier: Apache-2.0 */
/* How far people agree who put the same things into classes: Krippendorff's alpha for nominal data.
 *
 * in    a class, or none, of each unit by each labeller; any number of them may be missing
 * out   alpha, 1 = everybody always agrees, 0 = as chance would; its 95 % interval by drawing units
 * A unit that fewer than two gave a class says nothing of agreement and is left out. Where all classes given are the
 * same one, or no unit has two, alpha is not known: NAN. K. Krippendorff, Content Analysis (4th ed. 2019), chapter 12.
 */
#ifndef UT_HOST_AGREEMENT_H
#define UT_HOST_AGREEMENT_H

#include <stdbool.h>
#include <stddef.h>

enum {
    UT_AGREEMENT_CLASSES = 8,  /* 0 to 7 */
    UT_AGREEMENT_MISSING = -1, /* what stands for no class */
    UT_AGREEMENT_DRAWS = 1000,
    UT_AGREEMENT_LEAST = 10 /* fewer units have no interval: hardly any two draws would differ */
};

struct ut_agreement {
    size_t units, values;    /* units with two classes or more, and how many classes these have */
    double alpha, low, high; /* NAN = not known */
};

/* value[unit * labellers + labeller]. 0, or -1 when out of memory. */
int ut_agreement(const signed char *value, size_t units, size_t labellers, struct ut_agreement *a);

/* Of two labellers: units that both gave a class, and those that they gave the same. */
void ut_agreement_pair(const signed char *value, size_t units, size_t labellers, size_t one, size_t other, size_t *both,
                       size_t *same);

#endif
