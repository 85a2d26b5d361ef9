/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/action_work.h"

#include "host-tools/sinks/action_command.h"
#include "host-tools/sinks/action_table.h"
#include "host-tools/sinks/audit.h"
#include "host-tools/sinks/desktop_note.h"
#include "host-tools/sinks/event_table.h"
#include "host-tools/sinks/webhook.h"
#include "host-tools/system/broker.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/rounds.h"

#include <stdlib.h>
#include <string.h>

enum {
    IDLE_MS = 60000,   /* at least this often the store is looked at: another program may fill it */
    FAULT_MS = 2000,   /* after a fault of the store */
    LAST_MS = 3000,    /* that the end of a call waits for what is under way */
    BROKER_MS = 10000, /* until a broker has to have a message */
    COMMAND_MS = 10000 /* until a program has to end */
};

struct ut_action_work {
    const struct ut_action_rules *rules;
    const struct ut_config *config;
    struct ut_sink *audit; /* NULL = no record is kept */
    struct ut_database *database;
    struct ut_signature_keys keys;
    struct ut_webhook *webhook[UT_CONFIG_ACTIONS]; /* NULL: the rule does something else */
};

static int open_webhook(struct ut_action_work *w, int i, struct ut_fault *fault)
{
    char host[UT_WEBHOOK_HOST], setting[60];
    const char *key_file = ut_config_text(w->config, "webhook", "key_file");
    const struct ut_action_rule *rule = &w->rules->rule[i];
    (void)snprintf(setting, sizeof setting, "[action.%s] to", rule->name);
    if (key_file[0] == '\0')
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                            "[action.%s] do = webhook: is signed; set [webhook] key_file in the config file",
                            rule->name);
    if (ut_webhook_check(rule->to, setting, host, fault) != 0 ||
        (w->keys.count == 0 && ut_signature_keys_read(&w->keys, key_file, fault) != 0))
        return -1;
    w->webhook[i] = ut_webhook_new(rule->to, ut_config_text(w->config, "webhook", "ca_file"), &w->keys, fault);
    return w->webhook[i] != NULL ? 0 : -1;
}

struct ut_action_work *ut_action_work_new(const struct ut_action_rules *rules, const struct ut_config *config,
                                          const char *store, struct ut_sink *audit, struct ut_fault *fault)
{
    struct ut_action_work *w = calloc(1, sizeof *w);
    if (w == NULL) {
        (void)ut_fault_no_memory(fault);
        return NULL;
    }
    w->rules = rules;
    w->config = config;
    w->audit = audit;
    w->database = ut_database_open(store, &ut_event_table_kind, true, fault);
    bool good = w->database != NULL;
    for (int i = 0; i < rules->n && good; i++) {
        if (rules->rule[i].how == UT_ACTION_WEBHOOK)
            good = open_webhook(w, i, fault) == 0;
        if (rules->rule[i].how == UT_ACTION_MQTT && ut_config_text(config, "mqtt", "brokers")[0] == '\0')
            good =
                ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "[action.%s] do = mqtt: set [mqtt] brokers in the config file",
                             rules->rule[i].name) == 0;
    }
    if (good)
        return w;
    ut_action_work_free(w);
    return NULL;
}

void ut_action_work_free(struct ut_action_work *w)
{
    if (w == NULL)
        return;
    for (int i = 0; i < UT_CONFIG_ACTIONS; i++)
        ut_webhook_free(w->webhook[i]);
    ut_database_close(w->database);
    explicit_bzero(&w->keys, sizeof w->keys);
    free(w);
}

static void ignore_message(void *ctx, const char *topic, const char *bytes, size_t n)
{
    (void)ctx;
    (void)topic;
    (void)bytes;
    (void)n;
}

/* Under a name of its own, so that the desk's connection stays. 0, or -1 and a few words. */
static int publish(const struct ut_action_work *w, const struct ut_action_rule *rule, const struct ut_action_due *due,
                   atomic_int *stop, char *error, size_t room)
{
    struct ut_fault fault = {0};
    const char *device = ut_config_text(w->config, "mqtt", "device"),
               *password = ut_config_text(w->config, "mqtt", "password_file");
    const struct ut_broker_options o = {.list = ut_config_text(w->config, "mqtt", "brokers"),
                                        .setting = "[mqtt] brokers",
                                        .id = due->id,
                                        .user = device,
                                        .password_file = password,
                                        .ca_file = ut_config_text(w->config, "mqtt", "ca_file"),
                                        .cert_file = ut_config_text(w->config, "mqtt", "cert_file"),
                                        .key_file = ut_config_text(w->config, "mqtt", "key_file"),
                                        .message = ignore_message};
    struct ut_broker *b = ut_broker_new(&o, &fault);
    bool sent = false, taken = false;
    if (b == NULL) {
        (void)snprintf(error, room, "%.190s", fault.text);
        return -1;
    }
    for (int64_t until = ut_clock_ms() + BROKER_MS; !taken && ut_clock_ms() < until && atomic_load(stop) == 0;) {
        ut_broker_step(&b, 1, -1, 50);
        sent = sent && ut_broker_is_up(b); /* another connection forgets what was on its way */
        if (!sent && ut_broker_is_up(b))
            sent = ut_broker_publish(b, rule->to, due->json, strlen(due->json), 1, false) == 0;
        taken = sent && ut_broker_is_up(b) && ut_broker_on_way(b) == 0;
    }
    if (!taken)
        (void)snprintf(error, room, "broker %.100s: %.60s", ut_broker_host(b),
                       ut_broker_error(b)[0] != '\0' ? ut_broker_error(b) : "has not taken it in time");
    ut_broker_leave(b, 500);
    ut_broker_free(b);
    return taken ? 0 : -1;
}

static int post(const struct ut_action_work *w, int i, const struct ut_action_due *due, atomic_int *stop, char *error,
                size_t room)
{
    struct ut_webhook_answer answer = {0};
    int r = ut_webhook_post(w->webhook[i], due->id, 1, due->json, ut_clock_unix_ms() / 1000, stop, &answer) ==
                    UT_WEBHOOK_TAKEN
                ? 0
                : -1;
    (void)snprintf(error, room, "%s", answer.error);
    return r;
}

static int start(const struct ut_action_rule *rule, const struct ut_action_due *due, atomic_int *stop, char *error,
                 size_t room)
{
    char text[UT_CONFIG_ACTION_BYTES], *word[UT_ACTION_WORDS + 1];
    (void)snprintf(text, sizeof text, "%s", rule->to);
    (void)ut_action_words(text, word);
    return ut_action_command(word, due->json, COMMAND_MS, stop, error, room);
}

/* 0, or -1 and a few words. */
static int try_it(const struct ut_action_work *w, int i, const struct ut_action_due *due, atomic_int *stop, char *error,
                  size_t room)
{
    const struct ut_action_rule *rule = &w->rules->rule[i];
    switch (rule->how) {
    case UT_ACTION_WEBHOOK:
        return post(w, i, due, stop, error, room);
    case UT_ACTION_MQTT:
        return publish(w, rule, due, stop, error, room);
    case UT_ACTION_COMMAND:
        return start(rule, due, stop, error, room);
    default:
        return ut_desktop_note("Undertone", rule->text, error, room);
    }
}

/* What becomes of an action, before the store has it: a kill between the two has it recorded again, under the same id.
 * 0, or -1 and *fault. */
static int record(const struct ut_action_work *w, const char *kind, const char *id, const char *name, const char *error,
                  struct ut_fault *fault)
{
    return w->audit == NULL
               ? 0
               : ut_audit_sink_add(w->audit, kind,
                                   json_pack("{s:s, s:s, s:s*}", "Id", id, "Action", name, "Error", error), fault);
}

/* 0, or -1 and *fault of the store or of the record. */
static int work_on(struct ut_action_work *w, const struct ut_action_due *due, atomic_int *stop,
                   struct ut_action_round *round, struct ut_fault *fault)
{
    char error[UT_ACTION_ERROR] = "there is no such rule any more";
    int i = 0, park = 1;
    while (i < w->rules->n && strcmp(w->rules->rule[i].name, due->name) != 0)
        i++;
    if (i < w->rules->n) {
        park = w->rules->rule[i].park;
        if (try_it(w, i, due, stop, error, sizeof error) == 0) {
            round->done++;
            return record(w, "action_done", due->id, due->name, NULL, fault) == 0
                       ? ut_action_done(w->database, due, ut_clock_unix_ms(), fault)
                       : -1;
        }
        if (atomic_load(stop) != 0)
            return ut_action_untake(w->database, due, fault); /* not its fault */
    }
    if (due->tries + 1 >= park && record(w, "action_failed", due->id, due->name, error, fault) != 0)
        return -1;
    int r = ut_action_failed(w->database, due, park, error, ut_clock_unix_ms(), fault);
    round->failed++;
    if (r > 0) {
        round->parked++;
        (void)snprintf(round->remark, sizeof round->remark,
                       "action %s: %.150s; it is parked after %d %s; `undertone action retry %s` does what waits",
                       due->name, error, due->tries + 1, due->tries == 0 ? "try" : "tries", due->name);
    }
    return r < 0 ? -1 : 0;
}

struct expiring {
    const struct ut_action_work *w;
    int64_t now;
    struct ut_fault *fault;
};

static int record_expired(void *ctx, const struct ut_action_row *row)
{
    const struct expiring *e = ctx;
    return ut_action_expires(row, e->now) && record(e->w, "action_expired", row->id, row->name, NULL, e->fault) != 0;
}

/* Ends what nobody has answered in time. 0, or -1 and *fault. */
static int expire(struct ut_action_work *w, struct ut_fault *fault)
{
    struct expiring e = {w, ut_clock_unix_ms(), fault};
    fault->code = 0;
    if (w->audit != NULL && ut_action_list_asked(w->database, record_expired, &e, fault) != 0)
        return -1;
    return fault->code != 0 ? -1 : ut_action_expire(w->database, e.now, fault);
}

int ut_action_work_round(struct ut_action_work *w, atomic_int *stop, struct ut_action_round *round,
                         struct ut_fault *fault)
{
    struct ut_action_due due;
    *round = (struct ut_action_round){0};
    int r = expire(w, fault);
    while (r == 0 && atomic_load(stop) == 0) {
        int got = ut_action_take(w->database, ut_clock_unix_ms(), &due, fault);
        if (got <= 0)
            return got;
        r = work_on(w, &due, stop, round, fault);
        free(due.json);
    }
    return r;
}

struct thread {
    struct ut_sink sink;
    const struct ut_action_rules *rules;
    const struct ut_config *config;
    const char *store;
    struct ut_sink *audit;
    struct ut_action_work *work;
    struct ut_rounds rounds;
};

static int64_t pause_ms(struct thread *t)
{
    struct ut_fault fault = {0};
    int64_t next = -1;
    if (ut_action_next(t->work->database, &next, &fault) != 0)
        return FAULT_MS;
    int64_t ms = next < 0 ? IDLE_MS : next - ut_clock_unix_ms();
    return ms > IDLE_MS ? IDLE_MS : ms;
}

static int64_t run(void *ctx, atomic_int *stop)
{
    struct thread *t = ctx;
    struct ut_action_round round;
    struct ut_fault fault = {0};
    bool faulty = ut_action_work_round(t->work, stop, &round, &fault) != 0;
    if (round.remark[0] != '\0')
        ut_rounds_say(&t->rounds, round.remark);
    return faulty ? FAULT_MS : pause_ms(t);
}

static int open_work(struct ut_sink *s, struct ut_fault *fault)
{
    struct thread *t = (struct thread *)s;
    t->work = ut_action_work_new(t->rules, t->config, t->store, t->audit, fault);
    if (t->work == NULL)
        return -1;
    return ut_rounds_begin(&t->rounds, run, t) == 0
               ? 0
               : ut_fault_set(fault, UT_EXIT_FAILURE, "no thread for actions; close other programs");
}

void ut_action_work_wake(struct ut_sink *s)
{
    ut_rounds_wake(&((struct thread *)s)->rounds);
}

static int wake(struct ut_sink *s, const struct ut_event *event)
{
    if (event->sequence > 0)
        ut_action_work_wake(s);
    return 0;
}

static int pass_remark(struct ut_sink *s, struct ut_fault *fault)
{
    struct thread *t = (struct thread *)s;
    char remark[UT_ROUNDS_REMARK];
    (void)fault;
    ut_rounds_heard(&t->rounds, remark);
    if (remark[0] != '\0')
        ut_sinks_note(s->list, remark);
    return 0;
}

/* What is due has a while; then what is under way ends, and waits for the next run. */
static int close_work(struct ut_sink *s, bool keep, struct ut_fault *fault)
{
    struct thread *t = (struct thread *)s;
    (void)keep;
    (void)fault;
    ut_rounds_end(&t->rounds, LAST_MS);
    if (t->rounds.remark[0] != '\0')
        ut_sinks_note(s->list, t->rounds.remark);
    ut_action_work_free(t->work);
    free(t);
    return 0;
}

struct ut_sink *ut_action_work_sink(const struct ut_action_rules *rules, const struct ut_config *config,
                                    const char *store, struct ut_sink *audit)
{
    static const struct ut_sink_kind KIND = {
        .open = open_work, .event = wake, .flush = pass_remark, .close = close_work};
    struct thread *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    *t = (struct thread){.sink = {.kind = &KIND}, .rules = rules, .config = config, .store = store, .audit = audit};
    return &t->sink;
}
