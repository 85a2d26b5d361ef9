/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/opus.h"

#include "host-tools/system/grow.h"

#include <ogg/ogg.h>
#include <opus.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    RATE = 16000,
    FRAME = 320,      /* 20 ms, the longest of the low-delay mode */
    GRANULE = 3,      /* Ogg counts at 48 kHz */
    PACKET_MAX = 1275 /* bytes of one frame, RFC 6716 */
};

struct ut_opus {
    OpusEncoder *encoder;
    ogg_stream_state stream;
    int channels;
    bool failed;
    int16_t frame[2 * FRAME];
    int fill;
    int64_t samples, encoded; /* per channel */
    int lookahead;            /* samples that the encoder's sound is late */
    int64_t packets;
    uint8_t *data;
    size_t len, room;
};

static void keep(struct ut_opus *o, const unsigned char *bytes, long n)
{
    uint8_t *grown = ut_grow(o->data, &o->room, o->len + (size_t)n, 1);
    if (grown == NULL) {
        o->failed = true;
        return;
    }
    o->data = grown;
    memcpy(o->data + o->len, bytes, (size_t)n);
    o->len += (size_t)n;
}

/* The pages that are full; all there is with `flush`. */
static void take_pages(struct ut_opus *o, bool flush)
{
    ogg_page page;
    while (!o->failed && (flush ? ogg_stream_flush(&o->stream, &page) : ogg_stream_pageout(&o->stream, &page)) != 0) {
        keep(o, page.header, page.header_len);
        keep(o, page.body, page.body_len);
    }
}

static void put_packet(struct ut_opus *o, uint8_t *bytes, long n, int64_t granule, bool last)
{
    ogg_packet packet = {.packet = bytes,
                         .bytes = n,
                         .b_o_s = o->packets == 0,
                         .e_o_s = last,
                         .granulepos = granule,
                         .packetno = o->packets};
    o->packets++;
    if (ogg_stream_packetin(&o->stream, &packet) != 0)
        o->failed = true;
}

static void put_little(uint8_t *to, uint32_t x, int bytes)
{
    for (int i = 0; i < bytes; i++)
        to[i] = (uint8_t)(x >> 8 * i);
}

/* The identification and the comment of RFC 7845, each on pages of its own. */
static void put_headers(struct ut_opus *o)
{
    static const char maker[] = "undertone";
    uint8_t head[19] = "OpusHead", tags[8 + 4 + sizeof maker - 1 + 4] = "OpusTags";
    head[8] = 1; /* version */
    head[9] = (uint8_t)o->channels;
    put_little(head + 10, (uint32_t)(GRANULE * o->lookahead), 2);
    put_little(head + 12, RATE, 4);
    put_packet(o, head, sizeof head, 0, false);
    take_pages(o, true);
    put_little(tags + 8, sizeof maker - 1, 4);
    memcpy(tags + 12, maker, sizeof maker - 1); /* then: no comments */
    put_packet(o, tags, sizeof tags, 0, false);
    take_pages(o, true);
}

static bool set_up(struct ut_opus *o)
{
    /* What is quick: neither linear prediction nor a search. A side that is silent gives its bits to the other. */
    const int bits_per_s = o->channels > 1 ? 32000 : 24000;
    int error;
    o->encoder = opus_encoder_create(RATE, o->channels, OPUS_APPLICATION_RESTRICTED_LOWDELAY, &error);
    if (o->encoder == NULL)
        return false;
    (void)opus_encoder_ctl(o->encoder, OPUS_SET_COMPLEXITY(0));
    (void)opus_encoder_ctl(o->encoder, OPUS_SET_BITRATE(bits_per_s));
    (void)opus_encoder_ctl(o->encoder, OPUS_SET_FORCE_CHANNELS(o->channels)); /* a side never leaks into the other */
    (void)opus_encoder_ctl(o->encoder, OPUS_GET_LOOKAHEAD(&o->lookahead));
    return true;
}

struct ut_opus *ut_opus_open(int with_agent)
{
    enum { SERIAL = 1 };
    struct ut_opus *o = calloc(1, sizeof *o);
    if (o == NULL)
        return NULL;
    o->channels = with_agent != 0 ? 2 : 1;
    if (ogg_stream_init(&o->stream, SERIAL) != 0 || !set_up(o)) {
        ut_opus_free(o);
        return NULL;
    }
    put_headers(o);
    return o;
}

/* A whole frame; what is behind the last sample is cut off by the granule. */
static void put_frame(struct ut_opus *o, bool last)
{
    uint8_t bytes[PACKET_MAX];
    int n = opus_encode(o->encoder, o->frame, FRAME, bytes, sizeof bytes);
    if (n < 0) {
        o->failed = true;
        return;
    }
    o->encoded += FRAME;
    o->fill = 0;
    put_packet(o, bytes, n, GRANULE * (last ? o->samples + o->lookahead : o->encoded), last);
    take_pages(o, last);
}

int ut_opus_push(struct ut_opus *o, const int16_t *pairs, size_t n)
{
    for (size_t i = 0; i < n && !o->failed; i++, pairs += 2) {
        if (o->channels > 1) {
            o->frame[2 * o->fill] = pairs[1];
            o->frame[2 * o->fill + 1] = pairs[0];
        } else {
            o->frame[o->fill] = pairs[0];
        }
        o->samples++;
        if (++o->fill == FRAME)
            put_frame(o, false);
    }
    return o->failed ? -1 : 0;
}

const uint8_t *ut_opus_finish(struct ut_opus *o, size_t *len)
{
    for (bool last = false; !last && !o->failed;) {
        size_t used = (size_t)(o->fill * o->channels);
        memset(o->frame + used, 0, (size_t)(FRAME * o->channels) * sizeof o->frame[0] - used * sizeof o->frame[0]);
        last = o->encoded + FRAME >= o->samples + o->lookahead;
        put_frame(o, last);
    }
    *len = o->len;
    return o->failed ? NULL : o->data;
}

void ut_opus_free(struct ut_opus *o)
{
    if (o == NULL)
        return;
    if (o->encoder != NULL)
        opus_encoder_destroy(o->encoder);
    (void)ogg_stream_clear(&o->stream);
    free(o->data);
    free(o);
}
