/* SPDX-License-Identifier: Apache-2.0 */
/* The device program: audio from the board, through one call, to the links. */
#include "boards/board.h"
#include "firmware/ble/ble.h"
#include "firmware/boot/factory.h"
#include "firmware/call.h"
#include "firmware/control.h"
#include "firmware/link.h"
#include "firmware/resets.h"
#include "firmware/ring.h"
#include "firmware/settings.h"
#include "firmware/store.h"
#include "firmware/update/console.h"
#include "firmware/update/server.h"

#include <string.h>

enum {
    CHUNK_PAIRS = 160,      /* 10 ms between two looks at the link */
    ASKED_BYTES = 32,       /* taken from the link at a time, */
    ASKED_TIMES = 8,        /* between two looks at the audio: twice what 115200 baud bring in 10 ms */
    BLE_REST_US = 10000000, /* time for pending records when the audio ends, as on the desk */
    RAM_BUDGET_BYTES = 24 * 1024,
    EXIT_NO_AUDIO = 66,
    EXIT_BOARD = 69,
    EXIT_MODEL = 72
};

static struct {
    struct ut_ring ring;
    struct ut_call call;
    struct ut_link link;
    struct ut_wire_receiver receiver; /* of requests */
    struct ut_store store;
    struct ut_settings settings;
    struct ut_control control;
    struct ut_factory factory;
    uint8_t with_uart, with_ble; /* 1 = records leave there */
    int16_t chunk[2 * CHUNK_PAIRS];
} device;

static struct {
    struct ut_console console;
    struct ut_server server;
    uint32_t pairs, blocks; /* of audio so far: of the block that is under way, whole ones */
} update;

static struct ut_ble ble; /* apart, so that its size has a name: tests/bench/report.py */

_Static_assert(sizeof device + sizeof ble + sizeof update <= RAM_BUDGET_BYTES,
               "state exceeds the RAM budget of the smallest board");

_Static_assert((int)UT_WIRE_FAULT == (int)BOARD_RESET_FAULT && (int)UT_WIRE_WATCHDOG == (int)BOARD_RESET_WATCHDOG,
               "a reset's cause travels as the board gives it");

static uint16_t saturated16(uint32_t x)
{
    return x > UINT16_MAX ? UINT16_MAX : (uint16_t)x;
}

static void take_counters(void)
{
    device.call.overruns = saturated16(device.ring.overruns);
    device.call.drops = device.link.queue.drops;
}

static void tell_reset(const struct board_crash *last)
{
    if (last->cause == BOARD_RESET_POWER)
        return;
    const struct ut_wire_reset reset = {last->cause, last->exception, last->pc, last->lr, last->status, last->boots};
    ut_call_reset(&device.call, &reset);
}

/* Answers what the other end of the serial link asks. Replies are numbered among the call's records where the link
 * carries these, and go alone where it does not. */
static void take_record_byte(uint8_t byte)
{
    uint8_t record[UT_WIRE_RECORD_BYTES], reply[UT_WIRE_RECORD_BYTES];
    if (ut_wire_receive(&device.receiver, byte, record) != 1 || !ut_control_handle(&device.control, record, reply))
        return;
    update.server.heard = 1;
    if (device.with_uart)
        ut_call_send(&device.call, reply);
    else
        ut_link_put(&device.link, reply);
}

/* A client sends its next packet when it has the answer to the last. */
static void take_packet(void)
{
    size_t len;
    int restart;
    const uint8_t *packet = ut_console_packet(&update.console, &len);
    if (packet == NULL || ut_ble_sends_packet(&ble))
        return; /* one answer at a time: a client asks again */
    len = ut_server_handle(&update.server, packet, len, UT_CONSOLE_PACKET_BYTES, update.blocks, &restart);
    if (len > 0)
        ut_console_send(&update.console, update.server.answer, len);
    if (restart)
        ut_control_restart(&device.control);
}

/* 1 when the link may have more. */
static int take_requests(void)
{
    uint8_t bytes[ASKED_BYTES], pass[2];
    for (int times = 0; times < ASKED_TIMES; times++) {
        size_t n = board_link_read(bytes, sizeof bytes);
        for (size_t i = 0; i < n; i++) {
            unsigned passed = ut_console_take(&update.console, bytes[i], pass);
            for (unsigned k = 0; k < passed; k++)
                take_record_byte(pass[k]);
            if (passed == 0)
                take_packet();
        }
        if (n < sizeof bytes)
            return 0;
    }
    return 1;
}

/* Records, or while an update is under way its answers, behind the frame that has begun. 1 when nothing is pending. */
static int pump_link(void)
{
    if (!ut_console_holds(&update.console, board_time_us()))
        return ut_link_pump(&device.link);
    if (!ut_link_pause(&device.link))
        return 0;
    size_t len;
    for (const uint8_t *bytes; (bytes = ut_console_next(&update.console, &len)) != NULL;) {
        size_t n = board_link_write(bytes, len);
        ut_console_sent(&update.console, n);
        if (n < len)
            return 0;
    }
    return 1;
}

static void count_audio(size_t pairs)
{
    if (ut_wire_speaks(&device.call.score, 0) || ut_wire_speaks(&device.call.score, 1))
        ut_server_speech(&update.server, update.blocks);
    update.pairs += (uint32_t)pairs;
    update.blocks += update.pairs / CHUNK_PAIRS;
    update.pairs %= CHUNK_PAIRS;
}

static void do_what_is_due(void)
{
    unsigned due = ut_control_work(&device.control, board_time_us());
    update.server.at_once = device.control.update_at_once;
    if (due & UT_CONTROL_DUE_CUE)
        board_cue(device.control.cue);
    if (due & UT_CONTROL_DUE_CALL)
        ut_call_again(&device.call);
    if (due & UT_CONTROL_DUE_PAIRING)
        ut_ble_open(&ble, device.control.pairing);
    if (due & UT_CONTROL_DUE_FORGET)
        ut_ble_forget(&ble, device.control.places);
    enum board_wish wish = board_wish();
    if (wish == BOARD_WISH_FORGET)
        ut_control_forget(&device.control);
    if (wish != BOARD_WISH_NONE)
        ut_ble_open(&ble, wish == BOARD_WISH_PAIR);
    int last_chance = (due & UT_CONTROL_DUE_SAVE) != 0;
    while (ut_ble_pending(&ble, last_chance) &&
           ut_control_may_save(&device.control, last_chance ? 0 : UT_CONTROL_RESERVED))
        ut_ble_save(&ble);
    if (due & UT_CONTROL_DUE_REBOOT)
        board_reset();
}

/* A packet of Bluetooth, which has no answer of its own. */
static void take_ble_packet(void *ctx, const uint8_t *data, size_t len)
{
    int restart;
    (void)ctx;
    if (ut_console_sends(&update.console))
        return;
    len = ut_server_handle(&update.server, data, len, ut_ble_packet_bytes(&ble), update.blocks, &restart);
    ut_ble_send_packet(&ble, update.server.answer, len);
    if (restart)
        ut_control_restart(&device.control);
}

/* The same over Bluetooth. An ATT error code, or 0. */
static int take_control(void *ctx, const uint8_t *data, size_t len)
{
    uint8_t reply[UT_WIRE_RECORD_BYTES];
    (void)ctx;
    if (len != UT_WIRE_RECORD_BYTES)
        return UT_GATT_INVALID_LENGTH;
    if (!ut_control_handle(&device.control, data, reply))
        return UT_GATT_NOT_ALLOWED;
    (void)ut_ble_answer(&ble, reply, sizeof reply);
    return UT_GATT_OK;
}

static void send_record(void *ctx, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    (void)ctx;
    if (device.with_uart)
        ut_link_put(&device.link, record);
    if (device.with_ble)
        ut_ble_put(&ble, record);
}

/* A link that a setting turned off stays off; without Bluetooth the serial one is always on. */
static void open_links(void)
{
    const int8_t *setting = device.settings.number;
    device.with_ble = setting[UT_SETTING_BLE] != 0 &&
                      ut_ble_init(&ble, &device.store, take_control, take_ble_packet, NULL, board_time_us()) == 0;
    device.control.radio = device.with_ble;
    ble.gatt.serial = device.factory.serial;
    device.with_uart = setting[UT_SETTING_UART] != 0 || !device.with_ble;
}

/* After the audio has ended: sends the pending records. The serial link may take as long as it needs; a central gets
 * BLE_REST_US, since it may have stopped listening. */
static void send_the_rest(void)
{
    uint32_t begin_us = board_time_us();
    for (;;) {
        int links = ut_link_pump(&device.link) && !board_link_busy();
        (void)ut_ble_work(&ble, board_time_us());
        if (links && (ut_ble_drained(&ble) || board_time_us() - begin_us > BLE_REST_US))
            return;
        board_watchdog_feed();
        if (!links)
            board_idle(); /* only then: without audio nothing else may wake the processor */
    }
}

int ut_main(void)
{
    if (board_init() != 0)
        board_panic(EXIT_BOARD, "the board did not start");
    ut_ring_init(&device.ring);
    ut_link_init(&device.link);
    ut_wire_receiver_init(&device.receiver);
    ut_console_init(&update.console);
    int stored = ut_store_mount(&device.store) == 0; /* when it fails nothing is kept, and the call works without it */
    ut_server_init(&update.server, board_name, stored, board_time_us());
    struct board_crash last;
    board_crash(&last);
    ut_control_init(&device.control, &device.settings, &device.store, last.boots, board_time_us());
    ut_factory_read(&device.factory, board_name);
    device.control.factory = device.factory.there ? &device.factory : NULL;
    memcpy(device.settings.trim_db, device.factory.trim_db, sizeof device.settings.trim_db);
    device.control.signer = update.server.running < 0 ? NULL : update.server.signer;
    open_links();
    const struct ut_model *model =
        device.settings.number[UT_SETTING_POLICY] == UT_SETTINGS_FACTS ? NULL : &ut_model_default;
    if (ut_call_init(&device.call, model, board_name, send_record, NULL) != 0)
        board_panic(EXIT_MODEL, "the model was made for another version of the features");
    tell_reset(&last);
    ut_resets_note(&device.store, &last);
    board_mark(ut_resets_mark(update.server.running));
    if (board_audio_start(ut_ring_put, &device.ring) != 0)
        board_panic(EXIT_NO_AUDIO, "no audio source");
    for (;;) {
        /* Read before the ring, so that what was put before the end is seen below. */
        uint32_t ended = device.ring.ended;
        size_t n = ut_ring_get(&device.ring, device.chunk, CHUNK_PAIRS);
        if (n > 0) {
            take_counters();
            ut_settings_apply(&device.settings, device.chunk, n);
            ut_call_push(&device.call, device.chunk, n);
            count_audio(n);
        } else if (ended) {
            break;
        }
        int asked = take_requests();
        (void)pump_link();
        ut_server_work(&update.server, update.blocks, board_time_us());
        do_what_is_due();
        int more = ut_ble_work(&ble, board_time_us());
        board_watchdog_feed();
        if (n == 0 && !more && !asked)
            board_idle();
    }
    take_counters();
    ut_call_finish(&device.call);
    send_the_rest();
    board_panic(0, "end of audio");
}
