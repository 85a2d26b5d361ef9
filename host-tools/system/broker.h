/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to one of several MQTT brokers, kept up. libmosquitto is included in broker.c and nowhere else.
 * SPEC.md "Floor".
 *
 * in    addresses, mqtt://HOST[:PORT] (this machine alone) or mqtts://HOST[:PORT]; who this is; topics and messages
 * out   messages, by calls from within ut_broker_step
 * errors UT_EXIT_CONFIG_KEY an address that is none or would send unencrypted; a file that others may read;
 *       UT_EXIT_MISSING no such file; UT_EXIT_CERTIFICATE the own certificate is none or has
 *       expired. A broker that cannot be reached is none: the next of the list is tried, the whole
 *       list again after 1 s, 2 s, 4 s and then 5 s, a fifth more or less
 * MQTT 3.1.1: nothing of 5 is needed, and every broker knows it. What a lost connection had not sent is forgotten; who
 * publishes keeps it. All calls are made from one thread.
 */
#ifndef UT_HOST_BROKER_H
#define UT_HOST_BROKER_H

#include "host-tools/system/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UT_BROKER_LIST = 8, UT_BROKER_HOST = 256, UT_BROKER_ERROR = 120, UT_BROKER_KEEPALIVE_S = 15 };

/* Strings outlive the broker; "" = none. */
struct ut_broker_options {
    const char *list;          /* addresses, blanks between */
    const char *setting;       /* whose they are, for faults: "[mqtt] brokers" */
    const char *id;            /* of the client; its user's name as well where there is a password */
    const char *user;          /* its name there, where it is not the id; NULL = the id */
    const char *password_file; /* of mode 0600, a line */
    const char *password;      /* instead of such a file; NULL = what is in it */
    const char *ca_file;       /* certificates to believe; "" = the system's */
    const char *cert_file;     /* shown to a broker that asks for one; "" or NULL = none */
    const char *key_file;      /* its key; both or none */
    const char *will_topic;    /* where the broker says, retained, that a connection was lost */
    int first_ms;              /* before the first attempt, so that many do not come at one moment; 0 = at once */
    int pause_max_ms;          /* after the list was tried in vain; 0 = the 5 s of many that come back at once */
    int home_ms;               /* at another than the list's first for so long, a fifth more or less, and the first is
                                  tried again; 0 = it stays where it is */
    void *ctx;
    const char *(*will)(void *ctx); /* its words, for the connection that is about to be tried; NULL = none */
    void (*up)(void *ctx);          /* after each connection; may be NULL */
    /* Bytes are not closed by a zero. */
    void (*message)(void *ctx, const char *topic, const char *bytes, size_t n);
};

struct ut_broker;

/* NULL and *fault. */
struct ut_broker *ut_broker_new(const struct ut_broker_options *options, struct ut_fault *fault);
void ut_broker_free(struct ut_broker *b);

/* Waits up to ms, or until there is something to read at other_fd (-1 = none), and does what there is to do for n of
 * them. A connection takes three descriptors. */
void ut_broker_step(struct ut_broker *const *b, int n, int other_fd, int ms);

/* Messages that were published and that the broker does not have yet; of QoS 1 until it said so. */
int ut_broker_on_way(const struct ut_broker *b);

bool ut_broker_is_up(const struct ut_broker *b);

/* Within message(): whether the broker had it from before this connection asked for it. */
bool ut_broker_retained(const struct ut_broker *b);

/* QoS 0 or 1. 0, or -1: it will not go; nothing is kept. */
int ut_broker_publish(struct ut_broker *b, const char *topic, const char *bytes, size_t n, int qos, bool retain);
int ut_broker_subscribe(struct ut_broker *b, const char *pattern, int qos);

/* Whether each address of its list is this machine's. */
bool ut_broker_is_here(const struct ut_broker *b);

/* For people: the host that is or was tried last, and why it is not up, "" while it is. */
const char *ut_broker_host(const struct ut_broker *b);
const char *ut_broker_error(const struct ut_broker *b);

/* The line of password_file; "" = there is none. */
const char *ut_broker_password(const struct ut_broker *b);

/* Connections so far. */
unsigned ut_broker_connections(const struct ut_broker *b);

/* Sends what was published, says good-bye, within ms; the will is not sent. */
void ut_broker_leave(struct ut_broker *b, int ms);

/* Says good-bye at once, and connects anew first_ms from now. To be asked when nothing is on its way; the will is not
 * sent. */
void ut_broker_return(struct ut_broker *b, int first_ms);

/* How long after the n-th vain round of the list the next one begins, ms. n from 1; chance: any number. */
int ut_broker_pause_ms(int n, uint32_t chance);

#endif
