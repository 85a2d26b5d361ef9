/* SPDX-License-Identifier: Apache-2.0 */
/* A scripted call as a headset would tell it: the firmware's own turns (firmware/turns.h) and encoder
 * (firmware/wire.h), in the order of SPEC.md "Call".
 *
 * in    a call of a script
 * out   records with their call times, and what the line does in between; the same script gives the same bytes
 * Every call begins with a hello that names board "sim" and model "sim": nobody takes its scores for a model's.
 */
#ifndef UT_HOST_SIMULATED_RECORDS_H
#define UT_HOST_SIMULATED_RECORDS_H

#include "firmware/wire.h"
#include "host-tools/simulate/script.h"

#define UT_SIMULATED_MODEL "sim"

enum ut_simulated_kind {
    UT_SIMULATED_RECORD,
    UT_SIMULATED_LOSE,    /* count records that follow do not arrive */
    UT_SIMULATED_GARBAGE, /* count bytes */
    UT_SIMULATED_VANISH   /* for count ms of call time */
};

struct ut_simulated_item {
    enum ut_simulated_kind kind;
    uint32_t t_ms; /* when it happens */
    uint32_t count;
    uint8_t record[UT_WIRE_RECORD_BYTES]; /* with the number 0: its sender counts */
};

struct ut_simulated_call {
    const char *name; /* the script's */
    struct ut_simulated_item *item;
    size_t n, room;
};

/* 0; or -1 when out of memory, and nothing to free. The script outlives the call. */
int ut_simulated_records(const struct ut_script *s, size_t call, struct ut_simulated_call *out);
void ut_simulated_free(struct ut_simulated_call *call);

#endif
