/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/outputs.h"

#include "host-tools/screens/plain.h"
#include "host-tools/sinks/courier.h"
#include "host-tools/sinks/mqtt.h"
#include "host-tools/sinks/ndjson.h"
#include "host-tools/sinks/scores.h"
#include "host-tools/sinks/store.h"
#include "host-tools/sinks/summary.h"
#include "host-tools/sinks/text.h"

#include <string.h>

static struct ut_sink *summary_file(FILE *stream, const char *path)
{
    (void)stream;
    return ut_summary_file_sink(path);
}

/* clang-format off */
static const struct ut_output_kind TABLE[] = {
    {"text",      NULL,         false, ut_text_sink,    NULL},
    {"plain",     NULL,         false, ut_plain_sink,   NULL},
    {"summary",   NULL,         true,  summary_file,    NULL},
    {"ndjson",    "ndjson",     false, ut_ndjson_sink,  NULL},
    {"csv",       "csv",        false, ut_scores_sink,  NULL},
    {"call",      "",           true,  ut_summary_sink, NULL},
    {"labels",    "labels.txt", true,  NULL,            ut_format_labels},
    {"textgrid",  "TextGrid",   true,  NULL,            ut_format_textgrid},
    {"emotionml", "emotionml",  true,  NULL,            ut_format_emotionml},
    {"webvtt",    "vtt",        true,  NULL,            ut_format_webvtt},
    {"rttm",      "rttm",       true,  NULL,            ut_format_rttm},
};
/* clang-format on */
static const struct ut_output_kind *const END = TABLE + sizeof TABLE / sizeof TABLE[0];

static const struct ut_output_kind *find(const char *name)
{
    for (const struct ut_output_kind *k = TABLE; k < END; k++)
        if (strcmp(name, k->name) == 0)
            return k;
    return NULL;
}

const struct ut_output_kind *ut_outputs_format(const char *name, struct ut_fault *fault)
{
    const struct ut_output_kind *kind = find(name);
    const struct ut_output_kind *last = END - 1;
    char names[200] = "";
    if (kind != NULL && kind->ending != NULL)
        return kind;
    while (last->ending == NULL)
        last--;
    for (const struct ut_output_kind *k = TABLE; k < END; k++) {
        size_t at = strlen(names);
        const char *before = at == 0 ? "" : k == last ? " or " : ", ";
        if (k->ending != NULL)
            (void)snprintf(names + at, sizeof names - at, "%s%s", before, k->name);
    }
    (void)ut_fault_set(fault, UT_EXIT_USAGE, "--format %s: no such format; use %s", name, names);
    return NULL;
}

int ut_outputs_add(struct ut_sinks *list, const char *name, FILE *stream, const char *path, struct ut_fault *fault)
{
    const struct ut_output_kind *k = find(name);
    if (k == NULL)
        return ut_fault_set(fault, UT_EXIT_USAGE, "%s: no such output", name);
    return ut_sinks_add(list, k->write != NULL ? ut_format_sink(k->write, stream, path) : k->make(stream, path), fault);
}

int ut_outputs_webhook(const struct ut_config *config, const char *store, struct ut_courier_options *o,
                       struct ut_fault *fault)
{
    *o = (struct ut_courier_options){.store = store,
                                     .url = ut_config_text(config, "webhook", "url"),
                                     .key_file = ut_config_text(config, "webhook", "key_file"),
                                     .ca_file = ut_config_text(config, "webhook", "ca_file")};
    if (store == NULL || store[0] == '\0')
        return ut_fault_set(fault, UT_EXIT_USAGE,
                            "--webhook: needs a store for what waits; give --store FILE, or set [store] file");
    if (o->url[0] == '\0' || o->key_file[0] == '\0')
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                            "[webhook] %s: is not set; set url and key_file in the config file",
                            o->url[0] == '\0' ? "url" : "key_file");
    return 0;
}

int ut_outputs_floor(const struct ut_config *config, const char *store, struct ut_floor_link_options *o,
                     struct ut_fault *fault)
{
    *o = (struct ut_floor_link_options){.store = store,
                                        .brokers = ut_config_text(config, "mqtt", "brokers"),
                                        .site = ut_config_text(config, "mqtt", "site"),
                                        .device = ut_config_text(config, "mqtt", "device"),
                                        .password_file = ut_config_text(config, "mqtt", "password_file"),
                                        .ca_file = ut_config_text(config, "mqtt", "ca_file"),
                                        .cert_file = ut_config_text(config, "mqtt", "cert_file"),
                                        .key_file = ut_config_text(config, "mqtt", "key_file")};
    if (store == NULL || store[0] == '\0')
        return ut_fault_set(fault, UT_EXIT_USAGE,
                            "--mqtt: needs a store for what waits; give --store FILE, or set [store] file");
    const char *missing = o->brokers[0] == '\0' ? "brokers" : o->site[0] == '\0' ? "site" : "device";
    if (o->brokers[0] == '\0' || o->site[0] == '\0' || o->device[0] == '\0')
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                            "[mqtt] %s: is not set; set brokers, site and device in the config file", missing);
    return 0;
}

int ut_outputs_add_store(struct ut_sinks *list, const char *store, const struct ut_courier_options *webhook,
                         const struct ut_floor_link_options *floor, const struct ut_store_follow *follow,
                         struct ut_fault *fault)
{
    const char *receiver[UT_STORE_RECEIVERS + 1] = {0};
    int n = 0;
    if (store == NULL)
        return 0;
    if (webhook != NULL)
        receiver[n++] = UT_COURIER_RECEIVER;
    if (floor != NULL)
        receiver[n] = UT_FLOOR_RECEIVER;
    struct ut_sink *keeps = ut_store_sink(store, receiver);
    if (keeps != NULL)
        ut_store_sink_follow(keeps, follow);
    if (ut_sinks_add(list, keeps, fault) != 0 ||
        (webhook != NULL && ut_sinks_add(list, ut_courier_sink(webhook), fault) != 0))
        return -1;
    return floor != NULL && floor->brokers != NULL ? ut_sinks_add(list, ut_mqtt_sink(floor), fault) : 0;
}
