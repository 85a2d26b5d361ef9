/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/call_index.h"

#include "host-tools/system/json.h"
#include "host-tools/system/table.h"
#include "host-tools/system/text_file.h"
#include "host-tools/system/utf8.h"

#include <stdlib.h>
#include <string.h>

const char *const ut_feeling_name[UT_FEELINGS] = {"frustration", "delight"};

/* Where the reader stands, for messages. */
struct place {
    const char *file;
    size_t call;
    struct ut_fault *fault;
};

static int wrong(const struct place *p, const char *member, const char *wanted)
{
    return ut_fault_set(p->fault, UT_EXIT_INDEX,
                        "%s: call %zu: %s is not %s; correct it, or write it with models/train/calls.py", p->file,
                        p->call + 1, member, wanted);
}

static int no_memory(const struct place *p)
{
    return ut_fault_set(p->fault, UT_EXIT_FAILURE, "%s: not enough memory", p->file);
}

/* *text = a copy of a member; "" where it may be missing and is. 0, or -1 and the fault. */
static int take_text(const struct place *p, const json_t *call, const char *member, int needed, char **text)
{
    const json_t *value = json_object_get(call, member);
    if (needed ? json_string_length(value) == 0 : value != NULL && !json_is_string(value))
        return wrong(p, member, "a text");
    *text = strdup(value != NULL ? json_string_value(value) : "");
    if (*text != NULL && strcmp(member, "path") != 0)
        ut_utf8_clean(*text); /* a name to print */
    return *text != NULL ? 0 : no_memory(p);
}

/* Times that follow the last one's. 0, or -1 and the fault. */
static int take_span(const struct place *p, const char *member, const json_t *begin, const json_t *end,
                     const struct ut_call_span *last, struct ut_call_span *span)
{
    span->begin_ms = json_integer_value(begin);
    span->end_ms = json_integer_value(end);
    if (!json_is_integer(begin) || !json_is_integer(end) || span->begin_ms < 0 || span->end_ms <= span->begin_ms ||
        span->end_ms > UT_CALL_INDEX_LONGEST_MS || (last != NULL && span->begin_ms < last->end_ms))
        return wrong(p, member, "a list of spans of time in milliseconds, one after the other");
    return 0;
}

/* Room for a list's spans; a list that is missing is empty. 0, or -1 and the fault. */
static int make_spans(const struct place *p, const json_t *list, const char *member, struct ut_call_span **span)
{
    if (list != NULL && !json_is_array(list))
        return wrong(p, member, "a list");
    *span = calloc(json_array_size(list) + 1, sizeof **span);
    return *span != NULL ? 0 : no_memory(p);
}

static int take_stretches(const struct place *p, const json_t *list, struct ut_known_call *call)
{
    if (make_spans(p, list, "stretches", &call->stretch) != 0)
        return -1;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        const char *kind = json_string_value(json_object_get(one, "kind"));
        struct ut_call_span *span = &call->stretch[i];
        while (span->kind < UT_FEELINGS && (kind == NULL || strcmp(kind, ut_feeling_name[span->kind]) != 0))
            span->kind++;
        if (span->kind == UT_FEELINGS)
            return wrong(p, "a stretch's kind", "frustration or delight");
        if (take_span(p, "stretches", json_object_get(one, "begin_ms"), json_object_get(one, "end_ms"),
                      i > 0 ? span - 1 : NULL, span) != 0)
            return -1;
        call->stretches++;
    }
    return 0;
}

static int take_speech(const struct place *p, const json_t *list, struct ut_known_call *call)
{
    if (make_spans(p, list, "speech", &call->speech) != 0)
        return -1;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *pair = json_array_get(list, i);
        struct ut_call_span *span = &call->speech[i];
        if (take_span(p, "speech", json_array_get(pair, 0), json_array_get(pair, 1), i > 0 ? span - 1 : NULL, span) !=
            0)
            return -1;
        call->turns++;
    }
    return 0;
}

static int take_call(const struct place *p, const json_t *from, struct ut_known_call *call)
{
    char *path = NULL;
    if (take_text(p, from, "path", 1, &path) != 0)
        return -1;
    call->path = ut_table_path(p->file, path);
    free(path);
    if (call->path == NULL)
        return no_memory(p);
    if (take_text(p, from, "speaker", 1, &call->speaker) != 0 || take_text(p, from, "corpus", 0, &call->corpus) != 0 ||
        take_text(p, from, "gender", 0, &call->gender) != 0)
        return -1;
    if (take_stretches(p, json_object_get(from, "stretches"), call) != 0)
        return -1;
    return take_speech(p, json_object_get(from, "speech"), call);
}

int ut_call_index_parse(struct ut_call_index *x, const char *text, const char *file, struct ut_fault *fault)
{
    struct place p = {.file = file, .fault = fault};
    json_error_t error;
    memset(x, 0, sizeof *x);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL)
        return ut_fault_set(fault, UT_EXIT_INDEX, "%s:%d: not JSON: %.200s; give what models/train/calls.py writes",
                            file, error.line, error.text);
    const json_t *list = json_object_get(root, "calls");
    size_t n = json_array_size(list);
    int result = 0;
    if (n == 0)
        result = ut_fault_set(fault, UT_EXIT_INDEX,
                              "%s: no list of calls in it; give what models/train/calls.py writes", file);
    else if ((x->call = calloc(n, sizeof *x->call)) == NULL)
        result = no_memory(&p);
    for (; p.call < n && result == 0; p.call++) {
        x->calls++;
        result = take_call(&p, json_array_get(list, p.call), &x->call[p.call]);
    }
    json_decref(root);
    if (result != 0)
        ut_call_index_free(x);
    return result;
}

int ut_call_index_read(struct ut_call_index *x, const char *file, struct ut_fault *fault)
{
    char *text = ut_text_file_read(file, "an index of calls", fault);
    memset(x, 0, sizeof *x);
    if (text == NULL)
        return -1;
    int result = ut_call_index_parse(x, text, file, fault);
    free(text);
    return result;
}

void ut_call_index_free(struct ut_call_index *x)
{
    for (size_t i = 0; i < x->calls; i++) {
        struct ut_known_call *c = &x->call[i];
        free(c->path);
        free(c->speaker);
        free(c->corpus);
        free(c->gender);
        free(c->stretch);
        free(c->speech);
    }
    free(x->call);
    memset(x, 0, sizeof *x);
}
