/* SPDX-License-Identifier: Apache-2.0 */
/* A call in the file formats of other people's tools. SPEC.md "Replay formats".
 *
 * in    a finished timeline (host-tools/call/timeline.h)
 * out   text to a stream; what cannot be written shows as the stream's error
 * Errors: 0, or -1 when out of memory.
 */
#ifndef UT_HOST_FORMAT_H
#define UT_HOST_FORMAT_H

#include "host-tools/call/sink.h"
#include "host-tools/call/timeline.h"

#include <stdio.h>

typedef int ut_format_writer(const struct ut_timeline *t, FILE *out);

/* Audacity's label track: begin, end in seconds and a text, separated by tabs. */
ut_format_writer ut_format_labels;

/* Praat's long text format; tiers customer, agent, turns, cues, each without gaps. */
ut_format_writer ut_format_textgrid;

/* EmotionML 1.0: one emotion per second of scored customer speech. */
ut_format_writer ut_format_emotionml;

/* WebVTT: a caption per opened cue. */
ut_format_writer ut_format_webvtt;

/* NIST's rich transcription time marks: one SPEAKER line per IPU. */
ut_format_writer ut_format_rttm;

/* Writes a recording's call when it ends: to the stream, or to the file where path is not NULL, whole or not at all
 * (host-tools/call/sink_stream.h). NULL when out of memory. */
struct ut_sink *ut_format_sink(ut_format_writer *write, FILE *stream, const char *path);

#endif
