/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/webhook.h"

#include "firmware/version.h"
#include "host-tools/system/loopback.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HEADER_MAX = 200, RETRY_AFTER_MAX_S = 86400 };

static const char IN_A_NAME[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

struct ut_webhook {
    CURL *curl;
    const struct ut_signature_keys *keys;
};

static int refuse(const char *setting, const char *why, struct ut_fault *fault)
{
    return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "%s: %s", setting, why);
}

/* What curl knows of an address. */
struct parts {
    char *scheme, *host, *user, *password, *fragment;
};

static int judge(const struct parts *p, const char *setting, struct ut_fault *fault)
{
    if (p->user != NULL || p->password != NULL)
        return refuse(setting, "has a user's name or a password in it, which logs would show; take it out", fault);
    if (p->fragment != NULL)
        return refuse(setting, "has a part behind #, which is never sent; take it out", fault);
    if (strcmp(p->scheme, "https") != 0 && !(strcmp(p->scheme, "http") == 0 && ut_loopback(p->host)))
        return refuse(setting,
                      "would send events unencrypted; give an address that begins with https:// (http:// is for "
                      "this machine alone)",
                      fault);
    return 0;
}

int ut_webhook_check(const char *url, const char *setting, char host[UT_WEBHOOK_HOST], struct ut_fault *fault)
{
    struct parts p = {0};
    CURLU *u = curl_url();
    if (u == NULL)
        return ut_fault_no_memory(fault);
    int r = 0;
    if (curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
        curl_url_get(u, CURLUPART_SCHEME, &p.scheme, 0) != CURLUE_OK ||
        curl_url_get(u, CURLUPART_HOST, &p.host, 0) != CURLUE_OK || p.host[0] == '\0')
        r = refuse(setting, "is no address; give one such as https://example.com/undertone", fault);
    if (r == 0) {
        (void)curl_url_get(u, CURLUPART_USER, &p.user, 0);
        (void)curl_url_get(u, CURLUPART_PASSWORD, &p.password, 0);
        (void)curl_url_get(u, CURLUPART_FRAGMENT, &p.fragment, 0);
        r = judge(&p, setting, fault);
    }
    (void)snprintf(host, UT_WEBHOOK_HOST, "%s", r == 0 ? p.host : "");
    curl_free(p.scheme);
    curl_free(p.host);
    curl_free(p.user);
    curl_free(p.password);
    curl_free(p.fragment);
    curl_url_cleanup(u);
    return r;
}

/* Answers have no use beyond their status. */
static size_t drop(char *bytes, size_t size, size_t n, void *ctx)
{
    (void)bytes;
    (void)ctx;
    return size * n;
}

static int look(void *ctx, curl_off_t down, curl_off_t down_now, curl_off_t up, curl_off_t up_now)
{
    (void)down;
    (void)down_now;
    (void)up;
    (void)up_now;
    return atomic_load((atomic_int *)ctx);
}

struct ut_webhook *ut_webhook_new(const char *url, const char *ca_file, const struct ut_signature_keys *keys,
                                  struct ut_fault *fault)
{
    struct ut_webhook *w = calloc(1, sizeof *w);
    if (w != NULL && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        w->curl = curl_easy_init();
    if (w == NULL || w->curl == NULL) {
        free(w);
        (void)ut_fault_no_memory(fault);
        return NULL;
    }
    w->keys = keys;
    CURL *c = w->curl;
    bool here = strncasecmp(url, "http://", 7) == 0;
    bool set = curl_easy_setopt(c, CURLOPT_URL, url) == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, here ? "http" : "https") == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, look) == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, drop) == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)UT_WEBHOOK_TIMEOUT_MS) == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_USERAGENT, "undertone/" UT_VERSION) == CURLE_OK;
    if (here) /* what stays on this machine goes through no proxy */
        set = curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK && set;
    if (ca_file != NULL && ca_file[0] != '\0')
        set = curl_easy_setopt(c, CURLOPT_CAINFO, ca_file) == CURLE_OK && set;
    if (!set) {
        ut_webhook_free(w);
        (void)ut_fault_set(fault, UT_EXIT_FAILURE, "libcurl cannot do what webhooks need; install Debian's libcurl4");
        return NULL;
    }
    return w;
}

void ut_webhook_free(struct ut_webhook *w)
{
    if (w == NULL)
        return;
    curl_easy_cleanup(w->curl);
    free(w);
}

static enum ut_webhook_result judge_answer(struct ut_webhook *w, CURLcode code, struct ut_webhook_answer *answer)
{
    long status = 0;
    curl_off_t after = 0;
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return UT_WEBHOOK_STOPPED;
    if (code == CURLE_OPERATION_TIMEDOUT) {
        (void)snprintf(answer->error, sizeof answer->error, "no answer within %d s", UT_WEBHOOK_TIMEOUT_MS / 1000);
        return UT_WEBHOOK_FAILED;
    }
    if (code != CURLE_OK) {
        (void)snprintf(answer->error, sizeof answer->error, "%.100s", curl_easy_strerror(code));
        return UT_WEBHOOK_FAILED;
    }
    (void)curl_easy_getinfo(w->curl, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(w->curl, CURLINFO_RETRY_AFTER, &after);
    if (status >= 200 && status < 300)
        return UT_WEBHOOK_TAKEN;
    (void)snprintf(answer->error, sizeof answer->error, "answer %ld%s", status,
                   status >= 300 && status < 400 ? ", a redirect, which is not followed" : "");
    if (after > 0)
        answer->retry_after_ms = 1000 * (int64_t)(after < RETRY_AFTER_MAX_S ? after : RETRY_AFTER_MAX_S);
    return status == 410 ? UT_WEBHOOK_GONE : UT_WEBHOOK_FAILED;
}

/* Adds a header line; NULL when out of memory, and the list is gone. */
static struct curl_slist *add(struct curl_slist *list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(list, line);
    if (longer == NULL)
        curl_slist_free_all(list);
    return longer;
}

enum ut_webhook_result ut_webhook_post(struct ut_webhook *w, const char *session, int64_t sequence, const char *json,
                                       int64_t unix_s, atomic_int *stop, struct ut_webhook_answer *answer)
{
    char id[120], when[24], line[3][HEADER_MAX], signature[UT_SIGNATURE_TEXT];
    *answer = (struct ut_webhook_answer){0};
    if (session[strspn(session, IN_A_NAME)] != '\0') { /* of a store from elsewhere */
        (void)snprintf(answer->error, sizeof answer->error, "its session is no name");
        return UT_WEBHOOK_FAILED;
    }
    (void)snprintf(id, sizeof id, "%.80s_%" PRId64, session, sequence);
    (void)snprintf(when, sizeof when, "%" PRId64, unix_s);
    const struct ut_signature_part part[] = {
        {id, strlen(id)}, {".", 1}, {when, strlen(when)}, {".", 1}, {json, strlen(json)}};
    ut_signature_text(w->keys, part, sizeof part / sizeof part[0], signature);
    (void)snprintf(line[0], HEADER_MAX, "webhook-id: %s", id);
    (void)snprintf(line[1], HEADER_MAX, "webhook-timestamp: %s", when);
    (void)snprintf(line[2], HEADER_MAX, "webhook-signature: %s", signature);
    struct curl_slist *headers = add(NULL, "Content-Type: application/cloudevents+json; charset=utf-8");
    for (int i = 0; i < 3 && headers != NULL; i++)
        headers = add(headers, line[i]);
    if (headers != NULL)
        headers = add(headers, "Expect:");
    if (headers == NULL) {
        (void)snprintf(answer->error, sizeof answer->error, "not enough memory");
        return UT_WEBHOOK_FAILED;
    }
    CURLcode code = curl_easy_setopt(w->curl, CURLOPT_HTTPHEADER, headers);
    if (code == CURLE_OK)
        code = curl_easy_setopt(w->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(json));
    if (code == CURLE_OK)
        code = curl_easy_setopt(w->curl, CURLOPT_POSTFIELDS, json);
    if (code == CURLE_OK)
        code = curl_easy_setopt(w->curl, CURLOPT_XFERINFODATA, stop);
    if (code == CURLE_OK)
        code = curl_easy_perform(w->curl);
    curl_slist_free_all(headers);
    return judge_answer(w, code, answer);
}
