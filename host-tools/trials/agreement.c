/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/agreement.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What a unit adds: how often each class was given, and the pairs of unlike ones, each pair by 1 / (classes - 1). */
struct unit {
    double of[UT_AGREEMENT_CLASSES], all, unlike;
};

/* False where it has fewer than two classes. */
static bool count(const signed char *value, size_t labellers, struct unit *u)
{
    memset(u, 0, sizeof *u);
    for (size_t i = 0; i < labellers; i++)
        if (value[i] >= 0 && value[i] < UT_AGREEMENT_CLASSES) {
            u->of[value[i]]++;
            u->all++;
        }
    for (int c = 0; c < UT_AGREEMENT_CLASSES && u->all > 1; c++)
        u->unlike += u->of[c] * (u->all - u->of[c]) / (u->all - 1);
    return u->all > 1;
}

static void add(struct unit *sum, const struct unit *u)
{
    for (int c = 0; c < UT_AGREEMENT_CLASSES; c++)
        sum->of[c] += u->of[c];
    sum->all += u->all;
    sum->unlike += u->unlike;
}

/* Disagreement that there is against that of the same classes dealt by chance. */
static double alpha(const struct unit *sum)
{
    double unlike = 0;
    for (int c = 0; c < UT_AGREEMENT_CLASSES; c++)
        unlike += sum->of[c] * (sum->all - sum->of[c]);
    return unlike > 0 ? 1 - (sum->all - 1) * sum->unlike / unlike : (double)NAN;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Not where a twentieth of the draws has no alpha: there is hardly any unit of a second class. */
static void interval(const struct unit *unit, struct ut_agreement *a)
{
    double drawn[UT_AGREEMENT_DRAWS];
    uint64_t random = 0x9E3779B97F4A7C15U;
    size_t n = 0;
    for (int draw = 0; draw < UT_AGREEMENT_DRAWS && a->units >= UT_AGREEMENT_LEAST; draw++) {
        struct unit sum = {.all = 0};
        for (size_t i = 0; i < a->units; i++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            add(&sum, &unit[(random >> 32) * a->units >> 32]);
        }
        drawn[n] = alpha(&sum);
        n += isnan(drawn[n]) ? 0 : 1;
    }
    a->low = a->high = (double)NAN;
    if (n < UT_AGREEMENT_DRAWS * 19 / 20 || isnan(a->alpha))
        return;
    qsort(drawn, n, sizeof drawn[0], by_size);
    a->low = drawn[n * 25 / 1000];
    a->high = drawn[(n * 975 - 1) / 1000];
}

int ut_agreement(const signed char *value, size_t units, size_t labellers, struct ut_agreement *a)
{
    struct unit sum = {.all = 0}, *unit = calloc(units + 1, sizeof *unit);
    memset(a, 0, sizeof *a);
    if (unit == NULL)
        return -1;
    for (size_t u = 0; u < units; u++)
        if (count(value + u * labellers, labellers, &unit[a->units]))
            add(&sum, &unit[a->units++]);
    a->values = (size_t)sum.all;
    a->alpha = alpha(&sum);
    interval(unit, a);
    free(unit);
    return 0;
}

void ut_agreement_pair(const signed char *value, size_t units, size_t labellers, size_t one, size_t other, size_t *both,
                       size_t *same)
{
    *both = *same = 0;
    for (size_t u = 0; u < units; u++) {
        signed char a = value[u * labellers + one], b = value[u * labellers + other];
        *both += a >= 0 && b >= 0;
        *same += a >= 0 && a == b;
    }
}
