/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone replay`: recorded calls through the headset's own code and the wire, as live. */
#include "host-tools/commands/replay.h"

#include "firmware/call.h"
#include "host-tools/call/session.h"
#include "host-tools/cues/readings.h"
#include "host-tools/reports/archive.h"
#include "host-tools/reports/call_outputs.h"
#include "host-tools/settings/config.h"
#include "host-tools/sources/audio_file.h"
#include "host-tools/sources/model_file.h"
#include "host-tools/system/json.h"
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

enum format { TEXT, JSON, CSV, CALL, OTHER };

struct replay {
    enum format format;
    bool colour;
    const char *contact_id, *summary;
    struct ut_audio_choice choice;
    int64_t start_ms;
    const struct ut_model *model;
    struct ut_session *session;
    const char *label;
    FILE *out;
    struct ut_call_outputs outputs;
};

static void put_event(void *ctx, const struct ut_event *event)
{
    const struct replay *r = ctx;
    if (r->format == JSON) {
        fprintf(r->out, "%s\n", event->json);
    } else if (r->format == TEXT && event->text[0] != '\0' && event->type != UT_EVENT_SCORE) {
        if (r->colour && event->type == UT_EVENT_CUE_OPENED)
            fprintf(r->out, "\033[1m%s\033[0m\n", event->text);
        else
            fprintf(r->out, "%s\n", event->text);
    }
}

static void put_note(void *ctx, const char *text)
{
    (void)ctx;
    ut_output_progress_end();
    ut_note("%s", text);
}

static void put_score(void *ctx, const struct ut_wire_score *s)
{
    struct replay *r = ctx;
    if (ut_call_outputs_wanted(&r->outputs))
        ut_timeline_score(&r->outputs.timeline, s);
    if (r->format != CSV)
        return;
    ut_output_csv(r->label, r->out);
    fprintf(r->out, ",%u,%d,%d,%.4f,%.4f,%.4f,%d,%d,%d,%.1f,%.1f,%.4f,%.4f,", (unsigned)s->t_ms,
            ut_wire_speaks(s, UT_CUSTOMER), ut_wire_speaks(s, UT_AGENT), ut_readings_share(s->frustration),
            ut_readings_share(s->delight), ut_readings_share(s->confidence), ut_wire_abstain(s),
            ut_wire_clipped(s, UT_CUSTOMER), ut_wire_clipped(s, UT_AGENT), ut_readings_loudness(s->customer_loudness),
            ut_readings_level_dbfs(s->agent_level), ut_readings_pace(s->customer_pace),
            ut_readings_pace(s->agent_pace));
    if (s->customer_f0 > 0)
        fprintf(r->out, "%.2f", ut_readings_semitones(s->customer_f0));
    fprintf(r->out, ",%.2f", ut_readings_range(s->customer_f0_range));
    for (int i = 0; i < 2; i++)
        fprintf(r->out, ",%s,%.4f", ut_readings_group_name(s->top[i].feature),
                ut_readings_log_odds(s->top[i].contribution));
    fputc('\n', r->out);
}

static void keep_turn(void *ctx, const struct ut_wire_turn *turn)
{
    struct replay *r = ctx;
    if (ut_call_outputs_wanted(&r->outputs))
        ut_timeline_turn(&r->outputs.timeline, turn);
}

static void keep_cue(void *ctx, const struct ut_cue_change *change)
{
    struct replay *r = ctx;
    if (ut_call_outputs_wanted(&r->outputs))
        ut_timeline_cue(&r->outputs.timeline, change);
}

static void put_record(void *ctx, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    struct replay *r = ctx;
    uint8_t frame[UT_WIRE_FRAME_BYTES];
    size_t len = ut_wire_frame(record, frame);
    ut_session_bytes(r->session, frame, len);
    if (ut_call_outputs_wanted(&r->outputs) && ut_wire_type(record) == UT_WIRE_SCORE)
        ut_timeline_averages(&r->outputs.timeline, ut_session_snapshot(r->session));
}

static void put_totals(json_t *summary, FILE *out)
{
    json_t *c = json_object_get(summary, "ConversationCharacteristics");
    json_t *talk = json_object_get(json_object_get(c, "TalkTime"), "DetailsByParticipant");
    json_t *emotion = json_object_get(summary, "AcousticEmotion");
    double agent = json_number_value(json_object_get(json_object_get(talk, "AGENT"), "TotalTimeMillis")) / 1000;
    double customer = json_number_value(json_object_get(json_object_get(talk, "CUSTOMER"), "TotalTimeMillis")) / 1000;
    double silent = json_number_value(json_object_get(json_object_get(c, "NonTalkTime"), "TotalTimeMillis")) / 1000;
    fprintf(out,
            "summary: %.1f s; customer spoke %.1f s, agent %.1f s, non-talk %.1f s; %lld interruptions, %zu overlaps, "
            "%zu cues\n",
            json_number_value(json_object_get(c, "TotalConversationDurationMillis")) / 1000, customer, agent, silent,
            (long long)json_integer_value(json_object_get(json_object_get(c, "Interruptions"), "TotalCount")),
            json_array_size(json_object_get(emotion, "Overlaps")), json_array_size(json_object_get(emotion, "Cues")));
}

/* 0, or -1 and *fault. */
static int replay_file(struct replay *r, const char *path, struct ut_fault *fault)
{
    static struct ut_call call; /* large; one at a time */
    int16_t pairs[2 * CHUNK_PAIRS];
    char id[100];
    int len;
    const char *name = ut_audio_stem(path, &len);
    snprintf(id, sizeof id, "%.*s", len, name);
    r->label = path;
    struct ut_audio *audio = ut_audio_open(path, r->choice, fault);
    if (audio == NULL)
        return -1;
    struct ut_session_options options = {
        .config = ut_config_current(),
        .contact_id = r->contact_id != NULL ? r->contact_id : id,
        .start_ms = r->start_ms,
        .sink = put_event,
        .ctx = r,
        .on_score = put_score,
        .on_turn = keep_turn,
        .on_cue = keep_cue,
        .on_note = put_note,
    };
    int result = 0;
    r->session = ut_session_new(&options);
    if (r->session == NULL) {
        result = ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", path);
    } else if (ut_call_init(&call, r->model, "host", put_record, r) != 0) {
        result = ut_fault_set(fault, UT_EXIT_FEATURES,
                              "model %s was trained on features version %d, this program has %d; use a model of this "
                              "version",
                              r->model->id, (int)r->model->features_version, UT_FEATURES_VERSION);
    }
    ut_call_outputs_begin(&r->outputs, path, options.contact_id, r->start_ms, options.config, audio, r->choice);
    int64_t done = 0, total = ut_audio_pairs(audio);
    while (result == 0) {
        long n = ut_audio_read(audio, pairs, CHUNK_PAIRS, fault);
        if (n < 0) {
            ut_session_finish(r->session, fault->text);
            result = -1;
        }
        if (n <= 0)
            break;
        ut_call_push(&call, pairs, (size_t)n);
        result = ut_call_outputs_audio(&r->outputs, pairs, (size_t)n, fault);
        done += n;
        ut_output_progress(options.contact_id, done, total);
        if (ferror(r->out))
            break;
    }
    ut_output_progress_end();
    if (result == 0) {
        ut_call_finish(&call);
        ut_session_finish(r->session, NULL);
        json_t *summary = ut_session_summary(r->session);
        if (r->format == TEXT)
            put_totals(summary, r->out);
        if (r->format == CALL) {
            (void)json_dumpf(summary, r->out, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
            fputc('\n', r->out);
        }
        if (r->summary != NULL)
            result = ut_json_file(r->summary, summary, fault);
        else
            json_decref(summary);
        if (result == 0 && ut_call_outputs_wanted(&r->outputs))
            result = ut_call_outputs_end(&r->outputs, done, &ut_session_snapshot(r->session)->hello, r->out, fault);
    }
    ut_call_outputs_free(&r->outputs);
    ut_session_free(r->session);
    ut_audio_close(audio);
    if (result == 0)
        result = ut_output_flush(fault);
    else
        fflush(stdout);
    return result;
}

/* 0, or -1 and *fault. */
static int choose_format(struct replay *r, const char *name, const char **chosen, struct ut_fault *fault)
{
    static const struct {
        const char *name;
        enum format format;
    } own[] = {{"ndjson", JSON}, {"csv", CSV}, {"call", CALL}};
    if (*chosen != NULL && strcmp(*chosen, name) != 0)
        return ut_fault_set(fault, UT_EXIT_USAGE, "replay: %s and %s exclude each other; choose one format", *chosen,
                            name);
    *chosen = name;
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (strcmp(name, own[i].name) == 0) {
            r->format = own[i].format;
            return 0;
        }
    }
    r->format = OTHER;
    r->outputs.format = ut_call_outputs_format(name);
    if (r->outputs.format == NULL)
        return ut_fault_set(fault, UT_EXIT_USAGE,
                            "--format %s: no such format; use ndjson, csv, call, labels, textgrid, emotionml, webvtt "
                            "or rttm",
                            name);
    return 0;
}

static int play(struct replay *r, char **file, int files, struct ut_fault *fault);

/* The ending of a file in the format chosen; NULL for none beside the per-call file. */
static const char *ending(const char *format)
{
    static const char *const ends[][2] = {{"ndjson", "ndjson"},     {"csv", "csv"},    {"labels", "labels.txt"},
                                          {"textgrid", "TextGrid"}, {"webvtt", "vtt"}, {"emotionml", "emotionml"},
                                          {"rttm", "rttm"}};
    for (size_t i = 0; format != NULL && i < sizeof ends / sizeof ends[0]; i++)
        if (strcmp(format, ends[i][0]) == 0)
            return ends[i][1];
    return NULL;
}

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
static int play_archive(struct replay *r, struct ut_archive *batch, const char *format)
{
    char settings[100];
    if (batch->out == NULL) {
        ut_note("%s: is a folder; give --out FOLDER to play every call under it", batch->folder);
        return UT_EXIT_NOT_AUDIO;
    }
    if (r->summary != NULL || r->contact_id != NULL || r->outputs.reports > 0) {
        ut_note("replay: --summary, --contact-id and --report go with one file, not with a folder");
        return UT_EXIT_USAGE;
    }
    snprintf(settings, sizeof settings, "%d %d %lld %08x", r->choice.customer, r->choice.agent, (long long)r->start_ms,
             (unsigned)r->model->crc32);
    batch->ext = ending(format);
    batch->config = ut_config_current();
    batch->settings = settings;
    batch->one = play_one;
    batch->ctx = r;
    return ut_archive_run(batch);
}

/* All files in turn. 0, or -1 and *fault. */
static int play(struct replay *r, char **file, int files, struct ut_fault *fault)
{
    if (r->format == CSV)
        fputs("file,t_ms,customer_speech,agent_speech,frustration,delight,confidence,abstain,customer_clipped,"
              "agent_clipped,customer_loudness,agent_level_dbfs,customer_pace_syl_s,agent_pace_syl_s,"
              "customer_f0_semitones,customer_f0_range_semitones,top1,top1_log_odds,top2,top2_log_odds\n",
              r->out);
    for (int i = 0; i < files; i++)
        if (replay_file(r, file[i], fault) != 0)
            return -1;
    return 0;
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
    struct replay r = {.choice = {UT_AUDIO_UNSET, UT_AUDIO_UNSET}, .out = stdout, .model = &ut_model_default};
    static struct ut_model_file model; /* lives as long as the program: calls of a batch are played from it */
    struct ut_archive batch = {.jobs = (int)sysconf(_SC_NPROCESSORS_ONLN), .part = 1, .parts = 1};
    const char *target = NULL, *format = NULL;
    for (int o; (o = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        switch (o) {
        case 'j':
        case 'v':
        case 'f':
            if (choose_format(&r, o == 'j' ? "ndjson" : o == 'v' ? "csv" : optarg, &format, &fault) != 0)
                return ut_fault_print(&fault);
            break;
        case 'o':
            target = optarg;
            break;
        case 'r':
            if (ut_call_outputs_report(&r.outputs, optarg, &fault) != 0)
                return ut_fault_print(&fault);
            break;
        case 'n':
            r.outputs.no_sound = true;
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
        batch.out = target;
        return play_archive(&r, &batch, format);
    }
    if (files > 1 && (r.summary != NULL || r.contact_id != NULL)) {
        ut_note("replay: --summary and --contact-id go with one file, %d were given", files);
        return UT_EXIT_USAGE;
    }
    if (files > 1 && (r.format == CALL || ut_call_outputs_wanted(&r.outputs))) {
        ut_note("replay: --report and this --format describe one call, %d files were given", files);
        return UT_EXIT_USAGE;
    }
    r.colour = target == NULL && isatty(STDOUT_FILENO) && !ut_output_no_color();
    /* nothing is printed unless every file can be played to its end */
    for (int i = optind; i < argc && (files > 1 || r.format == CSV); i++) {
        struct ut_audio *audio = ut_audio_open(argv[i], r.choice, &fault);
        if (audio == NULL)
            return ut_fault_print(&fault);
        ut_audio_close(audio);
    }
    if (target == NULL)
        return play(&r, argv + optind, files, &fault) == 0 || fault.code == UT_EXIT_OK ? UT_EXIT_OK
                                                                                       : ut_fault_print(&fault);
    struct ut_output file;
    if (ut_output_open(&file, target, &fault) != 0)
        return ut_fault_print(&fault);
    r.out = file.file;
    if (play(&r, argv + optind, files, &fault) != 0)
        ut_output_abandon(&file);
    else
        (void)ut_output_commit(&file, &fault);
    return fault.code == UT_EXIT_OK ? UT_EXIT_OK : ut_fault_print(&fault);
}
