/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/audio_file.h"

#include "host-tools/sources/double_rate.h"
#include "host-tools/system/bytes.h"

#include <errno.h>
#include <math.h>
#include <samplerate.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CHUNK = 4096 /* frames read at a time */ };

struct ut_audio {
    char path[4096];
    SNDFILE *file;
    SF_INFO info;
    int customer, agent; /* channels from 0; agent -1 = none */
    bool short_samples;  /* 16 bits or less: read as short */
    bool ended;
    int16_t *shorts; /* CHUNK frames as read */
    double *wide;
    /* rate conversion */
    SRC_STATE *src;
    float *in, *out; /* CHUNK pairs each */
    long in_at, in_count;
    /* telephone audio */
    struct ut_double_rate *twice;
    int16_t *pairs; /* 2 UT_DOUBLE_RATE_CHUNK pairs made of those read */
};

int ut_audio_parse_channel(const char *text, const char *option, int *channel, struct ut_fault *fault)
{
    if (strcmp(text, "none") == 0 && strcmp(option, "--agent") == 0) {
        *channel = UT_AUDIO_NONE;
        return 0;
    }
    char *end;
    long n = strtol(text, &end, 10);
    if (end == text || *end != '\0' || n < 1 || n > 1024)
        return ut_fault_set(fault, UT_EXIT_CHANNELS, "%s %s: not a channel; channels are numbered from 1%s", option,
                            text, strcmp(option, "--agent") == 0 ? ", or give none" : "");
    *channel = (int)n;
    return 0;
}

int ut_audio_take_channel(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    return ut_audio_parse_channel(text, o->name[0] == 'a' ? "--agent" : "--customer", place, fault);
}

/* What a RIFF header promises beyond the file's end, in bytes; 0 = nothing missing or nothing known. Programs that
 * write to a pipe put the largest value there, which promises nothing. */
static int64_t riff_missing(const char *path)
{
    uint8_t h[12];
    struct stat st;
    int64_t missing = 0;
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return 0;
    if (fstat(fileno(f), &st) != 0 || fread(h, 1, 12, f) != 12 || memcmp(h, "RIFF", 4) != 0 ||
        memcmp(h + 8, "WAVE", 4) != 0) {
        fclose(f);
        return 0;
    }
    for (int64_t at = 12; fseek(f, (long)at, SEEK_SET) == 0 && fread(h, 1, 8, f) == 8;) {
        int64_t size = ut_bytes_get(h + 4, 4);
        bool data = memcmp(h, "data", 4) == 0;
        if (data && size >= 0x7FFFF000)
            break;
        if (at + 8 + size > st.st_size)
            missing = at + 8 + size - st.st_size;
        if (data || missing > 0)
            break;
        at += 8 + size + (size & 1);
    }
    fclose(f);
    return missing;
}

static int choose(struct ut_audio *a, struct ut_audio_choice choice, struct ut_fault *fault)
{
    int n = a->info.channels;
    int customer = choice.customer, agent = choice.agent;
    if (n == 1) {
        customer = customer == UT_AUDIO_UNSET ? 1 : customer;
        agent = agent == UT_AUDIO_UNSET ? UT_AUDIO_NONE : agent;
    } else if (n == 2) {
        if (customer == UT_AUDIO_UNSET)
            customer = agent == 2 ? 1 : 2;
        if (agent == UT_AUDIO_UNSET)
            agent = customer == 2 ? 1 : 2;
    } else if (customer == UT_AUDIO_UNSET || agent == UT_AUDIO_UNSET) {
        return ut_fault_set(fault, UT_EXIT_CHANNELS,
                            "%s: has %d channels and no choice was made; say --customer N and --agent N (or none)",
                            a->path, n);
    }
    if (customer < 1)
        return ut_fault_set(fault, UT_EXIT_CHANNELS, "%s: no channel chosen for the customer; say --customer 1..%d",
                            a->path, n);
    if (customer > n)
        return ut_fault_set(fault, UT_EXIT_CHANNELS, "%s: --customer %d, but it has %d channel%s; say --customer 1..%d",
                            a->path, customer, n, n == 1 ? "" : "s", n);
    if (agent > n)
        return ut_fault_set(fault, UT_EXIT_CHANNELS, "%s: --agent %d, but it has %d channel%s; say 1..%d or none",
                            a->path, agent, n, n == 1 ? "" : "s", n);
    if (agent == customer)
        return ut_fault_set(fault, UT_EXIT_CHANNELS, "%s: channel %d chosen for both; choose two, or --agent none",
                            a->path, agent);
    a->customer = customer - 1;
    a->agent = agent - 1;
    return 0;
}

/* Reads to the end: every sample a number, as many as promised. */
static int scan(struct ut_audio *a, struct ut_fault *fault)
{
    int64_t frames = 0;
    for (;;) {
        sf_count_t got =
            a->short_samples ? sf_readf_short(a->file, a->shorts, CHUNK) : sf_readf_double(a->file, a->wide, CHUNK);
        if (got <= 0)
            break;
        for (sf_count_t i = 0; !a->short_samples && i < got * a->info.channels; i++) {
            if (!isfinite(a->wide[i]))
                return ut_fault_set(fault, UT_EXIT_SAMPLES,
                                    "%s: sample %lld of channel %d is not a finite number; export the file again",
                                    a->path, (long long)(frames + i / a->info.channels),
                                    (int)(i % a->info.channels) + 1);
        }
        frames += got;
    }
    int error = sf_error(a->file);
    if (error != SF_ERR_NO_ERROR || frames < a->info.frames)
        return ut_fault_set(fault, UT_EXIT_TRUNCATED,
                            "%s: truncated or damaged after %lld samples of each channel; copy or export it again",
                            a->path, (long long)frames);
    if (frames == 0)
        return ut_fault_set(fault, UT_EXIT_EMPTY, "%s: holds no audio; give a file with samples", a->path);
    /* opened again: some formats (GSM 6.10) cannot seek */
    SF_INFO again = {0};
    sf_close(a->file);
    a->file = sf_open(a->path, SFM_READ, &again);
    if (a->file == NULL || again.channels != a->info.channels || again.samplerate != a->info.samplerate ||
        again.format != a->info.format)
        return ut_fault_set(fault, UT_EXIT_TRUNCATED, "%s: changed or became unreadable while it was read; try again",
                            a->path);
    a->info.frames = frames;
    return 0;
}

static int prepare(struct ut_audio *a, const char *path, struct ut_audio_choice choice, struct ut_fault *fault)
{
    struct stat st;
    if ((size_t)snprintf(a->path, sizeof a->path, "%s", path) >= sizeof a->path)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%.60s...: longer than %zu characters; move the file", path,
                            sizeof a->path - 1);
    if (stat(path, &st) != 0)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be opened (%s); check the name", path, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return ut_fault_set(fault, UT_EXIT_NOT_AUDIO, "%s: is a directory; give an audio file", path);
    if (S_ISREG(st.st_mode) && st.st_size == 0)
        return ut_fault_set(fault, UT_EXIT_EMPTY, "%s: is empty; give a file with samples", path);
    if (!S_ISREG(st.st_mode)) /* it is read more than once */
        return ut_fault_set(fault, UT_EXIT_NOT_AUDIO, "%s: is not an ordinary file; save the audio to one", path);
    FILE *readable = fopen(path, "rb");
    if (readable == NULL)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be opened (%s); check its permissions", path,
                            strerror(errno));
    fclose(readable);
    int64_t missing = riff_missing(path);
    a->file = sf_open(path, SFM_READ, &a->info);
    if (missing > 0)
        return ut_fault_set(fault, UT_EXIT_TRUNCATED,
                            "%s: truncated: %lld bytes fewer than its header says; copy or export it again", path,
                            (long long)missing);
    if (a->file == NULL)
        return ut_fault_set(fault, UT_EXIT_NOT_AUDIO,
                            "%s: not an audio file libsndfile can read (%s); convert it to WAV or FLAC", path,
                            sf_strerror(NULL));
    if (a->info.channels < 1)
        return ut_fault_set(fault, UT_EXIT_CHANNELS, "%s: has no channels; give a file with one or more", path);
    if (a->info.samplerate < UT_AUDIO_RATE_MIN)
        return ut_fault_set(fault, UT_EXIT_RATE, "%s: sampled at %d Hz, too low to measure speech; give %d Hz or more",
                            path, a->info.samplerate, UT_AUDIO_RATE_MIN);
    if (a->info.frames == 0)
        return ut_fault_set(fault, UT_EXIT_EMPTY, "%s: holds no audio; give a file with samples", path);
    if (choose(a, choice, fault) != 0)
        return -1;

    int kind = a->info.format & SF_FORMAT_SUBMASK;
    a->short_samples = kind == SF_FORMAT_PCM_16 || kind == SF_FORMAT_PCM_S8 || kind == SF_FORMAT_PCM_U8 ||
                       kind == SF_FORMAT_ULAW || kind == SF_FORMAT_ALAW;
    size_t samples = (size_t)CHUNK * (size_t)a->info.channels;
    if (a->short_samples)
        a->shorts = malloc(samples * sizeof *a->shorts);
    else
        a->wide = malloc(samples * sizeof *a->wide);
    if (a->shorts == NULL && a->wide == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory for %d channels", path, a->info.channels);
    if (scan(a, fault) != 0)
        return -1;
    if (a->short_samples && 2 * a->info.samplerate == UT_AUDIO_RATE) {
        a->twice = malloc(sizeof *a->twice);
        a->pairs = malloc(4 * UT_DOUBLE_RATE_CHUNK * sizeof *a->pairs);
        if (a->twice == NULL || a->pairs == NULL)
            return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", path);
        ut_double_rate_init(a->twice);
    } else if (a->info.samplerate != UT_AUDIO_RATE) {
        int error = 0;
        a->src = src_new(SRC_SINC_BEST_QUALITY, 2, &error);
        a->in = malloc(2 * CHUNK * sizeof *a->in);
        a->out = malloc(2 * CHUNK * sizeof *a->out);
        if (a->src == NULL || a->in == NULL || a->out == NULL ||
            !src_is_valid_ratio((double)UT_AUDIO_RATE / a->info.samplerate))
            return ut_fault_set(fault, UT_EXIT_RATE, "%s: cannot convert %d Hz to %d Hz; resample it first", path,
                                a->info.samplerate, UT_AUDIO_RATE);
    }
    return 0;
}

struct ut_audio *ut_audio_open(const char *path, struct ut_audio_choice choice, struct ut_fault *fault)
{
    struct ut_audio *a = calloc(1, sizeof *a);
    if (a == NULL) {
        ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", path);
        return NULL;
    }
    if (prepare(a, path, choice, fault) != 0) {
        ut_audio_close(a);
        return NULL;
    }
    return a;
}

static int16_t to_short(double x)
{
    double scaled = x * 32768;
    if (scaled >= INT16_MAX)
        return INT16_MAX;
    if (scaled <= INT16_MIN)
        return INT16_MIN;
    return (int16_t)lrint(scaled);
}

/* Up to max frames at the file's own rate; pairs or floats, whichever is not NULL. */
static long read_frames(struct ut_audio *a, int16_t *pairs, float *floats, long max, struct ut_fault *fault)
{
    int n = a->info.channels;
    long want = max < CHUNK ? max : CHUNK;
    sf_count_t got =
        a->short_samples ? sf_readf_short(a->file, a->shorts, want) : sf_readf_double(a->file, a->wide, want);
    if (got < want && sf_error(a->file) != SF_ERR_NO_ERROR)
        return ut_fault_set(fault, UT_EXIT_TRUNCATED, "%s: changed or became unreadable while it was read (%s)",
                            a->path, sf_strerror(a->file));
    for (long i = 0; i < got; i++) {
        for (int party = 0; party < 2; party++) {
            int channel = party == 0 ? a->customer : a->agent;
            if (a->short_samples) {
                int16_t x = channel < 0 ? 0 : a->shorts[i * n + channel];
                if (pairs != NULL)
                    pairs[2 * i + party] = x;
                else
                    floats[2 * i + party] = (float)x / 32768.0F;
            } else {
                double x = channel < 0 ? 0 : a->wide[i * n + channel];
                if (pairs != NULL)
                    pairs[2 * i + party] = to_short(x);
                else
                    floats[2 * i + party] = (float)fmin(fmax(x, -1e6), 1e6);
            }
        }
    }
    return (long)got;
}

/* Telephone audio, from what was made of the last chunk read. */
static long read_twice(struct ut_audio *a, int16_t *pairs, long max, struct ut_fault *fault)
{
    int16_t chunk[2 * UT_DOUBLE_RATE_CHUNK];
    while (a->in_at == a->in_count) {
        if (a->ended)
            return 0;
        long got = read_frames(a, chunk, NULL, UT_DOUBLE_RATE_CHUNK, fault);
        if (got < 0)
            return -1;
        a->ended = got == 0;
        a->in_at = 0;
        a->in_count = a->ended ? ut_double_rate_end(a->twice, a->pairs)
                               : ut_double_rate_push(a->twice, chunk, (int)got, a->pairs);
    }
    long n = a->in_count - a->in_at < max ? a->in_count - a->in_at : max;
    memcpy(pairs, a->pairs + 2 * a->in_at, (size_t)n * 2 * sizeof *pairs);
    a->in_at += n;
    return n;
}

long ut_audio_read(struct ut_audio *a, int16_t *pairs, size_t max, struct ut_fault *fault)
{
    if (a->twice != NULL)
        return read_twice(a, pairs, (long)(max < CHUNK ? max : CHUNK), fault);
    if (a->src == NULL)
        return read_frames(a, pairs, NULL, (long)(max < CHUNK ? max : CHUNK), fault);
    for (;;) {
        if (a->in_at == a->in_count && !a->ended) {
            a->in_at = 0;
            a->in_count = read_frames(a, NULL, a->in, CHUNK, fault);
            if (a->in_count < 0) {
                a->in_count = 0;
                return -1;
            }
            a->ended = a->in_count < CHUNK;
        }
        SRC_DATA d = {
            .data_in = a->in + 2 * a->in_at,
            .data_out = a->out,
            .input_frames = a->in_count - a->in_at,
            .output_frames = (long)(max < CHUNK ? max : CHUNK),
            .end_of_input = a->ended,
            .src_ratio = (double)UT_AUDIO_RATE / a->info.samplerate,
        };
        int error = src_process(a->src, &d);
        if (error != 0)
            return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: rate conversion failed (%s)", a->path,
                                src_strerror(error));
        a->in_at += d.input_frames_used;
        for (long i = 0; i < 2 * d.output_frames_gen; i++)
            pairs[i] = to_short((double)a->out[i]);
        if (d.output_frames_gen > 0)
            return d.output_frames_gen;
        if (a->ended && d.input_frames_used == 0)
            return 0;
    }
}

int64_t ut_audio_pairs(const struct ut_audio *a)
{
    return (int64_t)a->info.frames * UT_AUDIO_RATE / a->info.samplerate;
}

int ut_audio_has_agent(const struct ut_audio *a)
{
    return a->agent >= 0;
}

int ut_audio_rate(const struct ut_audio *a)
{
    return a->info.samplerate;
}

int ut_audio_channels(const struct ut_audio *a)
{
    return a->info.channels;
}

void ut_audio_close(struct ut_audio *a)
{
    if (a == NULL)
        return;
    if (a->file != NULL)
        sf_close(a->file);
    if (a->src != NULL)
        src_delete(a->src);
    free(a->shorts);
    free(a->wide);
    free(a->in);
    free(a->out);
    free(a->twice);
    free(a->pairs);
    free(a);
}

const char *ut_audio_stem(const char *path, int *len)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    *len = (int)(dot != NULL && dot != name ? (size_t)(dot - name) : strlen(name));
    return name;
}
