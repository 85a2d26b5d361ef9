/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/boards/nrf52840/sdc/sdc_double.h"
#include "boards/nrf52840/registers.h"
#include "tests/boards/registers.h"

#include <mpsl.h>
#include <mpsl_timeslot.h>
#include <sdc.h>
#include <sdc_hci.h>
#include <sdc_hci_cmd_controller_baseband.h>
#include <sdc_hci_cmd_le.h>
#include <sdc_hci_cmd_link_control.h>
#include <sdc_hci_cmd_status_params.h>
#include <sdc_soc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { SESSION = 3, FIRST = 1 };

struct sdc_double sdc_double;
static sdc_fault_handler_t controller_fault;
static mpsl_assert_handler_t scheduler_fault;
static sdc_callback_t heard;
static mpsl_timeslot_callback_t signalled;
static const sdc_rand_source_t *random_source;
static int calls, inside;

void sdc_double_clear(void)
{
    memset(&sdc_double, 0, sizeof sdc_double);
    sdc_double.needs = 1000;
    calls = inside = 0;
}

/* Whether this call of the start goes wrong. */
static int fails(void)
{
    return ++calls == sdc_double.fails;
}

static uint32_t priority(uint32_t irq)
{
    return ut_model_held(UT_NVIC_IPR(irq)) >> 8 * (irq % 4) & 0xFF;
}

/* Of what may only be called in one priority: while its interrupt is off, or in it. */
static void in_one_priority(void)
{
    assert_true(sdc_double.in_irq || (ut_model_held(UT_NVIC_ISER(IRQ_SWI5)) >> IRQ_SWI5 & 1) == 0);
    assert_int_equal(inside, 0);
}

int32_t mpsl_init(mpsl_clock_lfclk_cfg_t const *clock, IRQn_Type irq, mpsl_assert_handler_t fault)
{
    in_one_priority();
    assert_false(sdc_double.inited);
    assert_true(clock->source != MPSL_CLOCK_LF_SRC_RC ? clock->rc_ctiv == 0 && clock->rc_temp_ctiv == 0 : 1);
    assert_in_range(clock->accuracy_ppm, 1, MPSL_WORST_CLOCK_ACCURACY_PPM);
    assert_int_equal(irq, SWI5_EGU5_IRQn);
    assert_int_not_equal(priority(IRQ_CLOCK), 0); /* lower than the highest, before anything may switch it on */
    assert_int_equal(priority(IRQ_SWI5), priority(IRQ_CLOCK));
    assert_non_null(fault);
    scheduler_fault = fault;
    if (fails())
        return -NRF_EINVAL;
    sdc_double.inited = 1;
    return 0;
}

void mpsl_low_priority_process(void)
{
    in_one_priority();
    assert_true(sdc_double.in_irq && sdc_double.inited);
    if (sdc_double.news) {
        sdc_double.news = 0;
        sdc_double.hears++;
        heard();
    }
}

int32_t mpsl_clock_hfclk_src_request(mpsl_clock_hfclk_src_t source, mpsl_clock_hfclk_request_callback_t callback)
{
    in_one_priority();
    (void)callback;
    assert_true(sdc_double.inited);
    assert_int_equal(source, MPSL_CLOCK_HF_SRC_XO);
    return fails() ? -NRF_EINVAL : 0;
}

int32_t mpsl_timeslot_session_count_set(void *memory, uint8_t sessions)
{
    in_one_priority();
    assert_int_equal((uintptr_t)memory % 4, 0);
    assert_int_equal(sessions, 1);
    return fails() ? -NRF_EPERM : 0;
}

int32_t mpsl_timeslot_session_open(mpsl_timeslot_callback_t callback, mpsl_timeslot_session_id_t *id)
{
    in_one_priority();
    assert_true(sdc_double.inited && !sdc_double.timeslots);
    if (fails())
        return -NRF_ENOMEM;
    sdc_double.timeslots = 1;
    signalled = callback;
    *id = SESSION;
    return 0;
}

int32_t mpsl_timeslot_request(mpsl_timeslot_session_id_t id, mpsl_timeslot_request_t const *r)
{
    in_one_priority();
    assert_true(sdc_double.in_irq && sdc_double.timeslots);
    assert_int_equal(id, SESSION);
    assert_int_equal(r->request_type, MPSL_TIMESLOT_REQ_TYPE_EARLIEST);
    assert_in_range(r->params.earliest.length_us, MPSL_TIMESLOT_LENGTH_MIN_US, MPSL_TIMESLOT_LENGTH_MAX_US);
    assert_in_range(r->params.earliest.timeout_us, 1, MPSL_TIMESLOT_EARLIEST_TIMEOUT_MAX_US);
    if (sdc_double.requested)
        return -NRF_EAGAIN;
    sdc_double.requested = 1;
    sdc_double.slot_us = r->params.earliest.length_us;
    return 0;
}

void sdc_double_slot(void)
{
    assert_true(sdc_double.requested);
    sdc_double.requested = 0;
    if (sdc_double.blocked > 0) {
        sdc_double.blocked--;
        assert_int_equal(signalled(SESSION, MPSL_TIMESLOT_SIGNAL_BLOCKED)->callback_action,
                         MPSL_TIMESLOT_SIGNAL_ACTION_NONE);
        return;
    }
    inside = 1; /* the highest priority: no call of the others */
    assert_int_equal(signalled(SESSION, MPSL_TIMESLOT_SIGNAL_START)->callback_action, MPSL_TIMESLOT_SIGNAL_ACTION_END);
    inside = 0;
    assert_int_equal(signalled(SESSION, MPSL_TIMESLOT_SIGNAL_SESSION_IDLE)->callback_action,
                     MPSL_TIMESLOT_SIGNAL_ACTION_NONE);
}

void sdc_double_fault(void)
{
    assert_ptr_equal(controller_fault, scheduler_fault);
    controller_fault("somewhere", 1);
}

int32_t sdc_init(sdc_fault_handler_t fault)
{
    in_one_priority();
    assert_true(sdc_double.inited);
    controller_fault = fault;
    sdc_double.sdc = 1;
    return fails() ? -NRF_EPERM : 0;
}

int32_t sdc_support_helper(void (*support)(void))
{
    in_one_priority();
    assert_true(sdc_double.sdc && !sdc_double.configured && !sdc_double.enabled);
    support();
    return fails() ? -NRF_EPERM : 0;
}

/* Bits, in the order of radio.c. */
void sdc_support_adv(void)
{
    sdc_double.supported |= FIRST;
}
void sdc_support_peripheral(void)
{
    sdc_double.supported |= FIRST << 1;
}
void sdc_support_dle_peripheral(void)
{
    sdc_double.supported |= FIRST << 2;
}
void sdc_support_le_2m_phy(void)
{
    sdc_double.supported |= FIRST << 3;
}
void sdc_support_phy_update_peripheral(void)
{
    sdc_double.supported |= FIRST << 4;
}
void sdc_support_le_privacy(void)
{
    sdc_double.supported |= FIRST << 5;
}

int32_t sdc_cfg_set(uint8_t tag, uint8_t type, sdc_cfg_t const *cfg)
{
    in_one_priority();
    assert_true(sdc_double.sdc && !sdc_double.enabled);
    assert_int_equal(tag, SDC_DEFAULT_RESOURCE_CFG_TAG);
    sdc_double.configured = 1;
    if (type == SDC_CFG_TYPE_CENTRAL_COUNT)
        assert_int_equal(cfg->central_count.count, 0);
    if (type == SDC_CFG_TYPE_BUFFER_CFG) {
        assert_in_range(cfg->buffer_cfg.tx_packet_size, 27, 251);
        assert_in_range(cfg->buffer_cfg.rx_packet_size, 27, 251);
        assert_true(cfg->buffer_cfg.tx_packet_count >= 1 && cfg->buffer_cfg.rx_packet_count >= 1);
    }
    return fails() ? -NRF_EINVAL : sdc_double.needs;
}

int32_t sdc_rand_source_register(const sdc_rand_source_t *source)
{
    in_one_priority();
    random_source = source;
    sdc_double.source = 1;
    return fails() ? -NRF_EINVAL : 0;
}

int32_t sdc_enable(sdc_callback_t callback, uint8_t *memory)
{
    uint8_t seed[16];
    in_one_priority();
    assert_true(sdc_double.source && sdc_double.configured);
    assert_int_equal((uintptr_t)memory % 8, 0);
    if (fails())
        return -NRF_EINVAL;
    random_source->rand_poll(seed, sizeof seed);
    heard = callback;
    sdc_double.enabled = 1;
    return 0;
}

int32_t sdc_hci_data_put(uint8_t const *packet)
{
    in_one_priority();
    assert_true(sdc_double.enabled && sdc_double.in_irq);
    memcpy(sdc_double.data, packet, (size_t)HCI_DATA_HEADER_SIZE + packet[2]);
    sdc_double.datas++;
    return 0;
}

int32_t sdc_hci_get(uint8_t *packet, uint8_t *type)
{
    in_one_priority();
    assert_true(sdc_double.enabled && sdc_double.in_irq);
    if (sdc_double.pendings == 0)
        return -NRF_EAGAIN;
    *type = sdc_double.pending[0][0];
    memcpy(packet, sdc_double.pending[0] + 1, HCI_MSG_BUFFER_MAX_SIZE);
    memmove(sdc_double.pending, sdc_double.pending + 1, sizeof sdc_double.pending - sizeof sdc_double.pending[0]);
    sdc_double.pendings--;
    return 0;
}

void sdc_double_tell(uint8_t type, const uint8_t *packet, size_t len)
{
    uint8_t *to = sdc_double.pending[sdc_double.pendings++];
    to[0] = type;
    memcpy(to + 1, packet, len);
    sdc_double.news = 1;
}

static uint8_t command(void)
{
    in_one_priority();
    assert_true(sdc_double.enabled && sdc_double.in_irq);
    return (uint8_t)sdc_double.refuse;
}

#define NOTHING(name)                                                                                                  \
    uint8_t sdc_hci_cmd_##name(void)                                                                                   \
    {                                                                                                                  \
        return command();                                                                                              \
    }
#define TAKES(name)                                                                                                    \
    uint8_t sdc_hci_cmd_##name(const sdc_hci_cmd_##name##_t *p)                                                        \
    {                                                                                                                  \
        assert_non_null(p);                                                                                            \
        return command();                                                                                              \
    }
#define GIVES(name)                                                                                                    \
    uint8_t sdc_hci_cmd_##name(sdc_hci_cmd_##name##_return_t *r)                                                       \
    {                                                                                                                  \
        memset(r, 0x5A, sizeof *r);                                                                                    \
        return command();                                                                                              \
    }
#define BOTH(name)                                                                                                     \
    uint8_t sdc_hci_cmd_##name(const sdc_hci_cmd_##name##_t *p, sdc_hci_cmd_##name##_return_t *r)                      \
    {                                                                                                                  \
        memcpy(r, p, sizeof *r); /* a connection's handle, as in each of them */                                       \
        return command();                                                                                              \
    }

uint8_t sdc_hci_cmd_cb_reset(void)
{
    sdc_double.resets++;
    return command();
}
TAKES(cb_set_event_mask)
TAKES(lc_disconnect)
BOTH(sp_read_rssi)
TAKES(le_set_event_mask)
GIVES(le_read_buffer_size)
GIVES(le_read_local_supported_features)
TAKES(le_set_random_address)
TAKES(le_set_adv_params)
TAKES(le_set_adv_data)
TAKES(le_set_scan_response_data)
TAKES(le_set_adv_enable)
NOTHING(le_clear_filter_accept_list)
TAKES(le_add_device_to_filter_accept_list)
GIVES(le_rand)
BOTH(le_long_term_key_request_reply)
BOTH(le_long_term_key_request_negative_reply)
BOTH(le_set_data_length)
TAKES(le_add_device_to_resolving_list)
NOTHING(le_clear_resolving_list)
TAKES(le_set_address_resolution_enable)
TAKES(le_set_phy)
TAKES(le_set_privacy_mode)
