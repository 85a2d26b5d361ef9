/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone replay`: recorded calls through the headset's own code and the wire, as live. */
#include "host-tools/commands/replay.h"

#include "firmware/call.h"
#include "host-tools/call/session.h"
#include "host-tools/call/sink.h"
#include "host-tools/commands/outputs.h"
#include "host-tools/reports/archive.h"
#include "host-tools/reports/report.h"
#include "host-tools/settings/config.h"
#include "host-tools/sources/audio_file.h"
#include "host-tools/sources/model_file.h"
#include "host-tools/system/output.h"
#include "host-tools/system/timestamp.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK_PAIRS = 2048 };

static const char usage[] =
    "usage: undertone replay FILE... [options]\n"
    "       undertone replay FOLDER --out FOLDER [--jobs N] [--part I/N] [options]\n"
    "Plays recorded calls through the same code as on the headset, as fast as it goes, and prints what live would.\n"
    "  --format FORMAT   instead of text for people, one of\n"
    "                      ndjson     one CloudEvents object per line (the same: --json)\n"
    "                      csv        one line per score record, four a second (the same: --csv)\n"
    "                      call       the per-call JSON\n"
    "                      labels     label track of Audacity\n"
    "                      textgrid   TextGrid of Praat\n"
    "                      emotionml  EmotionML 1.0, the customer only\n"
    "                      webvtt     cues as captions\n"
    "                      rttm       who spoke when, NIST's time marks\n"
    "  --out FILE        write that there instead of on standard output, whole or not at all\n"
    "  --report FILE     a picture of the call, .html (with sound) or .png; may be given more than once\n"
    "  --no-audio        leave the sound out of .html reports\n"
    "  --customer N      channel of the customer, from 1 (default: right of stereo, the only one of mono)\n"
    "  --agent N|none    channel of the agent (default: left of stereo, none of mono)\n"
    "  --summary FILE    write the per-call JSON there as well\n"
    "  --contact-id ID   ContactId in events (default: the file's name without its ending)\n"
    "  --model FILE      that model (a file of `make train`) instead of the built-in one\n"
    "  --start TIME      time of the call's begin, such as 2026-01-31T09:00:00Z (default: 1970-01-01T00:00:00Z)\n"
    "Any file libsndfile reads, 8 kHz and up.\n"
    "A folder: every audio file under it, each to NAME.json (the per-call JSON) and, with --format, NAME.FORMAT under\n"
    "--out, and a row in summary.csv there. What is done already is left alone; a bad file is named and passed over.\n"
    "  --jobs N          processes (default: one per processor)\n"
    "  --part I/N        only part I of N of the archive, for N machines\n"
    "Exit codes: 0 done, 1 failure (of some call in a folder), 2 usage, 10 to 16 faults of a file, 17 and 18 of the\n"
    "config, 10, 12, 13, 19 and 29 of a model; `undertone --help` lists them.\n";

struct replay {
    const struct ut_output_kind *format; /* NULL = text for people */
    const char *out;                     /* file for it; NULL = standard output */
    const char *contact_id, *summary;
    struct ut_report_files reports;
    struct ut_audio_choice choice;
    bool opened_before; /* to see whether it can be played; its notes were written */
    int64_t start_ms;
    const struct ut_model *model;
    struct ut_sink person; /* reads notes on stderr, where the bar is */
    struct ut_sinks sinks;
    struct ut_session *session;
};

static void put_note(struct ut_sink *person, const char *text)
{
    (void)person;
    ut_output_progress_end();
    ut_note("%s", text);
}

static const struct ut_sink_kind PERSON = {.note = put_note};

static void put_record(void *ctx, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    struct replay *r = ctx;
    uint8_t frame[UT_WIRE_FRAME_BYTES];
    size_t len = ut_wire_frame(record, frame);
    ut_session_bytes(r->session, frame, len);
    if (ut_session_active(r->session))
        ut_sinks_snapshot(&r->sinks, ut_session_snapshot(r->session));
}

/* All of the audio into the call and the sinks, unless they take no more. 0, or -1 and *fault. */
static int push_audio(struct replay *r, struct ut_call *call, struct ut_audio *audio, const char *label,
                      struct ut_fault *fault)
{
    int16_t pairs[2 * CHUNK_PAIRS];
    int64_t done = 0, total = ut_audio_pairs(audio);
    long n;
    int result = 0;
    while (result == 0 && !r->sinks.broken && (n = ut_audio_read(audio, pairs, CHUNK_PAIRS, fault)) != 0) {
        if (n < 0) {
            r->sinks.session = NULL; /* nothing is made of half a call but its events */
            ut_session_finish(r->session, fault->text);
            return -1;
        }
        ut_call_push(call, pairs, (size_t)n);
        result = ut_sinks_audio(&r->sinks, pairs, (size_t)n, fault);
        done += n;
        ut_output_progress(label, done, total);
    }
    return result;
}

/* 0, or -1 and *fault. */
static int replay_call(struct replay *r, const char *path, struct ut_audio *audio, struct ut_fault *fault)
{
    static struct ut_call call; /* large; one at a time */
    char id[100];
    int len;
    const char *name = ut_audio_stem(path, &len);
    snprintf(id, sizeof id, "%.*s", len, name);
    const struct ut_session_options options = {.config = ut_config_current(),
                                               .contact_id = r->contact_id != NULL ? r->contact_id : id,
                                               .start_ms = r->start_ms};
    const struct ut_sink_recording recording = {.path = path,
                                                .contact_id = options.contact_id,
                                                .start_ms = r->start_ms,
                                                .config = options.config,
                                                .audio = audio,
                                                .choice = r->choice};
    ut_sinks_recording(&r->sinks, &recording);
    r->session = ut_sinks_session(&r->sinks, &options);
    if (r->session == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", path);
    if (ut_call_init(&call, r->model, "host", put_record, r) != 0)
        return ut_fault_set(fault, UT_EXIT_FEATURES,
                            "model %s was trained on features version %d, this program has %d; use a model of this "
                            "version",
                            r->model->id, (int)r->model->features_version, UT_FEATURES_VERSION);
    int result = push_audio(r, &call, audio, options.contact_id, fault);
    ut_output_progress_end();
    if (result != 0)
        return -1;
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
    const struct ut_audio_reading how = {.quiet = r->opened_before};
    struct ut_audio *audio = ut_audio_open_as(path, r->choice, &how, fault);
    if (audio == NULL)
        return -1;
    int result = replay_call(r, path, audio, fault);
    ut_session_free(r->session);
    r->session = NULL;
    ut_audio_close(audio);
    if (result == 0)
        return ut_output_flush(fault);
    fflush(stdout);
    return -1;
}

/* 0, or -1 and *fault. */
static int choose_format(struct replay *r, const char *name, struct ut_fault *fault)
{
    if (r->format != NULL && strcmp(r->format->name, name) != 0)
        return ut_fault_set(fault, UT_EXIT_USAGE, "replay: %s and %s exclude each other; choose one format",
                            r->format->name, name);
    r->format = ut_outputs_format(name, fault);
    return r->format != NULL ? 0 : -1;
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

/* Every call under a folder. The exit code. */
static int play_archive(struct replay *r, struct ut_archive *batch)
{
    char settings[100];
    if (batch->out == NULL) {
        ut_note("%s: is a folder; give --out FOLDER to play every call under it", batch->folder);
        return UT_EXIT_NOT_AUDIO;
    }
    if (r->summary != NULL || r->contact_id != NULL || r->reports.count > 0) {
        ut_note("replay: --summary, --contact-id and --report go with one file, not with a folder");
        return UT_EXIT_USAGE;
    }
    snprintf(settings, sizeof settings, "%d %d %lld %08x", r->choice.customer, r->choice.agent, (long long)r->start_ms,
             (unsigned)r->model->crc32);
    batch->ext = r->format != NULL && r->format->ending[0] != '\0' ? r->format->ending : NULL;
    batch->config = ut_config_current();
    batch->settings = settings;
    batch->one = play_one;
    batch->ctx = r;
    return ut_archive_run(batch);
}

static int open_outputs(struct replay *r, struct ut_fault *fault)
{
    const char *format = r->format != NULL ? r->format->name : "text";
    r->person.kind = &PERSON;
    if (ut_sinks_add(&r->sinks, &r->person, fault) != 0 ||
        ut_outputs_add(&r->sinks, format, stdout, r->out, fault) != 0 ||
        (r->summary != NULL && ut_outputs_add(&r->sinks, "summary", NULL, r->summary, fault) != 0))
        return -1;
    return r->reports.count > 0 ? ut_sinks_add(&r->sinks, ut_report_sink(&r->reports), fault) : 0;
}

/* All files in turn. 0, or -1 and *fault. */
static int play(struct replay *r, char **file, int files, struct ut_fault *fault)
{
    int result = open_outputs(r, fault);
    for (int i = 0; i < files && result == 0; i++)
        result = replay_file(r, file[i], fault);
    if (ut_sinks_close(&r->sinks, result == 0) == 0 || result != 0)
        return result;
    *fault = r->sinks.fault;
    return -1;
}

int ut_replay_main(int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},           {"csv", no_argument, NULL, 'v'},
        {"customer", required_argument, NULL, 'c'}, {"agent", required_argument, NULL, 'a'},
        {"summary", required_argument, NULL, 's'},  {"format", required_argument, NULL, 'f'},
        {"out", required_argument, NULL, 'o'},      {"report", required_argument, NULL, 'r'},
        {"no-audio", no_argument, NULL, 'n'},       {"contact-id", required_argument, NULL, 'i'},
        {"start", required_argument, NULL, 't'},    {"model", required_argument, NULL, 'M'},
        {"jobs", required_argument, NULL, 'J'},     {"part", required_argument, NULL, 'P'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0},
    };
    struct ut_fault fault = {0};
    struct replay r = {.choice = {UT_AUDIO_UNSET, UT_AUDIO_UNSET}, .model = &ut_model_default};
    static struct ut_model_file model; /* lives as long as the program: calls of a batch are played from it */
    struct ut_archive batch = {.jobs = (int)sysconf(_SC_NPROCESSORS_ONLN), .part = 1, .parts = 1};
    for (int o; (o = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        switch (o) {
        case 'j':
        case 'v':
        case 'f':
            if (choose_format(&r, o == 'j' ? "ndjson" : o == 'v' ? "csv" : optarg, &fault) != 0)
                return ut_fault_print(&fault);
            break;
        case 'o':
            r.out = optarg;
            break;
        case 'r':
            if (ut_report_add(&r.reports, optarg, &fault) != 0)
                return ut_fault_print(&fault);
            break;
        case 'n':
            r.reports.no_sound = true;
            break;
        case 'c':
            if (ut_audio_parse_channel(optarg, "--customer", &r.choice.customer, &fault) != 0)
                return ut_fault_print(&fault);
            break;
        case 'a':
            if (ut_audio_parse_channel(optarg, "--agent", &r.choice.agent, &fault) != 0)
                return ut_fault_print(&fault);
            break;
        case 's':
            r.summary = optarg;
            break;
        case 'i':
            r.contact_id = optarg;
            break;
        case 't':
            if (ut_timestamp_parse(optarg, &r.start_ms) != 0) {
                ut_note("--start %s: not a time; write it like 2026-01-31T09:00:00Z", optarg);
                return UT_EXIT_USAGE;
            }
            break;
        case 'M':
            ut_model_file_free(&model);
            if (ut_model_file_read(&model, optarg, &fault) != 0)
                return ut_fault_print(&fault);
            r.model = &model.model;
            break;
        case 'J':
            batch.jobs = atoi(optarg);
            if (batch.jobs < 1) {
                ut_note("--jobs %s: not a number of processes; give 1 or more", optarg);
                return UT_EXIT_USAGE;
            }
            break;
        case 'P':
            if (ut_archive_parse_part(optarg, &batch.part, &batch.parts, &fault) != 0)
                return ut_fault_print(&fault);
            break;
        case 'h':
            fputs(usage, stdout);
            return UT_EXIT_OK;
        default:
            return UT_EXIT_USAGE;
        }
    }
    int files = argc - optind;
    if (files == 0) {
        ut_note("replay: no file given; see `undertone replay --help`");
        return UT_EXIT_USAGE;
    }
    if (files == 1 && ut_archive_is_folder(argv[optind])) {
        batch.folder = argv[optind];
        batch.out = r.out;
        r.out = NULL; /* each call has its own */
        return play_archive(&r, &batch);
    }
    if (files > 1 && (r.summary != NULL || r.contact_id != NULL)) {
        ut_note("replay: --summary and --contact-id go with one file, %d were given", files);
        return UT_EXIT_USAGE;
    }
    if (files > 1 && ((r.format != NULL && r.format->one_call) || r.reports.count > 0)) {
        ut_note("replay: --report and this --format describe one call, %d files were given", files);
        return UT_EXIT_USAGE;
    }
    bool csv = r.format != NULL && strcmp(r.format->name, "csv") == 0;
    /* nothing is printed unless every file can be played to its end */
    for (int i = optind; i < argc && (files > 1 || csv); i++) {
        struct ut_audio *audio = ut_audio_open(argv[i], r.choice, &fault);
        if (audio == NULL)
            return ut_fault_print(&fault);
        ut_audio_close(audio);
        r.opened_before = true;
    }
    return play(&r, argv + optind, files, &fault) == 0 || fault.code == UT_EXIT_OK ? UT_EXIT_OK
                                                                                   : ut_fault_print(&fault);
}
