/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/mp3_file.h"

#include <mpg123.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 4096,      /* samples of all channels decoded at a time */
    TAG_WITHIN = 2048, /* bytes of the first frame in which its length header stands */
    ID3_HEAD = 10,
    FRAME_HEAD = 4,
    MPEG_1 = 3, /* the two bits of a version */
    LAYER_3 = 1 /* and of a layer */
};

struct ut_mp3_file_state {
    struct ut_stretch *sound;
    mpg123_handle *decoder;
    float chunk[CHUNK];
    int error; /* of mpg123; MPG123_OK = none */
};

/* The library's handle of a file is a stretch. */
static ssize_t read_stretch(void *sound, void *to, size_t n)
{
    return (ssize_t)ut_stretch_read(sound, to, n);
}

static off_t seek_stretch(void *sound, off_t offset, int whence)
{
    return (off_t)ut_stretch_seek(sound, offset, whence);
}

/* What stands at an offset; how many bytes of it there are. */
static size_t peek(struct ut_stretch *sound, int64_t at, uint8_t *to, size_t n)
{
    return ut_stretch_seek(sound, at, SEEK_SET) == at ? ut_stretch_read(sound, to, n) : 0;
}

/* Bytes of an ID3 tag at the begin; 0 = none. */
static int64_t id3_bytes(struct ut_stretch *sound)
{
    uint8_t h[ID3_HEAD];
    if (peek(sound, 0, h, sizeof h) != sizeof h || memcmp(h, "ID3", 3) != 0)
        return 0;
    return ID3_HEAD + ((int64_t)(h[6] & 0x7F) << 21 | (h[7] & 0x7F) << 14 | (h[8] & 0x7F) << 7 | (h[9] & 0x7F));
}

/* Bytes of a frame of layer III by its head; 0 = none. */
static int64_t frame_bytes(const uint8_t h[FRAME_HEAD])
{
    static const int kbits[2][15] = {{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
                                     {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}};
    static const int rates[3] = {44100, 48000, 32000}; /* of MPEG 1; half in MPEG 2, a quarter in MPEG 2.5 */
    int version = h[1] >> 3 & 3, layer = h[1] >> 1 & 3, kbit = h[2] >> 4, rate = h[2] >> 2 & 3;
    if (h[0] != 0xFF || (h[1] & 0xE0) != 0xE0 || version == 1 || layer != LAYER_3 || kbit == 0 || kbit == 15 ||
        rate == 3)
        return 0;
    bool first = version == MPEG_1;
    int hz = rates[rate] >> (first ? 0 : version == 2 ? 1 : 2);
    return (int64_t)(first ? 144 : 72) * 1000 * kbits[first][kbit] / hz + (h[2] >> 1 & 1);
}

bool ut_mp3_file_is(struct ut_stretch *sound)
{
    uint8_t h[FRAME_HEAD];
    int64_t at = id3_bytes(sound);
    if (at > 0)
        return true;
    int64_t first = peek(sound, 0, h, sizeof h) == sizeof h ? frame_bytes(h) : 0;
    return first > 0 && peek(sound, first, h, sizeof h) == sizeof h && frame_bytes(h) > 0;
}

bool ut_mp3_file_begins(struct ut_stretch *sound)
{
    uint8_t h[2];
    return peek(sound, 0, h, sizeof h) == sizeof h && h[0] == 0xFF && (h[1] & 0xE0) == 0xE0;
}

/* Two frames in a row begin somewhere from the present place on. */
static bool more_frames(const struct ut_stretch *sound)
{
    struct ut_stretch s = *sound, ahead = s;
    uint8_t b[CHUNK], h[FRAME_HEAD];
    for (int64_t at = s.place; ut_stretch_seek(&s, at, SEEK_SET) == at; at += CHUNK - FRAME_HEAD) {
        size_t n = ut_stretch_read(&s, b, sizeof b);
        if (n < FRAME_HEAD)
            return false;
        for (size_t i = 0; i + FRAME_HEAD <= n; i++) {
            int64_t bytes = frame_bytes(b + i);
            if (bytes > 0 && peek(&ahead, at + (int64_t)i + bytes, h, sizeof h) == sizeof h && frame_bytes(h) > 0)
                return true;
        }
    }
    return false;
}

/* Its first frame is a header with the length of the whole. */
static bool has_length(struct ut_stretch *sound)
{
    uint8_t b[TAG_WITHIN];
    size_t n = peek(sound, id3_bytes(sound), b, sizeof b);
    for (size_t i = 0; i + FRAME_HEAD <= n; i++)
        if (memcmp(b + i, "Xing", 4) == 0 || memcmp(b + i, "Info", 4) == 0 || memcmp(b + i, "VBRI", 4) == 0)
            return true;
    return false;
}

int ut_mp3_file_open(struct ut_mp3_file *m, struct ut_stretch *sound)
{
    memset(m, 0, sizeof *m);
    struct ut_mp3_file_state *s = m->state = calloc(1, sizeof *s);
    if (s == NULL)
        return -1;
    s->sound = sound;
    bool length = has_length(sound);
    (void)ut_stretch_seek(sound, 0, SEEK_SET);
    long rate;
    int coding;
    (void)mpg123_init();
    mpg123_handle *d = s->decoder = mpg123_new(NULL, &s->error);
    if (d == NULL || (s->error = mpg123_param(d, MPG123_REMOVE_FLAGS, MPG123_AUTO_RESAMPLE, 0)) != MPG123_OK ||
        (s->error = mpg123_param(d, MPG123_ADD_FLAGS, MPG123_QUIET | MPG123_FORCE_FLOAT | MPG123_GAPLESS, 0)) !=
            MPG123_OK ||
        (s->error = mpg123_replace_reader_handle(d, read_stretch, seek_stretch, NULL)) != MPG123_OK ||
        (s->error = mpg123_open_handle(d, sound)) != MPG123_OK ||
        (s->error = mpg123_getformat(d, &rate, &m->channels, &coding)) != MPG123_OK)
        return -1;
    m->rate = (int)rate;
    m->said = length ? mpg123_length(d) : -1;
    if ((s->error = mpg123_scan(d)) != MPG123_OK)
        return -1;
    m->frames = mpg123_length(d);
    return 0;
}

long ut_mp3_file_read(struct ut_mp3_file *m, double *wide, long max)
{
    struct ut_mp3_file_state *s = m->state;
    long done = 0;
    while (done < max && s->error == MPG123_OK) {
        size_t bytes = 0, frame = (size_t)m->channels * sizeof s->chunk[0], room = sizeof s->chunk / frame;
        size_t want = (size_t)(max - done) < room ? (size_t)(max - done) : room;
        s->error = mpg123_read(s->decoder, (unsigned char *)s->chunk, want * frame, &bytes);
        size_t samples = bytes / sizeof s->chunk[0];
        for (size_t i = 0; i < samples; i++)
            wide[(size_t)done * (size_t)m->channels + i] = (double)s->chunk[i];
        done += (long)(samples / (size_t)m->channels);
        long rate = m->rate; /* a format is announced at the begin, and at another sound put behind the first */
        int channels = m->channels, coding;
        if (s->error == MPG123_NEW_FORMAT && mpg123_getformat(s->decoder, &rate, &channels, &coding) == MPG123_OK &&
            rate == m->rate && channels == m->channels)
            s->error = MPG123_OK;
    }
    if (s->error == MPG123_ERR && mpg123_errcode(s->decoder) == MPG123_RESYNC_FAIL && !more_frames(s->sound))
        s->error = MPG123_DONE; /* a tag at the end, such as APE's */
    return done;
}

int ut_mp3_file_rewind(struct ut_mp3_file *m)
{
    m->state->error = MPG123_OK;
    return mpg123_seek(m->state->decoder, 0, SEEK_SET) == 0 ? 0 : -1;
}

const char *ut_mp3_file_error(const struct ut_mp3_file *m)
{
    int error = m->state != NULL ? m->state->error : MPG123_OUT_OF_MEM;
    if (error == MPG123_DONE && m->rate == 0)
        return "no frame in it";
    if (error == MPG123_NEW_FORMAT)
        return "another rate or number of channels begins";
    if (error == MPG123_ERR)
        return mpg123_strerror(m->state->decoder);
    return error == MPG123_OK || error == MPG123_DONE ? NULL : mpg123_plain_strerror(error);
}

void ut_mp3_file_close(struct ut_mp3_file *m)
{
    if (m->state == NULL)
        return;
    if (m->state->decoder != NULL)
        mpg123_delete(m->state->decoder);
    free(m->state);
    m->state = NULL;
}
