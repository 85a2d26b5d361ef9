/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/web_client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ANSWER_MAX = 1 << 20,
    CONNECT_MS = 10000,
    SILENT_S = 30, /* a server that sends nothing for so long has hung */
    STATUS_WHOLE = 200,
    STATUS_PART = 206,
    STATUS_NOTHING_BEHIND = 416
};

int ut_web_client_address(char *address, const char **token, struct ut_fault *fault)
{
    static const char HERE[] = "http://127.0.0.1:", BEHIND[] = "/?token=";
    size_t here = strlen(HERE), digits;
    if (strncmp(address, HERE, here) == 0 && (digits = strspn(address + here, "0123456789")) > 0 && digits <= 5 &&
        strncmp(address + here + digits, BEHIND, strlen(BEHIND)) == 0) {
        char *secret = address + here + digits + strlen(BEHIND);
        size_t n = strspn(secret, "0123456789abcdef");
        if (n == 64 && secret[n + strspn(secret + n, "\r\n")] == '\0') {
            secret[n] = '\0';
            address[here + digits] = '\0';
            *token = secret;
            return 0;
        }
    }
    return ut_fault_set(fault, UT_EXIT_PROTOCOL,
                        "the page's address is none that live writes; start live --page again");
}

struct answer {
    char *text;
    size_t n;
};

static size_t take(char *bytes, size_t size, size_t n, void *ctx)
{
    struct answer *a = ctx;
    char *longer = a->n + size * n < ANSWER_MAX ? realloc(a->text, a->n + size * n + 1) : NULL;
    if (longer == NULL)
        return 0;
    a->text = longer;
    memcpy(a->text + a->n, bytes, size * n);
    a->n += size * n;
    a->text[a->n] = '\0';
    return size * n;
}

static CURLcode perform(CURL *c, const char *url, const char *method, const char *body, struct curl_slist *headers,
                        struct answer *a, long *status)
{
    CURLcode code = curl_easy_setopt(c, CURLOPT_URL, url);
    if (code == CURLE_OK)
        code = curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    if (code == CURLE_OK && body != NULL)
        code = curl_easy_setopt(c, CURLOPT_COPYPOSTFIELDS, body);
    if (code == CURLE_OK && strcmp(method, "GET") != 0)
        code = curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
    if (code == CURLE_OK)
        code = curl_easy_setopt(c, CURLOPT_PROXY, "");
    if (code == CURLE_OK)
        code = curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)UT_WEB_CLIENT_MS);
    if (code == CURLE_OK)
        code = curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
    if (code == CURLE_OK)
        code = curl_easy_setopt(c, CURLOPT_WRITEDATA, a);
    if (code == CURLE_OK)
        code = curl_easy_perform(c);
    if (code == CURLE_OK)
        code = curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, status);
    return code;
}

int ut_web_client_ask(const char *server, const char *token, const char *method, const char *path, const char *body,
                      char **answer, struct ut_fault *fault)
{
    char url[UT_WEB_CLIENT_ADDRESS + 600], secret[120];
    struct answer a = {0};
    long status = -1;
    CURL *c = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_easy_init() : NULL;
    (void)snprintf(url, sizeof url, "%.200s%.600s", server, path);
    (void)snprintf(secret, sizeof secret, "Authorization: Bearer %.80s", token);
    struct curl_slist *first = curl_slist_append(NULL, secret);
    struct curl_slist *headers = first != NULL ? curl_slist_append(first, "Content-Type: application/json") : NULL;
    CURLcode code =
        c != NULL && headers != NULL ? perform(c, url, method, body, headers, &a, &status) : CURLE_OUT_OF_MEMORY;
    curl_slist_free_all(first);
    curl_easy_cleanup(c);
    explicit_bzero(secret, sizeof secret);
    *answer = a.text;
    if (code == CURLE_OK)
        return (int)status;
    free(a.text);
    *answer = NULL;
    return ut_fault_set(fault, code == CURLE_OUT_OF_MEMORY ? UT_EXIT_FAILURE : UT_EXIT_NO_DEVICE,
                        "%.40s: does not answer (%s); is live --page running?", server, curl_easy_strerror(code));
}

struct ut_web_file {
    struct ut_web_file_options options;
    CURLM *multi;
    CURL *easy;
    struct curl_slist *headers;
    char range[32], secret[200];
    bool began;
};

static long status_of(const struct ut_web_file *f)
{
    long status = 0;
    (void)curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

static size_t take_piece(char *bytes, size_t size, size_t n, void *ctx)
{
    struct ut_web_file *f = ctx;
    long status = status_of(f);
    bool anew = status == STATUS_WHOLE && f->options.from > 0 && !f->began;
    if (status != STATUS_WHOLE && status != STATUS_PART)
        return size * n; /* what a refusal has to say is nobody's */
    f->began = true;
    return f->options.take(f->options.ctx, bytes, size * n, anew) == 0 ? size * n : 0;
}

static bool set_up(struct ut_web_file *f)
{
    const struct ut_web_file_options *o = &f->options;
    CURL *c = f->easy;
    bool here = strncmp(o->url, "http://", 7) == 0;
    bool set = curl_easy_setopt(c, CURLOPT_URL, o->url) == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, here ? "http" : "https") == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L) == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)SILENT_S) == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_HTTPHEADER, f->headers) == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_piece) == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_WRITEDATA, f) == CURLE_OK;
    if (here) /* what stays on this machine goes through no proxy */
        set = set && curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK;
    if (o->ca_file[0] != '\0')
        set = set && curl_easy_setopt(c, CURLOPT_CAINFO, o->ca_file) == CURLE_OK;
    (void)snprintf(f->range, sizeof f->range, "%lld-", (long long)o->from);
    if (o->from > 0)
        set = set && curl_easy_setopt(c, CURLOPT_RANGE, f->range) == CURLE_OK;
    return set && curl_multi_add_handle(f->multi, c) == CURLM_OK;
}

struct ut_web_file *ut_web_file_begin(const struct ut_web_file_options *options, struct ut_fault *fault)
{
    struct ut_web_file *f = calloc(1, sizeof *f);
    if (f != NULL && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
        f->options = *options;
        f->multi = curl_multi_init();
        f->easy = curl_easy_init();
        (void)snprintf(f->secret, sizeof f->secret, "Authorization: Bearer %.160s", options->token);
        f->headers = options->token[0] != '\0' ? curl_slist_append(NULL, f->secret) : NULL;
        explicit_bzero(f->secret, sizeof f->secret);
    }
    if (f != NULL && f->multi != NULL && f->easy != NULL && (f->headers != NULL || options->token[0] == '\0') &&
        set_up(f))
        return f;
    ut_web_file_end(f);
    (void)ut_fault_no_memory(fault);
    return NULL;
}

enum ut_web_file_state ut_web_file_step(struct ut_web_file *f, struct ut_fault *fault)
{
    int running = 0, left = 0;
    if (curl_multi_perform(f->multi, &running) != CURLM_OK) {
        (void)ut_fault_set(fault, UT_EXIT_FAILURE, "libcurl cannot go on");
        return UT_WEB_FILE_FAILED;
    }
    const CURLMsg *said = curl_multi_info_read(f->multi, &left);
    if (said == NULL || said->msg != CURLMSG_DONE)
        return UT_WEB_FILE_COMES;
    long status = status_of(f);
    if (said->data.result != CURLE_OK)
        (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE, "%s", curl_easy_strerror(said->data.result));
    else if (status != STATUS_WHOLE && status != STATUS_PART)
        (void)ut_fault_set(fault, status == STATUS_NOTHING_BEHIND ? UT_EXIT_EMPTY : UT_EXIT_PROTOCOL,
                           "the server answers %ld", status);
    else
        return UT_WEB_FILE_ENDED;
    return UT_WEB_FILE_FAILED;
}

void ut_web_file_end(struct ut_web_file *f)
{
    if (f == NULL)
        return;
    if (f->multi != NULL && f->easy != NULL)
        (void)curl_multi_remove_handle(f->multi, f->easy);
    curl_easy_cleanup(f->easy);
    (void)curl_multi_cleanup(f->multi);
    curl_slist_free_all(f->headers);
    free(f);
}
