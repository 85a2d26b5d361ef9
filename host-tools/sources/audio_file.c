/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/audio_file.h"

#include "host-tools/sources/decoder.h"
#include "host-tools/sources/double_rate.h"
#include "host-tools/sources/sound_check.h"
#include "host-tools/system/hash.h"
#include "host-tools/system/identity.h"

#include <math.h>
#include <samplerate.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CHUNK = 4096 /* frames read at a time */ };

struct ut_audio {
    char path[4096];
    struct ut_decoder sound;
    int64_t frames, frames_read; /* that can be decoded; that were since the last rewind */
    int customer, agent;         /* channels from 0; agent -1 = none */
    char cut[300];               /* what ends it early; "" = nothing */
    char name[UT_IDENTITY_UUID]; /* of its sound */
    unsigned silent;             /* 1 the customer, 2 the agent: whose channel has no sound */
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

int ut_audio_take_channel(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    int *channel = place, is_agent = strcmp(o->name, "agent") == 0;
    if (is_agent && strcmp(text, "none") == 0) {
        *channel = UT_AUDIO_NONE;
        return 0;
    }
    char *end;
    long n = strtol(text, &end, 10);
    if (end == text || *end != '\0' || n < 1 || n > 1024)
        return ut_fault_set(fault, UT_EXIT_CHANNELS, "--%s %s: not a channel; channels are numbered from 1%s", o->name,
                            text, is_agent ? ", or give none" : "");
    *channel = (int)n;
    return 0;
}

int ut_audio_take_raw(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    (void)o;
    return ut_raw_sound_parse(text, place, fault);
}

static int choose(struct ut_audio *a, struct ut_audio_choice choice, struct ut_fault *fault)
{
    int n = a->sound.channels;
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

/* Whether those who are heard can be. 0, or -1 and *fault where no result can be right. */
static int judge(struct ut_audio *a, const struct ut_sound_check check[2], bool doubts, struct ut_fault *fault)
{
    for (int party = 0; party < 2; party++) {
        char says[200];
        int channel = party == 0 ? a->customer : a->agent;
        bool useless = ut_sound_check_says(&check[party], says, sizeof says);
        a->silent |= ut_sound_check_silent(&check[party]) ? 1U << party : 0;
        if (useless)
            return ut_fault_set(fault, UT_EXIT_SAMPLES,
                                "%s: channel %d: %s; export it again with a full scale of 1, or in 16 bits", a->path,
                                channel + 1, says);
        if (says[0] != '\0' && doubts)
            ut_note("%s: channel %d (%s) %s", a->path, channel + 1, party == 0 ? "customer" : "agent", says);
    }
    return 0;
}

/* A sample in steps of 2^-23: the same number whether a file holds it in 16 bits, in 24 or as a float. */
static int32_t steps(const struct ut_audio *a, long i)
{
    if (a->sound.shorts)
        return a->shorts[i] * 256;
    double x = a->wide[i] * 8388608;
    return (int32_t)lrint(fmin(fmax(x, INT32_MIN), INT32_MAX));
}

/* Adds frames just read to the hash of the parties' sound: of each sample four bytes, the lowest first. */
static void hash_frames(const struct ut_audio *a, long frames, struct ut_hash *hash)
{
    uint8_t bytes[8 * 256];
    size_t n = 0;
    for (long i = 0; i < frames; i++) {
        for (int party = 0; party < 2; party++) {
            int channel = party == 0 ? a->customer : a->agent;
            uint32_t x = channel < 0 ? 0 : (uint32_t)steps(a, i * a->sound.channels + channel);
            for (int k = 0; k < 4; k++)
                bytes[n++] = (uint8_t)(x >> 8 * k);
        }
        if (n > sizeof bytes - 8 || i == frames - 1) {
            ut_hash_add(hash, bytes, n);
            n = 0;
        }
    }
}

static void name_sound(struct ut_audio *a, struct ut_hash *hash)
{
    char rate[16], digits[UT_HASH_TEXT];
    int len = snprintf(rate, sizeof rate, "%d", a->sound.rate);
    ut_hash_add(hash, rate, (size_t)len);
    ut_hash_text(hash, digits);
    ut_identity_of(digits, a->name);
}

/* Reads to the end: every sample a number; counts them, and looks at those of the parties. */
static int scan(struct ut_audio *a, struct ut_sound_check check[2], struct ut_fault *fault)
{
    int64_t frames = 0;
    struct ut_hash hash;
    ut_hash_init(&hash);
    for (long got;
         ut_decoder_error(&a->sound) == NULL && (got = ut_decoder_read(&a->sound, a->shorts, a->wide, CHUNK)) > 0;
         frames += got) {
        for (long i = 0; !a->sound.shorts && i < got * a->sound.channels; i++) {
            if (!isfinite(a->wide[i]))
                return ut_fault_set(fault, UT_EXIT_SAMPLES,
                                    "%s: sample %lld of channel %d is not a finite number; export the file again",
                                    a->path, (long long)(frames + i / a->sound.channels),
                                    (int)(i % a->sound.channels) + 1);
        }
        for (int party = 0; party < 2; party++) {
            int channel = party == 0 ? a->customer : a->agent;
            for (long i = channel; channel >= 0 && i < got * a->sound.channels; i += a->sound.channels)
                ut_sound_check_add(&check[party], a->sound.shorts ? a->shorts[i] / 32768.0 : a->wide[i]);
        }
        hash_frames(a, got, &hash);
    }
    name_sound(a, &hash);
    if (a->sound.cut[0] != '\0')
        snprintf(a->cut, sizeof a->cut, "%s", a->sound.cut);
    else if (ut_decoder_error(&a->sound) != NULL)
        snprintf(a->cut, sizeof a->cut, "its decoder says: %.200s", ut_decoder_error(&a->sound));
    else if (a->sound.frames != INT64_MAX && frames < a->sound.frames)
        snprintf(a->cut, sizeof a->cut, "%lld samples of each channel fewer than its header says",
                 (long long)(a->sound.frames - frames));
    if (frames == 0 && a->cut[0] == '\0')
        return ut_fault_set(fault, UT_EXIT_EMPTY, "%s: holds no audio; give a file with samples", a->path);
    if (ut_decoder_rewind(&a->sound) != 0)
        return ut_fault_set(fault, UT_EXIT_TRUNCATED, "%s: changed or became unreadable while it was read; try again",
                            a->path);
    a->frames = frames;
    return 0;
}

static int prepare(struct ut_audio *a, const char *path, struct ut_audio_choice choice,
                   const struct ut_audio_reading *how, struct ut_fault *fault)
{
    if ((size_t)snprintf(a->path, sizeof a->path, "%s", path) >= sizeof a->path)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%.60s...: longer than %zu characters; move the file", path,
                            sizeof a->path - 1);
    if (ut_decoder_open(&a->sound, path, &how->raw, how->pipes, fault) != 0)
        return -1;
    if (a->sound.rate < UT_AUDIO_RATE_MIN)
        return ut_fault_set(fault, UT_EXIT_RATE, "%s: sampled at %d Hz, too low to measure speech; give %d Hz or more",
                            path, a->sound.rate, UT_AUDIO_RATE_MIN);
    if (a->sound.frames == 0 && a->sound.cut[0] != '\0')
        return ut_fault_set(fault, UT_EXIT_TRUNCATED,
                            "%s: truncated or damaged before its sound begins (%s); copy or export it again", path,
                            a->sound.cut);
    if (a->sound.frames == 0)
        return ut_fault_set(fault, UT_EXIT_EMPTY, "%s: holds no audio; give a file with samples", path);
    if (choose(a, choice, fault) != 0)
        return -1;

    size_t samples = (size_t)CHUNK * (size_t)a->sound.channels;
    if (a->sound.shorts)
        a->shorts = malloc(samples * sizeof *a->shorts);
    else
        a->wide = malloc(samples * sizeof *a->wide);
    if (a->shorts == NULL && a->wide == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory for %d channels", path, a->sound.channels);
    struct ut_sound_check check[2] = {{0}, {0}};
    if (scan(a, check, fault) != 0)
        return -1;
    if (a->cut[0] != '\0' && (a->frames == 0 || !how->cut_too))
        return ut_fault_set(fault, UT_EXIT_TRUNCATED,
                            "%s: truncated or damaged after %.1f s (%s); copy or export it again", path,
                            (double)a->frames / a->sound.rate, a->cut);
    if (a->sound.remark[0] != '\0' && !how->quiet)
        ut_note("%s: %s", path, a->sound.remark);
    if (judge(a, check, how->doubts && !how->quiet, fault) != 0)
        return -1;
    if (a->sound.shorts && a->sound.rate == UT_AUDIO_RATE / 2) {
        a->twice = malloc(sizeof *a->twice);
        a->pairs = malloc(4 * UT_DOUBLE_RATE_CHUNK * sizeof *a->pairs);
        if (a->twice == NULL || a->pairs == NULL)
            return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", path);
        ut_double_rate_init(a->twice);
    } else if (a->sound.rate != UT_AUDIO_RATE) {
        int error = 0;
        a->src = src_new(SRC_SINC_BEST_QUALITY, 2, &error);
        a->in = malloc(2 * CHUNK * sizeof *a->in);
        a->out = malloc(2 * CHUNK * sizeof *a->out);
        if (a->src == NULL || a->in == NULL || a->out == NULL ||
            !src_is_valid_ratio((double)UT_AUDIO_RATE / a->sound.rate))
            return ut_fault_set(fault, UT_EXIT_RATE, "%s: cannot convert %d Hz to %d Hz; resample it first", path,
                                a->sound.rate, UT_AUDIO_RATE);
    }
    return 0;
}

struct ut_audio *ut_audio_open(const char *path, struct ut_audio_choice choice, struct ut_fault *fault)
{
    static const struct ut_audio_reading strict = {0};
    return ut_audio_open_as(path, choice, &strict, fault);
}

struct ut_audio *ut_audio_open_as(const char *path, struct ut_audio_choice choice, const struct ut_audio_reading *how,
                                  struct ut_fault *fault)
{
    struct ut_audio *a = calloc(1, sizeof *a);
    if (a == NULL) {
        ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", path);
        return NULL;
    }
    if (prepare(a, path, choice, how, fault) != 0) {
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
    int n = a->sound.channels;
    long want = max < CHUNK ? max : CHUNK;
    if (want > a->frames - a->frames_read)
        want = (long)(a->frames - a->frames_read);
    long got = want > 0 ? ut_decoder_read(&a->sound, a->shorts, a->wide, want) : 0;
    if (got < want)
        return ut_fault_set(fault, UT_EXIT_TRUNCATED, "%s: changed or became unreadable while it was read (%s)",
                            a->path, ut_decoder_error(&a->sound) != NULL ? ut_decoder_error(&a->sound) : "shorter");
    a->frames_read += got;
    for (long i = 0; i < got; i++) {
        for (int party = 0; party < 2; party++) {
            int channel = party == 0 ? a->customer : a->agent;
            if (a->sound.shorts) {
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
    return got;
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
            .src_ratio = (double)UT_AUDIO_RATE / a->sound.rate,
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

const char *ut_audio_sound(const struct ut_audio *a)
{
    return a->name;
}

int64_t ut_audio_pairs(const struct ut_audio *a)
{
    return a->frames * UT_AUDIO_RATE / a->sound.rate;
}

int ut_audio_has_agent(const struct ut_audio *a)
{
    return a->agent >= 0;
}

const char *ut_audio_alone(struct ut_audio_choice choice, unsigned unheard)
{
    if ((unheard & 2) == 0)
        return NULL;
    return choice.customer != UT_AUDIO_UNSET && choice.agent == UT_AUDIO_NONE ? "declared" : "undeclared";
}

void ut_audio_remark_alone(const char *name, const char *alone)
{
    if (alone != NULL && strcmp(alone, "undeclared") == 0)
        ut_note("%s: one channel with sound, which may hold both parties: no feelings are scored. --customer N --agent "
                "none says that channel N is the customer's alone",
                name);
}

int ut_audio_rate(const struct ut_audio *a)
{
    return a->sound.rate;
}

int ut_audio_channels(const struct ut_audio *a)
{
    return a->sound.channels;
}

bool ut_audio_is_once(const char *path)
{
    struct stat st;
    return strcmp(path, "-") == 0 || (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode));
}

const char *ut_audio_cut(const struct ut_audio *a)
{
    return a->cut[0] != '\0' ? a->cut : NULL;
}

unsigned ut_audio_unheard(const struct ut_audio *a)
{
    return a->silent | (a->agent < 0 ? 2U : 0);
}

void ut_audio_close(struct ut_audio *a)
{
    if (a == NULL)
        return;
    ut_decoder_close(&a->sound);
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
