/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/broker.h"

#include "host-tools/system/certificate.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/loopback.h"
#include "host-tools/system/pause.h"
#include "host-tools/system/text_file.h"

#include <errno.h>
#include <mosquitto.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PORT = 1883,
    PORT_TLS = 8883,
    PAUSE_MS = 1000,
    PAUSE_MAX_MS = 5000,
    ANSWER_MS = 10000, /* from the attempt to the broker's yes */
    MISC_MS = 1000,    /* keep-alive is looked after this often */
    PACKETS = 256      /* in one step */
};

struct address {
    char host[UT_BROKER_HOST];
    int port;
    bool tls;
};

enum state { DOWN, ASKED, UP, LOST };

struct ut_broker {
    struct ut_broker_options options;
    struct address address[UT_BROKER_LIST];
    int count, at; /* at: the one that is or was tried */
    struct mosquitto *client;
    enum state state;
    int64_t due_ms, asked_ms, misc_ms;
    int64_t home_ms; /* when the list's first is tried again; 0 = it is there, or stays where it is */
    short ready;     /* by the last poll */
    int vain;        /* attempts in a row */
    unsigned connections;
    bool retained; /* the message that is being told */
    int on_way;    /* published, and not yet with the broker */
    char *password;
    char error[UT_BROKER_ERROR];
};

static int refuse(const struct ut_broker_options *o, const char *address, const char *why, struct ut_fault *fault)
{
    return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: '%.100s' %s", o->setting, address, why);
}

static bool given(const char *file)
{
    return file != NULL && file[0] != '\0';
}

/* What would be shown to brokers. 0, or -1 and *fault. */
static int check_certificate(const struct ut_broker_options *o, struct ut_fault *fault)
{
    struct ut_certificate c;
    if (!given(o->cert_file) && !given(o->key_file))
        return 0;
    if (!given(o->cert_file) || !given(o->key_file))
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "[mqtt] %s: is not set; set cert_file and key_file, or neither",
                            given(o->key_file) ? "cert_file" : "key_file");
    if (ut_certificate_read(&c, o->cert_file, o->key_file, ut_clock_unix_ms(), fault) != 0)
        return -1;
    ut_certificate_free(&c);
    return 0;
}

static int take_address(struct ut_broker *b, const char *text, struct ut_fault *fault)
{
    static const char WANTED[] = "is no broker; give mqtts://HOST[:PORT], or mqtt://HOST[:PORT] on this machine";
    struct address *a = &b->address[b->count];
    const char *host = strstr(text, "://");
    if (b->count == UT_BROKER_LIST)
        return refuse(&b->options, text, "is one too many; give eight at most", fault);
    if (host == NULL || (strncmp(text, "mqtt:", 5) != 0 && strncmp(text, "mqtts:", 6) != 0))
        return refuse(&b->options, text, WANTED, fault);
    if (strchr(host, '@') != NULL)
        return refuse(&b->options, "...", "has a user's name in it; give it in password_file's settings instead",
                      fault);
    host += 3;
    const char *end = host[0] == '[' ? strchr(host, ']') : host + strcspn(host, ":");
    size_t length = end != NULL ? (size_t)(end - host) : 0;
    const char *behind = end != NULL && host[0] == '[' ? end + 1 : end;
    a->tls = text[4] == 's';
    a->port = a->tls ? PORT_TLS : PORT;
    if (host[0] == '[' && length > 0) {
        host++;
        length--;
    }
    if (length == 0 || length >= sizeof a->host || memchr(host, '/', length) != NULL)
        return refuse(&b->options, text, WANTED, fault);
    (void)snprintf(a->host, sizeof a->host, "%.*s", (int)length, host);
    if (behind[0] != '\0') {
        char *last = NULL;
        errno = 0;
        long port = behind[0] == ':' ? strtol(behind + 1, &last, 10) : 0;
        if (errno != 0 || port < 1 || port > 65535 || *last != '\0' || behind[1] < '0' || behind[1] > '9')
            return refuse(&b->options, text, WANTED, fault);
        a->port = (int)port;
    }
    if (!a->tls && !ut_loopback(a->host))
        return refuse(&b->options, text, "would send events unencrypted; give mqtts:// (mqtt:// is for this machine)",
                      fault);
    b->count++;
    return 0;
}

static int take_list(struct ut_broker *b, struct ut_fault *fault)
{
    char address[UT_BROKER_HOST + 20];
    const char *at = b->options.list;
    for (size_t n; (at += strspn(at, " ,\t"))[0] != '\0'; at += n) {
        n = strcspn(at, " ,\t");
        if (n >= sizeof address)
            return refuse(&b->options, at, "is too long for an address; shorten it", fault);
        (void)snprintf(address, sizeof address, "%.*s", (int)n, at);
        if (take_address(b, address, fault) != 0)
            return -1;
    }
    if (b->count == 0)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: is not set; give mqtts://HOST, more of them behind blanks",
                            b->options.setting);
    return 0;
}

static int read_password(struct ut_broker *b, struct ut_fault *fault)
{
    const char *file = b->options.password_file;
    struct stat there;
    if (b->options.password != NULL) {
        b->password = strdup(b->options.password);
        return b->password != NULL ? 0 : ut_fault_no_memory(fault);
    }
    if (file[0] == '\0')
        return 0;
    if (stat(file, &there) != 0)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be opened (%s); check the name", file, strerror(errno));
    if ((there.st_mode & 077) != 0)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: holds a password and others may read it; chmod 600 it",
                            file);
    b->password = ut_text_file_read(file, "a password", fault);
    if (b->password == NULL)
        return -1;
    char *rest = b->password;
    const char *line = ut_text_file_line(&rest), *next = ut_text_file_line(&rest);
    if (line == NULL || line[0] == '\0' || (next != NULL && next[0] != '\0'))
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: is not one line with a password; write it so", file);
    return 0;
}

struct ut_broker *ut_broker_new(const struct ut_broker_options *options, struct ut_fault *fault)
{
    struct ut_broker *b = calloc(1, sizeof *b);
    if (b == NULL || mosquitto_lib_init() != MOSQ_ERR_SUCCESS) {
        free(b);
        (void)ut_fault_no_memory(fault);
        return NULL;
    }
    b->options = *options;
    b->due_ms = ut_clock_ms() + options->first_ms;
    if (take_list(b, fault) == 0 && read_password(b, fault) == 0 && check_certificate(&b->options, fault) == 0)
        return b;
    ut_broker_free(b);
    return NULL;
}

void ut_broker_free(struct ut_broker *b)
{
    if (b == NULL)
        return;
    mosquitto_destroy(b->client);
    if (b->password != NULL)
        explicit_bzero(b->password, strlen(b->password));
    free(b->password);
    free(b);
    (void)mosquitto_lib_cleanup();
}

static uint32_t any_number(void)
{
    uint32_t chance = 0;
    (void)getentropy(&chance, sizeof chance);
    return chance;
}

int ut_broker_pause_ms(int n, uint32_t chance)
{
    return ut_pause_ms(PAUSE_MS, PAUSE_MAX_MS, n - 1, chance);
}

/* The connection is over: the next of the list, at once unless all were tried. */
static void drop(struct ut_broker *b, const char *why)
{
    if (why != b->error)
        (void)snprintf(b->error, sizeof b->error, "%s", why);
    mosquitto_destroy(b->client);
    b->client = NULL;
    b->state = DOWN;
    b->vain++;
    b->at = (b->at + 1) % b->count;
    b->due_ms = ut_clock_ms();
    int pause = ut_broker_pause_ms(b->vain / b->count, any_number());
    if (b->options.pause_max_ms > 0 && pause > b->options.pause_max_ms)
        pause = b->options.pause_max_ms;
    if (b->vain % b->count == 0)
        b->due_ms += pause;
}

static void on_connect(struct mosquitto *client, void *ctx, int code)
{
    struct ut_broker *b = ctx;
    (void)client;
    if (code != 0) {
        (void)snprintf(b->error, sizeof b->error, "%s", mosquitto_connack_string(code));
        b->state = LOST;
        return;
    }
    b->state = UP;
    b->vain = 0;
    b->connections++;
    b->error[0] = '\0';
    b->home_ms =
        b->at > 0 && b->options.home_ms > 0 ? ut_clock_ms() + ut_pause_about_ms(b->options.home_ms, any_number()) : 0;
    if (b->options.up != NULL)
        b->options.up(b->options.ctx);
}

static void on_disconnect(struct mosquitto *client, void *ctx, int code)
{
    struct ut_broker *b = ctx;
    (void)client;
    if (b->state != LOST)
        (void)snprintf(b->error, sizeof b->error, "%s", code == 0 ? "left" : mosquitto_strerror(code));
    b->state = LOST;
}

static void on_publish(struct mosquitto *client, void *ctx, int id)
{
    (void)client;
    (void)id;
    ((struct ut_broker *)ctx)->on_way--;
}

static void on_message(struct mosquitto *client, void *ctx, const struct mosquitto_message *m)
{
    struct ut_broker *b = ctx;
    (void)client;
    b->retained = m->retain;
    if (m->payloadlen >= 0)
        b->options.message(b->options.ctx, m->topic, m->payload != NULL ? m->payload : "", (size_t)m->payloadlen);
}

bool ut_broker_retained(const struct ut_broker *b)
{
    return b->retained;
}

static bool set_tls(struct ut_broker *b)
{
    const char *file = b->options.ca_file;
    bool own = file != NULL && file[0] != '\0';
    bool shows = given(b->options.cert_file);
    return mosquitto_tls_set(b->client, own ? file : NULL, own ? NULL : "/etc/ssl/certs",
                             shows ? b->options.cert_file : NULL, shows ? b->options.key_file : NULL,
                             NULL) == MOSQ_ERR_SUCCESS &&
           mosquitto_tls_opts_set(b->client, 1, "tlsv1.2", NULL) == MOSQ_ERR_SUCCESS;
}

static void ask(struct ut_broker *b)
{
    const struct ut_broker_options *o = &b->options;
    const struct address *a = &b->address[b->at];
    b->client = mosquitto_new(o->id, true, b);
    if (b->client == NULL) {
        drop(b, "not enough memory");
        return;
    }
    mosquitto_connect_callback_set(b->client, on_connect);
    mosquitto_disconnect_callback_set(b->client, on_disconnect);
    mosquitto_message_callback_set(b->client, on_message);
    mosquitto_publish_callback_set(b->client, on_publish);
    bool set = b->password == NULL ||
               mosquitto_username_pw_set(b->client, o->user != NULL ? o->user : o->id, b->password) == MOSQ_ERR_SUCCESS;
    const char *will = o->will != NULL ? o->will(o->ctx) : NULL;
    if (will != NULL)
        set = mosquitto_will_set(b->client, o->will_topic, (int)strlen(will), will, 1, true) == MOSQ_ERR_SUCCESS && set;
    if (a->tls)
        set = set_tls(b) && set;
    if (!set) {
        drop(b, "its certificates or its password cannot be used");
        return;
    }
    b->state = ASKED;
    b->on_way = 0;
    b->ready = 0;
    b->asked_ms = b->misc_ms = ut_clock_ms();
    errno = 0;
    int code = mosquitto_connect_async(b->client, a->host, a->port, UT_BROKER_KEEPALIVE_S);
    if (code != MOSQ_ERR_SUCCESS)
        drop(b, code == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(code));
}

/* What a connection is ready for, of n of them, when one is, or after ms. */
static void wait_for(struct ut_broker *const *b, int n, int other_fd, int64_t ms)
{
    struct pollfd few[UT_BROKER_LIST + 1], *many = n <= UT_BROKER_LIST ? NULL : calloc((size_t)n + 1, sizeof *many);
    struct pollfd *q = n <= UT_BROKER_LIST ? few : many;
    if (q == NULL) { /* later, maybe */
        (void)poll(NULL, 0, 1);
        return;
    }
    q[n] = (struct pollfd){.fd = other_fd, .events = POLLIN};
    for (int i = 0; i < n; i++) {
        q[i] = (struct pollfd){.fd = b[i]->client != NULL ? mosquitto_socket(b[i]->client) : -1, .events = POLLIN};
        if (b[i]->client != NULL && mosquitto_want_write(b[i]->client))
            q[i].events |= POLLOUT;
    }
    bool some = poll(q, (nfds_t)n + 1, (int)(ms < 0 ? 0 : ms < MISC_MS ? ms : MISC_MS)) > 0;
    for (int i = 0; i < n; i++)
        b[i]->ready = some ? q[i].revents : 0;
    free(many);
}

static bool more_to_read(const struct ut_broker *b)
{
    struct pollfd q = {.fd = mosquitto_socket(b->client), .events = POLLIN};
    return poll(&q, 1, 0) > 0;
}

/* Not by mosquitto_loop: its select knows no descriptor above 1023. Behind TLS what was read may hold more packets than
 * one, so that it is read until the library has asked the socket in vain. */
static int read_packets(struct ut_broker *b)
{
    int code = MOSQ_ERR_SUCCESS;
    bool more = true;
    for (int i = 0; i < PACKETS && more && code == MOSQ_ERR_SUCCESS && b->state != LOST; i++) {
        errno = 0;
        code = mosquitto_loop_read(b->client, 1);
        if (code == MOSQ_ERR_SUCCESS && b->state != LOST && mosquitto_want_write(b->client))
            code = mosquitto_loop_write(b->client, 1); /* what it acknowledges makes room for more at the broker */
        more = code == MOSQ_ERR_SUCCESS && b->state != LOST && (errno == 0 || more_to_read(b));
    }
    return code;
}

static int loop(struct ut_broker *b, int64_t now)
{
    int code = MOSQ_ERR_SUCCESS;
    if ((b->ready & POLLOUT) != 0)
        code = mosquitto_loop_write(b->client, 1);
    if (code == MOSQ_ERR_SUCCESS && b->state != LOST && (b->ready & ~POLLOUT) != 0)
        code = read_packets(b);
    if (code == MOSQ_ERR_SUCCESS && b->state != LOST && now - b->misc_ms >= MISC_MS) {
        b->misc_ms = now;
        code = mosquitto_loop_misc(b->client);
    }
    b->ready = 0;
    return code;
}

void ut_broker_return(struct ut_broker *b, int first_ms)
{
    if (b->state == UP)
        (void)mosquitto_disconnect(b->client); /* no will: it is not lost */
    mosquitto_destroy(b->client);
    b->client = NULL;
    b->state = DOWN;
    b->on_way = 0;
    b->due_ms = ut_clock_ms() + first_ms;
}

/* Leaves for the list's first, which is the nearest; where that is not there the rest of the list follows at once. */
static void go_home(struct ut_broker *b)
{
    b->at = 0;
    ut_broker_return(b, 0);
}

static void work(struct ut_broker *b)
{
    int64_t now = ut_clock_ms();
    if (b->state == UP && b->home_ms > 0 && now >= b->home_ms && b->on_way <= 0) {
        go_home(b);
        return;
    }
    int code = loop(b, now);
    if (code == MOSQ_ERR_SUCCESS && b->state == ASKED && now - b->asked_ms > ANSWER_MS)
        drop(b, "no answer");
    else if (b->state == LOST || code != MOSQ_ERR_SUCCESS)
        drop(b, b->state == LOST && b->error[0] != '\0' ? b->error : mosquitto_strerror(code));
}

void ut_broker_step(struct ut_broker *const *b, int n, int other_fd, int ms)
{
    int64_t now = ut_clock_ms(), wait = ms;
    for (int i = 0; i < n; i++) {
        if (b[i]->state == DOWN && now >= b[i]->due_ms)
            ask(b[i]);
        if (b[i]->state == DOWN && b[i]->due_ms - now < wait)
            wait = b[i]->due_ms - now;
    }
    wait_for(b, n, other_fd, wait);
    for (int i = 0; i < n; i++)
        if (b[i]->state != DOWN)
            work(b[i]);
}

int ut_broker_on_way(const struct ut_broker *b)
{
    return b->on_way;
}

bool ut_broker_is_up(const struct ut_broker *b)
{
    return b->state == UP;
}

int ut_broker_publish(struct ut_broker *b, const char *topic, const char *bytes, size_t n, int qos, bool retain)
{
    if (b->state != UP)
        return -1;
    b->on_way++; /* before the call, from which the library may say that it has gone */
    if (mosquitto_publish(b->client, NULL, topic, (int)n, bytes, qos, retain) == MOSQ_ERR_SUCCESS)
        return 0;
    b->on_way--;
    return -1;
}

int ut_broker_subscribe(struct ut_broker *b, const char *pattern, int qos)
{
    if (b->state != UP)
        return -1;
    return mosquitto_subscribe(b->client, NULL, pattern, qos) == MOSQ_ERR_SUCCESS ? 0 : -1;
}

bool ut_broker_is_here(const struct ut_broker *b)
{
    for (int i = 0; i < b->count; i++)
        if (!ut_loopback(b->address[i].host))
            return false;
    return true;
}

const char *ut_broker_host(const struct ut_broker *b)
{
    return b->address[b->state == DOWN && b->vain > 0 ? (b->at + b->count - 1) % b->count : b->at].host;
}

const char *ut_broker_error(const struct ut_broker *b)
{
    return b->error;
}

const char *ut_broker_password(const struct ut_broker *b)
{
    return b->password != NULL ? b->password : "";
}

unsigned ut_broker_connections(const struct ut_broker *b)
{
    return b->connections;
}

void ut_broker_leave(struct ut_broker *b, int ms)
{
    int64_t until = ut_clock_ms() + ms;
    bool said = false; /* not before the broker has all: it would meet a closed connection, and send the will */
    while (b->state == UP && ut_clock_ms() < until) {
        if (!said && b->on_way <= 0) {
            said = true;
            (void)mosquitto_disconnect(b->client);
        }
        if (b->state == UP)
            wait_for(&b, 1, -1, 20);
        if (b->state == UP && loop(b, ut_clock_ms()) != MOSQ_ERR_SUCCESS)
            break;
    }
    mosquitto_destroy(b->client);
    b->client = NULL;
    b->state = DOWN;
    b->due_ms = INT64_MAX;
}
