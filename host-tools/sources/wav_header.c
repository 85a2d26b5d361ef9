/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/wav_header.h"

#include "host-tools/system/bytes.h"

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CHUNKS = 10000,      /* that are looked at, before the sound or behind it */
    FMT_MIN = 16,        /* bytes of a format chunk */
    FMT_EXTENSIBLE = 40, /* of one with a sub-format, which begins at byte 24 */
    SUB_FORMAT = 24,
    TAG_EXTENSIBLE = 0xFFFE,
    WORD = 4,
    HEAD = 8, /* bytes before a chunk's body */
    WIDE_HEAD = 24,
    UNIT = 2, /* chunks begin at multiples of it */
    UNIT_WIDE = 8,
    /* A copy that breaks off lacks at least a block of a disk; a writer that counts its header or forgets the last
     * frame is wrong by less. */
    FEW = 512,
    HEADER_MAX = 4096, /* bytes of a header that a writer may have taken off its largest length */
    RIFF_BEGIN = 12,
    W64_BEGIN = 40,
    PIECE = 1 << 16 /* bytes that are searched at a time */
};
#define RIFF_LARGEST ((int64_t)UINT32_MAX) /* what four bytes hold */

/* Of Wave64 every chunk has a name of 16 bytes, the first four of which say what RIFF says, in small letters. */
static const uint8_t W64_RIFF[] = {'r', 'i', 'f', 'f', 0x2E, 0x91, 0xCF, 0x11, 0xA5, 0xD6, 0x28, 0xDB, 4, 0xC1, 0, 0};
static const uint8_t W64_REST[] = {0xF3, 0xAC, 0xD3, 0x11, 0x8C, 0xD1, 0, 0xC0, 0x4F, 0x8E, 0xDB, 0x8A};

struct chunk {
    char name[WORD];
    int64_t body, bytes; /* offset; length as written, never negative */
    int64_t next;        /* offset of the chunk behind it */
};

struct file {
    int fd;
    int64_t bytes;
    bool wide; /* Wave64 */
};

static bool read_at(const struct file *f, int64_t at, uint8_t *to, size_t n)
{
    return pread(f->fd, to, n, (off_t)at) == (ssize_t)n;
}

static int64_t get64(const uint8_t *p)
{
    uint64_t x = ut_bytes_get(p, WORD) | (uint64_t)ut_bytes_get(p + WORD, WORD) << 32;
    return x > INT64_MAX ? INT64_MAX : (int64_t)x;
}

/* Names of chunks are printed signs; of Wave64 they end as those of its sound do. */
static bool read_chunk(const struct file *f, int64_t at, struct chunk *c)
{
    uint8_t h[WIDE_HEAD];
    int64_t head = f->wide ? WIDE_HEAD : HEAD;
    if (at < 0 || at > f->bytes - head || !read_at(f, at, h, (size_t)head))
        return false;
    memcpy(c->name, h, WORD);
    for (int i = 0; i < WORD; i++)
        if (h[i] < ' ' || h[i] > '~')
            return false;
    int64_t whole = f->wide ? get64(h + 16) : ut_bytes_get(h + WORD, WORD);
    c->bytes = !f->wide ? whole : whole < head ? 0 : whole - head;
    c->body = at + head;
    int64_t unit = f->wide ? UNIT_WIDE : UNIT;
    c->next = c->bytes > INT64_MAX - c->body - unit ? INT64_MAX : c->body + (c->bytes + unit - 1) / unit * unit;
    return true;
}

static bool named(const struct chunk *c, const char *name)
{
    return memcmp(c->name, name, WORD) == 0;
}

static bool begins_w64(const uint8_t *b)
{
    return memcmp(b, W64_RIFF, sizeof W64_RIFF) == 0 && memcmp(b + 24, "wave", WORD) == 0 &&
           memcmp(b + 28, W64_REST, sizeof W64_REST) == 0;
}

/* Whether these bytes begin a WAV of any kind. */
static bool begins_wav(const uint8_t *b, size_t n)
{
    if (n >= RIFF_BEGIN && memcmp(b + 8, "WAVE", WORD) == 0 &&
        (memcmp(b, "RIFF", WORD) == 0 || memcmp(b, "RF64", WORD) == 0 || memcmp(b, "BW64", WORD) == 0))
        return true;
    return n >= W64_BEGIN && begins_w64(b);
}

/* Whether a recording of any kind that people join to a WAV begins here. */
static bool begins_recording(const struct file *f, int64_t at)
{
    static const char *const others[] = {"fLaC\0\0\0\x22", "fLaC\x80\0\0\x22", "OggS\0\2\0\0"};
    uint8_t b[W64_BEGIN];
    ssize_t n = pread(f->fd, b, sizeof b, (off_t)at);
    for (size_t i = 0; n >= HEAD && i < sizeof others / sizeof others[0]; i++)
        if (memcmp(b, others[i], HEAD) == 0)
            return true;
    return n > 0 && begins_wav(b, (size_t)n);
}

/* Where the first WAV begins from `at` on, or the file's end. */
static int64_t next_wav(const struct file *f, int64_t at)
{
    uint8_t b[PIECE + W64_BEGIN];
    for (; at < f->bytes; at += PIECE) {
        ssize_t n = pread(f->fd, b, sizeof b, (off_t)at);
        for (ssize_t i = 0; i < n && i < PIECE; i++)
            if ((b[i] == 'R' || b[i] == 'B' || b[i] == 'r') && begins_wav(b + i, (size_t)(n - i)))
                return at + i;
    }
    return f->bytes;
}

/* Some writers leave out the byte that fills an odd chunk up. What stands in its place is then a letter of a name. */
static bool lacks_fill(const struct file *f, const struct chunk *c)
{
    struct chunk filled, unfilled;
    uint8_t fill;
    return !f->wide && c->bytes % UNIT != 0 && c->next < INT64_MAX && read_at(f, c->next - 1, &fill, 1) && fill != 0 &&
           read_chunk(f, c->next - 1, &unfilled) &&
           !(read_chunk(f, c->next, &filled) && (named(&filled, "data") || named(&filled, "fmt ")));
}

/* Where what stands behind the sound ends, if it is chunks or what players put there: at the file's end, or where
 * more sound begins, another recording or a further data chunk. -1 = it is something else. */
static int64_t end_of_appendix(const struct file *f, int64_t at)
{
    uint8_t word[WORD];
    int64_t left = f->bytes - at; /* below 0 where what fills the last chunk up is not there */
    if (left < WORD || !read_at(f, at, word, WORD))
        return left <= 1 && left > -UNIT_WIDE ? f->bytes : -1;
    if (memcmp(word, "TAG", 3) == 0 || memcmp(word, "ID3", 3) == 0 || memcmp(word, "APET", WORD) == 0)
        return next_wav(f, at);
    struct chunk c;
    for (int i = 0; i < CHUNKS && at < f->bytes - 1; i++) {
        if (begins_recording(f, at))
            return at;
        if (!read_chunk(f, at, &c))
            return -1;
        if (named(&c, "data"))
            return at;
        if (c.bytes > f->bytes - c.body)
            return -1;
        at = c.next;
    }
    return at >= f->bytes - 1 ? f->bytes : -1;
}

static bool read_fmt(const struct file *f, const struct chunk *c, struct ut_wav_header *h)
{
    h->fmt_bytes = c->bytes < UT_WAV_FMT ? (size_t)c->bytes : UT_WAV_FMT;
    if (h->fmt_bytes < FMT_MIN || !read_at(f, c->body, h->fmt, h->fmt_bytes))
        return false;
    h->coding = (int)ut_bytes_get(h->fmt, 2);
    if (h->coding == TAG_EXTENSIBLE && h->fmt_bytes >= FMT_EXTENSIBLE)
        h->coding = (int)ut_bytes_get(h->fmt + SUB_FORMAT, 2);
    h->channels = ut_bytes_get(h->fmt + 2, 2);
    h->rate = ut_bytes_get(h->fmt + 4, WORD);
    h->frame = (int)ut_bytes_get(h->fmt + 12, 2);
    if (h->frame < 1)
        h->frame = 1;
    return true;
}

/* Programs that write to a pipe put the largest length there is, signed or not, some of them less their header. */
static bool is_unknown(int64_t said)
{
    static const int64_t largest[] = {INT32_MAX, RIFF_LARGEST, INT64_MAX};
    for (size_t i = 0; i < sizeof largest / sizeof largest[0]; i++)
        if (said > largest[i] - HEADER_MAX && said <= largest[i])
            return true;
    return said == (int64_t)INT32_MAX + 1;
}

/* The bytes say otherwise than the header: what is there reaches to the next WAV's begin, or to the file's end. */
static enum ut_wav_judgement judge_false(const struct file *f, struct ut_wav_header *h)
{
    h->end = next_wav(f, h->at);
    int64_t there = h->end - h->at;
    h->missing = h->said > there ? h->said - there : 0;
    h->bytes = there - there % h->frame;
    if (h->missing > 0)
        return is_unknown(h->said) ? UT_WAV_UNFINISHED : h->missing < FEW ? UT_WAV_FEWER : UT_WAV_CUT;
    return h->said == 0 ? UT_WAV_UNFINISHED : UT_WAV_MORE;
}

static enum ut_wav_judgement judge(const struct file *f, const struct chunk *data, struct ut_wav_header *h)
{
    int64_t there = f->bytes - h->at;
    if (h->said > there)
        return judge_false(f, h);
    /* Some writers leave out the byte that fills a chunk up. What is less than a frame is no sound. */
    int64_t filled = end_of_appendix(f, data->next), end = filled >= 0 ? filled : end_of_appendix(f, h->at + h->said);
    if (end < 0 && (h->said == 0 || there - h->said >= h->frame))
        return judge_false(f, h);
    h->missing = 0;
    h->bytes = h->said;
    h->end = end >= 0 ? end : f->bytes;
    return UT_WAV_RIGHT;
}

enum ut_wav_judgement ut_wav_header_read(struct ut_wav_header *h, int fd, int64_t from)
{
    struct stat st;
    uint8_t b[W64_BEGIN];
    struct file f = {.fd = fd};
    memset(h, 0, sizeof *h);
    if (fstat(fd, &st) != 0)
        return UT_WAV_OTHER;
    f.bytes = st.st_size;
    ssize_t n = pread(fd, b, sizeof b, (off_t)from);
    if (n <= 0 || !begins_wav(b, (size_t)n))
        return UT_WAV_OTHER;
    bool rf64 = b[0] != 'r' && memcmp(b, "RIFF", WORD) != 0;
    f.wide = h->wide = b[0] == 'r';

    int64_t wide_said = -1;
    struct chunk c;
    int64_t at = from + (f.wide ? W64_BEGIN : RIFF_BEGIN);
    for (int i = 0; i < CHUNKS; i++) {
        if (at >= f.bytes) {
            h->missing = at - f.bytes;
            return h->missing > 0 ? UT_WAV_HEADER_CUT : UT_WAV_OTHER;
        }
        if (!read_chunk(&f, at, &c)) {
            int64_t head = f.wide ? WIDE_HEAD : HEAD;
            h->missing = at + head - f.bytes;
            return h->missing > 0 ? UT_WAV_HEADER_CUT : UT_WAV_OTHER;
        }
        if (named(&c, "data"))
            break;
        if (named(&c, "ds64") && rf64 && c.bytes >= 16 && read_at(&f, c.body, b, 16))
            wide_said = get64(b + 8);
        if (named(&c, "fmt ") && h->fmt_bytes == 0 && c.bytes <= f.bytes - c.body && !read_fmt(&f, &c, h))
            return UT_WAV_OTHER;
        bool unfilled = lacks_fill(&f, &c);
        h->unfilled = h->unfilled || unfilled;
        at = c.next - unfilled;
    }
    if (!named(&c, "data") || h->fmt_bytes == 0)
        return UT_WAV_OTHER;
    h->at = c.body;
    h->said = rf64 && c.bytes == RIFF_LARGEST && wide_said >= 0 ? wide_said : c.bytes;
    return judge(&f, &c, h);
}

enum ut_wav_judgement ut_wav_header_next(struct ut_wav_header *h, int fd)
{
    struct stat st;
    struct file f = {.fd = fd, .wide = h->wide};
    struct chunk c;
    if (fstat(fd, &st) != 0)
        return UT_WAV_OTHER;
    f.bytes = st.st_size;
    if (h->fmt_bytes == 0 || !read_chunk(&f, h->end, &c) || !named(&c, "data"))
        return ut_wav_header_read(h, fd, h->end);
    h->at = c.body;
    h->said = c.bytes;
    h->unfilled = false;
    h->further = true;
    return judge(&f, &c, h);
}

void ut_wav_header_mend(const struct ut_wav_header *h, int fd, struct ut_stretch *s)
{
    uint8_t *p = s->head;
    enum { DS64 = 28, HEADS = 12 + 8 + 8 };
    int64_t even = h->bytes + (h->bytes & 1);
    size_t fmt = h->fmt_bytes + (h->fmt_bytes & 1);
    bool large = even > RIFF_LARGEST - HEADS - DS64 - 8 - UT_WAV_FMT;
    int64_t riff = 4 + 8 + (int64_t)fmt + 8 + even + (large ? DS64 + 8 : 0);
    memset(s, 0, sizeof *s);
    memcpy(p, large ? "RF64" : "RIFF", WORD);
    ut_bytes_put(p + 4, large ? UINT32_MAX : (uint32_t)riff, WORD);
    memcpy(p + 8, "WAVE", WORD);
    p += 12;
    if (large) {
        memcpy(p, "ds64", WORD);
        ut_bytes_put(p + 4, DS64, WORD);
        ut_bytes_put(p + 8, (uint32_t)riff, WORD);
        ut_bytes_put(p + 12, (uint32_t)(riff >> 32), WORD);
        ut_bytes_put(p + 16, (uint32_t)h->bytes, WORD);
        ut_bytes_put(p + 20, (uint32_t)(h->bytes >> 32), WORD);
        ut_bytes_put(p + 24, (uint32_t)(h->bytes / h->frame), WORD);
        ut_bytes_put(p + 28, (uint32_t)(h->bytes / h->frame >> 32), WORD);
        p += 8 + DS64;
    }
    memcpy(p, "fmt ", WORD);
    ut_bytes_put(p + 4, (uint32_t)h->fmt_bytes, WORD);
    memcpy(p + 8, h->fmt, h->fmt_bytes);
    p += 8 + fmt;
    memcpy(p, "data", WORD);
    ut_bytes_put(p + 4, large ? UINT32_MAX : (uint32_t)h->bytes, WORD);
    p += 8;
    s->head_bytes = p - s->head;
    s->fd = fd;
    s->at = h->at;
    s->bytes = h->bytes;
}
