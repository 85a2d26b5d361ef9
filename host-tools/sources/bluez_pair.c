/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/bluez_pair.h"

#include "host-tools/sources/bluez_bus.h"

#include <string.h>
#include <systemd/sd-bus.h>

static const char agent_path[] = "/undertone/agent";

/* The agent: BlueZ asks, a person answers. */
static int rejected(sd_bus_message *m)
{
    return sd_bus_reply_method_errorf(m, "org.bluez.Error.Rejected", "refused by the user");
}

static int on_confirm(sd_bus_message *m, void *ctx, sd_bus_error *error)
{
    (void)error;
    const struct ut_bluez_person *person = ctx;
    const char *path;
    uint32_t code;
    int r = sd_bus_message_read(m, "ou", &path, &code);
    if (r < 0)
        return r;
    return person->confirm(person->ctx, code) ? sd_bus_reply_method_return(m, "") : rejected(m);
}

static int on_passkey(sd_bus_message *m, void *ctx, sd_bus_error *error)
{
    (void)error;
    const struct ut_bluez_person *person = ctx;
    long key = person->passkey(person->ctx);
    return key >= 0 && key <= 999999 ? sd_bus_reply_method_return(m, "u", (uint32_t)key) : rejected(m);
}

static int on_show(sd_bus_message *m, void *ctx, sd_bus_error *error)
{
    (void)error;
    const struct ut_bluez_person *person = ctx;
    const char *path;
    uint32_t code;
    uint16_t typed;
    int r = sd_bus_message_read(m, "ouq", &path, &code, &typed);
    if (r < 0)
        return r;
    person->show(person->ctx, code);
    return sd_bus_reply_method_return(m, "");
}

static int on_blind(sd_bus_message *m, void *ctx, sd_bus_error *error)
{
    (void)error;
    const struct ut_bluez_person *person = ctx;
    return person->blind(person->ctx) ? sd_bus_reply_method_return(m, "") : rejected(m);
}

static int on_end(sd_bus_message *m, void *ctx, sd_bus_error *error)
{
    (void)ctx;
    (void)error;
    return sd_bus_reply_method_return(m, "");
}

static const sd_bus_vtable agent[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("RequestConfirmation", "ou", "", on_confirm, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("RequestPasskey", "o", "u", on_passkey, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("DisplayPasskey", "ouq", "", on_show, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("RequestAuthorization", "o", "", on_blind, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("Cancel", "", "", on_end, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("Release", "", "", on_end, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

static int pair_with_agent(struct ut_bluez *b, const struct ut_bluez_device *d, int ms, struct ut_fault *fault)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    struct ut_bluez_error why;
    int r = sd_bus_call_method(b->bus, UT_BLUEZ_BUS, "/org/bluez", "org.bluez.AgentManager1", "RegisterAgent", &error,
                               NULL, "os", agent_path, "KeyboardDisplay");
    if (r < 0) {
        (void)ut_fault_set(fault, UT_EXIT_FAILURE,
                           "Bluetooth: BlueZ takes no pairing agent (%s); end other pairing programs",
                           error.message != NULL ? error.message : strerror(-r));
        sd_bus_error_free(&error);
        return -1;
    }
    r = ut_bluez_bus_call_long(b, d->path, "Pair", ms, &why);
    (void)sd_bus_call_method(b->bus, UT_BLUEZ_BUS, "/org/bluez", "org.bluez.AgentManager1", "UnregisterAgent", NULL,
                             NULL, "o", agent_path);
    if (r == -2)
        (void)ut_bluez_bus_call(b, d->path, UT_BLUEZ_DEVICE, "CancelPairing", NULL);
    if (r == 0 || strcmp(why.name, "org.bluez.Error.AlreadyExists") == 0)
        return 0;
    return ut_bluez_bus_stopped(b)
               ? ut_bluez_bus_interrupted(fault)
               : ut_fault_set(fault, UT_EXIT_POLICY, "%s: not paired (%s); compare the codes and try again", d->address,
                              why.text);
}

int ut_bluez_pair(struct ut_bluez *b, const struct ut_bluez_device *d, const struct ut_bluez_person *person, int ms,
                  struct ut_fault *fault)
{
    struct ut_bluez_person answers = *person;
    sd_bus_slot *slot = NULL;
    if (ut_bluez_bus_power_on(b, fault) != 0)
        return -1;
    int r = sd_bus_add_object_vtable(b->bus, &slot, agent_path, "org.bluez.Agent1", agent, &answers);
    if (r < 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "Bluetooth: no pairing agent (%s)", strerror(-r));
    r = pair_with_agent(b, d, ms, fault);
    sd_bus_slot_unref(slot);
    if (r == 0) /* a bonded headset may reconnect by itself */
        (void)sd_bus_set_property(b->bus, UT_BLUEZ_BUS, d->path, UT_BLUEZ_DEVICE, "Trusted", NULL, "b", 1);
    return r;
}
