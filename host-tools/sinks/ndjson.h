/* SPDX-License-Identifier: Apache-2.0 */
/* Events as they are: one CloudEvents object per line. SPEC.md "Events".
 *
 * in    events of any number of calls
 * out   lines to the stream, or to the file where path is not NULL, whole or not at all
 * errors host-tools/call/sink_stream.h; NULL when out of memory
 */
#ifndef UT_HOST_NDJSON_H
#define UT_HOST_NDJSON_H

#include "host-tools/call/sink.h"

#include <stdio.h>

struct ut_sink *ut_ndjson_sink(FILE *stream, const char *path);

#endif
