/* SPDX-License-Identifier: Apache-2.0 */
/* The files that replay makes of one call beyond its events: formats of other tools, and reports.
 *
 * in    which are wanted, the call's audio, and what its session hands on (into `timeline`)
 * out   one format to a stream, reports to their files, each whole or not at all
 */
#ifndef UT_HOST_CALL_OUTPUTS_H
#define UT_HOST_CALL_OUTPUTS_H

#include "host-tools/call/timeline.h"
#include "host-tools/reports/format.h"
#include "host-tools/reports/opus.h"
#include "host-tools/reports/rows.h"
#include "host-tools/sources/audio_file.h"
#include "host-tools/system/fault.h"

#include <stdbool.h>
#include <stdio.h>

enum { UT_CALL_OUTPUTS_REPORTS = 8 };

struct ut_call_outputs {
    /* what is wanted; all zero: nothing */
    ut_format_writer *format;
    const char *report[UT_CALL_OUTPUTS_REPORTS];
    int reports;
    bool no_sound; /* pages without audio */
    /* of the call under way */
    struct ut_timeline timeline;
    struct ut_rows rows;
    struct ut_opus *opus;
};

/* The writer of a format's name ("labels", "textgrid", ...), NULL when there is none. */
ut_format_writer *ut_call_outputs_format(const char *name);

/* Adds a report, its kind by the file's ending. 0, or -1 and *fault. */
int ut_call_outputs_report(struct ut_call_outputs *o, const char *path, struct ut_fault *fault);

bool ut_call_outputs_wanted(const struct ut_call_outputs *o);

/* A call begins. start_ms: Unix time of call time 0, 0 = not known. The config outlives the call. */
void ut_call_outputs_begin(struct ut_call_outputs *o, const char *path, const char *contact_id, int64_t start_ms,
                           const struct ut_config *config, const struct ut_audio *audio, struct ut_audio_choice choice);

/* The next pairs of its audio. 0, or -1 and *fault. */
int ut_call_outputs_audio(struct ut_call_outputs *o, const int16_t *pairs, size_t n, struct ut_fault *fault);

/* The call has ended after `samples` pairs: writes everything, the format to out. 0, or -1 and *fault. */
int ut_call_outputs_end(struct ut_call_outputs *o, int64_t samples, const struct ut_wire_hello *hello, FILE *out,
                        struct ut_fault *fault);

/* Forgets the call, not what is wanted. */
void ut_call_outputs_free(struct ut_call_outputs *o);

#endif
