/* SPDX-License-Identifier: Apache-2.0 */
/* The test image: what a station asks a unit that leaves the factory, over the link, by lines. SPEC.md "Test of a
 * unit".
 *
 * It runs on trial from slot B, beside a firmware that is kept in slot A: when it has spent its tries, by restarts or
 * at its end, the bootloader never comes back to it. It does nothing on a unit that has no factory page or is locked.
 */
#include "boards/board.h"
#include "boards/flash.h"
#include "boards/selftest.h"
#include "firmware/boot/boot.h"
#include "firmware/boot/factory.h"
#include "firmware/boot/signature.h"
#include "firmware/boot/trailer.h"
#include "firmware/ring.h"
#include "firmware/selftest/level.h"
#include "firmware/selftest/line.h"
#include "firmware/selftest/radio.h"

#include <string.h>

enum {
    CHUNK_PAIRS = 160,
    SETTLE_PAIRS = 8000, /* microphones and filters come to rest within 0.5 s */
    MEASURED_PAIRS = 16000,
    SILENCE_US = 1500000, /* without a block of audio, within the watchdog's time */
    RADIO_US = 2000000,
    BUTTON_US = 10000000,
    BLINK_US = 250000,
    GREETING_US = 1000000,
    RANDOM_BYTES = 32,
    REPLY_BYTES = 96,
    MARK_WATCHDOG = 0x5754 /* this run ends by the watchdog, on purpose */
};

static struct {
    struct ut_ring ring;
    struct ut_level_meter level;
    struct ut_line line;
    struct ut_factory factory;
    int16_t chunk[2 * CHUNK_PAIRS];
    char reply[REPLY_BYTES];
} self;

static void reply(const char *word)
{
    ut_line_add(self.reply, sizeof self.reply, word);
}

static void reply_number(int32_t value)
{
    reply(" ");
    ut_line_add_number(self.reply, sizeof self.reply, value);
}

static void send_reply(void)
{
    reply("\n");
    const uint8_t *bytes = (const uint8_t *)self.reply;
    for (size_t left = strlen(self.reply); left > 0;) {
        size_t n = board_link_write(bytes, left);
        bytes += n;
        left -= n;
        board_watchdog_feed();
    }
    self.reply[0] = '\0';
}

static void wait_for_link(void)
{
    while (board_link_busy())
        board_watchdog_feed();
}

static int is_over(uint32_t begin_us, uint32_t limit_us)
{
    board_watchdog_feed();
    return board_time_us() - begin_us > limit_us;
}

/* Never to be chosen again, then a start. */
static _Noreturn void leave(void)
{
    while (ut_trailer_spend(BOARD_SLOT_B) == 0)
        continue;
    wait_for_link();
    board_reset();
}

/* Each test has the words of its line, the first one its name, and adds what it found to the reply. */
static void test_level(void)
{
    uint32_t heard_us = board_time_us(), heard = 0;
    ut_ring_init(&self.ring);
    ut_level_meter_init(&self.level);
    if (board_audio_start(ut_ring_put, &self.ring) == 0) {
        while (self.level.pairs < MEASURED_PAIRS && !is_over(heard_us, SILENCE_US)) {
            size_t n = ut_ring_get(&self.ring, self.chunk, CHUNK_PAIRS);
            if (n > 0)
                heard_us = board_time_us();
            heard += (uint32_t)n;
            if (heard > SETTLE_PAIRS)
                ut_level_meter_push(&self.level, self.chunk, n);
            if (n == 0 && self.ring.ended)
                break;
        }
        board_audio_stop();
    }
    for (int input = 0; input < 2; input++)
        reply_number(self.level.pairs < MEASURED_PAIRS ? UT_LEVEL_SILENT : ut_level_meter_tenths(&self.level, input));
}

/* Two draws that differ, neither of one byte alone. */
static void test_random(void)
{
    uint8_t first[RANDOM_BYTES], second[RANDOM_BYTES];
    int good = board_random(first, sizeof first) == 0 && board_random(second, sizeof second) == 0 &&
               memcmp(first, second, sizeof first) != 0;
    unsigned same = 0;
    for (unsigned i = 1; i < sizeof first; i++)
        same += first[i] == first[0];
    reply_number(good && same < sizeof first - 1);
}

static int store_holds(unsigned page, const uint8_t *pattern, size_t len)
{
    uint8_t there[64];
    for (size_t at = 0; at < BOARD_STORE_PAGE_BYTES; at += len) {
        board_store_read(page, at, there, len);
        if (memcmp(there, pattern, len) != 0)
            return 0;
    }
    return 1;
}

/* Both pages of the memory, each bit as 0 and as 1. They are erased in the end: a new unit has nothing there. */
static void test_flash(void)
{
    uint8_t erased[64], pattern[64];
    int good = 1;
    memset(erased, 0xFF, sizeof erased);
    for (unsigned page = 0; page < BOARD_STORE_PAGES; page++)
        for (unsigned inverted = 0; inverted < 2; inverted++) {
            for (unsigned i = 0; i < sizeof pattern; i++)
                pattern[i] = (uint8_t)((i % 2 ? 0x55 : 0xAA) ^ (inverted ? 0xFF : 0));
            good &= board_store_erase(page) == 0 && store_holds(page, erased, sizeof erased);
            for (size_t at = 0; at < BOARD_STORE_PAGE_BYTES; at += sizeof pattern)
                good &= board_store_write(page, at, pattern, sizeof pattern) == 0;
            good &= store_holds(page, pattern, sizeof pattern) && board_store_erase(page) == 0;
            board_watchdog_feed();
        }
    reply_number(good);
}

static void test_crystal(void)
{
    reply_number(board_test_crystal());
}

/* HCI Reset, and that the controller says it is done. */
static void test_radio(void)
{
    static const uint8_t reset[] = {0x01, 0x03, 0x0C, 0x00};
    struct ut_radio_answer answer;
    size_t sent = 0;
    int done = 0;
    uint32_t begin = board_time_us();
    ut_radio_answer_init(&answer);
    if (board_hci_open() == 0)
        while (!done && !is_over(begin, RADIO_US)) {
            uint8_t byte;
            sent += board_hci_write(reset + sent, sizeof reset - sent);
            if (board_hci_read(&byte, 1) == 1)
                done = ut_radio_answer_take(&answer, byte);
        }
    reply_number(done);
}

/* All lights blink until whoever sees that presses the button and lets it go. */
static void test_button(void)
{
    uint32_t begin = board_time_us();
    int pressed = 0, down = 0;
    do {
        board_test_lights((board_time_us() - begin) / BLINK_US % 2 == 0);
        down = board_test_button();
        pressed |= down;
    } while ((!pressed || down) && !is_over(begin, BUTTON_US));
    board_test_lights(0);
    reply_number(pressed && !down);
}

/* Nobody feeds it any more; the next greeting says what restarted the unit. */
static void test_watchdog(void)
{
    reply_number(0);
    send_reply();
    wait_for_link();
    board_mark(MARK_WATCHDOG);
    for (;;)
        continue;
}

static void do_seal(void)
{
    int32_t first, second, passed;
    const int8_t limit = UT_FACTORY_TRIM_MAX_DB;
    if (self.line.words != 4 || ut_line_number(self.line.word[1], -limit, limit, &first) != 0 ||
        ut_line_number(self.line.word[2], -limit, limit, &second) != 0 ||
        ut_line_number(self.line.word[3], 0, UINT16_MAX, &passed) != 0) {
        reply_number(0);
        return;
    }
    const int8_t trim_db[2] = {(int8_t)first, (int8_t)second};
    reply_number(ut_factory_seal(board_name, trim_db, (uint16_t)passed) == 0);
}

/* Whether the bootloader will run the firmware once this image is at its end: behind the lock nobody could mend it. */
static int is_firmware_good(void)
{
    struct ut_manifest m;
    struct ut_trailer t;
    ut_trailer_read(&t, BOARD_SLOT_A);
    return t.state == UT_SLOT_KEPT && ut_boot_judge(&m, BOARD_SLOT_A, board_name, ut_signature_check) == UT_MANIFEST_OK;
}

static void do_lock(void)
{
    reply_number(is_firmware_good() && ut_factory_lock(board_name) == 0);
}

static void do_end(void)
{
    reply_number(1);
    send_reply();
    leave();
}

static const struct {
    const char *name;
    void (*act)(void);
} commands[] = {{"level", test_level}, {"random", test_random}, {"flash", test_flash},       {"crystal", test_crystal},
                {"radio", test_radio}, {"button", test_button}, {"watchdog", test_watchdog}, {"seal", do_seal},
                {"lock", do_lock},     {"end", do_end}};

static void obey(void)
{
    for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(self.line.word[0], commands[i].name) == 0) {
            reply(commands[i].name);
            commands[i].act();
            send_reply();
            return;
        }
    reply("unknown");
    send_reply();
}

/* Who speaks, and what started it: 1 = the watchdog, as it was asked to. */
static void greet(int by_watchdog)
{
    char text[UT_FACTORY_SERIAL_BYTES + 1] = "", board[5] = "";
    memcpy(text, self.factory.serial, sizeof self.factory.serial);
    memcpy(board, board_name, 4);
    reply("undertone-test 1 ");
    reply(board);
    reply(" ");
    reply(text);
    reply_number(by_watchdog);
    send_reply();
}

int ut_main(void)
{
    struct board_crash last;
    if (board_init() != 0)
        board_panic(69, "the board did not start");
    ut_line_init(&self.line);
    board_crash(&last);
    ut_factory_read(&self.factory, board_name);
    if (!self.factory.there || self.factory.locked)
        leave();
    board_mark(0);
    int by_watchdog = last.cause == BOARD_RESET_WATCHDOG && last.mark == MARK_WATCHDOG, asked = 0;
    uint32_t greeted_us = board_time_us() - GREETING_US - 1;
    for (;;) {
        uint8_t byte;
        if (!asked && is_over(greeted_us, GREETING_US)) {
            greeted_us = board_time_us();
            greet(by_watchdog);
        }
        if (board_link_read(&byte, 1) == 1 && ut_line_take(&self.line, byte)) {
            asked = 1;
            obey();
        }
        board_watchdog_feed();
    }
}
