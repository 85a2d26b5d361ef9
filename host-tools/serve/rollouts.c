/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/rollouts.h"

#include "host-tools/sinks/webhook.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/clock_steps.h"
#include "host-tools/system/loopback.h"
#include "host-tools/system/timestamp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 20, COSTS = 20 /* a judgement takes no more than one part in so many of the time */ };

_Static_assert((int)UT_LEDGER_RINGS == (int)UT_RINGS && (int)UT_LEDGER_FILES == (int)UT_ROLLOUT_FILES,
               "the ledger has the rings and files of a roll-out");

/* A ring, as it stands in the ledger. */
struct known {
    struct ut_ledger_ring is;
    char note[UT_NOTE_MAX], why[UT_VERDICT_WHY], by[UT_LEDGER_BY];
};

struct kept_file {
    char sha256[UT_DIGEST_TEXT]; /* "" = none */
    unsigned char *bytes;
    size_t n;
};

struct ut_rollouts {
    struct ut_rollouts_options options;
    struct ut_note_verifier verifier;
    struct known newest[UT_RINGS]; /* of the newest roll-out; number 0 = there is none */
    struct known opened[UT_RINGS]; /* of each ring the newest that it opened for */
    char *announced[UT_RINGS];
    struct ut_rollout_judge judge; /* of the newest, as it was counted last */
    char waits[UT_VERDICT_WHY];    /* for what its open ring waits; "" = none is open */
    uint32_t refused;              /* the number of the newest whose note or address is not right, which was said */
    uint64_t stopped;
    int64_t look_due_ms, judge_due_ms;
    struct ut_clock_steps steps;
    int64_t steady_ms; /* when the time of day was put forward or back last; 0 = not since the start */
    struct kept_file file[UT_ROLLOUT_FILES];
    int oldest;
};

struct ut_rollouts *ut_rollouts_new(const struct ut_rollouts_options *options, struct ut_fault *fault)
{
    struct ut_rollouts *r = calloc(1, sizeof *r);
    if (r == NULL) {
        (void)ut_fault_no_memory(fault);
        return NULL;
    }
    r->options = *options;
    if (options->verifier[0] == '\0' || ut_note_verifier_parse(&r->verifier, options->verifier) == 0)
        return r;
    (void)ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                       "[fleet] verifier: is no NAME+HASH+KEY; give what `undertone enrol make-key` printed");
    free(r);
    return NULL;
}

void ut_rollouts_free(struct ut_rollouts *r)
{
    if (r == NULL)
        return;
    for (int i = 0; i < UT_RINGS; i++)
        free(r->announced[i]);
    for (int i = 0; i < UT_ROLLOUT_FILES; i++)
        free(r->file[i].bytes);
    free(r);
}

static void keep(struct known *k, const struct ut_ledger_ring *ring)
{
    k->is = *ring;
    (void)snprintf(k->note, sizeof k->note, "%s", ring->note);
    (void)snprintf(k->why, sizeof k->why, "%s", ring->why);
    (void)snprintf(k->by, sizeof k->by, "%s", ring->by);
    k->is.note = k->note;
    k->is.why = k->why;
    k->is.by = k->by;
}

/* The newest come first. */
static int take_ring(void *ctx, const struct ut_ledger_ring *ring)
{
    struct ut_rollouts *r = ctx;
    if (r->newest[0].is.number == 0 || ring->number == r->newest[0].is.number)
        keep(&r->newest[ring->ring], ring);
    if (ring->opened >= 0 && r->opened[ring->ring].is.number == 0)
        keep(&r->opened[ring->ring], ring);
    return 0;
}

/* The last ring of the newest that opened; NULL = there is no roll-out. */
static const struct known *last_opened(const struct ut_rollouts *r)
{
    for (int i = UT_RINGS - 1; i >= 0; i--)
        if (r->newest[i].is.number != 0 && r->newest[i].is.opened >= 0)
            return &r->newest[i];
    return NULL;
}

/* Whether the note is by whom the verifier knows, of whatever site. */
static bool is_known(const struct ut_rollouts *r, const struct known *k, struct ut_rollout *m)
{
    return r->options.verifier[0] != '\0' && ut_rollout_parse(m, &r->verifier, k->note, strlen(k->note)) == 0;
}

/* Whether what it says is of this site and ring. */
static bool is_own(const struct ut_rollouts *r, const struct known *k, const struct ut_rollout *m)
{
    return strcmp(m->site, r->options.site) == 0 && m->number == k->is.number && (int)m->ring == k->is.ring &&
           m->share == k->is.share;
}

static bool is_signed(const struct ut_rollouts *r, const struct known *k, struct ut_rollout *m)
{
    return is_known(r, k, m) && is_own(r, k, m);
}

/* Why desks could not fetch what would be announced; NULL = they can. */
static const char *unreachable(const struct ut_rollouts_options *o)
{
    struct ut_fault fault;
    char host[UT_WEBHOOK_HOST];
    if (o->from[0] == '\0')
        return o->page ? "the page is at every address, and desks need one; set [serve] host"
                       : "without a page desks cannot fetch it; set [serve] page";
    if (!o->here && ut_webhook_check(o->from, "From", host, &fault) == 0 && ut_loopback(host))
        return "the page is at this machine, and brokers elsewhere; set [serve] host to the name by which desks ask";
    return NULL;
}

static bool may_announce(struct ut_rollouts *r, const struct known *k)
{
    struct ut_rollout m;
    const char *wrong = r->options.verifier[0] == '\0' ? "[fleet] verifier is not set"
                        : !is_known(r, k, &m)          ? "[fleet] verifier does not know who signed it"
                        : !is_own(r, k, &m)
                            ? "it is another site's; stop it, and open it with --site and this one's name"
                            : unreachable(&r->options);
    if (wrong == NULL)
        return true;
    if (r->refused != k->is.number)
        ut_note("roll-out %u: is not announced: %s", (unsigned)k->is.number, wrong);
    r->refused = k->is.number;
    return false;
}

static json_t *files_of(const struct ut_rollout *m)
{
    json_t *files = json_array();
    for (int i = 0; i < m->files; i++)
        (void)json_array_append_new(
            files, json_pack("{s:s, s:s, s:s, s:I}", "Kind", ut_rollout_kind_name[m->file[i].kind], "Name",
                             m->file[i].name, "Sha256", m->file[i].sha256, "Bytes", (json_int_t)m->file[i].bytes));
    return files;
}

static json_t *record_of(const struct ut_rollouts *r, const struct known *k, const char **kind)
{
    struct ut_rollout m = {.files = 0};
    json_t *more =
        json_pack("{s:I, s:s}", "Number", (json_int_t)k->is.number, "Ring", ut_rollout_ring_name[k->is.ring]);
    *kind = k->is.state == UT_LEDGER_RING_STOPPED  ? "rollout_stopped"
            : k->is.state == UT_LEDGER_RING_PASSED ? "rollout_passed"
            : k->is.ring == 0                      ? "rollout_opened"
                                                   : "rollout_ring";
    if (k->is.state == UT_LEDGER_RING_OPEN) {
        (void)json_object_set_new(more, "Share", json_integer((json_int_t)k->is.share));
        if (k->is.ring == 0 && is_signed(r, k, &m))
            (void)json_object_set_new(more, "Files", files_of(&m));
    } else {
        (void)json_object_set_new(more, "Why", json_string(k->why));
    }
    (void)json_object_set_new(more, "By", json_string(k->by));
    return more;
}

/* Puts on record what has changed. A roll-out that is stopped is one record, of the last ring that opened. 0, or -1 and
 * *fault of the record or of the ledger. */
static int record(struct ut_rollouts *r, struct ut_fault *fault)
{
    const struct known *last = last_opened(r);
    for (int i = 0; i < UT_RINGS; i++) {
        struct known *k = &r->newest[i];
        const char *kind;
        if (k->is.number == 0 || k->is.state == k->is.recorded)
            continue;
        bool said = k->is.state != UT_LEDGER_RING_STOPPED || k == last;
        json_t *more = said ? record_of(r, k, &kind) : NULL;
        if (said && ut_floor_audit_add(r->options.audit, kind, more, fault) != 0)
            return -1;
        if (r->options.ledger->kind->record_ring(r->options.ledger, k->is.number, i, k->is.state, fault) != 0)
            return -1;
        if (said && k->is.state == UT_LEDGER_RING_STOPPED) {
            r->stopped++;
            ut_note("roll-out %u is stopped at ring %s by %s: %s", (unsigned)k->is.number, ut_rollout_ring_name[i],
                    k->by, k->why);
        } else if (said) {
            ut_note("roll-out %u: ring %s %s", (unsigned)k->is.number, ut_rollout_ring_name[i],
                    k->is.state == UT_LEDGER_RING_OPEN ? "opens" : "has passed");
        }
        k->is.recorded = k->is.state;
        if (r->opened[i].is.number == k->is.number)
            r->opened[i].is.recorded = k->is.state;
    }
    return 0;
}

static void announce(struct ut_rollouts *r, enum ut_rollout_ring ring)
{
    const struct known *k = &r->opened[ring];
    bool stopped = k->is.state == UT_LEDGER_RING_STOPPED;
    if (k->is.number == 0 || (k->is.state == UT_LEDGER_RING_OPEN && k->is.recorded != UT_LEDGER_RING_OPEN) ||
        (!stopped && !may_announce(r, k)))
        return;
    struct ut_floor_rollout said = {.number = k->is.number, .stopped = stopped};
    (void)snprintf(said.from, sizeof said.from, "%s", r->options.from);
    memcpy(said.note, k->note, sizeof said.note);
    char *text = ut_floor_rollout_text(&said);
    if (text == NULL || (r->announced[ring] != NULL && strcmp(text, r->announced[ring]) == 0)) {
        free(text);
        return;
    }
    free(r->announced[ring]);
    r->announced[ring] = text;
    r->options.announce(r->options.ctx, ring, text);
}

static int look(struct ut_rollouts *r, struct ut_fault *fault)
{
    for (int i = 0; i < UT_RINGS; i++)
        r->newest[i].is = r->opened[i].is = (struct ut_ledger_ring){.number = 0};
    if (r->options.ledger->kind->rollouts(r->options.ledger, UT_ROLLOUTS_MOST, take_ring, r, fault) != 0)
        return -1;
    int recorded = record(r, fault);
    for (int i = 0; i < UT_RINGS; i++)
        announce(r, (enum ut_rollout_ring)i);
    return recorded;
}

struct judging {
    struct ut_rollouts *r;
    struct ut_rollout_judge judge;
};

static int take_desk(void *ctx, const struct ut_ledger_desk *desk)
{
    struct judging *j = ctx;
    ut_rollout_judge_desk(&j->judge, desk, ut_rollout_draw(j->r->options.site, desk->device));
    return 0;
}

/* Counts the desks, and moves the open ring on where there is one. 1 where it has moved, 0, or -1 and *fault. */
static int judge(struct ut_rollouts *r, int64_t unix_ms, struct ut_fault *fault)
{
    struct ut_ledger *l = r->options.ledger;
    const struct known *k = last_opened(r);
    struct judging j = {.r = r};
    struct ut_rollout m;
    char why[UT_VERDICT_WHY];
    r->waits[0] = '\0';
    if (k == NULL)
        return 0;
    bool open = k->is.state == UT_LEDGER_RING_OPEN && k->is.recorded == UT_LEDGER_RING_OPEN && is_signed(r, k, &m);
    ut_rollout_judge_begin(&j.judge, &k->is, r->newest[0].is.opened, r->steady_ms, unix_ms);
    if (l->kind->rollout_desks(l, k->is.number, open ? k->is.opened : INT64_MAX, take_desk, &j, fault) != 0)
        return -1;
    r->judge = j.judge;
    if (!open)
        return 0;
    switch (ut_rollout_judge_end(&j.judge, why)) {
    case UT_ROLLOUT_STOPS:
        return l->kind->stop_rollout(l, k->is.number, "serve", why, unix_ms, fault);
    case UT_ROLLOUT_PASSES:
        return l->kind->pass_ring(l, k->is.number, k->is.ring, why, unix_ms, fault);
    case UT_ROLLOUT_GOES_ON:
        memcpy(r->waits, why, sizeof r->waits);
        break;
    }
    return 0;
}

int ut_rollouts_step(struct ut_rollouts *r, int64_t now_ms, int64_t unix_ms, struct ut_fault *fault)
{
    int moved = 0;
    if (ut_clock_steps_look(&r->steps, unix_ms, now_ms) != 0)
        r->steady_ms = unix_ms; /* a hold that was counted by another time is none */
    if (now_ms >= r->judge_due_ms) {
        const struct known *k = last_opened(r);
        int64_t least = k != NULL && k->is.state == UT_LEDGER_RING_OPEN ? UT_ROLLOUTS_JUDGE_MS : UT_ROLLOUTS_COUNT_MS;
        r->judge_due_ms = now_ms + least;
        int64_t began = ut_clock_ms();
        moved = judge(r, unix_ms, fault);
        if (moved < 0)
            return -1;
        int64_t rest = COSTS * (ut_clock_ms() - began);
        r->judge_due_ms = now_ms + (rest > least ? rest : least);
    }
    if (now_ms < r->look_due_ms && moved == 0)
        return 0;
    r->look_due_ms = now_ms + UT_ROLLOUTS_LOOK_MS;
    uint32_t before = r->newest[0].is.number;
    int looked = look(r, fault);
    if (r->newest[0].is.number != before || moved > 0) /* desks are counted anew */
        r->judge_due_ms = now_ms;
    return looked;
}

const char *ut_rollouts_announced(const struct ut_rollouts *r, enum ut_rollout_ring ring)
{
    return r->announced[ring];
}

int ut_rollouts_stop(struct ut_rollouts *r, uint32_t number, const char *by, const char *why, int64_t unix_ms,
                     struct ut_fault *fault)
{
    r->look_due_ms = 0;
    return r->options.ledger->kind->stop_rollout(r->options.ledger, number, by, why, unix_ms, fault);
}

void ut_rollouts_count(const struct ut_rollouts *r, int64_t unix_ms, struct ut_rollouts_counts *c)
{
    const struct known *k = last_opened(r);
    *c = (struct ut_rollouts_counts){.stopped = r->stopped};
    if (k == NULL)
        return;
    c->number = k->is.number;
    c->ring = k->is.ring;
    c->state = k->is.state;
    if (k->is.state == UT_LEDGER_RING_OPEN) {
        c->ring_s = unix_ms > k->is.opened ? (unix_ms - k->is.opened) / 1000 : 0;
        c->hold_s = k->is.hold_s;
    }
    memcpy(c->desks, r->judge.desks, sizeof c->desks);
}

struct showing {
    const struct ut_rollouts *r;
    json_t *all;
};

static json_t *time_or_null(int64_t unix_ms)
{
    char text[UT_TIMESTAMP_TEXT];
    if (unix_ms < 0)
        return json_null();
    ut_timestamp_text(unix_ms, text);
    return json_string(text);
}

/* Rings of a roll-out come one behind the other. */
static int show(void *ctx, const struct ut_ledger_ring *ring)
{
    const struct showing *s = ctx;
    json_t *one = json_array_get(s->all, json_array_size(s->all) - 1);
    if (one == NULL || json_integer_value(json_object_get(one, "Number")) != (json_int_t)ring->number) {
        struct known k;
        struct ut_rollout m = {.files = 0};
        keep(&k, ring);
        (void)is_signed(s->r, &k, &m); /* of one that a key has signed which is not known any more no files are said */
        one = json_pack("{s:I, s:o, s:[]}", "Number", (json_int_t)ring->number, "Files", files_of(&m), "Rings");
        (void)json_array_append_new(s->all, one);
    }
    (void)json_array_append_new(json_object_get(one, "Rings"),
                                json_pack("{s:s, s:I, s:s, s:I, s:o, s:o, s:s, s:s}", "Ring",
                                          ut_rollout_ring_name[ring->ring], "Share", (json_int_t)ring->share, "State",
                                          ut_ledger_ring_state_name(ring->state), "HoldSeconds",
                                          (json_int_t)ring->hold_s, "Opened", time_or_null(ring->opened), "Changed",
                                          time_or_null(ring->changed), "By", ring->by, "Why", ring->why));
    return 0;
}

char *ut_rollouts_json(struct ut_rollouts *r, struct ut_fault *fault)
{
    struct showing s = {.r = r, .all = json_array()};
    char *text = NULL;
    if (r->options.ledger->kind->rollouts(r->options.ledger, SHOWN, show, &s, fault) == 0) {
        json_t *newest = json_array_get(s.all, 0), *desks = json_object();
        for (int i = 0; i < UT_FLOOR_ROLLOUT_STATES; i++)
            (void)json_object_set_new(desks, ut_floor_rollout_state_name((enum ut_floor_rollout_state)i),
                                      json_integer((json_int_t)r->judge.desks[i]));
        (void)json_object_set_new(newest, "Desks", desks); /* where there is one */
        (void)json_object_set_new(newest, "Waits", json_string(r->waits));
        text = json_dumps(s.all, JSON_COMPACT);
        if (text == NULL)
            (void)ut_fault_no_memory(fault);
    }
    json_decref(s.all);
    return text;
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *ut_rollouts_hex(const unsigned char *bytes, size_t n)
{
    static const char DIGITS[] = "0123456789abcdef";
    char *text = malloc(2 * n + 1);
    if (text == NULL)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        text[2 * i] = DIGITS[bytes[i] >> 4];
        text[2 * i + 1] = DIGITS[bytes[i] & 15];
    }
    text[2 * n] = '\0';
    return text;
}

static int take_file(void *ctx, int64_t key, const char *line)
{
    struct kept_file *f = ctx;
    size_t n = strlen(line) / 2;
    if (key < 0 || n != (size_t)key || n > UT_ROLLOUT_BYTES_MAX || (f->bytes = malloc(n + 1)) == NULL)
        return 0;
    for (f->n = 0; f->n < n; f->n++) {
        int high = digit_of(line[2 * f->n]), low = digit_of(line[2 * f->n + 1]);
        if (high < 0 || low < 0)
            return 0;
        f->bytes[f->n] = (unsigned char)(high << 4 | low);
    }
    return 1;
}

int ut_rollouts_file(struct ut_rollouts *r, const char *sha256, const unsigned char **bytes, size_t *n,
                     struct ut_fault *fault)
{
    const struct kept_file *found = NULL;
    for (int i = 0; i < UT_ROLLOUT_FILES && found == NULL; i++)
        if (r->file[i].sha256[0] != '\0' && strcmp(r->file[i].sha256, sha256) == 0)
            found = &r->file[i];
    if (found == NULL) {
        struct kept_file f = {.n = 0};
        char digest[UT_DIGEST_TEXT];
        int there = r->options.ledger->kind->rollout_file(r->options.ledger, sha256, take_file, &f, fault);
        if (there == 1) {
            ut_digest(f.bytes, f.n, digest);
            there = strcmp(digest, sha256) == 0;
        }
        if (there != 1) {
            free(f.bytes);
            return there;
        }
        struct kept_file *old = &r->file[r->oldest];
        r->oldest = (r->oldest + 1) % UT_ROLLOUT_FILES;
        free(old->bytes);
        *old = f;
        memcpy(old->sha256, digest, sizeof digest);
        found = old;
    }
    *bytes = found->bytes;
    *n = found->n;
    return 1;
}
