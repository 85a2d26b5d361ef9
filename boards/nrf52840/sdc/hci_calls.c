/* SPDX-License-Identifier: Apache-2.0 */
#include "boards/nrf52840/sdc/hci_calls.h"

#include <sdc_hci.h>
#include <sdc_hci_cmd_controller_baseband.h>
#include <sdc_hci_cmd_le.h>
#include <sdc_hci_cmd_link_control.h>
#include <sdc_hci_cmd_status_params.h>
#include <string.h>

enum {
    H4_EVENT = 4,
    COMMAND_COMPLETE = 0x0E,
    COMMAND_STATUS = 0x0F,
    UNKNOWN_COMMAND = 0x01,
    INVALID_PARAMETERS = 0x12,
    COMPLETE_HEAD = 7, /* type, event, length, credits, opcode, status */
    NO_RETURN = 0,
    STATUS_ONLY = 0xFF /* answered by Command Status */
};

/* Parameters and results are packed as in the packets. */
#define CALL(name) static uint8_t call_##name(const void *p, void *r)
#define NOTHING(name)                                                                                                  \
    CALL(name)                                                                                                         \
    {                                                                                                                  \
        (void)p;                                                                                                       \
        (void)r;                                                                                                       \
        return sdc_hci_cmd_##name();                                                                                   \
    }
#define TAKES(name)                                                                                                    \
    CALL(name)                                                                                                         \
    {                                                                                                                  \
        (void)r;                                                                                                       \
        return sdc_hci_cmd_##name(p);                                                                                  \
    }
#define GIVES(name)                                                                                                    \
    CALL(name)                                                                                                         \
    {                                                                                                                  \
        (void)p;                                                                                                       \
        return sdc_hci_cmd_##name(r);                                                                                  \
    }
#define BOTH(name)                                                                                                     \
    CALL(name)                                                                                                         \
    {                                                                                                                  \
        return sdc_hci_cmd_##name(p, r);                                                                               \
    }

NOTHING(cb_reset)
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

#define TAKEN(name) sizeof(sdc_hci_cmd_##name##_t)
#define GIVEN(name) sizeof(sdc_hci_cmd_##name##_return_t)

static const struct {
    uint16_t opcode;
    uint8_t takes, gives;
    uint8_t (*call)(const void *p, void *r);
} commands[] = {
    {0x0C03, 0, NO_RETURN, call_cb_reset},
    {0x0C01, TAKEN(cb_set_event_mask), NO_RETURN, call_cb_set_event_mask},
    {0x0406, TAKEN(lc_disconnect), STATUS_ONLY, call_lc_disconnect},
    {0x1405, TAKEN(sp_read_rssi), GIVEN(sp_read_rssi), call_sp_read_rssi},
    {0x2001, TAKEN(le_set_event_mask), NO_RETURN, call_le_set_event_mask},
    {0x2002, 0, GIVEN(le_read_buffer_size), call_le_read_buffer_size},
    {0x2003, 0, GIVEN(le_read_local_supported_features), call_le_read_local_supported_features},
    {0x2005, TAKEN(le_set_random_address), NO_RETURN, call_le_set_random_address},
    {0x2006, TAKEN(le_set_adv_params), NO_RETURN, call_le_set_adv_params},
    {0x2008, TAKEN(le_set_adv_data), NO_RETURN, call_le_set_adv_data},
    {0x2009, TAKEN(le_set_scan_response_data), NO_RETURN, call_le_set_scan_response_data},
    {0x200A, TAKEN(le_set_adv_enable), NO_RETURN, call_le_set_adv_enable},
    {0x2010, 0, NO_RETURN, call_le_clear_filter_accept_list},
    {0x2011, TAKEN(le_add_device_to_filter_accept_list), NO_RETURN, call_le_add_device_to_filter_accept_list},
    {0x2018, 0, GIVEN(le_rand), call_le_rand},
    {0x201A, TAKEN(le_long_term_key_request_reply), GIVEN(le_long_term_key_request_reply),
     call_le_long_term_key_request_reply},
    {0x201B, TAKEN(le_long_term_key_request_negative_reply), GIVEN(le_long_term_key_request_negative_reply),
     call_le_long_term_key_request_negative_reply},
    {0x2022, TAKEN(le_set_data_length), GIVEN(le_set_data_length), call_le_set_data_length},
    {0x2027, TAKEN(le_add_device_to_resolving_list), NO_RETURN, call_le_add_device_to_resolving_list},
    {0x2029, 0, NO_RETURN, call_le_clear_resolving_list},
    {0x202D, TAKEN(le_set_address_resolution_enable), NO_RETURN, call_le_set_address_resolution_enable},
    {0x2032, TAKEN(le_set_phy), STATUS_ONLY, call_le_set_phy},
    {0x204E, TAKEN(le_set_privacy_mode), NO_RETURN, call_le_set_privacy_mode},
};

static size_t tell_status(const uint8_t *opcode, uint8_t status, uint8_t *answer)
{
    const uint8_t event[] = {H4_EVENT, COMMAND_STATUS, 4, status, 1, opcode[0], opcode[1]};
    memcpy(answer, event, sizeof event);
    return sizeof event;
}

static size_t tell_complete(const uint8_t *opcode, uint8_t status, size_t gives, uint8_t *answer)
{
    const uint8_t event[COMPLETE_HEAD] = {H4_EVENT, COMMAND_COMPLETE, (uint8_t)(4 + gives), 1, opcode[0], opcode[1],
                                          status};
    memcpy(answer, event, sizeof event);
    return sizeof event + gives;
}

size_t ut_nrf_hci_call(const uint8_t *command, uint8_t answer[UT_NRF_HCI_ANSWER_BYTES])
{
    unsigned opcode = command[0] | (unsigned)command[1] << 8;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (commands[i].opcode != opcode)
            continue;
        int status_only = commands[i].gives == STATUS_ONLY;
        size_t gives = status_only ? 0 : commands[i].gives;
        memset(answer, 0, UT_NRF_HCI_ANSWER_BYTES);
        uint8_t status = command[2] == commands[i].takes ? commands[i].call(command + 3, answer + COMPLETE_HEAD)
                                                         : INVALID_PARAMETERS;
        return status_only ? tell_status(command, status, answer) : tell_complete(command, status, gives, answer);
    }
    return tell_complete(command, UNKNOWN_COMMAND, 0, answer);
}
