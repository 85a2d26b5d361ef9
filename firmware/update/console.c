/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/update/console.h"

#include <string.h>

enum { FIRST_1 = 6, FIRST_2 = 9, MORE_1 = 4, MORE_2 = 20, LENGTH_BYTES = 2, CRC_BYTES = 2, LINE_RAW_BYTES = 93 };

enum { HOLDS_NOT, HOLDS_FOR_ANSWERS, HOLDS_TO_END };

static uint16_t crc_of(uint16_t crc, const uint8_t *bytes, size_t len)
{
    for (; len > 0; len--) {
        crc = (uint16_t)(crc ^ *bytes++ << 8);
        for (int i = 0; i < 8; i++)
            crc = (uint16_t)(crc << 1 ^ (crc & 0x8000 ? 0x1021 : 0));
    }
    return crc;
}

void ut_console_init(struct ut_console *c)
{
    memset(c, 0, sizeof *c);
    c->at_boundary = 1;
}

/* Six bits of a character, or -1. */
static int value_of(uint8_t character)
{
    if (character >= 'A' && character <= 'Z')
        return character - 'A';
    if (character >= 'a' && character <= 'z')
        return character - 'a' + 26;
    if (character >= '0' && character <= '9')
        return character - '0' + 52;
    return character == '+' ? 62 : character == '/' ? 63 : -1;
}

static void add_byte(struct ut_console *c, uint32_t byte)
{
    if (c->len < sizeof c->packet)
        c->packet[c->len++] = (uint8_t)byte;
    else
        c->in_packet = 0; /* longer than any that is taken */
}

/* A group of four characters gives three bytes, two or one with padding. */
static void take_character(struct ut_console *c, uint8_t character)
{
    int value = value_of(character);
    if (character == '=' && c->quads >= 2) {
        if (c->quads == 2)
            add_byte(c, c->bits >> 4);
        if (c->quads == 3) {
            add_byte(c, c->bits >> 10);
            add_byte(c, c->bits >> 2 & 0xFF);
        }
        c->quads = 4; /* nothing may follow but padding */
        return;
    }
    if (value < 0 || c->quads >= 4) {
        if (character != '=')
            c->in_packet = 0;
        return;
    }
    c->bits = c->bits << 6 | (uint32_t)value;
    if (++c->quads < 4)
        return;
    add_byte(c, c->bits >> 16 & 0xFF);
    add_byte(c, c->bits >> 8 & 0xFF);
    add_byte(c, c->bits & 0xFF);
    c->quads = 0;
    c->bits = 0;
}

static void begin_line(struct ut_console *c, int first)
{
    c->in_line = 1;
    c->quads = 0;
    c->bits = 0;
    if (first) {
        c->len = 0;
        c->in_packet = 1;
    }
}

unsigned ut_console_take(struct ut_console *c, uint8_t byte, uint8_t pass[2])
{
    if (c->in_line) {
        if (byte == '\n') {
            c->in_line = 0;
            c->at_boundary = 1;
        } else if (byte == FIRST_1 || byte == 0) { /* no base64: the line broke off, and something else begins */
            c->in_line = c->in_packet = 0;
            c->at_boundary = 1;
            c->held = byte;
        } else if (c->in_packet && byte != '\r') {
            take_character(c, byte);
        }
        return 0;
    }
    if (c->held != 0) {
        uint8_t first = c->held;
        c->held = 0;
        if ((first == FIRST_1 && byte == FIRST_2) || (first == MORE_1 && byte == MORE_2)) {
            begin_line(c, first == FIRST_1);
            return 0;
        }
        pass[0] = first;
        pass[1] = byte;
        c->at_boundary = byte == 0;
        return 2;
    }
    if (c->at_boundary && (byte == FIRST_1 || (byte == MORE_1 && c->in_packet))) {
        c->held = byte;
        return 0;
    }
    c->at_boundary = byte == 0;
    pass[0] = byte;
    return 1;
}

const uint8_t *ut_console_packet(struct ut_console *c, size_t *len)
{
    if (c->in_line || !c->in_packet || c->len < LENGTH_BYTES + CRC_BYTES)
        return NULL;
    size_t whole = (size_t)(c->packet[0] << 8 | c->packet[1]);
    if (whole < CRC_BYTES || c->len > LENGTH_BYTES + whole) {
        c->in_packet = 0;
        return NULL;
    }
    if (c->len < LENGTH_BYTES + whole)
        return NULL;
    c->in_packet = 0;
    *len = whole - CRC_BYTES;
    return crc_of(0, c->packet + LENGTH_BYTES, whole) == 0 ? c->packet + LENGTH_BYTES : NULL;
}

void ut_console_send(struct ut_console *c, const uint8_t *packet, size_t len)
{
    c->sending = packet;
    c->sending_len = (uint16_t)len;
    c->sending_at = 0;
    c->sending_crc = crc_of(0, packet, len);
    c->line_at = c->line_len = 0;
    c->holds = HOLDS_FOR_ANSWERS;
}

int ut_console_holds(struct ut_console *c, uint32_t now_us)
{
    if (ut_console_sends(c))
        c->sent_us = now_us;
    else if (c->holds == HOLDS_TO_END)
        c->holds = HOLDS_NOT;
    else if (c->holds == HOLDS_FOR_ANSWERS && now_us - c->sent_us > UT_CONSOLE_REST_US) {
        c->line[0] = 0;
        c->line_len = 1;
        c->line_at = 0;
        c->holds = HOLDS_TO_END;
    }
    return c->holds != HOLDS_NOT;
}

int ut_console_sends(const struct ut_console *c)
{
    return c->line_at < c->line_len || c->sending != NULL;
}

/* Byte `at` of length, packet and CRC. */
static uint8_t byte_at(const struct ut_console *c, unsigned at)
{
    unsigned len = c->sending_len;
    if (at < LENGTH_BYTES)
        return (uint8_t)((len + CRC_BYTES) >> (at == 0 ? 8 : 0));
    at -= LENGTH_BYTES;
    if (at < len)
        return c->sending[at];
    return (uint8_t)(c->sending_crc >> (at == len ? 8 : 0));
}

static void make_line(struct ut_console *c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned all = c->sending_len + LENGTH_BYTES + CRC_BYTES, n = 0;
    c->line[n++] = c->sending_at == 0 ? FIRST_1 : MORE_1;
    c->line[n++] = c->sending_at == 0 ? FIRST_2 : MORE_2;
    for (unsigned end = c->sending_at + LINE_RAW_BYTES; c->sending_at < end && c->sending_at < all;) {
        unsigned left = all - c->sending_at, count = left < 3 ? left : 3;
        uint32_t bits = 0;
        for (unsigned i = 0; i < 3; i++)
            bits = bits << 8 | (i < count ? byte_at(c, c->sending_at + i) : 0U);
        for (unsigned i = 0; i < 4; i++)
            c->line[n++] = i <= count ? (uint8_t)digits[bits >> (18 - 6 * i) & 63] : '=';
        c->sending_at = (uint16_t)(c->sending_at + count);
    }
    c->line[n++] = '\n';
    c->line_len = (uint8_t)n;
    c->line_at = 0;
}

const uint8_t *ut_console_next(struct ut_console *c, size_t *len)
{
    if (c->line_at == c->line_len) {
        if (c->sending == NULL || c->sending_at == c->sending_len + LENGTH_BYTES + CRC_BYTES) {
            c->sending = NULL;
            return NULL;
        }
        make_line(c);
    }
    *len = (size_t)(c->line_len - c->line_at);
    return c->line + c->line_at;
}

void ut_console_sent(struct ut_console *c, size_t n)
{
    c->line_at = (uint8_t)(c->line_at + n);
}
