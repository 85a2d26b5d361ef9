/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a recording: refused with a line, or as many pairs as it says, of what is before the damage. */
#define _XOPEN_SOURCE 700 /* pwrite, mkstemp, setenv */
#include "host-tools/sources/audio_file.h"
#include "host-tools/sources/foreign_sound.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAIRS = 4096, READS = 2000, SLACK = 64 /* pairs by which a converted length is estimated wrongly */ };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[] = "/tmp/undertone-fuzz-XXXXXX";

static void forget(void)
{
    (void)unlink(path);
}

static void play(struct ut_audio *a)
{
    static int16_t pairs[2 * PAIRS];
    struct ut_fault fault = {0};
    int64_t all = 0;
    long n = 1;
    for (int i = 0; i < READS && n > 0; i++) {
        n = ut_audio_read(a, pairs, PAIRS, &fault);
        if (n > PAIRS)
            abort();
        all += n > 0 ? n : 0;
    }
    if (n < 0 && fault.code == UT_EXIT_OK)
        abort();
    if (n == 0 && llabs(all - ut_audio_pairs(a)) > SLACK)
        abort();
}

/* An odd first byte: it is cut too; from 128 on it is GSM without a header. No other program is found. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct ut_audio_choice choice = {1, UT_AUDIO_NONE};
    static int fd = -1;
    if (fd < 0) {
        fd = mkstemp(path);
        atexit(forget);
        (void)setenv("PATH", "/nonexistent", 1);
    }
    if (fd < 0 || size == 0 || ut_foreign_kind(data + 1, size - 1, path) != NULL) /* another program's */
        return 0;
    struct ut_audio_reading how = {.cut_too = (data[0] & 1) != 0, .quiet = true, .doubts = true};
    if (data[0] >= 128)
        how.raw = (struct ut_raw_sound){UT_RAW_GSM, 8000, 1};
    struct ut_fault fault = {0};
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data + 1, size - 1, 0) != (ssize_t)size - 1)
        abort();
    struct ut_audio *a = ut_audio_open_as(path, choice, &how, &fault);
    if (a == NULL && (fault.code == UT_EXIT_OK || fault.text[0] == '\0'))
        abort();
    if (a != NULL && ut_audio_cut(a) != NULL && !how.cut_too)
        abort();
    if (a != NULL)
        play(a);
    ut_audio_close(a);
    return 0;
}
