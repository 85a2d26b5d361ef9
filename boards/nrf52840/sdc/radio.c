/* SPDX-License-Identifier: Apache-2.0 */
#include "boards/nrf52840/sdc/radio.h"

#include "boards/board.h"
#include "boards/cortexm/idle.h"
#include "boards/cortexm/ring.h"
#include "boards/nrf52840/registers.h"
#include "boards/nrf52840/sdc/hci_calls.h"

#include <mpsl.h>
#include <mpsl_timeslot.h>
#include <sdc.h>
#include <sdc_hci.h>
#include <sdc_soc.h>
#include <string.h>

enum {
    RING_BYTES = 1024,
    /* MPSL's own; the other is ours to choose, one for both interrupts, so that neither interrupts the other. */
    PRIORITY_RADIO = 0,
    PRIORITY_CALLS = 0x80,
    CENTRALS = 1,
    PACKET_BYTES = 251,
    TX_PACKETS = 3,
    RX_PACKETS = 2,
    ACCEPTED = 4, /* as many as there are bonds */
    POOL_BYTES = SDC_MEM_PER_PERIPHERAL_LINK(PACKET_BYTES, PACKET_BYTES, TX_PACKETS, RX_PACKETS) +
                 SDC_MEM_PERIPHERAL_LINKS_SHARED + SDC_MEM_PER_ADV_SET(SDC_DEFAULT_ADV_BUF_SIZE) +
                 SDC_MEM_FAL(ACCEPTED),
    H4_COMMAND = 1,
    H4_DATA = 2,
    H4_EVENT = 4,
    WHOLE_MAX = 1 + HCI_MSG_BUFFER_MAX_SIZE, /* a packet in either direction with its type */
    REST_LIMIT_US = 1000000,
    CODE = 70 /* of board_panic */
};

static volatile uint8_t tx_bytes[RING_BYTES], rx_bytes[RING_BYTES];
static struct ut_byte_ring tx = UT_BYTE_RING(tx_bytes), rx = UT_BYTE_RING(rx_bytes);
static _Alignas(8) uint8_t pool[POOL_BYTES];
static _Alignas(4) uint8_t slot_memory[MPSL_TIMESLOT_CONTEXT_SIZE];

static struct {
    volatile int on;
    unsigned holds;
    uint8_t packet[WHOLE_MAX]; /* from the host, until it is whole */
    size_t len;
    uint8_t out[WHOLE_MAX];
    mpsl_timeslot_session_id_t session;
} radio;

/* What the main loop asks for, and what becomes of it. */
static struct {
    void (*work)(void *ctx);
    void *ctx;
    mpsl_timeslot_request_t request;
    mpsl_timeslot_signal_return_param_t answer;
    volatile enum { IDLE, WANTED, REQUESTED, DONE, BLOCKED } state;
    volatile int asked; /* MPSL has a request, perhaps of work that was given up: the next one waits for its end */
} rest;

static void pend(void)
{
    ut_irq_pend(IRQ_SWI5);
}

static void faulted(const char *file, const uint32_t line)
{
    (void)file;
    (void)line;
    board_panic(CODE, "the radio's own software stopped");
}

static void draw(uint8_t *to, uint8_t len)
{
    if (board_random(to, len) != 0)
        board_panic(CODE, "no random numbers for the radio");
}

static mpsl_timeslot_signal_return_param_t *slot_signal(mpsl_timeslot_session_id_t session, uint32_t signal)
{
    (void)session;
    rest.answer.callback_action = MPSL_TIMESLOT_SIGNAL_ACTION_NONE;
    if (signal == MPSL_TIMESLOT_SIGNAL_START) {
        rest.asked = 0;
        if (rest.state == REQUESTED) { /* else nobody waits any more */
            rest.work(rest.ctx);
            rest.state = DONE;
        }
        rest.answer.callback_action = MPSL_TIMESLOT_SIGNAL_ACTION_END;
    } else if (signal == MPSL_TIMESLOT_SIGNAL_BLOCKED || signal == MPSL_TIMESLOT_SIGNAL_CANCELLED) {
        rest.asked = 0;
        rest.state = BLOCKED;
    } else if (signal == MPSL_TIMESLOT_SIGNAL_OVERSTAYED) {
        faulted("", 0);
    }
    ut_cortexm_event = 1;
    return &rest.answer;
}

static int configure(void)
{
    const sdc_cfg_t links = {.peripheral_count = {CENTRALS}}, none = {.central_count = {0}};
    const sdc_cfg_t buffers = {.buffer_cfg = {PACKET_BYTES, PACKET_BYTES, TX_PACKETS, RX_PACKETS}};
    const sdc_cfg_t advertisers = {.adv_count = {1}}, accepted = {.fal_size = ACCEPTED};
    const struct {
        uint8_t type;
        const sdc_cfg_t *value;
    } all[] = {{SDC_CFG_TYPE_CENTRAL_COUNT, &none},
               {SDC_CFG_TYPE_PERIPHERAL_COUNT, &links},
               {SDC_CFG_TYPE_BUFFER_CFG, &buffers},
               {SDC_CFG_TYPE_ADV_COUNT, &advertisers},
               {SDC_CFG_TYPE_FAL_SIZE, &accepted}};
    int32_t needed = -1;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        needed = sdc_cfg_set(SDC_DEFAULT_RESOURCE_CFG_TAG, all[i].type, all[i].value);
        if (needed < 0)
            return -1;
    }
    return needed <= POOL_BYTES ? 0 : -1;
}

static void hear(void)
{
    pend(); /* the controller says so from its own processing, which goes on here */
}

static int start_controller(void)
{
    static const sdc_rand_source_t source = {.rand_poll = draw};
    void (*const supported[])(void) = {sdc_support_adv,
                                       sdc_support_peripheral,
                                       sdc_support_dle_peripheral,
                                       sdc_support_le_2m_phy,
                                       sdc_support_phy_update_peripheral,
                                       sdc_support_le_privacy};
    if (sdc_init(faulted) != 0)
        return -1;
    for (size_t i = 0; i < sizeof supported / sizeof supported[0]; i++)
        if (sdc_support_helper(supported[i]) != 0)
            return -1;
    return configure() != 0 || sdc_rand_source_register(&source) != 0 || sdc_enable(hear, pool) != 0 ? -1 : 0;
}

/* The kit's 32 kHz crystal; the 32 MHz one, which audio needs, stays on whatever the radio does. The interrupt of the
 * calls is held meanwhile; priorities come first, since MPSL may switch on interrupts of its own. */
static int start(void)
{
    const mpsl_clock_lfclk_cfg_t clock = {.source = MPSL_CLOCK_LF_SRC_XTAL,
                                          .accuracy_ppm = MPSL_DEFAULT_CLOCK_ACCURACY_PPM};
    ut_irq_priority(IRQ_CLOCK, PRIORITY_CALLS);
    ut_irq_priority(IRQ_SWI5, PRIORITY_CALLS);
    if (mpsl_init(&clock, (IRQn_Type)IRQ_SWI5, faulted) != 0 ||
        mpsl_clock_hfclk_src_request(MPSL_CLOCK_HF_SRC_XO, NULL) != 0 ||
        mpsl_timeslot_session_count_set(slot_memory, 1) != 0 ||
        mpsl_timeslot_session_open(slot_signal, &radio.session) != 0 || start_controller() != 0)
        return -1;
    ut_irq_on(IRQ_RADIO, PRIORITY_RADIO);
    ut_irq_on(IRQ_TIMER0, PRIORITY_RADIO);
    ut_irq_on(IRQ_RTC0, PRIORITY_RADIO);
    ut_irq_on(IRQ_CLOCK, PRIORITY_CALLS);
    return 0;
}

/* Opened again: the host begins with HCI_Reset, and that is all the controller needs. */
int board_hci_open(void)
{
    ut_nrf_radio_hold(1);
    if (radio.on || start() == 0) {
        ut_byte_ring_clear(&tx);
        ut_byte_ring_clear(&rx);
        radio.len = 0;
        radio.on = 1;
    }
    ut_nrf_radio_hold(0);
    return radio.on ? 0 : -1;
}

size_t board_hci_write(const uint8_t *data, size_t len)
{
    size_t n = ut_byte_ring_write(&tx, data, len);
    if (n > 0)
        pend();
    return n;
}

size_t board_hci_read(uint8_t *data, size_t len)
{
    size_t n = ut_byte_ring_read(&rx, data, len);
    if (n > 0)
        pend(); /* a packet may be waiting for this room */
    return n;
}

static int has_room(void)
{
    return RING_BYTES - ut_byte_ring_used(&rx) >= WHOLE_MAX;
}

static void give(const uint8_t *packet, size_t len)
{
    (void)ut_byte_ring_write(&rx, packet, len);
    ut_cortexm_event = 1;
}

/* The length of a packet that has begun, as far as it is known. */
static size_t whole(void)
{
    if (radio.packet[0] == H4_COMMAND)
        return radio.len < 4 ? 4 : 4U + radio.packet[3];
    return radio.len < 5 ? 5 : 5U + (radio.packet[3] | (size_t)radio.packet[4] << 8);
}

/* A byte that begins neither, or a packet that is too long, is no host of ours. */
static void take(uint8_t byte)
{
    radio.packet[radio.len++] = byte;
    if (radio.packet[0] != H4_COMMAND && radio.packet[0] != H4_DATA) {
        radio.len = 0;
        return;
    }
    if (whole() > sizeof radio.packet)
        faulted("", 0);
    if (radio.len < 4 || radio.len < whole())
        return;
    radio.len = 0;
    if (radio.packet[0] == H4_DATA) {
        (void)sdc_hci_data_put(radio.packet + 1); /* refused: the link has gone, as its event will say */
    } else {
        uint8_t answer[UT_NRF_HCI_ANSWER_BYTES];
        give(answer, ut_nrf_hci_call(radio.packet + 1, answer));
    }
}

static void ask_for_rest(void)
{
    rest.state = rest.asked ? BLOCKED : REQUESTED;
    if (rest.asked)
        return;
    rest.asked = 1;
    if (mpsl_timeslot_request(radio.session, &rest.request) != 0) { /* the session may not be idle yet */
        rest.asked = 0;
        rest.state = BLOCKED;
    }
}

void ut_nrf_radio_irq(void)
{
    uint8_t type;
    mpsl_low_priority_process();
    if (rest.state == WANTED)
        ask_for_rest();
    while (ut_byte_ring_used(&tx) > 0 && has_room())
        take(ut_byte_ring_take(&tx));
    while (has_room() && sdc_hci_get(radio.out + 1, &type) == 0) {
        radio.out[0] = type == SDC_HCI_MSG_TYPE_DATA ? H4_DATA : H4_EVENT;
        size_t len = type == SDC_HCI_MSG_TYPE_DATA ? HCI_DATA_HEADER_SIZE + (radio.out[3] | (size_t)radio.out[4] << 8)
                                                   : HCI_EVENT_HEADER_SIZE + (size_t)radio.out[2];
        give(radio.out, 1 + len);
    }
}

void ut_nrf_radio_hold(int held)
{
    if (held) {
        ut_irq_off(IRQ_SWI5);
        radio.holds++;
    } else if (--radio.holds == 0 && radio.on) {
        ut_irq_again(IRQ_SWI5);
    }
    ut_cpu_barrier();
}

/* A slot that was refused is asked for again. Its priority is above that of a link's events, but for those that keep
 * the link alive, so one of 90 ms is found where the events are closer than that. */
int ut_nrf_radio_rest(void (*work)(void *ctx), void *ctx, uint32_t us)
{
    uint32_t begin = board_time_us();
    if (!radio.on) {
        work(ctx);
        return 0;
    }
    rest.work = work;
    rest.ctx = ctx;
    rest.request = (mpsl_timeslot_request_t){
        .request_type = MPSL_TIMESLOT_REQ_TYPE_EARLIEST,
        .params.earliest = {MPSL_TIMESLOT_HFCLK_CFG_NO_GUARANTEE, MPSL_TIMESLOT_PRIORITY_HIGH, us, REST_LIMIT_US}};
    rest.state = WANTED;
    pend();
    while (rest.state != DONE && board_time_us() - begin < 2 * REST_LIMIT_US) {
        if (rest.state == BLOCKED) {
            rest.state = WANTED;
            pend();
        }
        board_watchdog_feed();
    }
    ut_cpu_mask_irqs(); /* it may begin this moment */
    int done = rest.state == DONE;
    rest.state = IDLE;
    ut_cpu_unmask_irqs();
    return done ? 0 : -1;
}
