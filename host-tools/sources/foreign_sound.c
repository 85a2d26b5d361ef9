/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/foreign_sound.h"

#include "host-tools/sources/spool.h"
#include "host-tools/system/program.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LIMIT_MS = 1800 * 1000, REASON = 160, HEADER = 256 /* no file of samples is shorter */ };

static const char WAV[] = ".wav";
static const struct ut_foreign_kind MPEG_4 = {"MPEG-4", ".m4a", "mov"}, AAC = {"AAC", ".aac", "aac"},
                                    AMR = {"AMR", ".amr", "amr"}, WEBM = {"WebM or Matroska", ".webm", "matroska"},
                                    WINDOWS = {"Windows Media", ".wma", "asf"}, G722 = {"G.722", ".g722", "g722"};

static const struct {
    const char *bytes;
    size_t at, n;
    const struct ut_foreign_kind *kind;
} beginnings[] = {{"ftyp", 4, 4, &MPEG_4},
                  {"#!AMR", 0, 5, &AMR},
                  {"\x1A\x45\xDF\xA3", 0, 4, &WEBM},
                  {"\x30\x26\xB2\x75\x8E\x66\xCF\x11", 0, 8, &WINDOWS},
                  {"ADIF", 0, 4, &AAC}};

/* AAC in frames (ADTS): twelve bits of one, a version, layer 0, a rate that exists. */
static bool is_adts(const uint8_t *h, size_t n)
{
    return n >= 3 && h[0] == 0xFF && (h[1] & 0xF6) == 0xF0 && (h[2] >> 2 & 15) < 13;
}

const struct ut_foreign_kind *ut_foreign_kind(const uint8_t *head, size_t n, const char *path)
{
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++)
        if (n >= beginnings[i].at + beginnings[i].n &&
            memcmp(head + beginnings[i].at, beginnings[i].bytes, beginnings[i].n) == 0)
            return beginnings[i].kind;
    const char *dot = strrchr(path, '.');
    if (dot != NULL && strcasecmp(dot, G722.ending) == 0)
        return &G722;
    return is_adts(head, n) ? &AAC : NULL;
}

const struct ut_foreign_kind *ut_foreign_wav(int coding)
{
    static const struct {
        int coding;
        struct ut_foreign_kind kind;
    } wavs[] = {
        {0x0040, {"G.726", WAV, "wav"}},         {0x0042, {"G.723.1", WAV, "wav"}}, {0x0045, {"G.726", WAV, "wav"}},
        {0x0050, {"MPEG layer 2", WAV, "wav"}},  {0x0064, {"G.726", WAV, "wav"}},   {0x0083, {"G.729", WAV, "wav"}},
        {0x0161, {"Windows Media", WAV, "wav"}}, {0x028F, {"G.722", WAV, "wav"}},   {0xA109, {"Speex", WAV, "wav"}}};
    for (size_t i = 0; i < sizeof wavs / sizeof wavs[0]; i++)
        if (wavs[i].coding == coding)
            return &wavs[i].kind;
    return NULL;
}

/* Endings of formats that are none of these; what has a WAV's header is none by any name. */
static bool is_misnamed(const struct ut_foreign_kind *kind, const char *path)
{
    static const char *const others[] = {".mp3", ".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".aiff", ".w64"};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; kind->ending != WAV && dot != NULL && i < sizeof others / sizeof others[0]; i++)
        if (strcasecmp(dot, others[i]) == 0)
            return true;
    return false;
}

/* The first line of what ffmpeg said, behind the part of it that spoke or the file's number; printed signs only. */
static void first_line(const char *output, char reason[REASON])
{
    size_t n = 0;
    if (output[0] == '[' && strstr(output, "] ") != NULL)
        output = strstr(output, "] ") + 2;
    if (strncmp(output, "file:", 5) == 0 && strstr(output, ": ") != NULL)
        output = strstr(output, ": ") + 2;
    for (; n + 1 < REASON && output[n] != '\0' && output[n] != '\n'; n++)
        reason[n] = output[n] >= ' ' && output[n] <= '~' ? output[n] : '?';
    reason[n] = '\0';
}

/* It holds samples. */
static bool has_sound(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && st.st_size > HEADER;
}

int ut_foreign_decode(const struct ut_foreign_kind *kind, int fd, const char *path, char cut[UT_FOREIGN_CUT],
                      struct ut_fault *fault)
{
    cut[0] = '\0';
    if (is_misnamed(kind, path))
        return ut_fault_set(fault, UT_EXIT_NOT_AUDIO, "%s: is %s sound, which its name denies; name it %s", path,
                            kind->name, kind->ending);
    if (!ut_program_exists("ffmpeg"))
        return ut_fault_set(fault, UT_EXIT_NOT_AUDIO,
                            "%s: is %s sound, which takes ffmpeg; install it, or elsewhere run: ffmpeg -f %s -i '%s' "
                            "-c:a pcm_s16le call.wav",
                            path, kind->name, kind->format, path);
    struct ut_program *p = malloc(sizeof *p);
    char from[64], to[64], reason[REASON];
    int out = ut_spool_new(path, fault);
    if (p == NULL || out < 0) {
        if (p == NULL)
            ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", path);
        free(p);
        if (out >= 0)
            (void)close(out);
        return -1;
    }
    snprintf(from, sizeof from, "file:/proc/%ld/fd/%d", (long)getpid(), fd);
    snprintf(to, sizeof to, "file:/proc/%ld/fd/%d", (long)getpid(), out);
    const char *const words[] = {
        "ffmpeg", "-nostdin",  "-hide_banner", "-v",  "error", "-xerror", "-protocol_whitelist",
        "file",   "-f",        kind->format,   "-i",  from,    "-map",    "0:a:0",
        "-c:a",   "pcm_s16le", "-f",           "w64", "-y",    to,        NULL};
    bool ran = ut_program_run(p, words, LIMIT_MS) == 0, ended = ran && p->status == 0;
    first_line(p->output, reason);
    free(p);
    if (ran && (!ended || reason[0] != '\0') && has_sound(out))
        snprintf(cut, UT_FOREIGN_CUT, "ffmpeg %s%s", reason[0] != '\0' ? "says: " : "was stopped", reason);
    if (ended || cut[0] != '\0')
        return out;
    (void)close(out);
    return ut_fault_set(fault, UT_EXIT_NOT_AUDIO, "%s: is %s sound that ffmpeg cannot read (%s); export it again", path,
                        kind->name, reason);
}
