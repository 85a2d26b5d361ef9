/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone serve`: a floor that takes what its desks send, once each, and says so. */
#include "host-tools/commands/commands.h"
#include "host-tools/serve/floor_metrics.h"
#include "host-tools/serve/floor_web.h"
#include "host-tools/serve/ingest.h"
#include "host-tools/serve/rollouts.h"
#include "host-tools/serve/users.h"
#include "host-tools/settings/config.h"
#include "host-tools/sinks/audit_chain.h"
#include "host-tools/system/broker.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/clock_steps.h"
#include "host-tools/system/grow.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/postgres_address.h"
#include "host-tools/system/run_files.h"
#include "host-tools/system/stop.h"
#include "host-tools/system/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    STEP_MS = 1000,
    METRICS_MS = 5000,
    FAULT_MS = 1000,   /* after a fault of the ledger, before more is taken */
    RETRY_MS = 600000, /* of retention that could not be done */
    SKEW_MS = 3600000, /* apart from the ledger's server, beyond which no clock is believed to tell a day's age */
    LEASE_MS = 3000,   /* a lease is kept before a third of it is over */
    DAY_MS = 86400000,
    LEAVE_MS = 1000,
    AGAIN_MS = 500, /* after a broker that is not there: what desks send before the floor hears is sent in vain */
    GATHER_MS = 20, /* for one commit, while more comes */
    MORE_MS = 2
};

struct choices {
    const char *store, *metrics, *page, *audit;
    bool status;
};

static const struct ut_option options[] = {
    {"store", "FILE",
     "the ledger, or the postgresql:// address of a database where many sites have theirs (default: serve.store of the "
     "config file)",
     ut_option_text, .place = offsetof(struct choices, store)},
    {"metrics", "FILE",
     "counts in Prometheus' text, written anew every 5 s (default: serve.metrics of the config file, else none)",
     ut_option_text, .place = offsetof(struct choices, metrics)},
    {"page", "PORT",
     "the supervisor's page at this port of this machine, or at ADDRESS:PORT (default: serve.page of the config file, "
     "else none); its address is printed, and holds the key to it. 0: any port that is free",
     ut_option_text, .place = offsetof(struct choices, page)},
    {"audit", "FILE",
     "a record of who asked, and of what they did, which only grows (default: serve.audit of the config file, else "
     "none)",
     ut_option_text, .place = offsetof(struct choices, audit)},
    {.help = "Or who may ask the page, by the file serve.users of the config file; serve reads it again when it has "
             "changed:"},
    {.argument = "token add NAME ROLE",
     .help =
         "makes a token and prints it, once; ROLE is agent (calls of the desk NAME), supervisor, integrator, auditor "
         "or admin"},
    {.argument = "token list", .help = "names and roles"},
    {.argument = "token remove NAME", .help = "lets that one in no more, at once"},
    {.help = "Or, where ledgers stand in PostgreSQL:"},
    {"status", NULL,
     "which program serves which site: its machine, the epoch of its lease, who stands by, desks, calls in progress, "
     "flags",
     ut_option_flag, .place = offsetof(struct choices, status)},
    {.help = "Or, of a desk whose audit file is rightly another than before:"},
    {.argument = "renew DEVICE REASON",
     .help =
         "takes the desk's next checkpoint as the first of a new file, while serve is not running; what was kept of "
         "the old one stays, and who, when and why is on record. A running one is asked by HTTP: POST "
         "/v1/checkpoints/DEVICE/renew"},
    UT_OPTION_HELP,
    {.help =
         "The brokers, the site and the name of this program's user there are those of [mqtt] in the config file. "
         "serve listens at every broker of the list, desks go from one to the next. SIGTERM or Ctrl-C ends it; what "
         "desks send meanwhile waits with them."},
    {0},
};

struct link {
    struct serve *serve;
    char address[UT_BROKER_HOST + 20];
    bool failing, up;
};

struct serve {
    const struct ut_config *config;
    const struct choices *choices;
    struct ut_ledger *ledger;
    struct ut_ingest *ingest;
    struct ut_floor_web *web; /* NULL = no page */
    struct ut_floor_audit *audit;
    struct ut_rollouts *rollouts;
    char from[UT_FLOOR_FROM]; /* where desks fetch what is rolled out; "" = nowhere */
    bool unrolled;            /* roll-outs could not be seen to, which was said */
    int news;                 /* an epoll of what wakes the loop besides brokers */
    struct ut_broker *broker[UT_BROKER_LIST];
    struct link link[UT_BROKER_LIST];
    int brokers;
    const char *site, *device;
    char store_name[4096]; /* without a password */
    char own_topic[UT_FLOOR_TOPIC], outcome_topic[UT_FLOOR_TOPIC];
    struct ut_floor_status status;
    char *will;
    bool replaced, troubled, lost; /* the lease is lost */
    struct suspect {
        char device[UT_FLOOR_NAME]; /* whose checkpoint was refused last */
        const char *why;            /* NULL = one was kept since */
    } * suspect;
    size_t suspects, suspect_room;
    bool unrecorded; /* its record cannot be written, which was said */
    struct ut_clock_steps clock_steps;
    char holder[UT_LEDGER_HOLDER], node[UT_FLOOR_NAME];
    struct ut_ledger_lease lease;
    int64_t metrics_ms, retain_due_ms, leased_ms;
    struct ut_fault fault; /* of the ledger, from within a step */
};

static const char *make_will(void *ctx)
{
    struct serve *s = ((struct link *)ctx)->serve;
    struct ut_floor_status lost = s->status;
    lost.connection = ++s->status.connection;
    lost.state = UT_FLOOR_LOST;
    free(s->will);
    return s->will = ut_floor_status_text(&lost);
}

static void say_status(struct serve *s, struct ut_broker *b)
{
    char *text = ut_floor_status_text(&s->status);
    if (text != NULL)
        (void)ut_broker_publish(b, s->own_topic, text, strlen(text), 1, true);
    free(text);
}

/* Desks hear of another program than the one before, and send again what that one may not have taken. */
static void say_served(struct serve *s, struct ut_broker *b)
{
    char topic[UT_FLOOR_TOPIC], *text = ut_floor_served_text(s->status.boot, s->lease.epoch);
    ut_floor_served_topic(s->site, topic);
    if (text != NULL)
        (void)ut_broker_publish(b, topic, text, strlen(text), 1, true);
    free(text);
}

static void say_rollout(struct serve *s, struct ut_broker *b, enum ut_rollout_ring ring)
{
    char topic[UT_FLOOR_TOPIC];
    const char *text = ut_rollouts_announced(s->rollouts, ring);
    ut_floor_rollout_topic(s->site, ut_rollout_ring_name[ring], topic);
    if (text != NULL)
        (void)ut_broker_publish(b, topic, text, strlen(text), 1, true);
}

/* Brokers that are away hear it when they are there again. */
static void announce(void *ctx, enum ut_rollout_ring ring, const char *text)
{
    struct serve *s = ctx;
    (void)text;
    for (int i = 0; i < s->brokers; i++)
        if (ut_broker_is_up(s->broker[i]))
            say_rollout(s, s->broker[i], ring);
}

/* A desk hears it at the broker where it is. Takes the text. */
static void tell(struct serve *s, const char *device, enum ut_floor_kind kind, char *text, int qos)
{
    char topic[UT_FLOOR_TOPIC];
    ut_floor_topic_text(s->site, device, kind, topic);
    for (int i = 0; i < s->brokers && text != NULL; i++)
        (void)ut_broker_publish(s->broker[i], topic, text, strlen(text), qos, false);
    free(text);
}

static void send_ack(void *ctx, const char *device, const struct ut_floor_ack *ack)
{
    tell(ctx, device, UT_FLOOR_ACK, ut_floor_ack_text(ack), 0);
}

/* Said again whenever its desk asks again. */
static void send_answer(void *ctx, const char *device, const struct ut_floor_answer *answer)
{
    tell(ctx, device, UT_FLOOR_ANSWER, ut_floor_answer_text(answer), 0);
}

static void on_asked(void *ctx, const char *device, const struct ut_floor_question *question)
{
    struct serve *s = ctx;
    if (s->web != NULL)
        ut_floor_web_asked(s->web, device, question);
}

/* An outcome that a CRM sends here goes on to the desk whose call it is, which gives the receipt; what is lost on the
 * way comes again from the CRM. */
static void pass_outcome(struct serve *s, const char *bytes, size_t n)
{
    struct ut_floor_outcome o;
    struct ut_floor_receipt receipt = {.id = ""};
    char device[UT_FLOOR_NAME] = "";
    bool readable = ut_floor_outcome_parse(bytes, n, &o) == 0;
    int found = readable ? ut_ledger_desk_of(s->ledger, o.call, device, &s->fault) : 0;
    if (found > 0)
        tell(s, device, UT_FLOOR_OUTCOME, strndup(bytes, n), 1);
    if (found != 0 || o.id[0] == '\0')
        return;
    memcpy(receipt.id, o.id, sizeof receipt.id);
    (void)snprintf(receipt.refused, sizeof receipt.refused, "%s",
                   readable ? "the floor has no session of that name" : "give Id, Call and Outcome");
    ut_note("outcome %s is refused: %s", o.id, receipt.refused);
    tell(s, s->device, UT_FLOOR_RECEIPT, ut_floor_receipt_text(&receipt), 1);
}

/* What a broker retains, such as the states of devices, comes again. */
static void listen_to(struct serve *s, struct ut_broker *b)
{
    static const enum ut_floor_kind heard[] = {UT_FLOOR_STATUS, UT_FLOOR_CALL, UT_FLOOR_CUE,     UT_FLOOR_FLAG,
                                               UT_FLOOR_AUDIT,  UT_FLOOR_ASK,  UT_FLOOR_ROLLOUT, UT_FLOOR_SCORE};
    char topic[UT_FLOOR_TOPIC];
    for (size_t i = 0; i < sizeof heard / sizeof heard[0]; i++) {
        ut_floor_topic_text(s->site, "+", heard[i], topic);
        (void)ut_broker_subscribe(b, topic, heard[i] != UT_FLOOR_SCORE);
    }
    (void)ut_broker_subscribe(b, s->outcome_topic, 1);
}

static void on_up(void *ctx)
{
    struct link *link = ctx;
    struct serve *s = link->serve;
    struct ut_broker *b = s->broker[link - s->link];
    listen_to(s, b);
    say_status(s, b);
    say_served(s, b); /* behind the subscriptions: what comes because of it is heard */
    for (int ring = 0; ring < UT_RINGS; ring++)
        say_rollout(s, b, (enum ut_rollout_ring)ring);
}

static void on_message(void *ctx, const char *topic, const char *bytes, size_t n)
{
    const struct link *link = ctx;
    struct serve *s = link->serve;
    bool retained = ut_broker_retained(s->broker[link - s->link]);
    struct ut_floor_status other;
    if (strcmp(topic, s->own_topic) == 0) {
        if (ut_floor_status_parse(bytes, n, &other) == 0 && strcmp(other.boot, s->status.boot) > 0 &&
            other.state != UT_FLOOR_CLOSED)
            s->replaced = true;
        return;
    }
    struct ut_floor_topic t;
    if (strcmp(topic, s->outcome_topic) == 0) {
        pass_outcome(s, bytes, n);
        return;
    }
    if (s->web != NULL && ut_floor_topic_parse(topic, &t) == 0 && t.kind == UT_FLOOR_STATUS)
        ut_floor_web_changed(s->web);
    if (ut_ingest_message(s->ingest, topic, bytes, n, retained, ut_clock_ms(), ut_clock_unix_ms(), &s->fault) == 1)
        (void)ut_ingest_commit(s->ingest, ut_clock_unix_ms(), &s->fault);
}

static void on_taken(void *ctx, const struct ut_ledger_event *e)
{
    struct serve *s = ctx;
    if (s->web != NULL)
        ut_floor_web_taken(s->web, e);
}

static struct suspect *find_suspect(struct serve *s, const char *device)
{
    for (size_t i = 0; i < s->suspects; i++)
        if (strcmp(s->suspect[i].device, device) == 0)
            return &s->suspect[i];
    return NULL;
}

/* Whether it is another word on the device than the last one; out of memory every word is. */
static bool is_news(struct serve *s, const char *device, const char *why)
{
    struct suspect *of = find_suspect(s, device);
    if (of == NULL && why != NULL) {
        struct suspect *grown = ut_grow(s->suspect, &s->suspect_room, s->suspects + 1, sizeof *grown);
        if (grown == NULL)
            return true;
        s->suspect = grown;
        of = &grown[s->suspects++];
        *of = (struct suspect){.why = NULL};
        (void)snprintf(of->device, sizeof of->device, "%s", device);
    }
    bool same = of == NULL || (of->why == NULL) == (why == NULL);
    if (same && of != NULL && why != NULL)
        same = strcmp(of->why, why) == 0;
    if (of != NULL)
        of->why = why;
    return !same;
}

/* A desk says its newest one again with every connection and minute: it is put on record when it is refused for
 * another reason than before. */
static void on_checkpoint(void *ctx, const char *device, const char *why)
{
    struct serve *s = ctx;
    struct ut_fault fault;
    if (!is_news(s, device, why) || why == NULL)
        return;
    ut_note("%s: the checkpoint of its audit file %s; it is refused: find out who changed the file (`undertone serve "
            "renew` when it is rightly a new one)",
            device, why);
    if (ut_floor_audit_add(s->audit, "checkpoint_refused", json_pack("{s:s, s:s}", "Device", device, "Why", why),
                           &fault) != 0)
        ut_note("%s", fault.text);
}

static void give_metrics(void *ctx, struct ut_floor_metrics *m)
{
    struct serve *s = ctx;
    m->ingest = ut_ingest_counts(s->ingest);
    m->skew_ms = ut_ingest_skew_ms(s->ingest);
    m->cpu_ms = ut_clock_cpu_ms();
    m->lease_epoch = s->lease.epoch;
    m->node = s->node;
    m->holder = s->holder;
    ut_rollouts_count(s->rollouts, ut_clock_unix_ms(), &m->rollout);
    m->not_shown = s->web != NULL ? ut_floor_web_not_shown(s->web) : 0;
    for (int i = 0; i < s->brokers; i++) {
        m->brokers_up += ut_broker_is_up(s->broker[i]);
        m->connections += ut_broker_connections(s->broker[i]);
    }
}

/* 0, or -1 and *fault. */
static int wake_by(struct serve *s, int fd, struct ut_fault *fault)
{
    struct epoll_event e = {.events = EPOLLIN};
    if (s->news >= 0 && epoll_ctl(s->news, EPOLL_CTL_ADD, fd, &e) == 0)
        return 0;
    return ut_fault_set(fault, UT_EXIT_FAILURE, "no epoll: %s; close other programs", strerror(errno));
}

/* The page, at its address; NULL where none was asked for, or with *fault. */
static struct ut_floor_web *open_web(struct serve *s, struct ut_fault *fault)
{
    const struct ut_floor_web_options o = {.ledger = s->ledger,
                                           .audit = s->audit,
                                           .config = s->config,
                                           .site = s->site,
                                           .cert_file = ut_config_text(s->config, "serve", "cert_file"),
                                           .key_file = ut_config_text(s->config, "serve", "key_file"),
                                           .users = ut_config_text(s->config, "serve", "users"),
                                           .desks = ut_config_text(s->config, "serve", "desks"),
                                           .verifier = ut_config_text(s->config, "fleet", "verifier"),
                                           .proxy = ut_config_text(s->config, "serve", "proxy"),
                                           .host = ut_config_text(s->config, "serve", "host"),
                                           .address = s->choices->page,
                                           .ctx = s,
                                           .metrics = give_metrics,
                                           .answer = send_answer};
    return s->choices->page != NULL ? ut_floor_web_open(&o, fault) : NULL;
}

/* Whether the page could be served: who stands by and cannot would be given a site, and leave it at once. 0, or -1 and
 * *fault. */
static int try_page(struct serve *s, struct ut_fault *fault)
{
    struct ut_floor_web *web = open_web(s, fault);
    bool could = web != NULL || s->choices->page == NULL;
    ut_floor_web_close(web);
    return could ? 0 : -1;
}

static int open_page(struct serve *s, struct ut_fault *fault)
{
    s->news = epoll_create1(EPOLL_CLOEXEC);
    if (wake_by(s, ut_stop_fd(), fault) != 0)
        return -1;
    if (s->choices->page == NULL)
        return 0;
    s->web = open_web(s, fault);
    if (s->web == NULL || wake_by(s, ut_floor_web_fd(s->web), fault) != 0)
        return -1;
    printf("%s\n", ut_floor_web_url(s->web));
    return ut_output_flush(fault);
}

static int open_brokers(struct serve *s, struct ut_fault *fault)
{
    const char *at = ut_config_text(s->config, "mqtt", "brokers");
    const bool cluster = strcmp(ut_config_text(s->config, "mqtt", "cluster"), "yes") == 0;
    for (size_t n; (at += strspn(at, " ,\t"))[0] != '\0'; at += n) {
        n = cluster ? strlen(at) : strcspn(at, " ,\t");
        if (s->brokers == UT_BROKER_LIST)
            return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "[mqtt] brokers: more than %d; give fewer", UT_BROKER_LIST);
        struct link *link = &s->link[s->brokers];
        link->serve = s;
        (void)snprintf(link->address, sizeof link->address, "%.*s", (int)n, at);
        const struct ut_broker_options o = {.list = cluster ? at : link->address,
                                            .setting = "[mqtt] brokers",
                                            .id = s->device,
                                            .password_file = ut_config_text(s->config, "mqtt", "password_file"),
                                            .ca_file = ut_config_text(s->config, "mqtt", "ca_file"),
                                            .cert_file = ut_config_text(s->config, "mqtt", "cert_file"),
                                            .key_file = ut_config_text(s->config, "mqtt", "key_file"),
                                            .will_topic = s->own_topic,
                                            .pause_max_ms = AGAIN_MS,
                                            .ctx = link,
                                            .will = make_will,
                                            .up = on_up,
                                            .message = on_message};
        s->broker[s->brokers] = ut_broker_new(&o, fault);
        if (s->broker[s->brokers] == NULL)
            return -1;
        s->brokers++;
    }
    return 0;
}

static int check_settings(struct serve *s, struct ut_fault *fault)
{
    s->site = ut_config_text(s->config, "mqtt", "site");
    s->device = ut_config_text(s->config, "mqtt", "device");
    const char *missing = ut_config_text(s->config, "mqtt", "brokers")[0] == '\0' ? "brokers"
                          : !ut_identity_fits(s->site)                            ? "site"
                          : !ut_identity_fits(s->device)                          ? "device"
                                                                                  : NULL;
    if (missing != NULL)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                            "[mqtt] %s: is not set, or no name; set brokers, site and device in the config file",
                            missing);
    (void)ut_postgres_name(s->choices->store, s->store_name, sizeof s->store_name);
    struct ut_run_files files = {0};
    ut_config_files(s->config, &files);
    ut_run_files_write(&files, ut_postgres_is(s->choices->store) ? NULL : s->choices->store, "--store");
    ut_run_files_write(&files, s->choices->metrics, "--metrics");
    ut_run_files_write(&files, s->choices->audit[0] != '\0' ? s->choices->audit : NULL, "--audit");
    return ut_run_files_check(&files, "serve", fault);
}

/* A fault of the ledger. */
static bool may_pass(const struct ut_fault *fault)
{
    return fault->code == UT_EXIT_STORE_FULL || fault->code == UT_EXIT_STORE_LOCKED ||
           fault->code == UT_EXIT_STORE_AWAY;
}

/* The site's lease: 1 this program has it, as always where the ledger has none; 0 another has; or -1 and *fault. */
static int keep_lease(struct serve *s, struct ut_fault *fault)
{
    s->leased_ms = ut_clock_ms();
    if (s->ledger->kind->hold == NULL)
        return 1;
    int64_t had = s->lease.epoch;
    const struct ut_ledger_holder own = {s->holder, s->node, UT_LEDGER_SETTLE_S};
    if (s->ledger->kind->hold(s->ledger, &own, UT_LEDGER_LEASE_S, &s->lease, fault) != 0)
        return -1;
    s->lost = had != 0 && s->lease.epoch != had;
    return s->lease.epoch != 0 && !s->lost;
}

/* Who this is among those who hold leases. 0, or -1 and *fault. */
static int name_self(struct serve *s, struct ut_fault *fault)
{
    const char *node = ut_config_text(s->config, "serve", "node");
    char host[UT_FLOOR_NAME] = "";
    (void)gethostname(host, sizeof host - 1);
    if (node[0] == '\0')
        node = host;
    if (!ut_identity_fits(node))
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                            "[serve] node: '%.80s' is no name; give 1 to %d letters, digits, '.', '_' or '-'", node,
                            UT_IDENTITY_MAX);
    (void)snprintf(s->node, sizeof s->node, "%s", node);
    (void)snprintf(s->holder, sizeof s->holder, "%s-%s", s->node, s->status.boot);
    return 0;
}

/* Stands by while another serves the site. 1 when this one does, 0 for a signal, -1 and *fault. */
static int await_lease(struct serve *s, struct ut_fault *fault)
{
    bool said = false, away = false;
    while (ut_stop_signal() == 0) {
        int had = try_page(s, fault) == 0 ? keep_lease(s, fault) : -1;
        if (had == 1 || (had < 0 && !may_pass(fault)))
            return had;
        if (had < 0 && !away)
            ut_note("%s; it is tried again", fault->text);
        else if (had == 0 && !said)
            ut_note("site %s is served by %s; this one stands by", s->site, s->lease.holder);
        away = had < 0;
        said = said || had == 0;
        fault->code = 0;
        struct pollfd q = {.fd = ut_stop_fd(), .events = POLLIN};
        (void)poll(&q, 1, FAULT_MS);
    }
    return 0;
}

/* Pages of a ledger in PostgreSQL may ask a replica. 0, or -1 and *fault. */
static int ask_replica(struct serve *s, struct ut_fault *fault)
{
    const char *read = ut_config_text(s->config, "serve", "read");
    if (read[0] == '\0')
        return 0;
    if (s->ledger->kind->read_from != NULL && ut_postgres_is(read))
        return s->ledger->kind->read_from(s->ledger, read, fault);
    return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                        "[serve] read: is the postgresql:// address of a replica, and goes with a ledger in "
                        "PostgreSQL; mend one of the two, or leave it empty");
}

/* A site that was split from another takes its desks' calls over. 0, or -1 and *fault. */
static int take_over_calls(struct serve *s, struct ut_fault *fault)
{
    const char *from = ut_config_text(s->config, "serve", "split_from");
    if (from[0] == '\0')
        return 0;
    if (!ut_identity_fits(from) || strcmp(from, s->site) == 0)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                            "[serve] split_from: '%.80s' is no other site's name; give that of the site that %s was "
                            "split from, or leave it empty",
                            from, s->site);
    if (s->ledger->kind->split_from == NULL)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                            "[serve] split_from: goes with a ledger in PostgreSQL, where both sites are; leave it "
                            "empty: desks send a new ledger what they have of their calls");
    s->ledger->kind->split_from(s->ledger, from);
    return 0;
}

/* 0, or -1 and *fault. */
static int open_rollouts(struct serve *s, struct ut_fault *fault)
{
    if (s->web != NULL)
        ut_floor_web_base(s->web, s->from);
    bool here = true;
    for (int i = 0; i < s->brokers; i++)
        here = here && ut_broker_is_here(s->broker[i]);
    const struct ut_rollouts_options o = {.ledger = s->ledger,
                                          .audit = s->audit,
                                          .site = s->site,
                                          .verifier = ut_config_text(s->config, "fleet", "verifier"),
                                          .from = s->from,
                                          .page = s->web != NULL,
                                          .here = here,
                                          .ctx = s,
                                          .announce = announce};
    s->rollouts = ut_rollouts_new(&o, fault);
    if (s->rollouts != NULL && s->web != NULL)
        ut_floor_web_rollouts(s->web, s->rollouts);
    return s->rollouts != NULL ? 0 : -1;
}

/* 1, 0 for a signal before it serves, or -1 and *fault. */
static int begin(struct serve *s, struct ut_fault *fault)
{
    if (check_settings(s, fault) != 0)
        return -1;
    ut_floor_topic_text(s->site, s->device, UT_FLOOR_STATUS, s->own_topic);
    ut_floor_topic_text(s->site, s->device, UT_FLOOR_OUTCOME, s->outcome_topic);
    if (ut_identity_new(ut_clock_unix_ms(), s->status.boot) != 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "no randomness; try again");
    if (ut_postgres_is(s->choices->store) && name_self(s, fault) != 0)
        return -1;
    s->audit = ut_floor_audit_open(s->choices->audit, ut_config_text(s->config, "audit", "key_file"), s->site, fault);
    if (s->audit == NULL || ut_stop_watch(fault) != 0 || open_brokers(s, fault) != 0 ||
        (s->ledger = ut_ledger_open(s->choices->store, s->site, true, fault)) == NULL || ask_replica(s, fault) != 0 ||
        take_over_calls(s, fault) != 0)
        return -1;
    int leased = await_lease(s, fault);
    if (leased != 1)
        return leased;
    /* Whoever began later goes on at a broker, and this one may have stood by since before the last one began. */
    if (ut_identity_new(ut_clock_unix_ms(), s->status.boot) != 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "no randomness; try again");
    const struct ut_ingest_options o = {.ledger = s->ledger,
                                        .site = s->site,
                                        .ctx = s,
                                        .ack = send_ack,
                                        .checkpoint = on_checkpoint,
                                        .asked = on_asked,
                                        .taken = on_taken};
    s->ingest = ut_ingest_new(&o);
    if (s->ingest == NULL)
        return ut_fault_no_memory(fault);
    return open_page(s, fault) == 0 && open_rollouts(s, fault) == 0 ? 1 : -1;
}

/* Each broker's trouble and its end, once. */
static void remark(struct serve *s)
{
    for (int i = 0; i < s->brokers; i++) {
        const char *error = ut_broker_error(s->broker[i]);
        bool up = ut_broker_is_up(s->broker[i]), failing = !up && error[0] != '\0';
        if (failing && !s->link[i].failing)
            ut_note("%s: %s; it is tried again", s->link[i].address, error);
        else if (up && s->link[i].failing)
            ut_note("%s: there again", s->link[i].address);
        if (failing || up)
            s->link[i].failing = failing;
        if (up != s->link[i].up) /* metrics say so at once */
            s->metrics_ms -= METRICS_MS;
        s->link[i].up = up;
    }
}

/* 0, or -1 and *fault. */
static int write_metrics(struct serve *s, struct ut_fault *fault)
{
    struct ut_floor_metrics m = {0};
    struct ut_output o;
    s->metrics_ms = ut_clock_ms();
    if (s->choices->metrics == NULL)
        return 0;
    if (s->ledger->kind->counts(s->ledger, &m.ledger, fault) != 0 ||
        ut_output_open(&o, s->choices->metrics, fault) != 0)
        return -1;
    give_metrics(s, &m);
    (void)fchmod(fileno(o.file), 0644); /* counts are nobody's secret, and the collector is another user */
    ut_floor_metrics_write(&m, o.file);
    return ut_output_commit(&o, fault);
}

/* A fault that may pass is said, and retention tried again soon. 0, or -1 and *fault. */
static int retain(struct serve *s, struct ut_fault *fault)
{
    int64_t ahead = s->lease.epoch != 0 ? ut_clock_unix_ms() - s->lease.server_ms : 0;
    s->retain_due_ms = ut_clock_ms() + RETRY_MS;
    if (ahead > SKEW_MS || ahead < -SKEW_MS) {
        ut_note(
            "the time of day is %.0f s %s of the ledger's server; nothing is erased for its age until one of the two "
            "clocks is set",
            (double)(ahead > 0 ? ahead : -ahead) / 1000.0, ahead > 0 ? "ahead" : "behind");
        return 0;
    }
    int gone = s->ledger->kind->retain(s->ledger, ut_clock_unix_ms(), fault);
    if (gone > 0)
        ut_note("%s: %d calls were older than %d days and are erased", s->store_name, gone, UT_LEDGER_CALL_DAYS);
    if (gone < 0 && !may_pass(fault))
        return -1;
    if (gone < 0) {
        ut_note("%s; what is too old stays for a while", fault->text);
        fault->code = 0;
        return 0;
    }
    s->retain_due_ms = ut_clock_ms() + DAY_MS;
    ut_floor_audit_retained(s->audit, gone);
    return 0;
}

/* What waits for its record. One that cannot be written is said once: whoever could make it long, by requests that are
 * refused, must not stop what desks send. */
static void record(struct serve *s)
{
    struct ut_fault fault = {0};
    bool failed = ut_floor_audit_step(s->audit, ut_clock_ms(), &fault) != 0;
    if (failed && !s->unrecorded)
        ut_note("%s; what needs a record is not done meanwhile, and it is tried again", fault.text);
    if (!failed && s->unrecorded)
        ut_note("%s: takes records again", s->choices->audit);
    s->unrecorded = failed;
}

/* A fault of the ledger that may pass: said once; desks keep what was not acknowledged. */
static int bear(struct serve *s, struct ut_fault *fault)
{
    if (s->fault.code == 0) {
        if (s->troubled)
            ut_note("%s: takes events again", s->store_name);
        for (int i = 0; i < s->brokers && s->troubled; i++)
            if (ut_broker_is_up(s->broker[i])) /* for the states of devices that could not be kept */
                listen_to(s, s->broker[i]);
        s->troubled = false;
        return 0;
    }
    *fault = s->fault;
    if (!may_pass(fault))
        return -1;
    if (!s->troubled)
        ut_note("%s; desks keep what is not committed", fault->text);
    s->troubled = true;
    struct pollfd q = {.fd = ut_stop_fd(), .events = POLLIN};
    (void)poll(&q, 1, FAULT_MS);
    fault->code = 0;
    return 0;
}

/* A commit takes the disk's time whatever it holds, and a broker sends only so many before it hears that they
 * came: what follows at once goes with it. */
static void gather(struct serve *s)
{
    int64_t until = ut_clock_ms() + GATHER_MS;
    ut_ingest_turn(s->ingest, ut_clock_ms());
    size_t before = 0;
    while (s->fault.code == 0 && ut_ingest_waiting(s->ingest) > before && ut_clock_ms() < until) {
        before = ut_ingest_waiting(s->ingest);
        ut_broker_step(s->broker, s->brokers, -1, MORE_MS);
    }
}

/* What stands in the way of roll-outs, such as a ledger that is away, is said once: what desks send goes on. */
static void roll_out(struct serve *s)
{
    struct ut_fault fault = {0};
    bool failed = ut_rollouts_step(s->rollouts, ut_clock_ms(), ut_clock_unix_ms(), &fault) != 0;
    if (failed && !s->unrolled)
        ut_note("%s; roll-outs stand still meanwhile", fault.text);
    s->unrolled = failed;
}

/* The time of day was put forward or back: on record, since times of records cannot be compared across it. */
static void look_at_clock(struct serve *s)
{
    struct ut_fault fault;
    int64_t step = ut_clock_steps_watch(&s->clock_steps);
    if (step == 0)
        return;
    if (ut_floor_audit_add(s->audit, "clock_stepped", json_pack("{s:I}", "Millis", (json_int_t)step), &fault) != 0)
        ut_note("%s", fault.text);
}

static int go(struct serve *s, struct ut_fault *fault)
{
    int begun = begin(s, fault);
    if (begun != 1)
        return begun;
    if (retain(s, fault) != 0 || write_metrics(s, fault) != 0)
        return -1;
    while (ut_stop_signal() == 0) {
        struct ut_fault later = {0};
        s->fault.code = 0;
        look_at_clock(s);
        int64_t due = s->web != NULL ? ut_floor_web_due_ms(s->web) : STEP_MS;
        ut_broker_step(s->broker, s->brokers, s->news, (int)(due < STEP_MS ? due : STEP_MS));
        gather(s);
        int n = s->fault.code == 0 ? ut_ingest_commit(s->ingest, ut_clock_unix_ms(), &s->fault) : -1;
        if (s->web != NULL)
            ut_floor_web_step(s->web);
        remark(s);
        record(s);
        roll_out(s);
        if (n != 0 && bear(s, fault) != 0)
            return -1;
        if ((s->troubled || ut_clock_ms() - s->leased_ms >= LEASE_MS) && keep_lease(s, &later) == 0)
            return ut_fault_set(fault, UT_EXIT_STORE_LOCKED,
                                "%s: %s serves site %s now, at %s; start this one again to stand by", s->store_name,
                                s->lease.holder, s->site, s->lease.node);
        if (s->replaced)
            return ut_fault_set(fault, UT_EXIT_FAILURE,
                                "another `undertone serve` has begun as %s at site %s; stop one of them", s->device,
                                s->site);
        if (ut_clock_ms() - s->metrics_ms >= METRICS_MS)
            (void)write_metrics(s, &later);
        if (ut_clock_ms() >= s->retain_due_ms && retain(s, &later) != 0)
            ut_note("%s; what is too old stays for another day", later.text);
    }
    return write_metrics(s, fault);
}

/* 0, or -1 and *fault. */
static int end(struct serve *s, struct ut_fault *fault)
{
    s->status.state = UT_FLOOR_CLOSED;
    for (int i = 0; i < s->brokers; i++) {
        if (!s->replaced && !s->lost)
            say_status(s, s->broker[i]);
        ut_broker_leave(s->broker[i], LEAVE_MS);
        ut_broker_free(s->broker[i]);
    }
    ut_floor_web_close(s->web);
    ut_rollouts_free(s->rollouts);
    if (s->news >= 0)
        (void)close(s->news);
    ut_ingest_free(s->ingest);
    struct ut_fault unsaid; /* who stands by waits as for one that was killed, then */
    if (s->ledger != NULL && s->lease.epoch != 0)
        (void)s->ledger->kind->hold(s->ledger, &(struct ut_ledger_holder){s->holder, s->node, UT_LEDGER_SETTLE_S}, 0,
                                    &s->lease, &unsaid);
    if (s->ledger != NULL)
        s->ledger->kind->close(s->ledger);
    free(s->will);
    free(s->suspect);
    return ut_floor_audit_close(s->audit, fault);
}

static int list_tokens(const char *file, struct ut_fault *fault)
{
    struct ut_users u;
    if (ut_users_read(&u, file, fault) != 0)
        return -1;
    for (size_t i = 0; i < u.n; i++)
        printf("%s %s\n", u.user[i].name, ut_role_name(u.user[i].role));
    ut_users_free(&u);
    return ut_output_flush(fault);
}

/* "token add NAME ROLE" and its kin. 0, or -1 and *fault. */
static int do_tokens(const struct ut_config *config, char **word, int words, struct ut_fault *fault)
{
    const char *file = ut_config_text(config, "serve", "users");
    char token[UT_TOKEN_TEXT];
    bool is_token = strcmp(word[0], "token") == 0 && words > 1;
    if (is_token && file[0] == '\0')
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "[serve] users: is not set; set it to a file for who may ask");
    if (is_token && words == 2 && strcmp(word[1], "list") == 0)
        return list_tokens(file, fault);
    if (is_token && words == 3 && strcmp(word[1], "remove") == 0)
        return ut_users_remove(file, word[2], fault);
    if (!is_token || words != 4 || strcmp(word[1], "add") != 0 || !ut_identity_fits(word[2]) ||
        ut_role_find(word[3]) == UT_ROLES)
        return ut_options_refuse(&ut_command_serve, fault,
                                 "no word, or token add NAME ROLE, token list, token remove NAME, renew DEVICE REASON; "
                                 "NAME is 1 to %d letters, "
                                 "digits, '.', '_' or '-', ROLE agent, supervisor, integrator, auditor or admin",
                                 UT_IDENTITY_MAX);
    if (ut_users_add(file, word[2], ut_role_find(word[3]), token, fault) != 0)
        return -1;
    printf("%s\n", token);
    explicit_bzero(token, sizeof token);
    struct ut_fault unsaid;
    if (ut_output_flush(&unsaid) == 0)
        return 0;
    if (ut_users_remove(file, word[2], fault) != 0)
        return -1;
    return ut_fault_set(fault, UT_EXIT_FAILURE, "%s; %s is not added: nobody would know the token", unsaid.text,
                        word[2]);
}

static int take_newest(void *ctx, const struct ut_ledger_checkpoint *c)
{
    *(int64_t *)ctx = c->n;
    return 1;
}

/* On record first. 0, or -1 and *fault. */
static int renew_recorded(struct ut_ledger *l, struct ut_audit_chain *chain, const char *device, const char *reason,
                          struct ut_fault *fault)
{
    int64_t newest = 0, now = ut_clock_unix_ms();
    int found = l->kind->checkpoints(l, device, take_newest, &newest, fault);
    if (found == 0)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: no checkpoint of that desk is kept; its next one is its first",
                            device);
    if (found < 0 || ut_audit_chain_add(chain, "checkpoints_renewed", now,
                                        json_pack("{s:s, s:I, s:s, s:s}", "Device", device, "Records",
                                                  (json_int_t)newest, "Reason", reason, "By", "command"),
                                        fault) != 0)
        return -1;
    int n = l->kind->renew_checkpoints(l, device, now, fault);
    if (n < 0)
        return -1;
    printf("%s: %d checkpoints are kept as of an earlier file; its next one is its first\n", device, n);
    return ut_output_flush(fault);
}

/* 0, or -1 and *fault. */
static int renew(const struct choices *c, const char *site, const char *device, const char *reason,
                 struct ut_fault *fault)
{
    struct ut_audit_chain chain;
    struct stat there;
    if (!ut_identity_fits(device) || !ut_utf8_is_line(reason, UT_FLOOR_WEB_REASON))
        return ut_options_refuse(&ut_command_serve, fault,
                                 "renew takes the name of a desk and a reason, a line of 1 to %d bytes of UTF-8",
                                 UT_FLOOR_WEB_REASON);
    if (c->audit[0] == '\0')
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                            "[serve] audit: is not set; renewing is done on record, so give --audit FILE, or set it");
    if (!ut_postgres_is(c->store) && stat(c->store, &there) != 0)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: no such ledger; check its name", c->store);
    ut_audit_chain_init(&chain, c->audit);
    if (ut_audit_chain_open(&chain, fault) != 0) /* also while serve runs */
        return -1;
    struct ut_ledger *l = ut_ledger_open(c->store, site, false, fault);
    int r = l != NULL ? renew_recorded(l, &chain, device, reason, fault) : -1;
    if (l != NULL)
        l->kind->close(l);
    ut_audit_chain_close(&chain);
    return r;
}

static int print_site(void *ctx, const struct ut_ledger_site *site)
{
    (void)ctx;
    printf("%s: at %s by %s, epoch %" PRId64 ", %.1f s left; stands by at: %s; %" PRId64 " desks, %" PRId64
           " calls live, %" PRId64 " flags up, %" PRId64 " events\n",
           site->site, site->left_ms > 0 ? site->node : "none", site->holder, site->epoch,
           (double)site->left_ms / 1000.0, site->others[0] != '\0' ? site->others : "none", site->devices_connected,
           site->calls_live, site->flags_open, site->events);
    return 0;
}

/* Who serves which site. 0, or -1 and *fault. */
static int list_sites(const struct ut_config *config, const char *store, struct ut_fault *fault)
{
    if (!ut_postgres_is(store))
        return ut_options_refuse(&ut_command_serve, fault,
                                 "no server of ledgers; give --store postgresql://..., a file has one site");
    struct ut_ledger *l = ut_ledger_open(store, ut_config_text(config, "mqtt", "site"), false, fault);
    if (l == NULL)
        return -1;
    int r = l->kind->sites(l, print_site, NULL, fault);
    l->kind->close(l);
    return r == 0 ? ut_output_flush(fault) : -1;
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct choices c = {0};
    struct ut_fault fault = {0};
    int words = ut_options_take(&ut_command_serve, argc, argv, &c, &fault);
    if (words == 0 && c.status) {
        if (list_sites(config, c.store != NULL ? c.store : ut_config_text(config, "serve", "store"), &fault) == 0)
            return UT_EXIT_OK;
        return ut_fault_print(&fault);
    }
    bool renewing = words == 3 && strcmp(argv[0], "renew") == 0;
    if (words < 0 || (words > 0 && !renewing && do_tokens(config, argv, words, &fault) != 0) ||
        (words > 0 && !renewing))
        return ut_fault_print(&fault);
    if (c.audit == NULL)
        c.audit = ut_config_text(config, "serve", "audit");
    if (c.store == NULL)
        c.store = ut_config_text(config, "serve", "store");
    if (c.metrics == NULL && ut_config_text(config, "serve", "metrics")[0] != '\0')
        c.metrics = ut_config_text(config, "serve", "metrics");
    if (c.page == NULL && ut_config_text(config, "serve", "page")[0] != '\0')
        c.page = ut_config_text(config, "serve", "page");
    if (c.store[0] == '\0') {
        (void)ut_options_refuse(&ut_command_serve, &fault, "no ledger; give --store FILE, or set [serve] store");
        return ut_fault_print(&fault);
    }
    if (renewing) {
        (void)renew(&c, ut_config_text(config, "mqtt", "site"), argv[1], argv[2], &fault);
        return ut_fault_print(&fault);
    }
    struct serve *s = calloc(1, sizeof *s);
    if (s == NULL) {
        (void)ut_fault_no_memory(&fault);
        return ut_fault_print(&fault);
    }
    s->news = -1;
    s->config = config;
    s->choices = &c;
    struct ut_fault later = {0};
    int r = go(s, &fault);
    if (end(s, &later) != 0 && r == 0)
        fault = later;
    free(s);
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone serve --store floor.db --page 8080", "A floor with its page at port 8080 of this machine:"},
    {NULL, NULL},
};

const struct ut_command ut_command_serve = {
    .name = "serve",
    .purpose = "a floor: takes what desks send by way of MQTT brokers; the supervisor's page",
    .usage = "[--store FILE] [--page PORT] [--audit FILE] [options]\n--status --store postgresql://...\ntoken add NAME "
             "ROLE | list | remove NAME\nrenew "
             "DEVICE REASON",
    .about =
        "Keeps every event of the desks' calls once, and tells a desk what it need not send again: only what is on "
        "the disk. Erases calls after 90 days and scores after 7, at the start and daily.",
    .options = options,
    .operands = "WORD",
    .exit_codes =
        "0 ended by SIGTERM or Ctrl-C, 1 failure, or another one took its place, 2 usage, 10 no such file, 17 and "
        "18 faults of the config, of users and of keys, 5 a record that was changed, 31 to 34 and 45 faults of the "
        "ledger, 34 also no space for the record, 38 "
        "of a certificate.",
    .examples = examples,
    .run = run,
};
