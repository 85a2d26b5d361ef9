/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/floor_audit.h"

#include "firmware/version.h"
#include "host-tools/sinks/audit_chain.h"
#include "host-tools/sinks/checkpoint.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_TEXT = 64 };

struct ut_floor_audit {
    struct ut_audit_chain chain;
    const char *path, *key_file;
    struct ut_note_signer signer;
    char checkpoint[4096];
    int64_t signed_n, signed_ms;
    bool troubled; /* what waits could not be written */
    int64_t tried_ms;
    bool retained; /* how many calls were too old is on no record yet */
    int64_t erased;
    /* refusals that are on no record yet: how many, and the last one */
    int64_t refused, refused_ms;
    int status;
    char refused_path[PATH_TEXT], peer[64], user[UT_IDENTITY_MAX + 1];
};

static int sign(struct ut_floor_audit *a, struct ut_fault *fault)
{
    a->signed_ms = ut_clock_ms();
    if (ut_checkpoint_write(&a->chain.tree, &a->signer, a->checkpoint, fault) != 0)
        return -1;
    a->signed_n = a->chain.n;
    return 0;
}

int ut_floor_audit_add(struct ut_floor_audit *a, const char *kind, json_t *more, struct ut_fault *fault)
{
    if (a->path[0] == '\0') {
        json_decref(more);
        return 0;
    }
    if (ut_audit_chain_add(&a->chain, kind, ut_clock_unix_ms(), more, fault) != 0)
        return -1;
    a->troubled = false; /* what waits need wait no longer */
    return a->key_file[0] != '\0' && a->chain.n - a->signed_n >= UT_CHECKPOINT_RECORDS ? sign(a, fault) : 0;
}

static int start(struct ut_floor_audit *a, const char *site, struct ut_fault *fault)
{
    if (a->key_file[0] != '\0' && ut_note_signer_read(&a->signer, a->key_file, fault) != 0)
        return -1;
    if (ut_audit_chain_open(&a->chain, fault) != 0)
        return -1;
    a->signed_ms = ut_clock_ms();
    return ut_floor_audit_add(a, "serve_started", json_pack("{s:s, s:s}", "Version", UT_VERSION, "Site", site), fault);
}

struct ut_floor_audit *ut_floor_audit_open(const char *path, const char *key_file, const char *site,
                                           struct ut_fault *fault)
{
    struct ut_floor_audit *a = calloc(1, sizeof *a);
    if (a == NULL) {
        (void)ut_fault_no_memory(fault);
        return NULL;
    }
    a->path = path;
    a->key_file = key_file;
    a->refused_ms = ut_clock_ms() - UT_FLOOR_AUDIT_MS;
    (void)snprintf(a->checkpoint, sizeof a->checkpoint, "%.4000s.checkpoint", path);
    ut_audit_chain_init(&a->chain, path);
    a->chain.again = true;
    if (path[0] == '\0' || start(a, site, fault) == 0)
        return a;
    ut_audit_chain_close(&a->chain);
    free(a);
    return NULL;
}

static int put_refused(struct ut_floor_audit *a, int64_t now_ms, struct ut_fault *fault)
{
    json_t *more = json_pack("{s:I, s:i, s:s, s:s}", "Count", (json_int_t)a->refused, "Status", a->status, "Path",
                             a->refused_path, "Peer", a->peer);
    if (a->user[0] != '\0')
        (void)json_object_set_new(more, "User", json_string(a->user));
    if (ut_floor_audit_add(a, "access_refused", more, fault) != 0)
        return -1;
    a->refused = 0;
    a->refused_ms = now_ms;
    return 0;
}

static int put_retained(struct ut_floor_audit *a, struct ut_fault *fault)
{
    if (ut_floor_audit_add(a, "retention", json_pack("{s:I}", "Calls", (json_int_t)a->erased), fault) != 0)
        return -1;
    a->retained = false;
    a->erased = 0;
    return 0;
}

void ut_floor_audit_refused(struct ut_floor_audit *a, int status, const char *path, const char *peer, const char *user)
{
    /* what stands behind the third part may be a customer's key */
    size_t n = strlen(path);
    if (strncmp(path, "/v1/customers/", 14) == 0)
        n = 14;
    a->refused++;
    a->status = status;
    (void)snprintf(a->refused_path, sizeof a->refused_path, "%.*s", (int)(n < PATH_TEXT ? n : PATH_TEXT - 1), path);
    ut_utf8_clean(a->refused_path);
    (void)snprintf(a->peer, sizeof a->peer, "%s", peer);
    (void)snprintf(a->user, sizeof a->user, "%s", user != NULL ? user : "");
}

void ut_floor_audit_retained(struct ut_floor_audit *a, int calls)
{
    a->retained = true;
    a->erased += calls;
}

static int put_waiting(struct ut_floor_audit *a, int64_t now_ms, struct ut_fault *fault)
{
    if (a->retained && put_retained(a, fault) != 0)
        return -1;
    if (a->refused > 0 && now_ms - a->refused_ms >= UT_FLOOR_AUDIT_MS && put_refused(a, now_ms, fault) != 0)
        return -1;
    if (a->path[0] != '\0' && a->key_file[0] != '\0' && a->chain.n > a->signed_n &&
        now_ms - a->signed_ms >= UT_CHECKPOINT_MS)
        return sign(a, fault);
    return 0;
}

int ut_floor_audit_step(struct ut_floor_audit *a, int64_t now_ms, struct ut_fault *fault)
{
    if (a->troubled && now_ms - a->tried_ms < UT_FLOOR_AUDIT_MS)
        return -1;
    a->tried_ms = now_ms;
    a->troubled = put_waiting(a, now_ms, fault) != 0;
    return a->troubled ? -1 : 0;
}

int ut_floor_audit_close(struct ut_floor_audit *a, struct ut_fault *fault)
{
    int r = 0;
    if (a == NULL)
        return 0;
    if (a->chain.fd >= 0) {
        if (a->retained)
            r = put_retained(a, fault);
        if (r == 0 && a->refused > 0)
            r = put_refused(a, ut_clock_ms(), fault);
        if (r == 0)
            r = ut_floor_audit_add(a, "serve_ended", json_object(), fault);
        if (r == 0 && a->key_file[0] != '\0')
            r = sign(a, fault);
    }
    ut_audit_chain_close(&a->chain);
    explicit_bzero(&a->signer, sizeof a->signer);
    free(a);
    return r;
}

const char *ut_floor_audit_path(const struct ut_floor_audit *a)
{
    return a->path;
}
