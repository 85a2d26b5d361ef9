/* SPDX-License-Identifier: Apache-2.0 */
/* Desks that never were, at the brokers of a floor: each says what a desk says and keeps what is not acknowledged, by
 * the rules of SPEC.md "Floor", many in one process. SPEC.md "Simulated headsets".
 *
 * in    calls as events, brokers, acknowledgements
 * out   events at least once, those of a session in order; each desk's state, retained; scores while there is a
 *       connection; what went, to the truth
 * errors those of the broker's settings. Brokers that fail are none: events wait, in no more memory than a number,
 * since the script can tell each again
 */
#ifndef UT_HOST_SIMULATED_DESKS_H
#define UT_HOST_SIMULATED_DESKS_H

#include "host-tools/simulate/desks_rollout.h"
#include "host-tools/simulate/templates.h"
#include "host-tools/simulate/truth.h"
#include "host-tools/system/token_list.h"

#include <stdint.h>

enum { UT_DESKS_MAX = 20000, UT_DESKS_WINDOW = 20, UT_DESKS_RUN = 40 };

/* Strings, templates and truth outlive the desks. */
struct ut_desks_options {
    const char *brokers, *site, *device, *password_file, *ca_file, *cert_file, *key_file;
    const struct ut_token_list *tokens; /* names of desks, each with its password; NULL = DEVICE-1 and so on, with that
                                           of password_file */
    struct ut_desks_rollout *rollout;   /* NULL = they take no part */
    const struct ut_templates *call;
    size_t calls;
    int desks;
    const char *run;  /* tells these sessions from those of every other run; up to UT_DESKS_RUN characters */
    unsigned most;    /* calls of each desk; 0 = without end */
    double speed;     /* call time per time, above 0 */
    double rate;      /* events with a sequence that each desk makes in a second, whatever the script's times, without
                         scores; 0 = the script's times */
    int64_t limit_ms; /* makes no events after so long; 0 = for ever */
    struct ut_truth *truth;
};

struct ut_desks_counts {
    uint64_t made, acknowledged, again, scores, connections, refused;
    int up;      /* desks with a connection */
    int waiting; /* desks that make nothing now: they have made all, or their window is full */
};

struct ut_desks;

/* NULL and *fault. */
struct ut_desks *ut_desks_new(const struct ut_desks_options *options, struct ut_fault *fault);
void ut_desks_free(struct ut_desks *d);

/* Waits up to ms, or until there is something to read at other_fd, and does what is due. 1 while there is more to make
 * or to acknowledge, 0 when all has arrived. */
int ut_desks_step(struct ut_desks *d, int other_fd, int ms);

struct ut_desks_counts ut_desks_counts(const struct ut_desks *d);

/* Says that each has closed, and ends the connections. */
void ut_desks_leave(struct ut_desks *d);

#endif
