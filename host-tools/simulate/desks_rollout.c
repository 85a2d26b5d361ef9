/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/simulate/desks_rollout.h"

#include "host-tools/sinks/desk_rollout.h"
#include "host-tools/sinks/window.h"
#include "host-tools/system/digest.h"
#include "host-tools/system/grow.h"
#include "host-tools/system/web_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a ring is to take, which all desks hear. */
struct ut_desks_manifest {
    struct ut_rollout r;
    enum ut_rollout_ring ring;
    char from[UT_FLOOR_FROM], note[UT_NOTE_MAX];
    bool signed_for; /* by who may, for this site, ring and number */
};

/* Settings that were judged, and the calls by them. */
struct judged {
    char sha256[UT_DIGEST_TEXT], why[UT_FLOOR_WHY]; /* "" = they can be in force */
    struct ut_templates *call;
};

struct ut_desks_rollout {
    struct ut_desks_rollout_options options;
    struct ut_note_verifier verifier;
    int64_t confirm_ms;
    struct ut_desks_manifest **manifest; /* each by itself: desks keep pointers */
    size_t manifests, manifest_room;
    struct judged *judged;
    size_t judgements, judged_room;
    int fetches; /* on their way */
};

/* A file on its way to one desk. */
struct ut_desks_fetch {
    const struct ut_rollout_file *file;
    char url[UT_FLOOR_FROM + UT_DIGEST_TEXT + 30], *bytes;
    uint32_t n;
    struct ut_web_file *web;
};

struct ut_desks_rollout *ut_desks_rollout_new(const struct ut_desks_rollout_options *options, struct ut_fault *fault)
{
    const char *verifier = ut_config_text(options->config, "fleet", "verifier");
    if (verifier[0] == '\0')
        return NULL;
    struct ut_desks_rollout *all = calloc(1, sizeof *all);
    if (all == NULL) {
        (void)ut_fault_no_memory(fault);
        return NULL;
    }
    all->options = *options;
    all->confirm_ms = 1000 * (int64_t)strtol(ut_config_text(options->config, "fleet", "confirm_s"), NULL, 10);
    if (ut_note_verifier_parse(&all->verifier, verifier) == 0)
        return all;
    free(all);
    (void)ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "[fleet] verifier: is none; give NAME+HASH+KEY");
    return NULL;
}

void ut_desks_rollout_free(struct ut_desks_rollout *all)
{
    if (all == NULL)
        return;
    for (size_t i = 0; i < all->manifests; i++)
        free(all->manifest[i]);
    for (size_t i = 0; i < all->judgements; i++) {
        for (size_t k = 0; all->judged[i].call != NULL && k < all->options.calls; k++)
            ut_templates_free(&all->judged[i].call[k]);
        free(all->judged[i].call);
    }
    free(all->manifest);
    free(all->judged);
    free(all);
}

/* The one that all desks share; NULL when out of memory. */
static const struct ut_desks_manifest *manifest_of(struct ut_desks_rollout *all, enum ut_rollout_ring ring,
                                                   const struct ut_floor_rollout *h)
{
    for (size_t i = 0; i < all->manifests; i++) {
        const struct ut_desks_manifest *m = all->manifest[i];
        if (m->ring == ring && strcmp(m->note, h->note) == 0 && strcmp(m->from, h->from) == 0)
            return m;
    }
    struct ut_desks_manifest **grown =
        ut_grow(all->manifest, &all->manifest_room, all->manifests + 1, sizeof(struct ut_desks_manifest *));
    if (grown == NULL)
        return NULL;
    all->manifest = grown;
    struct ut_desks_manifest *m = calloc(1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->ring = ring;
    memcpy(m->from, h->from, sizeof m->from);
    memcpy(m->note, h->note, sizeof m->note);
    m->signed_for = ut_rollout_parse(&m->r, &all->verifier, h->note, strlen(h->note)) == 0 &&
                    strcmp(m->r.site, all->options.site) == 0 && m->r.ring == ring && m->r.number == h->number;
    return all->manifest[all->manifests++] = m;
}

void ut_desk_course_hear(struct ut_desks_rollout *all, struct ut_desk_course *c, enum ut_rollout_ring ring,
                         const char *bytes, size_t n)
{
    struct ut_floor_rollout h;
    if (ut_floor_rollout_parse(bytes, n, &h) != 0)
        return;
    if (!h.stopped) {
        c->heard[ring] = manifest_of(all, ring, &h);
        return;
    }
    c->stopped = h.number;
    if (c->heard[ring] != NULL && c->heard[ring]->r.number == h.number)
        c->heard[ring] = NULL;
}

static void end_fetch(struct ut_desks_rollout *all, struct ut_desk_course *c)
{
    struct ut_desks_fetch *f = c->fetch;
    if (f == NULL)
        return;
    ut_web_file_end(f->web);
    free(f->bytes);
    free(f);
    c->fetch = NULL;
    all->fetches--;
}

void ut_desk_course_free(struct ut_desks_rollout *all, struct ut_desk_course *c)
{
    if (all != NULL)
        end_fetch(all, c);
}

static void report(struct ut_desk_course *c, uint32_t number, enum ut_floor_rollout_state state, const char *why)
{
    c->report = (struct ut_floor_rollout_report){.number = number, .state = state};
    (void)snprintf(c->report.why, sizeof c->report.why, "%.200s", why);
    c->unsaid = true;
}

/* It never is in force here. */
static void refuse(struct ut_desks_rollout *all, struct ut_desk_course *c, const char *why)
{
    end_fetch(all, c);
    c->newest = c->of->r.number;
    report(c, c->newest, UT_FLOOR_REFUSED, why);
    c->of = NULL;
    c->next = NULL;
    c->begins = false;
}

/* What was in force before is so again from the next pause on. */
static void put_back(struct ut_desk_course *c)
{
    report(c, c->taken, UT_FLOOR_REVERTED, UT_FLOOR_STOPPED);
    c->of = NULL;
    c->taken = 0;
    c->trying = false;
    c->next = c->before;
    c->begins = true;
}

static void look(struct ut_desks_rollout *all, struct ut_desk_course *c, const char *device, int64_t now_ms,
                 uint32_t chance)
{
    int next = UT_RINGS;
    for (int i = 0; i < UT_RINGS; i++)
        if (c->heard[i] != NULL && (next == UT_RINGS || c->heard[i]->r.number < c->heard[next]->r.number))
            next = i;
    if (next == UT_RINGS)
        return;
    const struct ut_desks_manifest *m = c->heard[next];
    c->heard[next] = NULL;
    if (!m->signed_for || m->r.number <= c->newest || ut_rollout_draw(all->options.site, device) >= m->r.share)
        return;
    c->of = m;
    c->file = c->vain = 0;
    c->due_ms = now_ms + (int64_t)(chance % UT_DESK_ROLLOUT_FIRST_MS);
    c->next = c->in_force;
    report(c, m->r.number, UT_FLOOR_FETCHING, "");
}

static int take_bytes(void *ctx, const char *bytes, size_t n, bool anew)
{
    struct ut_desks_fetch *f = ctx;
    (void)anew; /* nothing was there before */
    if (n > f->file->bytes - f->n)
        return -1;
    memcpy(f->bytes + f->n, bytes, n);
    f->n += (uint32_t)n;
    return 0;
}

/* The calls by settings that were put over the config's. 0, or -1 and *fault. */
static int play_by(struct ut_desks_rollout *all, struct judged *j, const char *bytes, size_t n, const char *name,
                   struct ut_fault *fault)
{
    static struct ut_config config;
    config = *all->options.config;
    if (ut_rollout_judge_settings(&config, bytes, n, name, fault) != 0)
        return -1;
    j->call = calloc(all->options.calls, sizeof *j->call);
    for (size_t i = 0; j->call != NULL && i < all->options.calls; i++)
        if (ut_templates_make(&j->call[i], &all->options.call[i], &config) != 0)
            return ut_fault_no_memory(fault);
    return j->call != NULL ? 0 : ut_fault_no_memory(fault);
}

/* What came of a file of settings, for the first desk that has it and all that follow. NULL when out of memory. */
static const struct judged *judge(struct ut_desks_rollout *all, const struct ut_rollout_file *f, const char *bytes)
{
    for (size_t i = 0; i < all->judgements; i++)
        if (strcmp(all->judged[i].sha256, f->sha256) == 0)
            return &all->judged[i];
    struct judged *grown = ut_grow(all->judged, &all->judged_room, all->judgements + 1, sizeof *grown);
    if (grown == NULL)
        return NULL;
    all->judged = grown;
    struct judged *j = &grown[all->judgements++];
    struct ut_fault fault = {0};
    *j = (struct judged){.call = NULL};
    memcpy(j->sha256, f->sha256, sizeof j->sha256);
    if (play_by(all, j, bytes, f->bytes, f->name, &fault) != 0)
        (void)snprintf(j->why, sizeof j->why, "%.200s", fault.text);
    return j;
}

static void try_later(struct ut_desks_rollout *all, struct ut_desk_course *c, int64_t now_ms, uint32_t chance)
{
    end_fetch(all, c);
    c->due_ms = now_ms + ut_window_again_ms(c->vain++, chance);
}

/* All of a file's bytes are there. */
static void end_file(struct ut_desks_rollout *all, struct ut_desk_course *c, int64_t now_ms, uint32_t chance)
{
    const struct ut_rollout_file *f = c->fetch->file;
    char sha256[UT_DIGEST_TEXT];
    ut_digest(c->fetch->bytes, c->fetch->n, sha256);
    if (strcmp(sha256, f->sha256) != 0) {
        refuse(all, c, "a file is not the one that was signed");
        return;
    }
    const struct judged *j = f->kind == UT_ROLLOUT_SETTINGS ? judge(all, f, c->fetch->bytes) : NULL;
    if (f->kind == UT_ROLLOUT_SETTINGS && j == NULL) {
        try_later(all, c, now_ms, chance);
        return;
    }
    if (j != NULL && j->why[0] != '\0') {
        refuse(all, c, j->why);
        return;
    }
    if (j != NULL)
        c->next = j->call;
    end_fetch(all, c);
    c->file++;
    c->vain = 0;
}

static void begin_file(struct ut_desks_rollout *all, struct ut_desk_course *c, const char *token, int64_t now_ms,
                       uint32_t chance)
{
    struct ut_fault ignored;
    struct ut_desks_fetch *f = all->fetches < UT_DESKS_FETCHES ? calloc(1, sizeof *f) : NULL;
    if (f == NULL)
        return;
    f->file = &c->of->r.file[c->file];
    (void)snprintf(f->url, sizeof f->url, "%s/v1/rollouts/files/%s", c->of->from, f->file->sha256);
    const struct ut_web_file_options o = {.url = f->url,
                                          .token = token,
                                          .ca_file = ut_config_text(all->options.config, "fleet", "ca_file"),
                                          .take = take_bytes,
                                          .ctx = f};
    f->bytes = malloc(f->file->bytes);
    f->web = f->bytes != NULL ? ut_web_file_begin(&o, &ignored) : NULL;
    c->fetch = f;
    all->fetches++;
    if (f->web == NULL)
        try_later(all, c, now_ms, chance);
}

static void go_on(struct ut_desks_rollout *all, struct ut_desk_course *c, int64_t now_ms, uint32_t chance)
{
    struct ut_fault why;
    enum ut_web_file_state state = ut_web_file_step(c->fetch->web, &why);
    if (state == UT_WEB_FILE_ENDED && c->fetch->n == c->fetch->file->bytes)
        end_file(all, c, now_ms, chance);
    else if (state != UT_WEB_FILE_COMES)
        try_later(all, c, now_ms, chance);
}

/* All of it is here. */
static void take(struct ut_desk_course *c)
{
    c->newest = c->of->r.number;
    c->begins = false;
    for (int i = 0; i < c->of->r.files; i++)
        c->begins = c->begins || c->of->r.file[i].kind != UT_ROLLOUT_FIRMWARE;
    if (c->begins)
        return;
    c->taken = c->newest; /* firmware alone is confirmed when it is there */
    c->before = c->in_force;
    report(c, c->newest, UT_FLOOR_CONFIRMED, "");
    c->of = NULL;
}

static void fetch(struct ut_desks_rollout *all, struct ut_desk_course *c, const char *token, int64_t now_ms,
                  uint32_t chance)
{
    if (c->fetch != NULL)
        go_on(all, c, now_ms, chance);
    else if (c->file == c->of->r.files)
        take(c);
    else if (now_ms >= c->due_ms)
        begin_file(all, c, token, now_ms, chance);
}

void ut_desk_course_step(struct ut_desks_rollout *all, struct ut_desk_course *c, const char *device, const char *token,
                         bool up, int64_t now_ms, uint32_t chance)
{
    c->up_ms = !up ? -1 : c->up_ms < 0 ? now_ms : c->up_ms;
    if (c->stopped != 0 && c->stopped == c->taken)
        put_back(c);
    else if (c->stopped != 0 && c->of != NULL && !c->trying && c->stopped == c->of->r.number)
        refuse(all, c, UT_FLOOR_STOPPED);
    c->stopped = 0;
    if (c->trying && up && now_ms - c->up_ms >= all->confirm_ms) {
        c->trying = false;
        c->of = NULL;
        report(c, c->taken, UT_FLOOR_CONFIRMED, "");
    }
    if (c->begins || c->trying)
        return;
    if (c->of == NULL)
        look(all, c, device, now_ms, chance);
    else
        fetch(all, c, token, now_ms, chance);
}

void ut_desk_course_begun(struct ut_desk_course *c)
{
    c->begins = false;
    c->up_ms = -1;
    if (c->of != NULL) {
        c->before = c->in_force;
        c->taken = c->newest;
        c->trying = true;
        report(c, c->newest, UT_FLOOR_TRYING, "");
    }
    c->in_force = c->next;
}
