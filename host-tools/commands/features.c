/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone features`: every row of the feature stage, one line per hop and channel. */
#include "dsp/features.h"
#include "host-tools/commands/commands.h"
#include "host-tools/settings/config.h"
#include "host-tools/sources/audio_file.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/run_files.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_PAIRS = 2048, HOP = 160, LINE_BYTES = 2048, TARGET = 4200 /* longer than ut_output_open takes */ };

struct choices {
    struct ut_audio_choice channels;
    struct ut_audio_reading reading;
    const char *folder;
};

static const struct ut_option options[] = {
    {"csv", NULL, "the only format there is", NULL, .place = 0},
    {"customer", "N", "the customer's channel, as in replay", ut_audio_take_channel,
     .place = offsetof(struct choices, channels.customer)},
    {"agent", "N|none", "the agent's channel, as in replay", ut_audio_take_channel,
     .place = offsetof(struct choices, channels.agent)},
    {"raw", "CODING:RATE:CHANNELS", "sound without a header, as in replay", ut_audio_take_raw,
     .place = offsetof(struct choices, reading.raw)},
    {"out", "FOLDER", "one NAME.csv per file into FOLDER instead of standard output", ut_option_text,
     .place = offsetof(struct choices, folder)},
    UT_OPTION_HELP,
    {0},
};

static char *put_int(char *at, int32_t x)
{
    char digits[12];
    int n = 0;
    uint32_t left = x < 0 ? 0U - (uint32_t)x : (uint32_t)x;
    do {
        digits[n++] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (x < 0)
        *at++ = '-';
    while (n > 0)
        *at++ = digits[--n];
    return at;
}

/* x / 2^shift in decimal, rounded half away from zero to `decimals` digits. */
static char *put_fixed(char *at, int32_t x, int shift, int decimals)
{
    int64_t scale = 1;
    for (int i = 0; i < decimals; i++)
        scale *= 10;
    int64_t size = ((x < 0 ? -(int64_t)x : x) * scale + ((int64_t)1 << shift >> 1)) >> shift;
    if (x < 0 && size > 0)
        *at++ = '-';
    at = put_int(at, (int32_t)(size / scale));
    *at++ = '.';
    int64_t rest = size % scale;
    for (int64_t weight = scale / 10; weight > 0; weight /= 10)
        *at++ = (char)('0' + rest / weight % 10);
    return at;
}

static char *put_text(char *at, const char *text)
{
    size_t len = strlen(text);
    memcpy(at, text, len);
    return at + len;
}

static void put_header(FILE *out)
{
    fputs("t_ms,channel,speech,level_dbfs,f0_hz,voicing,pace_syl_s,syllable,tonal,clipped,snr_db,loudness", out);
    for (int i = 0; i < UT_SPECTRUM_BANDS; i++)
        fprintf(out, ",mel%02d", i);
    fputs(",high", out);
    for (int i = 0; i < UT_FEATURES_N; i++)
        fprintf(out, ",x%02d", i);
    for (int i = 0; i < UT_SPEECH_INPUTS; i++)
        fprintf(out, ",s%02d", i);
    fputs(",speech_score", out);
    for (int i = 0; i < UT_DOUBT_INPUTS; i++)
        fprintf(out, ",u%02d", i);
    fputs(",doubt,peak", out);
    for (int i = 0; i < UT_PACE_INPUTS; i++)
        fprintf(out, ",p%02d", i);
    fputs(",f0_choice", out);
    for (int i = 0; i < UT_PITCH_INPUTS; i++)
        fprintf(out, ",v%02d", i);
    fputc('\n', out);
}

static void put_row(FILE *out, const char *channel, const struct ut_row *row, const struct ut_features *f)
{
    char line[LINE_BYTES], *at = line;
    at = put_int(at, row->t_ms);
    *at++ = ',';
    at = put_text(at, channel);
    *at++ = ',';
    at = put_int(at, row->speech);
    *at++ = ',';
    at = put_fixed(at, row->level_q8, 8, 3);
    *at++ = ',';
    at = put_fixed(at, row->f0_q4, 4, 4);
    *at++ = ',';
    at = put_fixed(at, row->voicing_q15, 15, 5);
    *at++ = ',';
    at = put_fixed(at, row->pace_q8, 8, 3);
    *at++ = ',';
    at = put_int(at, row->syllable);
    *at++ = ',';
    at = put_int(at, row->tonal);
    *at++ = ',';
    at = put_int(at, row->clipped);
    *at++ = ',';
    at = put_fixed(at, row->snr_q8, 8, 3);
    *at++ = ',';
    at = put_fixed(at, ut_features_loudness(row->level_q8), 1, 1);
    for (int i = 0; i < UT_SPECTRUM_BANDS; i++) {
        *at++ = ',';
        at = put_fixed(at, row->spectrum.mel_q8[i], 8, 3);
    }
    *at++ = ',';
    at = put_fixed(at, row->high_q8, 8, 3);
    for (int i = 0; i < UT_FEATURES_N; i++) {
        *at++ = ',';
        at = put_int(at, row->x[i]);
    }
    /* the speech stage's inputs behind this row's decision */
    for (int i = 0; i < UT_SPEECH_INPUTS; i++) {
        *at++ = ',';
        at = put_int(at, f->speech.mean_q8[i]);
    }
    *at++ = ',';
    at = put_int(at, f->speech.score_q16);
    for (int i = 0; i < UT_DOUBT_INPUTS; i++) {
        *at++ = ',';
        at = put_int(at, f->speech.doubt.x_q8[i]);
    }
    *at++ = ',';
    at = put_int(at, f->speech.doubt.doubt_q16);
    *at++ = ',';
    at = put_int(at, f->pace.weighed);
    for (int i = 0; i < UT_PACE_INPUTS; i++) {
        *at++ = ',';
        at = put_int(at, f->pace.x_q8[i]);
    }
    *at++ = ',';
    at = put_fixed(at, f->pitch.choice_f0_q4, 4, 4);
    for (int i = 0; i < UT_PITCH_INPUTS; i++) {
        *at++ = ',';
        at = put_int(at, f->pitch.x[i]);
    }
    *at++ = '\n';
    fwrite(line, 1, (size_t)(at - line), out);
}

struct dump {
    struct ut_features features[2]; /* customer, agent */
    int parties;
    int64_t rows, rows_wanted; /* per party; wanted -1 = not known yet */
    FILE *out;
};

static void push(struct dump *d, const int16_t *pairs, long n)
{
    static const char *const channel[] = {"customer", "agent"};
    struct ut_row row[2];
    while (n > 0) {
        int taken = 0, ready = 0;
        /* both take the same number: they started together */
        for (int p = 0; p < d->parties; p++)
            taken = ut_features_push(&d->features[p], pairs + p, 2, (int)n, &row[p], &ready);
        for (int p = 0; p < d->parties && ready && (d->rows_wanted < 0 || d->rows < d->rows_wanted); p++)
            put_row(d->out, channel[p], &row[p], &d->features[p]);
        d->rows += ready;
        pairs += 2 * taken;
        n -= taken;
    }
}

/* 0, or -1 and *fault. */
static int dump_file(const char *path, const struct choices *chosen, FILE *out, struct ut_fault *fault)
{
    static struct dump d;
    static const int16_t silence[2 * HOP];
    int16_t pairs[2 * CHUNK_PAIRS];
    struct ut_audio *audio = ut_audio_open_as(path, chosen->channels, &chosen->reading, fault);
    if (audio == NULL)
        return -1;
    memset(&d, 0, sizeof d);
    d.parties = ut_audio_has_agent(audio) ? 2 : 1;
    d.rows_wanted = -1;
    d.out = out;
    for (int p = 0; p < d.parties; p++)
        ut_features_init(&d.features[p]);
    put_header(out);
    int64_t samples = 0;
    long n;
    while ((n = ut_audio_read(audio, pairs, CHUNK_PAIRS, fault)) > 0 && !ferror(out)) {
        push(&d, pairs, n);
        samples += n;
    }
    ut_audio_close(audio);
    if (n < 0)
        return -1;
    /* one row per hop begun; silence fills the last hop and its look-ahead */
    d.rows_wanted = (samples + HOP - 1) / HOP;
    while (d.rows < d.rows_wanted)
        push(&d, silence, HOP);
    return 0;
}

static bool same_stem(const char *a, const char *b)
{
    int a_len, b_len;
    const char *a_name = ut_audio_stem(a, &a_len), *b_name = ut_audio_stem(b, &b_len);
    return a_len == b_len && strncmp(a_name, b_name, (size_t)a_len) == 0;
}

/* FOLDER/NAME.csv of a file. */
static void name_table(const char *folder, const char *path, char target[TARGET])
{
    int len;
    const char *name = ut_audio_stem(path, &len);
    snprintf(target, TARGET, "%s/%.*s.csv", folder, len, name);
}

static int dump_to_folder(const char *path, const struct choices *chosen, struct ut_fault *fault)
{
    char target[TARGET];
    struct ut_output o;
    name_table(chosen->folder, path, target);
    if (ut_output_open(&o, target, fault) != 0)
        return -1;
    if (dump_file(path, chosen, o.file, fault) != 0) {
        ut_output_abandon(&o);
        return -1;
    }
    return ut_output_commit(&o, fault);
}

/* 0, or -1 and *fault: each file is its own table. */
static int check_files(const char *folder, char **file, int files, struct ut_fault *fault)
{
    if (files == 0)
        return ut_options_refuse(&ut_command_features, fault, "no file given");
    if (folder == NULL && files > 1)
        return ut_fault_set(fault, UT_EXIT_USAGE,
                            "features: several files need --out FOLDER, since each is its own table");
    for (int i = 0; i < files; i++)
        for (int j = 0; j < i; j++)
            if (same_stem(file[i], file[j]))
                return ut_fault_set(fault, UT_EXIT_USAGE,
                                    "features: %s and %s would be one file in %s; use two folders", file[j], file[i],
                                    folder);
    return 0;
}

/* 0, or -1 and *fault: what is written is nothing of what is read. */
static int check_outputs(const char *folder, char **file, int files, const struct ut_config *config,
                         struct ut_fault *fault)
{
    struct ut_run_files f = {0};
    char target[TARGET];
    ut_config_files(config, &f);
    for (int i = 0; i < files; i++) {
        ut_run_files_read(&f, file[i], "a recording");
        if (folder != NULL) {
            name_table(folder, file[i], target);
            ut_run_files_write(&f, target, "--out");
        }
    }
    if (folder == NULL)
        ut_run_files_print(&f);
    return ut_run_files_check(&f, "features", fault);
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct choices chosen = {.channels = {UT_AUDIO_UNSET, UT_AUDIO_UNSET}, .reading = {.pipes = true}};
    struct ut_fault fault = {0};
    int files = ut_options_take(&ut_command_features, argc, argv, &chosen, &fault);
    int result = files < 0 || check_files(chosen.folder, argv, files, &fault) != 0 ||
                         check_outputs(chosen.folder, argv, files, config, &fault) != 0
                     ? -1
                     : 0;
    for (int i = 0; result == 0 && i < files; i++) {
        result = chosen.folder != NULL ? dump_to_folder(argv[i], &chosen, &fault)
                                       : dump_file(argv[i], &chosen, stdout, &fault);
        if (result == 0 && files > 1)
            ut_output_progress("features", i + 1, files);
    }
    ut_output_progress_end();
    if (result == 0)
        (void)ut_output_flush(&fault);
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone features call.wav --csv", "The rows behind the scores, every 10 ms:"},
    {NULL, NULL},
};

const struct ut_command ut_command_features = {
    .name = "features",
    .purpose = "the rows behind the scores, as CSV",
    .usage = "FILE... [options]",
    .about =
        "Prints one CSV row per 10 ms and channel: prosody and the classifier's input vector. FILE is whatever replay "
        "reads, - is standard input.\n\n"
        "t_ms is the centre of the analysis windows, f0_hz is 0 when unvoiced, mel and high are dBFS, x is as the "
        "classifier takes it, s as the speech decision takes it with its score (speech above 0), p as the pace stage "
        "weighs a peak, where peak is 1, v as the voicing decision takes it about f0_choice (integers, SPEC.md "
        "\"Features\"). A mono file has customer rows only.",
    .options = options,
    .operands = "FILE",
    .exit_codes = "0 done, 1 failure, 2 usage, 10 to 16 faults of a file; `undertone --help` lists them.",
    .examples = examples,
    .run = run,
};
