/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/report.h"

#include "firmware/turns.h"
#include "host-tools/call/sink_timeline.h"
#include "host-tools/reports/opus.h"
#include "host-tools/system/output.h"

#include <string.h>
#include <strings.h>

typedef int report_writer(const struct ut_report *r, FILE *out);

static report_writer *writer_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    if (dot != NULL && (strcasecmp(dot, ".html") == 0 || strcasecmp(dot, ".htm") == 0))
        return ut_report_html;
    if (dot != NULL && strcasecmp(dot, ".png") == 0)
        return ut_report_png;
    return NULL;
}

int ut_report_add(struct ut_report_files *f, const char *path, struct ut_fault *fault)
{
    if (writer_of(path) == NULL)
        return ut_fault_set(fault, UT_EXIT_USAGE,
                            "--report %s: unknown kind of report; end the name with .html or .png", path);
    if (f->count == UT_REPORT_FILES)
        return ut_fault_set(fault, UT_EXIT_USAGE, "--report %s: more than %d reports; call replay again for the rest",
                            path, UT_REPORT_FILES);
    f->path[f->count++] = path;
    return 0;
}

/* The reports of a call under way. */
struct reports {
    struct ut_sink_timeline call;
    struct ut_report_files files;
    const struct ut_call *heard_by;
    struct ut_rows rows;
    struct ut_opus *opus; /* NULL = no page with sound */
};

static void forget(struct reports *r)
{
    ut_rows_free(&r->rows);
    ut_opus_free(r->opus);
    r->opus = NULL;
}

static int begin(struct ut_sink *s, const struct ut_sink_recording *recording)
{
    struct reports *r = (struct reports *)s;
    bool page = false;
    (void)ut_sink_timeline_recording(s, recording);
    forget(r);
    r->heard_by = recording->call;
    ut_rows_init(&r->rows);
    for (int i = 0; i < r->files.count; i++)
        page = page || writer_of(r->files.path[i]) == ut_report_html;
    if (!page || r->files.no_sound)
        return 0;
    r->opus = ut_opus_open(r->call.timeline.channel[UT_AGENT] != 0);
    if (r->opus == NULL)
        ut_note("%s: the page will be silent: not enough memory", recording->path);
    return 0;
}

static int take_audio(struct ut_sink *s, const int16_t *pairs, size_t n, struct ut_fault *fault)
{
    struct reports *r = (struct reports *)s;
    (void)ut_sink_timeline_audio(s, pairs, n, fault);
    if (n == 0)
        ut_rows_finish(&r->rows, r->heard_by);
    if (ut_rows_push(&r->rows, r->heard_by, pairs, n) != 0 || (r->opus != NULL && ut_opus_push(r->opus, pairs, n) != 0))
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory for a report of this call",
                            r->call.timeline.file);
    return 0;
}

static int write_report(const struct ut_report *r, const char *path, struct ut_fault *fault)
{
    struct ut_output file;
    if (ut_output_open(&file, path, fault) != 0)
        return -1;
    if (writer_of(path)(r, file.file) != 0) {
        ut_output_abandon(&file);
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory for this report", path);
    }
    return ut_output_commit(&file, fault);
}

static int write_all(struct ut_sink *s, const struct ut_session *session, struct ut_fault *fault)
{
    struct reports *r = (struct reports *)s;
    struct ut_report report = {.timeline = &r->call.timeline, .rows = &r->rows};
    if (ut_sink_timeline_end(s, session, fault) != 0)
        return -1;
    if (r->opus != NULL) {
        report.sound = ut_opus_finish(r->opus, &report.sound_len);
        if (report.sound == NULL)
            return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory for the report's audio",
                                r->call.timeline.file);
    }
    for (int i = 0; i < r->files.count; i++)
        if (write_report(&report, r->files.path[i], fault) != 0)
            return -1;
    return 0;
}

static int close_reports(struct ut_sink *s, bool keep, struct ut_fault *fault)
{
    forget((struct reports *)s);
    return ut_sink_timeline_close(s, keep, fault);
}

struct ut_sink *ut_report_sink(const struct ut_report_files *files)
{
    static const struct ut_sink_kind KIND = {.recording = begin,
                                             .audio = take_audio,
                                             .score = ut_sink_timeline_score,
                                             .turn = ut_sink_timeline_turn,
                                             .cue = ut_sink_timeline_cue,
                                             .hold = ut_sink_timeline_hold,
                                             .snapshot = ut_sink_timeline_snapshot,
                                             .end = write_all,
                                             .close = close_reports};
    struct ut_sink *s = ut_sink_stream_new(&KIND, sizeof(struct reports), NULL, NULL);
    if (s != NULL)
        ((struct reports *)s)->files = *files;
    return s;
}
