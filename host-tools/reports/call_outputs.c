/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/call_outputs.h"

#include "host-tools/reports/report.h"
#include "host-tools/system/output.h"

#include <string.h>
#include <strings.h>

typedef int report_writer(const struct ut_report *r, FILE *out);

ut_format_writer *ut_call_outputs_format(const char *name)
{
    static const struct {
        const char *name;
        ut_format_writer *write;
    } formats[] = {
        {"labels", ut_format_labels}, {"textgrid", ut_format_textgrid}, {"emotionml", ut_format_emotionml},
        {"webvtt", ut_format_webvtt}, {"rttm", ut_format_rttm},
    };
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(name, formats[i].name) == 0)
            return formats[i].write;
    return NULL;
}

static report_writer *writer_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    if (dot != NULL && (strcasecmp(dot, ".html") == 0 || strcasecmp(dot, ".htm") == 0))
        return ut_report_html;
    if (dot != NULL && strcasecmp(dot, ".png") == 0)
        return ut_report_png;
    return NULL;
}

int ut_call_outputs_report(struct ut_call_outputs *o, const char *path, struct ut_fault *fault)
{
    if (writer_of(path) == NULL)
        return ut_fault_set(fault, UT_EXIT_USAGE,
                            "--report %s: unknown kind of report; end the name with .html or .png", path);
    if (o->reports == UT_CALL_OUTPUTS_REPORTS)
        return ut_fault_set(fault, UT_EXIT_USAGE, "--report %s: more than %d reports; call replay again for the rest",
                            path, UT_CALL_OUTPUTS_REPORTS);
    o->report[o->reports++] = path;
    return 0;
}

bool ut_call_outputs_wanted(const struct ut_call_outputs *o)
{
    return o->format != NULL || o->reports > 0;
}

void ut_call_outputs_begin(struct ut_call_outputs *o, const char *path, const char *contact_id, int64_t start_ms,
                           const struct ut_config *config, const struct ut_audio *audio, struct ut_audio_choice choice)
{
    struct ut_timeline *t = &o->timeline;
    const char *slash = strrchr(path, '/');
    bool stereo = ut_audio_channels(audio) > 1;
    ut_timeline_init(t);
    snprintf(t->contact_id, sizeof t->contact_id, "%s", contact_id);
    snprintf(t->file, sizeof t->file, "%s", slash != NULL ? slash + 1 : path);
    t->start_ms = start_ms;
    t->config = config;
    t->channel[UT_CUSTOMER] = choice.customer != UT_AUDIO_UNSET ? choice.customer : stereo ? 2 : 1;
    t->channel[UT_AGENT] = !ut_audio_has_agent(audio) ? 0 : choice.agent != UT_AUDIO_UNSET ? choice.agent : 1;
    ut_rows_init(&o->rows);
    bool page = false;
    for (int i = 0; i < o->reports; i++)
        page = page || writer_of(o->report[i]) == ut_report_html;
    o->opus = page && !o->no_sound ? ut_opus_open(t->channel[UT_AGENT] != 0) : NULL;
    if (page && !o->no_sound && o->opus == NULL)
        ut_note("%s: the page will be silent: this system's libsndfile cannot make Ogg Opus", path);
}

int ut_call_outputs_audio(struct ut_call_outputs *o, const int16_t *pairs, size_t n, struct ut_fault *fault)
{
    if (o->reports == 0)
        return 0;
    if (ut_rows_push(&o->rows, pairs, n) != 0 || (o->opus != NULL && ut_opus_push(o->opus, pairs, n) != 0))
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory for a report of this call",
                            o->timeline.file);
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

int ut_call_outputs_end(struct ut_call_outputs *o, int64_t samples, const struct ut_wire_hello *hello, FILE *out,
                        struct ut_fault *fault)
{
    struct ut_timeline *t = &o->timeline;
    struct ut_report report = {.timeline = t, .rows = &o->rows};
    t->hello = *hello;
    ut_timeline_finish(t, samples * 1000 / UT_AUDIO_RATE);
    if (t->incomplete || (o->format != NULL && o->format(t, out) != 0))
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", t->file);
    if (o->reports == 0)
        return 0;
    ut_rows_finish(&o->rows);
    if (o->opus != NULL) {
        report.sound = ut_opus_finish(o->opus, &report.sound_len);
        if (report.sound == NULL)
            return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory for the report's audio", t->file);
    }
    for (int i = 0; i < o->reports; i++)
        if (write_report(&report, o->report[i], fault) != 0)
            return -1;
    return 0;
}

void ut_call_outputs_free(struct ut_call_outputs *o)
{
    ut_timeline_free(&o->timeline);
    ut_rows_free(&o->rows);
    ut_opus_free(o->opus);
    o->opus = NULL;
}
