/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/json.h"

#include "host-tools/system/output.h"
#include "host-tools/system/timestamp.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

json_t *ut_json_number(double x, int digits)
{
    if (isnan(x))
        return json_null();
    double scale = pow(10, digits);
    double rounded = round(x * scale) / scale;
    return json_real(rounded == 0 ? 0 : rounded);
}

json_t *ut_json_time(int64_t unix_ms)
{
    char text[UT_TIMESTAMP_TEXT];
    if (unix_ms < 0)
        return json_null();
    ut_timestamp_text(unix_ms, text);
    return json_string(text);
}

int ut_json_file(const char *path, json_t *value, struct ut_fault *fault)
{
    struct ut_output o;
    if (ut_output_open(&o, path, fault) != 0) {
        json_decref(value);
        return -1;
    }
    bool failed = json_dumpf(value, o.file, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) != 0;
    failed = fputc('\n', o.file) == EOF || failed;
    json_decref(value);
    if (failed) {
        ut_output_abandon(&o);
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be written; check space and permissions", path);
    }
    return ut_output_commit(&o, fault);
}

void ut_json_line(json_t *value)
{
    char *text = value != NULL ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    if (text != NULL)
        (void)puts(text);
    free(text);
    json_decref(value);
}
