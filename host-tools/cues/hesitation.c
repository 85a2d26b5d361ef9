/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/hesitation.h"

#include "firmware/turns.h"
#include "host-tools/cues/readings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RESPONSES_KNOWN = 3 }; /* answers before it is known how fast they usually come */

static double value(const struct ut_hesitation *h, enum ut_param p)
{
    return h->config->value[p];
}

static int64_t ms(const struct ut_hesitation *h, enum ut_param p)
{
    return ut_config_ms(h->config, p);
}

void ut_hesitation_init(struct ut_hesitation *h, const struct ut_config *config)
{
    memset(h, 0, sizeof *h);
    h->config = config;
    h->broken = true;
}

static void remember(struct ut_hesitation *h, enum ut_hesitation_sign sign, int64_t length_ms)
{
    h->mark[h->at] = (struct ut_hesitation_mark){h->said_ms, (int32_t)sign, (int32_t)length_ms};
    h->at = (h->at + 1) % UT_HESITATION_MARKS;
    h->marks += h->marks < UT_HESITATION_MARKS;
}

void ut_hesitation_begins(struct ut_hesitation *h, int64_t gap_ms, bool answers)
{
    bool known = !h->broken && gap_ms >= 0 && gap_ms <= ms(h, UT_P_HESITATES_LONGEST);
    h->broken = false;
    h->steady = 0;
    if (!known)
        return;
    if (answers) {
        if (h->asked)
            remember(h, UT_HESITATION_LATENCY, gap_ms);
    } else if (gap_ms >= ms(h, UT_P_HESITATES_PAUSE)) {
        h->said_ms += gap_ms;
        remember(h, UT_HESITATION_PAUSES, gap_ms);
    }
}

void ut_hesitation_ends(struct ut_hesitation *h, int64_t length_ms)
{
    h->said_ms += length_ms;
    h->asked = false;
}

void ut_hesitation_agent(struct ut_hesitation *h, int64_t length_ms)
{
    h->asked |= length_ms >= UT_TURNS_LONG_IPU_MS;
}

void ut_hesitation_break(struct ut_hesitation *h)
{
    h->broken = true;
    h->steady = 0;
}

static bool stays(const struct ut_hesitation *h, const struct ut_wire_score *s)
{
    return fabs(ut_readings_semitones(s->customer_f0) - ut_readings_semitones(h->f0)) <=
               value(h, UT_P_HESITATES_STEADY) &&
           fabs(ut_readings_loudness(s->customer_loudness) - ut_readings_loudness(h->loudness)) <=
               value(h, UT_P_HESITATES_LEVEL);
}

/* One mark for each stretch of steady voice, when it is long enough. */
static void listen(struct ut_hesitation *h, const struct ut_wire_score *s)
{
    bool steady = s->customer_f0 > 0 && ut_readings_range(s->customer_f0_range) <= value(h, UT_P_HESITATES_RANGE);
    h->steady = !steady ? 0 : h->steady > 0 && stays(h, s) ? h->steady + 1 : 1;
    h->f0 = s->customer_f0;
    h->loudness = s->customer_loudness;
    if (h->steady == (int32_t)value(h, UT_P_HESITATES_RECORDS))
        remember(h, UT_HESITATION_FILLED, 0);
}

static int by_size(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static double median_s(int32_t *latency_ms, int n)
{
    qsort(latency_ms, (size_t)n, sizeof latency_ms[0], by_size);
    return (latency_ms[(n - 1) / 2] + latency_ms[n / 2]) / 2000.0;
}

static void measure(struct ut_hesitation *h, enum ut_hesitation_sign sign, bool valid, double now, double usual,
                    double threshold)
{
    h->of[sign].valid = valid;
    h->of[sign].now = now;
    h->of[sign].usual = usual;
    h->of[sign].share = valid ? (now - usual) / threshold : 0;
}

/* The three signs that have marks: those of late against those before. */
static void use_marks(struct ut_hesitation *h)
{
    int64_t window = ms(h, UT_P_HESITATES_WINDOW), from = h->said_ms - window, first = h->said_ms;
    int32_t before_ms[UT_HESITATION_MARKS];
    int latencies[2] = {0}, fills[2] = {0};
    int64_t pauses[2] = {0}, latency = 0;
    for (int32_t i = 0; i < h->marks; i++) {
        const struct ut_hesitation_mark *m =
            &h->mark[(h->at - h->marks + i + UT_HESITATION_MARKS) % UT_HESITATION_MARKS];
        int late = m->said_ms > from;
        first = m->said_ms < first ? m->said_ms : first;
        if (m->sign == UT_HESITATION_LATENCY) {
            if (late)
                latency += m->ms;
            else
                before_ms[latencies[0]] = m->ms;
            latencies[late]++;
        } else if (m->sign == UT_HESITATION_PAUSES) {
            pauses[late] += m->ms;
        } else {
            fills[late]++;
        }
    }
    /* what the ring has forgotten is in neither */
    int64_t before = h->marks < UT_HESITATION_MARKS ? from : from - first;
    bool known = before >= window;
    measure(h, UT_HESITATION_LATENCY, latencies[1] > 0 && latencies[0] >= RESPONSES_KNOWN,
            latencies[1] > 0 ? (double)latency / latencies[1] / 1000 : 0,
            latencies[0] > 0 ? median_s(before_ms, latencies[0]) : 0, value(h, UT_P_HESITATES_LATENCY));
    measure(h, UT_HESITATION_PAUSES, known, (double)pauses[1] / (double)window,
            known ? (double)pauses[0] / (double)before : 0, value(h, UT_P_HESITATES_PAUSES));
    measure(h, UT_HESITATION_FILLED, known, fills[1] * 60000.0 / (double)window,
            known ? fills[0] * 60000.0 / (double)before : 0, value(h, UT_P_HESITATES_FILLED));
}

/* The other way about: slower is more. */
static void use_pace(struct ut_hesitation *h, const struct ut_wire_score *s, const struct ut_baseline *pace)
{
    double sigma = fmax(UT_SIGMA_OF_MAD * ut_readings_pace(ut_baseline_mad(pace)), value(h, UT_P_BASELINE_PACE_SIGMA));
    struct ut_hesitation_measure *m = &h->of[UT_HESITATION_PACE];
    m->valid = s->customer_pace > 0 && pace->n > 0;
    m->now = ut_readings_pace(s->customer_pace);
    m->usual = ut_readings_pace(ut_baseline_median(pace));
    m->share = m->valid ? (m->usual - m->now) / (sigma * value(h, UT_P_HESITATES_PACE)) : 0;
}

void ut_hesitation_score(struct ut_hesitation *h, const struct ut_wire_score *s, const struct ut_baseline *pace)
{
    listen(h, s);
    use_marks(h);
    use_pace(h, s, pace);
    h->sum = 0;
    if (h->said_ms < 2 * ms(h, UT_P_HESITATES_WINDOW) || h->said_ms < ms(h, UT_P_BASELINE_MINIMUM))
        return;
    for (int sign = 0; sign < UT_HESITATION_SIGNS; sign++)
        if (h->of[sign].valid)
            h->sum += fmax(0, fmin(UT_HESITATION_MOST, h->of[sign].share));
}
