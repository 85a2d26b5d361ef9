/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file of labels beside two recordings: refused with one line, or a table, or marks in order whose
 * texts are the file's own and whose recordings lie beside it. */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include "host-tools/trials/label_file.h"

#include "tests/fuzz/begun.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OWN, OTHER, LABELS };
static char folder[] = "/tmp/undertone-fuzz-XXXXXX", path[LABELS + 1][60];

static void clear(void)
{
    for (int i = 0; i <= LABELS; i++)
        (void)unlink(path[i]);
    (void)rmdir(folder);
}

static void fill(const char *name, const char *text, size_t bytes)
{
    FILE *f = fopen(name, "w");
    if (f == NULL || fwrite(text, 1, bytes, f) != bytes || fclose(f) != 0)
        abort();
}

static void prepare(void)
{
    static const char *const names[] = {[OWN] = "a.wav", [OTHER] = "b c.flac", [LABELS] = "a.txt"};
    if (mkdtemp(folder) == NULL || atexit(clear) != 0)
        abort();
    for (int i = 0; i <= LABELS; i++) {
        snprintf(path[i], sizeof path[i], "%s/%s", folder, names[i]);
        fill(path[i], "", 0);
    }
}

static bool is_label(const char *name)
{
    return strcmp(name, "a") == 0 || strcmp(name, "b") == 0;
}

/* UTF-16 has two bytes where UTF-8 may have three. */
static void judge(const struct ut_label_file *f, const struct ut_label_choice *choice, size_t bytes)
{
    if (f->is_table ? f->marks.n > 0 || f->recordings > 0 : f->recordings == 0)
        abort();
    for (size_t i = 0; i < f->recordings; i++)
        if (strcmp(f->recording[i], choice->recording != NULL ? choice->recording : path[OWN]) != 0 &&
            (choice->recording != NULL || strcmp(f->recording[i], path[OTHER]) != 0))
            abort();
    if (f->recordings > 2 || (f->recordings == 2 && strcmp(f->recording[0], f->recording[1]) == 0))
        abort();
    for (size_t i = 0; i < f->marks.n; i++) {
        const struct ut_mark *x = &f->marks.mark[i];
        size_t of = 0;
        while (of < f->recordings && f->recording[of] != x->recording)
            of++;
        if (of == f->recordings || x->begin_ms < 0 || x->end_ms < x->begin_ms || x->line < 1 || x->text < f->text ||
            x->text + strlen(x->text) > f->text + 2 * bytes || x->tier < -1 || x->tier >= (int)f->marks.tiers)
            abort();
        if (x->tier >= 0 && strstr(x->text, " + ") != NULL)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const heads[4] = {
        "\"ooTextFile\" \"TextGrid\" 0 9 <exists> 1 \"IntervalTier\" \"cues\" 0 9 2 0 4 \"a + b\" 4 9 \"b\" ",
        "\"ooTextFile\" \"TextGrid\" 0 9 <exists> 2 \"TextTier\" \"a\" 0 9 1 5 \"x\" \"IntervalTier\" ",
        "SPEAKER a 1 0.5 1 - - b - -\nSPEAKER b_c 1 2 1 - - b - -\nSPEAKER a 1 2 1 - - b - -\n",
        "0\t1.5\tcue a: said\n2\t3\tb\n"};
    static bool prepared;
    if (!prepared)
        prepare();
    prepared = true;
    unsigned which = size > 0 ? data[0] >> 3 : 0;
    const struct ut_label_choice choice = {
        .tier = which % 4 == 1 ? "a" : NULL, .recording = which % 4 == 2 ? "r.wav" : NULL, .is_label = is_label};
    char *text = ut_begun_text(heads, data, size);
    if (text == NULL)
        return 0;
    size_t bytes =
        size + ((data != NULL && size > 0 && (data[0] & 1) != 0) ? strlen(heads[(data[0] >> 1) % 4]) - 1 : 0);
    fill(path[LABELS], text, bytes);
    struct ut_label_file f;
    struct ut_fault fault = {0};
    int result = ut_label_file_read(&f, path[LABELS], &choice, &fault);
    if (result != 0 && (fault.code == 0 || fault.text[0] == '\0'))
        abort();
    if (result == 0)
        judge(&f, &choice, bytes);
    ut_label_file_free(&f);
    free(text);
    return 0;
}
