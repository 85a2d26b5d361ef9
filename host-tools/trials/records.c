/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/records.h"

#include "dsp/features.h"
#include "firmware/call.h"
#include "firmware/version.h"
#include "host-tools/system/bytes.h"
#include "host-tools/system/grow.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK_PAIRS = 2048 };

static const char magic[] = "undertone records 3\n"; /* then the length, the records, and 32 digits over all */
enum { LENGTH = 8, HEAD = sizeof magic - 1 + LENGTH /* the length in ms, the lowest byte first */ };

struct growing {
    struct ut_records *r;
    size_t room;
    bool full;
};

static void keep_record(void *ctx, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    struct growing *g = ctx;
    struct ut_records *r = g->r;
    uint8_t *grown = ut_grow(r->record, &g->room, r->n + 1, UT_WIRE_RECORD_BYTES);
    if (grown == NULL) {
        g->full = true;
        return;
    }
    r->record = grown;
    memcpy(r->record + r->n++ * UT_WIRE_RECORD_BYTES, record, UT_WIRE_RECORD_BYTES);
}

/* 0, or -1 and *fault. */
static int compute(struct ut_records *r, const char *path, const struct ut_model *model, struct ut_audio_choice choice,
                   struct ut_fault *fault)
{
    int16_t pairs[2 * CHUNK_PAIRS];
    struct growing g = {.r = r};
    struct ut_audio *audio = ut_audio_open(path, choice, fault);
    if (audio == NULL)
        return -1;
    struct ut_call *call = malloc(sizeof *call);
    int64_t all = 0;
    int result = 0;
    if (call == NULL)
        result = ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", path);
    else if (ut_call_init(call, model, "host", keep_record, &g) != 0)
        result = ut_fault_set(fault, UT_EXIT_FEATURES,
                              "model %s was trained on another version of the features; use a model of version %d",
                              model->id, UT_FEATURES_VERSION);
    while (result == 0) {
        long n = ut_audio_read(audio, pairs, CHUNK_PAIRS, fault);
        if (n < 0)
            result = -1;
        if (n <= 0)
            break;
        all += n;
        ut_call_push(call, pairs, (size_t)n);
    }
    r->call_ms = all * 1000 / UT_AUDIO_RATE;
    if (result == 0)
        ut_call_finish(call);
    if (result == 0 && g.full)
        result = ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", path);
    free(call);
    ut_audio_close(audio);
    return result;
}

static void check_text(const uint8_t *data, size_t len, char text[UT_HASH_TEXT])
{
    struct ut_hash h;
    ut_hash_init(&h);
    ut_hash_add(&h, data, len);
    ut_hash_text(&h, text);
}

int ut_records_keep(const char *folder, const char *name, const void *data, size_t len)
{
    char path[1200], temporary[1200], check[UT_HASH_TEXT];
    check_text(data, len, check);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    snprintf(temporary, sizeof temporary, "%s/new-XXXXXX", folder);
    int fd = mkstemp(temporary);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "wb");
    if (f == NULL) {
        if (fd >= 0) {
            close(fd);
            remove(temporary);
        }
        return -1;
    }
    bool failed = fwrite(data, 1, len, f) != len;
    failed = fwrite(check, 1, UT_HASH_TEXT - 1, f) != UT_HASH_TEXT - 1 || failed;
    failed = fclose(f) != 0 || failed;
    if (!failed && rename(temporary, path) == 0)
        return 0;
    remove(temporary);
    return -1;
}

int ut_records_recall(const char *folder, const char *name, uint8_t **data, size_t *len)
{
    char path[1200], check[UT_HASH_TEXT];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return -1;
    size_t size = fstat(fileno(f), &st) == 0 ? (size_t)st.st_size : 0;
    uint8_t *whole = size >= UT_HASH_TEXT ? malloc(size) : NULL;
    bool fine = whole != NULL && fread(whole, 1, size, f) == size;
    fclose(f);
    if (fine) {
        size -= UT_HASH_TEXT - 1;
        check_text(whole, size, check);
        fine = memcmp(check, whole + size, UT_HASH_TEXT - 1) == 0;
    }
    if (!fine) {
        free(whole);
        return -1;
    }
    *data = whole;
    *len = size;
    return 0;
}

static int make_folder(const char *path)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : -1;
}

int ut_records_folder(char *folder, size_t room)
{
    const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int len;
    if (xdg != NULL && xdg[0] != '\0')
        len = snprintf(folder, room, "%s", xdg);
    else if (home != NULL && home[0] != '\0')
        len = snprintf(folder, room, "%s/.cache", home);
    else
        return -1;
    if (len < 0 || (size_t)len + sizeof "/undertone" > room || make_folder(folder) != 0)
        return -1;
    strcat(folder, "/undertone");
    return make_folder(folder);
}

/* Large files are read once: whose path, size and time are known has the contents it had. */
static int content_key(const char *path, const char *folder, char text[UT_HASH_TEXT], struct ut_fault *fault)
{
    struct stat st;
    char name[UT_HASH_TEXT + 8], full[4096], line[200], whose[UT_HASH_TEXT];
    uint8_t *data;
    size_t len;
    if (folder == NULL || stat(path, &st) != 0 || realpath(path, full) == NULL)
        return ut_hash_file(path, text, fault);
    snprintf(line, sizeof line, "%lld %lld.%09ld %lld", (long long)st.st_size, (long long)st.st_mtim.tv_sec,
             st.st_mtim.tv_nsec, (long long)st.st_ino);
    struct ut_hash h;
    ut_hash_init(&h);
    ut_hash_add(&h, full, strlen(full));
    ut_hash_add(&h, line, strlen(line));
    ut_hash_text(&h, whose);
    snprintf(name, sizeof name, "%s.seen", whose);
    if (ut_records_recall(folder, name, &data, &len) == 0) {
        bool fine = len == UT_HASH_TEXT - 1;
        if (fine) {
            memcpy(text, data, len);
            text[len] = '\0';
        }
        free(data);
        if (fine)
            return 0;
    }
    if (ut_hash_file(path, text, fault) != 0)
        return -1;
    (void)ut_records_keep(folder, name, text, UT_HASH_TEXT - 1);
    return 0;
}

static int make_key(struct ut_records *r, const char *path, const struct ut_model *model, struct ut_audio_choice choice,
                    const char *folder, struct ut_fault *fault)
{
    char content[UT_HASH_TEXT], line[200];
    struct ut_hash h;
    if (content_key(path, folder, content, fault) != 0)
        return -1;
    snprintf(line, sizeof line, " %d %d features %d model %s %08x firmware " UT_VERSION, choice.customer, choice.agent,
             UT_FEATURES_VERSION, model->id, (unsigned)model->crc32);
    ut_hash_init(&h);
    ut_hash_add(&h, content, strlen(content));
    ut_hash_add(&h, line, strlen(line));
    ut_hash_text(&h, r->key);
    return 0;
}

static void find_end(struct ut_records *r)
{
    struct ut_wire_score score;
    for (size_t i = 0; i < r->n; i++)
        if (ut_wire_unpack_score(r->record + i * UT_WIRE_RECORD_BYTES, &score) == 0 && score.t_ms > r->end_ms)
            r->end_ms = score.t_ms;
}

int ut_records_load(struct ut_records *r, const char *path, const struct ut_model *model, struct ut_audio_choice choice,
                    const char *folder, struct ut_fault *fault)
{
    char name[UT_HASH_TEXT + 8];
    uint8_t *data = NULL;
    size_t len = 0;
    memset(r, 0, sizeof *r);
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) { /* ut_audio_open says what is wrong */
        int result = compute(r, path, model, choice, fault);
        find_end(r);
        return result;
    }
    if (make_key(r, path, model, choice, folder, fault) != 0)
        return -1;
    snprintf(name, sizeof name, "%s.records", r->key);
    if (folder != NULL && ut_records_recall(folder, name, &data, &len) == 0) {
        if (len > HEAD && (len - HEAD) % UT_WIRE_RECORD_BYTES == 0 && memcmp(data, magic, sizeof magic - 1) == 0) {
            const uint8_t *length = data + sizeof magic - 1;
            r->call_ms = ut_bytes_get(length, 4) | (int64_t)ut_bytes_get(length + 4, 4) << 32;
            memmove(data, data + HEAD, len - HEAD);
            r->record = data;
            r->n = (len - HEAD) / UT_WIRE_RECORD_BYTES;
            r->cached = 1;
            find_end(r);
            return 0;
        }
        free(data);
    }
    if (compute(r, path, model, choice, fault) != 0) {
        ut_records_free(r);
        return -1;
    }
    find_end(r);
    if (folder != NULL && (data = malloc(HEAD + r->n * UT_WIRE_RECORD_BYTES)) != NULL) {
        memcpy(data, magic, sizeof magic - 1);
        ut_bytes_put(data + sizeof magic - 1, (uint32_t)r->call_ms, 4);
        ut_bytes_put(data + sizeof magic - 1 + 4, (uint32_t)(r->call_ms >> 32), 4);
        memcpy(data + HEAD, r->record, r->n * UT_WIRE_RECORD_BYTES);
        (void)ut_records_keep(folder, name, data, HEAD + r->n * UT_WIRE_RECORD_BYTES);
        free(data);
    }
    return 0;
}

void ut_records_free(struct ut_records *r)
{
    free(r->record);
    memset(r, 0, sizeof *r);
}
