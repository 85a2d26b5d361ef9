/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/rate_test.h"

#include <math.h>

double ut_rate_test(int64_t here, double seen_here, int64_t there, double seen_there, double ratio)
{
    static const double LEAST = 1e-18; /* of the sum: what follows changes no digit that is read */
    if (here <= 0 || there < 0 || seen_here <= 0.0 || seen_there <= 0.0)
        return 1.0;
    const double n = (double)(here + there), p = ratio * seen_here / (ratio * seen_here + seen_there);
    double k = (double)here;
    if (k <= n * p)
        return 1.0;
    /* From the first term on each is smaller than the one before. */
    double term = exp(lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0) + k * log(p) + (n - k) * log1p(-p));
    double sum = term;
    for (; k < n && term > LEAST * sum; k += 1.0) {
        term *= (n - k) / (k + 1.0) * p / (1.0 - p);
        sum += term;
    }
    return fmin(sum, 1.0);
}
