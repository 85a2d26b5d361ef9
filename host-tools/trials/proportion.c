/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/proportion.h"

#include <math.h>

struct ut_proportion ut_proportion(int part, int n)
{
    static const double Z = 1.959964; /* of 95 % */
    if (n <= 0)
        return (struct ut_proportion){(double)NAN, (double)NAN, (double)NAN};
    double p = (double)part / n, z2 = Z * Z, middle = (p + z2 / (2 * n)) / (1 + z2 / n);
    double half = Z * sqrt(p * (1 - p) / n + z2 / (4.0 * n * n)) / (1 + z2 / n);
    return (struct ut_proportion){p, fmax(0, middle - half), fmin(1, middle + half)};
}
