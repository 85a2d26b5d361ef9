/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/web.h"

#include "host-tools/system/clock.h"
#include "host-tools/system/json.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTION_BYTES = 32768, BLOCK_BYTES = 4096 };

static const char FORWARDED[] = "X-Forwarded-User";

static char PRIORITIES[] = "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

/* A page may load and run nothing but what comes from here. */
static const char *const EVERYWHERE[][2] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; media-src 'self'; "
     "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cache-Control", "no-store"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

struct ut_web {
    struct MHD_Daemon *daemon;
    struct ut_web_options options;
    int port, fd;
    struct stream *stream;
    struct guest *guest;
    int streams;
    bool closing;
};

/* A connection. Every byte puts off the library's own end of an idle one, so that a request that never ends would hold
 * it for good. */
struct guest {
    int fd;
    int64_t due_ms; /* it is closed then, unless a whole request is there; 0 = one is */
    struct guest *next;
};

/* One request as it comes in. */
struct incoming {
    char body[UT_WEB_BODY + 1];
    size_t length;
    bool begun, too_long, zero; /* zero: its address has one, behind which nobody would look */
};

struct stream {
    struct ut_web *web;
    struct MHD_Connection *connection;
    struct ut_event_ring *ring;
    struct ut_event_ring_reader reader;
    uint64_t whose;  /* 0 = nobody's */
    int64_t said_ms; /* when it last got something */
    int64_t until_ms;
    bool waits; /* it is suspended */
    struct stream *next;
};

/* Whether it has come to its end, which comes with its next turn. */
static bool is_over(const struct stream *s, int64_t now)
{
    return s->web->closing || (s->until_ms != 0 && now >= s->until_ms);
}

static void resume(struct stream *s)
{
    if (!s->waits)
        return;
    s->waits = false;
    MHD_resume_connection(s->connection);
}

static ssize_t read_stream(void *ctx, uint64_t at, char *out, size_t room)
{
    static const char BEAT[] = ":\n\n";
    struct stream *s = ctx;
    (void)at;
    int64_t now = ut_clock_ms();
    if (is_over(s, now))
        return MHD_CONTENT_READER_END_OF_STREAM;
    size_t n = ut_event_ring_read(s->ring, &s->reader, out, room);
    if (n == 0 && now - s->said_ms >= UT_WEB_BEAT_MS && room >= sizeof BEAT) {
        n = sizeof BEAT - 1;
        memcpy(out, BEAT, n);
    }
    if (n > 0) {
        s->said_ms = now;
        return (ssize_t)n;
    }
    s->waits = true;
    MHD_suspend_connection(s->connection);
    return 0;
}

static void end_stream(void *ctx)
{
    struct stream *s = ctx;
    struct stream **at = &s->web->stream;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    s->web->streams--;
    ut_event_ring_leave(&s->reader);
    free(s);
}

static struct MHD_Response *stream_response(struct ut_web *w, struct MHD_Connection *connection,
                                            const struct ut_web_answer *a, const char *last)
{
    struct stream *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    *s = (struct stream){.web = w,
                         .connection = connection,
                         .ring = a->stream,
                         .said_ms = ut_clock_ms(),
                         .whose = a->reader,
                         .until_ms = a->until_ms,
                         .next = w->stream};
    ut_event_ring_join(a->stream, &s->reader, last, a->without);
    w->stream = s;
    w->streams++;
    struct MHD_Response *r =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_stream, s, end_stream);
    if (r == NULL)
        end_stream(s);
    else
        (void)MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, 0U); /* it may be quiet for long */
    return r;
}

static void add(struct MHD_Response *r, const char *name, const char *value)
{
    if (value != NULL)
        (void)MHD_add_response_header(r, name, value);
}

static enum MHD_Result send_answer(struct ut_web *w, struct MHD_Connection *connection, struct ut_web_answer *a,
                                   const char *last)
{
    struct MHD_Response *r;
    size_t n = a->body != NULL && a->length == 0 ? strlen(a->body) : a->length;
    if (a->stream != NULL)
        r = stream_response(w, connection, a, last);
    else if (a->file)
        r = MHD_create_response_from_fd(a->length, a->fd);
    else if (a->body != NULL)
        r = MHD_create_response_from_buffer(n, a->body, MHD_RESPMEM_MUST_FREE);
    else
        r = MHD_create_response_from_buffer(a->fixed != NULL ? n : 0, (void *)a->fixed, MHD_RESPMEM_PERSISTENT);
    if (r == NULL) {
        free(a->body);
        if (a->file)
            (void)close(a->fd);
        return MHD_NO;
    }
    for (size_t i = 0; i < sizeof EVERYWHERE / sizeof EVERYWHERE[0]; i++)
        add(r, EVERYWHERE[i][0], EVERYWHERE[i][1]);
    add(r, "Content-Type", a->type);
    add(r, "Set-Cookie", a->set_cookie);
    add(r, "Location", a->location);
    add(r, "Allow", a->allow);
    add(r, "Content-Range", a->content_range[0] != '\0' ? a->content_range : NULL);
    enum MHD_Result done = MHD_queue_response(connection, (unsigned)a->status, r);
    MHD_destroy_response(r);
    return done;
}

/* Where the request came from. */
static const char *peer_of(struct MHD_Connection *c, char text[INET_ADDRSTRLEN])
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct sockaddr_in at;
    text[0] = '\0';
    if (info != NULL && info->client_addr->sa_family == AF_INET) {
        memcpy(&at, info->client_addr, sizeof at);
        (void)inet_ntop(AF_INET, &at.sin_addr, text, INET_ADDRSTRLEN);
    }
    return text;
}

static const char *header(struct MHD_Connection *c, const char *name)
{
    return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

static enum MHD_Result count_user(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    (void)value;
    *(int *)ctx += strcasecmp(name, FORWARDED) == 0;
    return MHD_YES;
}

static struct guest *guest_of(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

static void come_or_go(void *ctx, struct MHD_Connection *c, void **own, enum MHD_ConnectionNotificationCode what)
{
    struct ut_web *w = ctx;
    struct guest *g = *own;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
        g = info != NULL ? malloc(sizeof *g) : NULL;
        if (g == NULL)
            return;
        *g = (struct guest){.fd = info->connect_fd, .due_ms = ut_clock_ms() + UT_WEB_REQUEST_MS, .next = w->guest};
        *own = w->guest = g;
    } else if (g != NULL) {
        struct guest **at = &w->guest;
        while (*at != g)
            at = &(*at)->next;
        *at = g->next;
        free(g);
        *own = NULL;
    }
}

/* The request's first line is there: its state from now on; NULL where there is no memory. */
static void *begin_request(void *ctx, const char *uri, struct MHD_Connection *connection)
{
    struct incoming *in = calloc(1, sizeof *in);
    struct guest *g = guest_of(connection);
    int64_t due = ut_clock_ms() + UT_WEB_REQUEST_MS;
    (void)ctx;
    if (g != NULL && due < g->due_ms)
        g->due_ms = due;
    if (in != NULL)
        in->zero = strstr(uri, "%00") != NULL;
    return in;
}

static enum MHD_Result take_request(void *ctx, struct MHD_Connection *connection, const char *url, const char *method,
                                    const char *version, const char *data, size_t *size, void **state)
{
    struct ut_web *w = ctx;
    struct incoming *in = *state;
    struct ut_web_answer a = {.status = 200};
    char peer[INET_ADDRSTRLEN];
    (void)version;
    if (in == NULL)
        return MHD_NO;
    if (!in->begun) {
        in->begun = true;
        return MHD_YES;
    }
    if (*size > 0) {
        in->too_long = in->too_long || *size > UT_WEB_BODY - in->length;
        if (!in->too_long) {
            memcpy(in->body + in->length, data, *size);
            in->length += *size;
        }
        *size = 0;
        return MHD_YES;
    }
    struct guest *g = guest_of(connection);
    if (g != NULL)
        g->due_ms = 0;
    int users = 0;
    (void)MHD_get_connection_values(connection, MHD_HEADER_KIND, count_user, &users);
    const struct ut_web_request r = {.method = method,
                                     .path = url,
                                     .body = in->body,
                                     .length = in->length,
                                     .headers = {.host = header(connection, "Host"),
                                                 .origin = header(connection, "Origin"),
                                                 .cookie = header(connection, "Cookie"),
                                                 .authorization = header(connection, "Authorization"),
                                                 .user = header(connection, FORWARDED),
                                                 .users = users},
                                     .peer = peer_of(connection, peer),
                                     .content_type = header(connection, "Content-Type"),
                                     .last_event = header(connection, "Last-Event-ID"),
                                     .range = header(connection, "Range"),
                                     .connection = connection};
    if (in->zero)
        ut_web_refuse(&a, 400, "the address has a zero byte (%%00); leave it out");
    else if (in->too_long)
        ut_web_refuse(&a, 413, "the request is longer than %d bytes", UT_WEB_BODY);
    else
        w->options.handler(w->options.ctx, &r, &a);
    return send_answer(w, connection, &a, r.last_event);
}

static void end_request(void *ctx, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode why)
{
    struct guest *g = guest_of(connection);
    (void)ctx;
    (void)why;
    if (g != NULL)
        g->due_ms = ut_clock_ms() + 1000 * UT_WEB_IDLE_S;
    if (*state != NULL)
        explicit_bzero(*state, sizeof(struct incoming)); /* it may have held a customer's key */
    free(*state);
    *state = NULL;
}

__attribute__((format(printf, 2, 0))) static void drop_remark(void *ctx, const char *format, va_list args)
{
    (void)ctx; /* what a client did wrong is no concern of whoever reads this program's remarks */
    (void)format;
    (void)args;
}

const char *ut_web_query(const struct ut_web_request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name);
}

/* A socket that listens. -1 and *fault. */
static int listen_at(struct ut_web *w, struct ut_fault *fault)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)w->options.port)};
    socklen_t size = sizeof at;
    int yes = 1;
    if (inet_pton(AF_INET, w->options.address, &at.sin_addr) != 1)
        return ut_fault_set(
            fault, UT_EXIT_USAGE,
            "%.80s: no page can be served there: it is no IPv4 address, four numbers such as 127.0.0.1; "
            "give one of this machine",
            w->options.address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
        bind(fd, (const struct sockaddr *)&at, sizeof at) == 0 && listen(fd, SOMAXCONN) == 0 &&
        getsockname(fd, (struct sockaddr *)&at, &size) == 0) {
        w->port = ntohs(at.sin_port);
        return fd;
    }
    int reason = errno;
    if (fd >= 0)
        (void)close(fd);
    return ut_fault_set(fault, reason == EADDRINUSE ? UT_EXIT_NO_DEVICE : UT_EXIT_FAILURE,
                        "%s:%d: no page can be served there (%s); choose another port, or 0 for any",
                        w->options.address, w->options.port, strerror(reason));
}

struct ut_web *ut_web_open(const struct ut_web_options *options, struct ut_fault *fault)
{
    struct ut_web *w = calloc(1, sizeof *w);
    if (w == NULL) {
        (void)ut_fault_no_memory(fault);
        return NULL;
    }
    w->options = *options;
    const struct ut_certificate *tls = options->certificate;
    struct MHD_OptionItem plain[] = {{MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem secured[] = {{MHD_OPTION_HTTPS_MEM_CERT, 0, tls != NULL ? tls->chain : NULL},
                                       {MHD_OPTION_HTTPS_MEM_KEY, 0, tls != NULL ? tls->key : NULL},
                                       {MHD_OPTION_HTTPS_PRIORITIES, 0, PRIORITIES},
                                       {MHD_OPTION_END, 0, NULL}};
    int fd = listen_at(w, fault);
    if (fd < 0) {
        free(w);
        return NULL;
    }
    w->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG | (tls != NULL ? MHD_USE_TLS : 0U), 0, NULL, NULL,
        take_request, w, MHD_OPTION_EXTERNAL_LOGGER, drop_remark, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)(options->readers > 0 ? options->readers : UT_WEB_READERS),
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)UT_WEB_IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_BYTES, MHD_OPTION_NOTIFY_CONNECTION, come_or_go, w, MHD_OPTION_URI_LOG_CALLBACK,
        begin_request, NULL, MHD_OPTION_NOTIFY_COMPLETED, end_request, NULL, MHD_OPTION_ARRAY,
        tls != NULL ? secured : plain, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        w->daemon != NULL ? MHD_get_daemon_info(w->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (info == NULL) {
        (void)close(fd);
        free(w);
        (void)ut_fault_set(fault, UT_EXIT_FAILURE, "no page can be served; install Debian's libmicrohttpd12");
        return NULL;
    }
    w->fd = info->epoll_fd;
    return w;
}

void ut_web_close(struct ut_web *w)
{
    if (w == NULL)
        return;
    w->closing = true;
    ut_web_wake(w);
    ut_web_step(w);
    MHD_stop_daemon(w->daemon);
    free(w);
}

int ut_web_port(const struct ut_web *w)
{
    return w->port;
}

int ut_web_fd(const struct ut_web *w)
{
    return w->fd;
}

int64_t ut_web_due_ms(const struct ut_web *w)
{
    MHD_UNSIGNED_LONG_LONG ms;
    int64_t due = UT_WEB_BEAT_MS, now = ut_clock_ms();
    if (MHD_get_timeout(w->daemon, &ms) == MHD_YES && ms < (MHD_UNSIGNED_LONG_LONG)due)
        due = (int64_t)ms;
    for (const struct stream *s = w->stream; s != NULL; s = s->next) { /* others wait for their socket */
        int64_t then = s->said_ms + UT_WEB_BEAT_MS;
        if (s->until_ms != 0 && s->until_ms < then)
            then = s->until_ms;
        if (s->waits && then - now < due)
            due = then - now;
    }
    for (const struct guest *g = w->guest; g != NULL; g = g->next)
        if (g->due_ms != 0 && g->due_ms - now < due)
            due = g->due_ms - now;
    return due < 0 ? 0 : due;
}

void ut_web_step(struct ut_web *w)
{
    int64_t now = ut_clock_ms();
    for (struct stream *s = w->stream; s != NULL; s = s->next)
        if (now - s->said_ms >= UT_WEB_BEAT_MS || is_over(s, now))
            resume(s);
    for (struct guest *g = w->guest; g != NULL; g = g->next)
        if (g->due_ms != 0 && now >= g->due_ms) {
            (void)shutdown(g->fd, SHUT_RDWR);
            g->due_ms = 0;
        }
    (void)MHD_run(w->daemon);
}

void ut_web_wake(struct ut_web *w)
{
    for (struct stream *s = w->stream; s != NULL; s = s->next)
        resume(s);
}

void ut_web_end_streams(struct ut_web *w)
{
    int64_t now = ut_clock_ms();
    for (struct stream *s = w->stream; s != NULL; s = s->next)
        s->until_ms = now;
    ut_web_wake(w);
}

void ut_web_end_streams_of(struct ut_web *w, uint64_t reader)
{
    int64_t now = ut_clock_ms();
    for (struct stream *s = w->stream; s != NULL; s = s->next)
        if (reader != 0 && s->whose == reader)
            s->until_ms = now;
}

int ut_web_streams(const struct ut_web *w)
{
    return w->streams;
}

void ut_web_json(struct ut_web_answer *a, int status, char *text)
{
    a->status = text != NULL ? status : 500;
    a->type = "application/json";
    a->body = text;
}

void ut_web_refuse(struct ut_web_answer *a, int status, const char *format, ...)
{
    char text[300];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    json_t *error = json_pack("{s:s}", "Error", text);
    ut_web_json(a, status, json_dumps(error, JSON_COMPACT));
    a->status = status;
    json_decref(error);
}

/* The page's address with its token: from here on the cookie does. Not a redirect, which a link of another site would
 * make one of that site's. */
static void let_in(const struct ut_web_guard *g, const struct ut_web_request *r, const char *told,
                   struct ut_web_answer *a)
{
    static const char THERE[] =
        "<!doctype html><meta charset=utf-8><meta http-equiv=refresh content=\"0;url=/\"><title>Undertone</title>";
    int refused = ut_web_guard_place(g, &r->headers);
    if (refused == 0 && !ut_web_guard_token(g, ut_web_query(r, "token")))
        refused = 401;
    if (refused != 0) {
        ut_web_refuse(a, refused, "the page's address is not right; %s says it", told);
        return;
    }
    a->set_cookie = g->set;
    a->type = "text/html; charset=utf-8";
    a->fixed = THERE;
    a->length = sizeof THERE - 1;
}

bool ut_web_admit(const struct ut_web_guard *g, const struct ut_web_request *r, const char *told,
                  struct ut_web_answer *a)
{
    bool get = strcmp(r->method, "GET") == 0 || strcmp(r->method, "HEAD") == 0;
    if (get && strcmp(r->path, "/") == 0 && ut_web_query(r, "token") != NULL) {
        let_in(g, r, told, a);
        return false;
    }
    int refused = ut_web_guard_judge(g, &r->headers);
    if (refused == 421)
        ut_web_refuse(a, 421, "no such host is here");
    else if (refused == 403)
        ut_web_refuse(a, 403, "another site's page may not ask this");
    else if (refused != 0)
        ut_web_refuse(a, 401, "open the page by its address; %s says it", told);
    return refused == 0;
}
