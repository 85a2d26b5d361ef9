/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/decoder.h"

#include "host-tools/sources/flac_frames.h"
#include "host-tools/sources/foreign_sound.h"
#include "host-tools/sources/mp3_file.h"
#include "host-tools/sources/ogg_links.h"
#include "host-tools/sources/spool.h"
#include "host-tools/sources/stretch.h"
#include "host-tools/sources/wav_header.h"

#include <errno.h>
#include <fcntl.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

struct ut_decoder_parts {
    int fd;
    struct ut_stretch sound;       /* what libsndfile reads as a file */
    struct ut_stretch chain;       /* of a file with several recordings: all of them; else of no bytes */
    enum { OGG, FLAC, WAV } links; /* what those of a chain are */
    int64_t link_end;              /* where the one at hand ends in the chain */
    struct ut_wav_header wav;      /* of the one at hand, where they are WAV */
    SNDFILE *file;
    SF_INFO given, info; /* what is known before the file is opened, and after */
    bool is_mp3;         /* read by mp3 instead of file */
    struct ut_mp3_file mp3;
    const char *broken; /* what ended a chain early; NULL = nothing */
};

static sf_count_t stretch_length(void *ctx)
{
    return ut_stretch_length(ctx);
}

static sf_count_t stretch_seek(sf_count_t offset, int whence, void *ctx)
{
    return ut_stretch_seek(ctx, offset, whence);
}

static sf_count_t stretch_read(void *to, sf_count_t n, void *ctx)
{
    return n > 0 ? (sf_count_t)ut_stretch_read(ctx, to, (size_t)n) : 0;
}

static sf_count_t stretch_tell(void *ctx)
{
    return ut_stretch_seek(ctx, 0, SEEK_CUR);
}

static SNDFILE *open_sound(struct ut_decoder_parts *p, SF_INFO *info)
{
    static SF_VIRTUAL_IO io = {
        .get_filelen = stretch_length, .seek = stretch_seek, .read = stretch_read, .tell = stretch_tell};
    (void)ut_stretch_seek(&p->sound, 0, SEEK_SET);
    return sf_open_virtual(&io, SFM_READ, info, &p->sound);
}

static void say_length(struct ut_decoder *d, const struct ut_wav_header *h, enum ut_wav_judgement judged)
{
    if (judged == UT_WAV_UNFINISHED)
        snprintf(d->remark, sizeof d->remark,
                 "its header was never finished and says %lld bytes of sound; the %lld that are there are played",
                 (long long)h->said, (long long)h->bytes);
    else if (judged == UT_WAV_MORE || judged == UT_WAV_FEWER)
        snprintf(d->remark, sizeof d->remark,
                 "its header says %lld bytes of sound, %lld are there; all of them are played", (long long)h->said,
                 (long long)h->bytes);
    else if (judged == UT_WAV_CUT)
        snprintf(d->cut, sizeof d->cut, "%lld bytes fewer than its header says", (long long)h->missing);
}

static int open_file(struct ut_decoder *d, const char *path, bool pipes, struct ut_fault *fault)
{
    struct ut_decoder_parts *p = d->parts;
    struct stat st;
    bool standard_input = pipes && strcmp(path, "-") == 0;
    if (standard_input ? fstat(STDIN_FILENO, &st) != 0 : stat(path, &st) != 0)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be opened (%s); check the name", path, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return ut_fault_set(fault, UT_EXIT_NOT_AUDIO, "%s: is a directory; give an audio file", path);
    if (!S_ISREG(st.st_mode) && !pipes) /* it is read more than once */
        return ut_fault_set(fault, UT_EXIT_NOT_AUDIO, "%s: is not an ordinary file; save the audio to one", path);
    int fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be opened (%s); check its permissions", path,
                            strerror(errno));
    p->fd = fd;
    if (standard_input || !S_ISREG(st.st_mode)) {
        p->fd = ut_spool(fd, path, fault);
        if (!standard_input)
            close(fd);
        if (p->fd < 0)
            return -1;
    }
    if (fstat(p->fd, &st) != 0)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be read (%s); try again", path, strerror(errno));
    if (st.st_size == 0)
        return ut_fault_set(fault, UT_EXIT_EMPTY, "%s: is empty; give a file with samples", path);
    p->sound = (struct ut_stretch){.fd = p->fd, .bytes = st.st_size};
    return 0;
}

/* It begins as a file with a header does. */
static bool has_header(struct ut_decoder_parts *p)
{
    static const char *const words[] = {"RIFF", "RIFX", "RF64", "BW64", "riff", "fLaC", "OggS", "FORM", ".snd", "caff"};
    char word[4] = "";
    (void)ut_stretch_seek(&p->sound, 0, SEEK_SET);
    (void)ut_stretch_read(&p->sound, word, sizeof word);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (memcmp(word, words[i], sizeof word) == 0)
            return true;
    return false;
}

/* 0, or -1 and *fault. */
static int give_raw(struct ut_decoder *d, const struct ut_raw_sound *raw, const char *path, struct ut_fault *fault)
{
    static const int codings[] = {[UT_RAW_MULAW] = SF_FORMAT_ULAW,
                                  [UT_RAW_ALAW] = SF_FORMAT_ALAW,
                                  [UT_RAW_S16] = SF_FORMAT_PCM_16 | SF_ENDIAN_LITTLE,
                                  [UT_RAW_S16BE] = SF_FORMAT_PCM_16 | SF_ENDIAN_BIG,
                                  [UT_RAW_U8] = SF_FORMAT_PCM_U8,
                                  [UT_RAW_GSM] = SF_FORMAT_GSM610};
    struct ut_decoder_parts *p = d->parts;
    bool other;
    int64_t there = p->sound.bytes;
    p->given =
        (SF_INFO){.samplerate = raw->rate, .channels = raw->channels, .format = SF_FORMAT_RAW | codings[raw->coding]};
    p->sound.bytes = ut_raw_sound_whole(raw, &p->sound, &other); /* half a frame is none */
    if (p->sound.bytes == 0 && other)
        return ut_fault_set(fault, UT_EXIT_NOT_AUDIO,
                            "%s: holds no frames of GSM 06.10; name it by what it is, or say so with --raw", path);
    if (p->sound.bytes == 0)
        return ut_fault_set(fault, UT_EXIT_EMPTY, "%s: holds no audio; give a file with samples", path);
    if (other)
        snprintf(d->cut, sizeof d->cut, "byte %lld of %lld begins no frame of GSM 06.10", (long long)p->sound.bytes + 1,
                 (long long)there);
    return 0;
}

/* By its first bytes, or by its name where they say nothing. What only begins as a frame does comes here as well:
 * libsndfile would take it for MP3 too, and writes about it on standard error. */
static bool is_mp3(struct ut_decoder_parts *p, const char *path)
{
    const char *dot = strrchr(path, '.');
    return ut_mp3_file_is(&p->sound) || ut_mp3_file_begins(&p->sound) ||
           (dot != NULL && strcasecmp(dot, ".mp3") == 0 && !has_header(p));
}

static int open_mp3(struct ut_decoder *d, const char *path, struct ut_fault *fault)
{
    struct ut_mp3_file *m = &d->parts->mp3;
    if (ut_mp3_file_open(m, &d->parts->sound) != 0)
        return ut_fault_set(fault, UT_EXIT_NOT_AUDIO, "%s: holds no MP3 sound (%s); convert it to WAV or FLAC", path,
                            ut_mp3_file_error(m));
    d->rate = m->rate;
    d->channels = m->channels;
    d->frames = m->frames;
    if (m->said > m->frames)
        snprintf(d->cut, sizeof d->cut, "%lld samples of each channel fewer than its header says",
                 (long long)(m->said - m->frames));
    else if (m->said >= 0 && m->said < m->frames)
        snprintf(d->remark, sizeof d->remark,
                 "its header says %lld samples of each channel, %lld are there; all of them are played",
                 (long long)m->said, (long long)m->frames);
    return 0;
}

static int open_other(struct ut_decoder *d, const char *path, struct ut_fault *fault)
{
    struct ut_decoder_parts *p = d->parts;
    struct ut_stretch sound = p->sound; /* with a place of its own: libsndfile goes on from the other's */
    p->info = p->given;
    p->file = open_sound(p, &p->info);
    if (p->file == NULL && d->cut[0] != '\0')
        return ut_fault_set(fault, UT_EXIT_TRUNCATED,
                            "%s: truncated or damaged before its sound begins (%s); copy or export it again", path,
                            d->cut);
    if (p->file == NULL)
        return ut_fault_set(fault, UT_EXIT_NOT_AUDIO,
                            "%s: not an audio file libsndfile can read (%s); convert it to WAV or FLAC", path,
                            sf_strerror(NULL));
    if (p->info.channels < 1)
        return ut_fault_set(fault, UT_EXIT_CHANNELS, "%s: has no channels; give a file with one or more", path);
    if (p->info.samplerate < 1)
        return ut_fault_set(fault, UT_EXIT_RATE, "%s: has no sampling rate; export it again", path);
    int kind = p->info.format & SF_FORMAT_SUBMASK;
    d->rate = p->info.samplerate;
    d->channels = p->info.channels;
    d->frames = p->info.frames == SF_COUNT_MAX ? INT64_MAX : p->info.frames;
    if (d->frames == INT64_MAX && d->cut[0] == '\0' && !ut_flac_frames_whole(&sound))
        snprintf(d->cut, sizeof d->cut, "its frames and their checksums differ, and its header says no length");
    d->shorts = kind == SF_FORMAT_PCM_16 || kind == SF_FORMAT_PCM_S8 || kind == SF_FORMAT_PCM_U8 ||
                kind == SF_FORMAT_ULAW || kind == SF_FORMAT_ALAW;
    return 0;
}

/* What another program makes of the file at hand takes its place. 0, or -1 and *fault. */
static int decode_as(struct ut_decoder *d, const struct ut_foreign_kind *kind, const char *path, struct ut_fault *fault)
{
    struct ut_decoder_parts *p = d->parts;
    struct stat st;
    int fd = ut_foreign_decode(kind, p->fd, path, d->cut, fault);
    if (fd < 0)
        return -1;
    close(p->fd);
    p->fd = fd;
    if (fstat(fd, &st) != 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: its temporary file cannot be read; try again", path);
    p->sound = (struct ut_stretch){.fd = fd, .bytes = st.st_size};
    return 0;
}

/* What another program has to decode. 0, or -1 and *fault. */
static int decode_foreign(struct ut_decoder *d, const char *path, struct ut_fault *fault)
{
    struct ut_decoder_parts *p = d->parts;
    uint8_t head[UT_FOREIGN_HEAD];
    (void)ut_stretch_seek(&p->sound, 0, SEEK_SET);
    const struct ut_foreign_kind *kind = ut_foreign_kind(head, ut_stretch_read(&p->sound, head, sizeof head), path);
    return kind == NULL || has_header(p) ? 0 : decode_as(d, kind, path, fault);
}

/* A WAV of a coding that libsndfile lacks: the other program gets its sound behind a header that is right. 0, or -1 and
 * *fault. */
static int decode_wav(struct ut_decoder *d, const struct ut_foreign_kind *kind, const struct ut_wav_header *h,
                      const char *path, struct ut_fault *fault)
{
    struct ut_decoder_parts *p = d->parts;
    ut_wav_header_mend(h, p->fd, &p->sound);
    int fd = ut_spool_stretch(&p->sound, path, fault);
    if (fd < 0)
        return -1;
    close(p->fd);
    p->fd = fd;
    return decode_as(d, kind, path, fault);
}

/* NULL where libsndfile can. */
static const struct ut_foreign_kind *foreign_wav(struct ut_decoder_parts *p, const struct ut_wav_header *h)
{
    SF_INFO info = {0};
    const struct ut_foreign_kind *kind = ut_foreign_wav(h->coding);
    SNDFILE *file = kind != NULL ? open_sound(p, &info) : NULL;
    if (file != NULL)
        sf_close(file);
    return file != NULL ? NULL : kind;
}

/* The recording that begins at `from` in a chain becomes the sound: the first, or the one behind that at hand. */
static enum ut_wav_judgement take_link(struct ut_decoder_parts *p, int64_t from)
{
    enum ut_wav_judgement judged = p->links != WAV ? UT_WAV_OTHER
                                   : from == 0     ? ut_wav_header_read(&p->wav, p->fd, 0)
                                                   : ut_wav_header_next(&p->wav, p->fd);
    p->link_end = p->links == FLAC  ? ut_flac_frames_next(&p->chain, from)
                  : p->links == OGG ? ut_ogg_links_next(&p->chain, from)
                                    : p->chain.bytes;
    p->sound = (struct ut_stretch){.fd = p->fd, .at = p->chain.at + from, .bytes = p->link_end - from};
    if (judged != UT_WAV_OTHER && judged != UT_WAV_HEADER_CUT) {
        ut_wav_header_mend(&p->wav, p->fd, &p->sound);
        p->link_end = p->wav.end;
    }
    return judged;
}

/* Recordings one behind the other, or the data chunks of one; libraries read the first, or none. They end with the
 * first that is damaged. */
static void find_links(struct ut_decoder *d)
{
    struct ut_decoder_parts *p = d->parts;
    int recordings = 0, further = 0, damaged = 0, wrong = 0;
    p->chain = p->sound;
    for (int64_t at = 0; at < p->chain.bytes; at = p->link_end) {
        enum ut_wav_judgement judged = take_link(p, at);
        recordings++;
        further += p->wav.further;
        wrong += judged == UT_WAV_UNFINISHED || judged == UT_WAV_MORE || judged == UT_WAV_FEWER;
        if ((judged == UT_WAV_CUT || judged == UT_WAV_HEADER_CUT) && damaged == 0)
            damaged = recordings;
    }
    if (recordings == 1) {
        p->sound = p->chain;
        p->chain.bytes = 0;
        return;
    }
    for (int i = 1; p->links == FLAC && damaged == 0 && i <= recordings; i++) {
        (void)take_link(p, i == 1 ? 0 : p->link_end);
        if (!ut_flac_frames_whole(&p->sound)) {
            damaged = i;
            p->chain.bytes = p->link_end;
        }
    }
    for (int i = 1; p->links == WAV && damaged > 0 && i <= damaged; i++) {
        (void)take_link(p, i == 1 ? 0 : p->link_end);
        if (i == damaged)
            p->chain.bytes = p->link_end;
    }
    (void)take_link(p, 0);
    bool chunks = further == recordings - 1;
    if (damaged > 0)
        snprintf(d->cut, sizeof d->cut, "%s %d of the %d in it is damaged or cut", chunks ? "data chunk" : "recording",
                 damaged, recordings);
    else
        snprintf(d->remark, sizeof d->remark, "%s %d %s; all of them are played",
                 chunks ? "its sound lies in" : "holds", recordings,
                 chunks ? "data chunks" : "recordings one behind the other");
    if (damaged == 0 && wrong > 0) {
        size_t used = strlen(d->remark);
        snprintf(d->remark + used, sizeof d->remark - used,
                 ", %d with a length in its header that is not that of its sound", wrong);
    }
}

/* An Ogg file is read up to where it is damaged. */
static void find_chain(struct ut_decoder *d)
{
    struct ut_decoder_parts *p = d->parts;
    bool ended;
    int64_t there = p->sound.bytes, whole = ut_ogg_links_whole(&p->sound, &ended);
    p->links = whole == 0 ? FLAC : OGG; /* or another format, of which there is one */
    if (whole > 0 && whole < there)
        snprintf(d->cut, sizeof d->cut, "byte %lld of %lld is damaged or follows a loss", (long long)whole + 1,
                 (long long)there);
    else if (whole > 0 && !ended)
        snprintf(d->remark, sizeof d->remark, "its last page does not say that it is the last: its end may be missing");
    if (whole > 0)
        p->sound.bytes = whole;
    find_links(d);
}

static int open_with_header(struct ut_decoder *d, const char *path, struct ut_fault *fault)
{
    struct ut_decoder_parts *p = d->parts;
    struct ut_wav_header h;
    if (decode_foreign(d, path, fault) != 0)
        return -1;
    enum ut_wav_judgement judged = ut_wav_header_read(&h, p->fd, 0);
    if (judged == UT_WAV_HEADER_CUT)
        return ut_fault_set(fault, UT_EXIT_TRUNCATED,
                            "%s: truncated: %lld bytes fewer than its header says; copy or export it again", path,
                            (long long)h.missing);
    int64_t there = p->sound.bytes;
    bool more = judged != UT_WAV_OTHER && h.end < there, mp3 = h.coding == UT_WAV_MPEG_LAYER_3;
    if (judged != UT_WAV_OTHER && !mp3 && (h.rate < 1 || h.rate > INT32_MAX)) /* MP3 says its rate itself */
        return ut_fault_set(fault, UT_EXIT_RATE,
                            "%s: its header says %u Hz, at which no sound is sampled; export it again", path, h.rate);
    if (judged != UT_WAV_OTHER && (judged != UT_WAV_RIGHT || h.unfilled))
        ut_wav_header_mend(&h, p->fd, &p->sound);
    if (judged != UT_WAV_OTHER && mp3)
        p->sound = (struct ut_stretch){.fd = p->fd, .at = h.at, .bytes = h.bytes};
    const struct ut_foreign_kind *foreign = judged != UT_WAV_OTHER ? foreign_wav(p, &h) : NULL;
    if (foreign != NULL && decode_wav(d, foreign, &h, path, fault) != 0)
        return -1;
    if (more && (foreign != NULL || mp3) && d->cut[0] == '\0') {
        snprintf(d->cut, sizeof d->cut, "another recording begins at byte %lld; what is behind %s sound is not played",
                 (long long)h.end + 1, mp3 ? "MP3" : foreign->name);
    } else if (more && foreign == NULL && !mp3) {
        p->sound = (struct ut_stretch){.fd = p->fd, .bytes = there};
        p->links = WAV;
        find_links(d);
    }
    p->is_mp3 = judged == UT_WAV_OTHER ? is_mp3(p, path) : mp3;
    if (judged == UT_WAV_OTHER && !p->is_mp3)
        find_chain(d);
    if ((p->is_mp3 ? open_mp3(d, path, fault) : open_other(d, path, fault)) != 0)
        return -1;
    if (p->chain.bytes > 0)
        d->frames = INT64_MAX;
    else if (d->cut[0] == '\0')
        say_length(d, &h, judged);
    return 0;
}

int ut_decoder_open(struct ut_decoder *d, const char *path, const struct ut_raw_sound *raw, bool pipes,
                    struct ut_fault *fault)
{
    memset(d, 0, sizeof *d);
    struct ut_decoder_parts *p = d->parts = calloc(1, sizeof *p);
    struct ut_raw_sound named;
    if (p == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", path);
    p->fd = -1;
    if (open_file(d, path, pipes, fault) != 0)
        return -1;
    bool given = raw != NULL && raw->coding != UT_RAW_NONE;
    if (!given && (!ut_raw_sound_by_name(path, &named) || has_header(p)))
        return open_with_header(d, path, fault);
    return give_raw(d, given ? raw : &named, path, fault) != 0 ? -1 : open_other(d, path, fault);
}

/* The next recording of a chain becomes the sound. False at the end, and where it is of another kind. */
static bool open_next(struct ut_decoder_parts *p)
{
    SF_INFO info = {0};
    if (p->link_end >= p->chain.bytes || sf_error(p->file) != SF_ERR_NO_ERROR)
        return false;
    sf_close(p->file);
    (void)take_link(p, p->link_end);
    p->file = open_sound(p, &info);
    if (p->file != NULL && info.samplerate == p->info.samplerate && info.channels == p->info.channels &&
        info.format == p->info.format)
        return true;
    p->broken = "a recording of another kind begins";
    return false;
}

static long read_chain(struct ut_decoder *d, int16_t *shorts, double *wide, long max)
{
    struct ut_decoder_parts *p = d->parts;
    long done = 0;
    while (done < max && p->broken == NULL) {
        long at = done * d->channels, left = max - done;
        long got =
            (long)(d->shorts ? sf_readf_short(p->file, shorts + at, left) : sf_readf_double(p->file, wide + at, left));
        if (got > 0)
            done += got;
        else if (!open_next(p))
            break;
    }
    return done;
}

long ut_decoder_read(struct ut_decoder *d, int16_t *shorts, double *wide, long max)
{
    return d->parts->is_mp3 ? ut_mp3_file_read(&d->parts->mp3, wide, max) : read_chain(d, shorts, wide, max);
}

const char *ut_decoder_error(const struct ut_decoder *d)
{
    if (d->parts->is_mp3)
        return ut_mp3_file_error(&d->parts->mp3);
    if (d->parts->broken != NULL)
        return d->parts->broken;
    return sf_error(d->parts->file) != SF_ERR_NO_ERROR ? sf_strerror(d->parts->file) : NULL;
}

/* Opened again: some codings (GSM 6.10) cannot seek. */
int ut_decoder_rewind(struct ut_decoder *d)
{
    struct ut_decoder_parts *p = d->parts;
    SF_INFO again = p->given;
    if (p->is_mp3)
        return ut_mp3_file_rewind(&p->mp3);
    sf_close(p->file);
    p->broken = NULL;
    if (p->chain.bytes > 0)
        (void)take_link(p, 0);
    p->file = open_sound(p, &again);
    return p->file != NULL && again.channels == p->info.channels && again.samplerate == p->info.samplerate &&
                   again.format == p->info.format
               ? 0
               : -1;
}

void ut_decoder_close(struct ut_decoder *d)
{
    struct ut_decoder_parts *p = d->parts;
    if (p == NULL)
        return;
    if (p->file != NULL)
        sf_close(p->file);
    ut_mp3_file_close(&p->mp3);
    if (p->fd >= 0)
        close(p->fd);
    free(p);
    d->parts = NULL;
}
