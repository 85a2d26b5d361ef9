/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/web_client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MAX = 1 << 20 };

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
