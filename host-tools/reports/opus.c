/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/opus.h"

#include "host-tools/system/grow.h"

#include <sndfile.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 16000, BLOCK = 1024 };

/* Of the sound library's scale from most to fewest bits: about 18 kbit/s and channel. */
static const double compression = 0.95;

struct ut_opus {
    SNDFILE *file;
    bool with_agent, failed;
    uint8_t *data;
    sf_count_t len, at;
    size_t room;
};

static sf_count_t get_length(void *ctx)
{
    return ((struct ut_opus *)ctx)->len;
}

static sf_count_t seek(sf_count_t offset, int whence, void *ctx)
{
    struct ut_opus *o = ctx;
    o->at = offset + (whence == SEEK_SET ? 0 : whence == SEEK_CUR ? o->at : o->len);
    return o->at;
}

static sf_count_t get(void *to, sf_count_t n, void *ctx)
{
    struct ut_opus *o = ctx;
    if (n > o->len - o->at)
        n = o->len > o->at ? o->len - o->at : 0;
    if (n > 0)
        memcpy(to, o->data + o->at, (size_t)n);
    o->at += n;
    return n;
}

static sf_count_t put(const void *from, sf_count_t n, void *ctx)
{
    struct ut_opus *o = ctx;
    uint8_t *grown = ut_grow(o->data, &o->room, (size_t)(o->at + n), 1);
    if (grown == NULL) {
        o->failed = true;
        return 0;
    }
    o->data = grown;
    memcpy(o->data + o->at, from, (size_t)n);
    o->at += n;
    if (o->at > o->len)
        o->len = o->at;
    return n;
}

static sf_count_t tell(void *ctx)
{
    return ((struct ut_opus *)ctx)->at;
}

struct ut_opus *ut_opus_open(int with_agent)
{
    static SF_VIRTUAL_IO io = {get_length, seek, get, put, tell};
    SF_INFO info = {.samplerate = RATE, .channels = with_agent ? 2 : 1, .format = SF_FORMAT_OGG | SF_FORMAT_OPUS};
    struct ut_opus *o = calloc(1, sizeof *o);
    if (o == NULL)
        return NULL;
    o->with_agent = with_agent != 0;
    o->file = sf_open_virtual(&io, SFM_WRITE, &info, o);
    if (o->file == NULL) {
        ut_opus_free(o);
        return NULL;
    }
    double level = compression;
    (void)sf_command(o->file, SFC_SET_COMPRESSION_LEVEL, &level, sizeof level);
    return o;
}

int ut_opus_push(struct ut_opus *o, const int16_t *pairs, size_t n)
{
    int16_t frames[2 * BLOCK];
    while (n > 0) {
        size_t now = n < BLOCK ? n : BLOCK;
        for (size_t i = 0; i < now; i++) {
            if (o->with_agent) {
                frames[2 * i] = pairs[2 * i + 1];
                frames[2 * i + 1] = pairs[2 * i];
            } else {
                frames[i] = pairs[2 * i];
            }
        }
        if (sf_writef_short(o->file, frames, (sf_count_t)now) != (sf_count_t)now)
            o->failed = true;
        pairs += 2 * now;
        n -= now;
    }
    return o->failed ? -1 : 0;
}

const uint8_t *ut_opus_finish(struct ut_opus *o, size_t *len)
{
    if (o->file != NULL && sf_close(o->file) != 0)
        o->failed = true;
    o->file = NULL;
    *len = (size_t)o->len;
    return o->failed ? NULL : o->data;
}

void ut_opus_free(struct ut_opus *o)
{
    if (o == NULL)
        return;
    if (o->file != NULL)
        sf_close(o->file);
    free(o->data);
    free(o);
}
