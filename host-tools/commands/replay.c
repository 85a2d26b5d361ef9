/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone replay`: recorded calls through the headset's own code and the wire, as live. */
#include "firmware/call.h"
#include "host-tools/call/rate_doubt.h"
#include "host-tools/call/session.h"
#include "host-tools/call/sink.h"
#include "host-tools/commands/commands.h"
#include "host-tools/commands/outputs.h"
#include "host-tools/commands/to_floor.h"
#include "host-tools/reports/archive.h"
#include "host-tools/reports/report.h"
#include "host-tools/settings/config.h"
#include "host-tools/settings/customer.h"
#include "host-tools/sinks/event_table.h"
#include "host-tools/sources/audio_file.h"
#include "host-tools/sources/model_file.h"
#include "host-tools/system/identity.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/run_files.h"
#include "host-tools/system/stop.h"
#include "host-tools/system/timestamp.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK_PAIRS = 2048 };

static const int64_t START_OF_FILE = INT64_MIN; /* the call ended when its file was last changed */

struct replay {
    const struct ut_config *config;
    /* chosen */
    const struct ut_output_kind *format; /* NULL = text for people */
    const char *out;                     /* file for it; NULL = standard output */
    const char *contact_id, *session_id, *summary, *store;
    struct ut_customer_key customer;
    char customer_hash[UT_CUSTOMER_TEXT];
    bool explain, webhook, mqtt;
    struct ut_courier_options to;       /* of the webhook */
    struct ut_floor_link_options floor; /* without brokers: what is for it waits in the outbox */
    struct ut_report_files reports;
    struct ut_audio_choice choice;
    int64_t start_ms;
    const struct ut_model *model;
    const char *model_path;          /* NULL = the one built in */
    struct ut_model_file model_file; /* of --model */
    struct ut_archive archive;       /* of a folder */
    /* played */
    bool cut;                        /* some recording was truncated */
    bool stopped;                    /* a sink could take no more before the end */
    struct ut_audio_reading reading; /* quiet: it was opened before, to see whether it can be played */
    struct person {
        struct ut_sink sink;
        const char *path;
        struct ut_rate_doubt rate; /* of the recording being played */
    } person;                      /* reads notes on stderr, where the bar is */
    struct ut_sinks sinks;
    struct ut_session *session;
};

/* --json and --csv are formats as well. */
static int take_format(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    (void)o;
    const struct ut_output_kind **format = place;
    if (*format != NULL && strcmp((*format)->name, text) != 0)
        return ut_fault_set(fault, UT_EXIT_USAGE, "replay: %s and %s exclude each other; choose one format",
                            (*format)->name, text);
    *format = ut_outputs_format(text, fault);
    return *format != NULL ? 0 : -1;
}

static int take_report(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    (void)o;
    return ut_report_add(place, text, fault);
}

static int take_start(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    int64_t *start_ms = place;
    if (strcmp(text, "file") == 0)
        *start_ms = START_OF_FILE;
    else if (ut_timestamp_parse(text, start_ms) != 0)
        return ut_fault_set(fault, UT_EXIT_USAGE, "--%s %s: not a time; write it like 2026-01-31T09:00:00Z, or file",
                            o->name, text);
    else if (*start_ms < 0) /* in stores and lists such an end is that of a call which goes on */
        return ut_fault_set(fault, UT_EXIT_USAGE,
                            "--%s %s: before 1970, when no call can begin; write it like "
                            "2026-01-31T09:00:00Z, or leave it out",
                            o->name, text);
    return 0;
}

static int take_model(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    (void)o;
    struct replay *r = place;
    ut_model_file_free(&r->model_file);
    if (ut_model_file_read(&r->model_file, text, fault) != 0)
        return -1;
    r->model = &r->model_file.model;
    r->model_path = text;
    return 0;
}

static int take_part(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    (void)o;
    struct ut_archive *archive = place;
    return ut_archive_parse_part(text, &archive->part, &archive->parts, fault);
}

static const struct ut_option options[] = {
    {"format", "FORMAT", "instead of text for people, one of", take_format, .place = offsetof(struct replay, format)},
    {.argument = "ndjson", .help = "one CloudEvents object per line"},
    {.argument = "csv", .help = "one line per score record, four a second"},
    {.argument = "call", .help = "the per-call JSON"},
    {.argument = "labels", .help = "label track of Audacity"},
    {.argument = "textgrid", .help = "TextGrid of Praat"},
    {.argument = "emotionml", .help = "EmotionML 1.0, the customer only"},
    {.argument = "webvtt", .help = "cues as captions"},
    {.argument = "rttm", .help = "who spoke when, NIST's time marks"},
    {"json", NULL, "the same as --format ndjson", take_format, .place = offsetof(struct replay, format),
     .value = "ndjson"},
    {"csv", NULL, "the same as --format csv", take_format, .place = offsetof(struct replay, format), .value = "csv"},
    {"out", "FILE", "write that there instead of on standard output, whole or not at all", ut_option_text,
     .place = offsetof(struct replay, out)},
    {"report", "FILE", "a picture of the call, .html (with sound) or .png; may be given more than once", take_report,
     .place = offsetof(struct replay, reports)},
    {"no-audio", NULL, "leave the sound out of .html reports", ut_option_flag,
     .place = offsetof(struct replay, reports.no_sound)},
    {"customer", "N", "channel of the customer, from 1 (default: right of stereo, the only one of mono)",
     ut_audio_take_channel, .place = offsetof(struct replay, choice.customer)},
    {"agent", "N|none", "channel of the agent (default: left of stereo, none of mono)", ut_audio_take_channel,
     .place = offsetof(struct replay, choice.agent)},
    {"raw", "CODING:RATE:CHANNELS", "sound without a header, such as mulaw:8000:2; mulaw, alaw, s16, s16be or u8",
     ut_audio_take_raw, .place = offsetof(struct replay, reading.raw)},
    {"summary", "FILE", "write the per-call JSON there as well", ut_option_text,
     .place = offsetof(struct replay, summary)},
    {"store", "FILE", "what may not be lost into this store as well", ut_option_text,
     .place = offsetof(struct replay, store)},
    {"webhook", NULL, "what is stored also to the address of webhook.url in the config file", ut_option_flag,
     .place = offsetof(struct replay, webhook)},
    {"mqtt", NULL, "what is stored also to the floor of [mqtt] in the config file; of a folder when all is played",
     ut_option_flag, .place = offsetof(struct replay, mqtt)},
    {"explain", NULL, "lines name the classifier's reasons too, as log-odds", ut_option_flag,
     .place = offsetof(struct replay, explain)},
    {"contact-id", "ID", "ContactId in events (default: the file's name without its ending)", ut_option_name,
     .place = offsetof(struct replay, contact_id)},
    {"customer-key", "KEY",
     "whom the call is with, in your own words for customers; only its hash under [customer] site_key is kept",
     ut_customer_take, .place = offsetof(struct replay, customer)},
    {"session", "ID", "what tells the call from all others in its events (default: its sound's own)", ut_identity_take,
     .place = offsetof(struct replay, session_id)},
    {"model", "FILE", "that model (a file of `make train`) instead of the built-in one", take_model, .place = 0},
    {"start", "TIME|file",
     "time of the call's begin, such as 2026-01-31T09:00:00Z (default: 1970-01-01T00:00:00Z); file: its end is when "
     "the "
     "file was last changed",
     take_start, .place = offsetof(struct replay, start_ms)},
    {.help =
         "A folder: every audio file under it, each to NAME.json (the per-call JSON) and, with --format, NAME.FORMAT "
         "under --out (default: STORE.calls of --store STORE), and a row in summary.csv there. What is done already is "
         "left alone; a bad file is named and passed over."},
    {"jobs", "N", "processes (default: one per processor)", ut_option_count,
     .place = offsetof(struct replay, archive.jobs), .low = 1, .high = 1e6},
    {"part", "I/N", "only part I of N of the archive, for N machines", take_part,
     .place = offsetof(struct replay, archive)},
    UT_OPTION_HELP,
    {0},
};

static void put_note(struct ut_sink *person, const char *text)
{
    (void)person;
    ut_output_progress_end();
    ut_note("%s", text);
}

static int begin_recording(struct ut_sink *person, const struct ut_sink_recording *recording)
{
    struct person *p = (struct person *)person;
    p->path = recording->path;
    p->rate = (struct ut_rate_doubt){0};
    return 0;
}

static int weigh_score(struct ut_sink *person, const struct ut_wire_score *score)
{
    ut_rate_doubt_add(&((struct person *)person)->rate, score);
    return 0;
}

static int say_doubt(struct ut_sink *person, const struct ut_session *session, struct ut_fault *fault)
{
    (void)session;
    (void)fault;
    const struct person *p = (const struct person *)person;
    char says[300];
    ut_rate_doubt_says(&p->rate, says, sizeof says);
    ut_output_progress_end();
    if (says[0] != '\0')
        ut_note("%s: %s", p->path, says);
    return 0;
}

static const struct ut_sink_kind PERSON = {
    .recording = begin_recording, .score = weigh_score, .note = put_note, .end = say_doubt};

static void put_record(void *ctx, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    struct replay *r = ctx;
    uint8_t frame[UT_WIRE_FRAME_BYTES];
    size_t len = ut_wire_frame(record, frame);
    ut_session_bytes(r->session, frame, len);
    if (ut_session_active(r->session))
        ut_sinks_snapshot(&r->sinks, ut_session_snapshot(r->session));
}

/* A hop at a time, so that the sinks see every row of the call. 0, or -1 and *fault. */
static int push_hops(struct replay *r, struct ut_call *call, const int16_t *pairs, size_t n, struct ut_fault *fault)
{
    while (n > 0) {
        size_t left = (size_t)(UT_FRAME_HOP - call->agent.frame.fill), now = n < left ? n : left;
        ut_call_push(call, pairs, now);
        if (ut_sinks_audio(&r->sinks, pairs, now, fault) != 0)
            return -1;
        pairs += 2 * now;
        n -= now;
    }
    return 0;
}

/* All of the audio into the call and the sinks, unless they take no more (stopped). 0, or -1 and *fault. */
static int push_audio(struct replay *r, struct ut_call *call, struct ut_audio *audio, const char *label,
                      struct ut_fault *fault)
{
    int16_t pairs[2 * CHUNK_PAIRS];
    int64_t done = 0, total = ut_audio_pairs(audio);
    long n = 1;
    int result = 0;
    while (result == 0 && !r->sinks.broken && (n = ut_audio_read(audio, pairs, CHUNK_PAIRS, fault)) != 0) {
        if (n < 0) {
            r->sinks.session = NULL; /* nothing is made of half a call but its events */
            ut_session_finish(r->session, fault->text);
            return -1;
        }
        result = push_hops(r, call, pairs, (size_t)n, fault);
        done += n;
        ut_output_progress(label, done, total);
    }
    r->stopped = result == 0 && n != 0;
    return result == 0 && !r->stopped ? ut_sinks_audio(&r->sinks, NULL, 0, fault) : result;
}

/* Unix time in ms of the call's begin; 0 = not known, as of what comes by a pipe. */
static int64_t start_of(const struct replay *r, const char *path, const struct ut_audio *audio)
{
    struct stat st;
    if (r->start_ms != START_OF_FILE)
        return r->start_ms;
    if (ut_audio_is_once(path) || stat(path, &st) != 0)
        return 0;
    int64_t end = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
    int64_t length = ut_audio_pairs(audio) * 1000 / UT_AUDIO_RATE;
    return end > length ? end - length : 0;
}

/* 0, or -1 and *fault. */
static int replay_call(struct replay *r, const char *path, struct ut_audio *audio, struct ut_fault *fault)
{
    static struct ut_call call; /* large; one at a time */
    char id[100];
    int len;
    const char *name = ut_audio_stem(path, &len);
    snprintf(id, sizeof id, "%.*s", len, name);
    const struct ut_session_options session = {.config = r->config,
                                               .contact_id = r->contact_id != NULL ? r->contact_id : id,
                                               .session = r->session_id != NULL ? r->session_id : ut_audio_sound(audio),
                                               .customer = r->customer_hash,
                                               .alone = ut_audio_alone(r->choice, ut_audio_unheard(audio)),
                                               .start_ms = start_of(r, path, audio),
                                               .explain = r->explain,
                                               .cut = ut_audio_cut(audio),
                                               .unheard = ut_audio_unheard(audio)};
    const struct ut_sink_recording recording = {.path = path,
                                                .contact_id = session.contact_id,
                                                .start_ms = session.start_ms,
                                                .config = session.config,
                                                .alone = session.alone,
                                                .audio = audio,
                                                .choice = r->choice,
                                                .call = &call};
    ut_sinks_recording(&r->sinks, &recording);
    r->session = ut_sinks_session(&r->sinks, &session);
    if (r->session == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", path);
    if (ut_call_init(&call, r->model, "host", put_record, r) != 0)
        return ut_fault_set(fault, UT_EXIT_FEATURES,
                            "model %s was trained on features version %d, tables %d, this program has %d, %d; use a "
                            "model of these",
                            r->model->id, (int)r->model->features_version, (int)r->model->tables, UT_FEATURES_VERSION,
                            ut_features_tables());
    call.customer_alone = session.alone != NULL && strcmp(session.alone, "declared") == 0;
    int result = push_audio(r, &call, audio, session.contact_id, fault);
    ut_output_progress_end();
    if (result != 0 || r->stopped)
        return result; /* a part of a call has no end: the next replay goes on behind what is stored */
    ut_call_finish(&call);
    ut_session_finish(r->session, NULL);
    if (r->sinks.fault.code == UT_EXIT_OK)
        return 0;
    *fault = r->sinks.fault;
    return -1;
}

/* 0, or -1 and *fault. */
static int replay_file(struct replay *r, const char *path, struct ut_fault *fault)
{
    struct ut_audio *audio = ut_audio_open_as(path, r->choice, &r->reading, fault);
    if (audio == NULL)
        return -1;
    ut_audio_remark_alone(path, ut_audio_alone(r->choice, ut_audio_unheard(audio)));
    int result = replay_call(r, path, audio, fault);
    if (result == 0 && !r->stopped && ut_audio_cut(audio) != NULL) {
        r->cut = true;
        ut_note("%s: truncated or damaged after %.1f s (%s); only what is before that was played", path,
                (double)ut_audio_pairs(audio) / UT_AUDIO_RATE, ut_audio_cut(audio));
    }
    ut_session_free(r->session);
    r->session = NULL;
    ut_audio_close(audio);
    if (result == 0)
        return r->stopped ? 0 : ut_output_flush(fault);
    fflush(stdout);
    return -1;
}

static int play(struct replay *r, char **file, int files, struct ut_fault *fault);

static int play_one(void *ctx, const char *path, const char *summary, struct ut_fault *fault)
{
    struct replay *r = ctx;
    char name[4096];
    char *file = name;
    snprintf(name, sizeof name, "%s", path);
    r->summary = summary;
    return play(r, &file, 1, fault);
}

/* What is done already is in this very store, not in one that was there before. 0, or -1 and *fault. */
static int add_store(const char *path, char *settings, size_t size, struct ut_fault *fault)
{
    char id[UT_EVENT_TABLE_ID];
    struct ut_database *d = ut_database_open(path, &ut_event_table_kind, true, fault);
    int r = d != NULL ? ut_event_table_id(d, id, fault) : -1;
    ut_database_close(d); /* before others fork */
    size_t n = strlen(settings);
    if (r == 0)
        snprintf(settings + n, size - n, " store %s", id);
    return r;
}

/* What the calls left in the outbox; what does not arrive is a remark, as of one recording. 0, or -1 and *fault. */
static int carry_to_floor(const struct ut_floor_link_options *floor, struct ut_fault *fault)
{
    struct ut_to_floor n;
    if (ut_stop_watch(fault) != 0 || ut_to_floor(floor, &n, fault) != 0)
        return -1;
    printf("%" PRIu64 " events sent to the floor\n", n.sent);
    if (n.left.waiting > 0)
        ut_note("%s: %s; `undertone outbox send --mqtt` tries again", floor->store, n.why);
    else if (n.left.dead > 0)
        ut_note("%s: the floor refused %" PRId64 " events (%s); `undertone outbox revive --mqtt` lets them wait again",
                floor->store, n.left.dead, n.left.error);
    return ut_output_flush(fault);
}

/* Every call under a folder. The exit code, or that of *fault. */
static int play_archive(struct replay *r, const char *folder, struct ut_fault *fault)
{
    char settings[200], beside[4096];
    struct ut_archive *a = &r->archive;
    if (r->out == NULL && r->store != NULL) {
        (void)snprintf(beside, sizeof beside, "%.4000s.calls", r->store);
        r->out = beside;
    }
    if (r->out == NULL)
        (void)ut_fault_set(fault, UT_EXIT_NOT_AUDIO,
                           "%s: is a folder; give --out FOLDER, or --store FILE, to play every call under it", folder);
    else if (r->summary != NULL || r->contact_id != NULL || r->session_id != NULL || r->customer.given ||
             r->reports.count > 0)
        (void)ut_fault_set(fault, UT_EXIT_USAGE,
                           "replay: --summary, --contact-id, --session, --customer-key and --report go with one file, "
                           "not with a folder");
    if (fault->code != UT_EXIT_OK)
        return fault->code;
    snprintf(settings, sizeof settings, "%d %d %lld %08x", r->choice.customer, r->choice.agent, (long long)r->start_ms,
             (unsigned)r->model->crc32);
    if (r->reading.raw.coding != UT_RAW_NONE) {
        size_t n = strlen(settings);
        snprintf(settings + n, sizeof settings - n, " raw %d %d %d", (int)r->reading.raw.coding, r->reading.raw.rate,
                 r->reading.raw.channels);
    }
    if (r->explain)
        strcat(settings, " explain");
    if (r->webhook)
        strcat(settings, " webhook");
    if (r->mqtt)
        strcat(settings, " mqtt");
    if (r->store != NULL && add_store(r->store, settings, sizeof settings, fault) != 0)
        return fault->code;
    const struct ut_floor_link_options floor = r->floor;
    r->floor.brokers = NULL; /* processes side by side are no device each: all goes at the end */
    a->folder = folder;
    a->out = r->out;
    r->out = NULL; /* each call has its own */
    a->ext = r->format != NULL && r->format->ending[0] != '\0' ? r->format->ending : NULL;
    a->config = r->config;
    a->settings = settings;
    a->one = play_one;
    a->ctx = r;
    int code = ut_archive_run(a);
    if (r->mqtt && carry_to_floor(&floor, fault) != 0)
        return fault->code;
    return code;
}

static int open_outputs(struct replay *r, struct ut_fault *fault)
{
    const char *format = r->format != NULL ? r->format->name : "text";
    r->person.sink.kind = &PERSON;
    if (ut_sinks_add(&r->sinks, &r->person.sink, fault) != 0 ||
        ut_outputs_add(&r->sinks, format, stdout, r->out, fault) != 0 ||
        (r->summary != NULL && ut_outputs_add(&r->sinks, "summary", NULL, r->summary, fault) != 0) ||
        ut_outputs_add_store(&r->sinks, r->store, r->webhook ? &r->to : NULL, r->mqtt ? &r->floor : NULL, NULL,
                             fault) != 0)
        return -1;
    return r->reports.count > 0 ? ut_sinks_add(&r->sinks, ut_report_sink(&r->reports), fault) : 0;
}

/* All files in turn. 0, or -1 and *fault. */
static int play(struct replay *r, char **file, int files, struct ut_fault *fault)
{
    int result = open_outputs(r, fault);
    for (int i = 0; i < files && result == 0 && !r->stopped; i++)
        result = replay_file(r, file[i], fault);
    if (r->stopped)
        (void)ut_sinks_flush(&r->sinks); /* says why: a file that is not kept says nothing when it is closed */
    int broken = ut_sinks_close(&r->sinks, result == 0 && !r->stopped);
    const struct ut_fault *of = &r->sinks.fault;
    if (result != 0 && fault->code != UT_EXIT_OK) {
        if (of->code != UT_EXIT_OK && strcmp(of->text, fault->text) != 0)
            ut_note("%s", of->text);
        return -1;
    }
    if (result == 0 && broken == 0)
        return 0;
    if (of->code != UT_EXIT_OK || result == 0)
        *fault = *of;
    return -1;
}

/* 0, or -1 and *fault: what is written is nothing of what is read. */
static int check_outputs(const struct replay *r, char **file, int files, struct ut_fault *fault)
{
    struct ut_run_files f = {0};
    for (int i = 0; i < files; i++)
        ut_run_files_read(&f, file[i], files == 1 ? "the recording" : "a recording");
    ut_run_files_read(&f, r->model_path, "the model");
    ut_config_files(r->config, &f);
    ut_run_files_write(&f, r->out, "--out");
    ut_run_files_write(&f, r->summary, "--summary");
    ut_run_files_write(&f, r->store, "--store");
    for (int i = 0; i < r->reports.count; i++)
        ut_run_files_write(&f, r->reports.path[i], "--report");
    if (r->out == NULL)
        ut_run_files_print(&f);
    return ut_run_files_check(&f, "replay", fault);
}

/* What cannot be asked of these files; nothing is printed unless every one can be played to its end. 0, or -1 and
 * *fault. */
static int check_files(struct replay *r, char **file, int files, struct ut_fault *fault)
{
    if (files == 0)
        return ut_options_refuse(&ut_command_replay, fault, "no file given");
    if (files > 1 && (r->summary != NULL || r->contact_id != NULL || r->session_id != NULL || r->customer.given))
        return ut_fault_set(
            fault, UT_EXIT_USAGE,
            "replay: --summary, --contact-id, --session and --customer-key go with one file, %d were given", files);
    if (files > 1 && ((r->format != NULL && r->format->one_call) || r->reports.count > 0))
        return ut_fault_set(fault, UT_EXIT_USAGE,
                            "replay: --report and this --format describe one call, %d files were given", files);
    if (check_outputs(r, file, files, fault) != 0)
        return -1;
    bool csv = r->format != NULL && strcmp(r->format->name, "csv") == 0;
    for (int i = 0; i < files && (files > 1 || csv); i++) {
        if (ut_audio_is_once(file[i])) /* what is wrong with it is known when its turn comes */
            continue;
        struct ut_audio *audio = ut_audio_open_as(file[i], r->choice, &r->reading, fault);
        if (audio == NULL)
            return -1;
        ut_audio_close(audio);
    }
    r->reading.quiet = files > 1 || csv;
    return 0;
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct ut_fault fault = {0};
    struct replay r = {.config = config,
                       .choice = {UT_AUDIO_UNSET, UT_AUDIO_UNSET},
                       .reading = {.cut_too = true, .doubts = true, .pipes = true},
                       .model = &ut_model_default,
                       .archive = {.jobs = (int)sysconf(_SC_NPROCESSORS_ONLN), .part = 1, .parts = 1}};
    int code = UT_EXIT_OK, files = ut_options_take(&ut_command_replay, argc, argv, &r, &fault);
    if (files >= 0 && ((r.webhook && ut_outputs_webhook(config, r.store, &r.to, &fault) != 0) ||
                       (r.mqtt && ut_outputs_floor(config, r.store, &r.floor, &fault) != 0)))
        return ut_fault_print(&fault);
    if (files >= 0 && ut_customer_hash(&r.customer, config, r.customer_hash, &fault) != 0)
        return ut_fault_print(&fault);
    if (files == 1 && ut_archive_is_folder(argv[0]))
        code = play_archive(&r, argv[0], &fault);
    else if (files >= 0 && check_files(&r, argv, files, &fault) == 0)
        code = play(&r, argv, files, &fault) == 0 && r.cut ? UT_EXIT_CUT : UT_EXIT_OK;
    ut_model_file_free(&r.model_file);
    return fault.code != UT_EXIT_OK ? ut_fault_print(&fault) : code;
}

static const struct ut_example examples[] = {
    {"undertone replay call.wav --json", "A recording's events, one CloudEvent a line:"},
    {"undertone replay archive --out results --jobs 2",
     "Every call of a folder, each with its files, and summary.csv with a row for each:"},
    {"undertone replay call.wav --report call.html", "A page to look at, listen to and step through:"},
    {NULL, NULL},
};

const struct ut_command ut_command_replay = {
    .name = "replay",
    .purpose = "cues of recorded calls, as fast as it goes",
    .usage = "FILE... [options]\nFOLDER --out FOLDER [--jobs N] [--part I/N] [options]\nFOLDER --store FILE [options]",
    .about =
        "Plays recorded calls through the same code as on the headset, as fast as it goes, and prints what live would. "
        "Any file libsndfile reads, MP3, and with --raw or a name such as .ulaw or .sln what has no header; 8 kHz and "
        "up; - "
        "is standard input.",
    .options = options,
    .operands = "FILE",
    .exit_codes =
        "0 done, 1 failure (of some call in a folder), 2 usage, 10 to 16 faults of a file, 30 a damaged file of "
        "which the begin was played, 17 and 18 of the config, 10, 12, 13, 19 and 29 of a model, 31 to 35 of the "
        "store; `undertone --help` lists them.",
    .examples = examples,
    .run = run,
};
