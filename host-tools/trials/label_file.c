/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/label_file.h"

#include "host-tools/system/grow.h"
#include "host-tools/system/text_file.h"
#include "host-tools/trials/label_track.h"
#include "host-tools/trials/recording.h"
#include "host-tools/trials/rttm.h"
#include "host-tools/trials/textgrid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int no_memory(const char *file, struct ut_fault *fault)
{
    return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", file);
}

/* Keeps the marks of which this is true. */
static void keep(struct ut_marks *m, bool (*wanted)(struct ut_mark *mark))
{
    size_t kept = 0;
    for (size_t i = 0; i < m->n; i++)
        if (wanted(&m->mark[i]))
            m->mark[kept++] = m->mark[i];
    m->n = kept;
}

/* A track that replay wrote (host-tools/reports/format_labels.c) has turns between its cues: "turn: agent", "cue NAME:
 * what it said". */
static bool is_of_track(struct ut_mark *mark)
{
    static const char *const facts[] = {"turn: ", "backchannel: ", "interruption by the ", "channels: ", "on hold: "};
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        if (strncmp(mark->text, facts[i], strlen(facts[i])) == 0)
            return false;
    if (strcmp(mark->text, "overlap") == 0 || strcmp(mark->text, "non-talk") == 0)
        return false;
    char *colon = strchr(mark->text, ':');
    if (strncmp(mark->text, "cue ", 4) == 0 && colon != NULL) {
        *colon = '\0';
        mark->text += 4;
    }
    return true;
}

/* RTTM that replay wrote has the speech of the two parties. */
static bool is_of_rttm(struct ut_mark *mark)
{
    return strcmp(mark->text, "customer") != 0 && strcmp(mark->text, "agent") != 0;
}

/* "customer, agent and 2 more" */
static void list_tiers(const struct ut_marks *m, char *text, size_t room)
{
    enum { NAMED = 6 };
    size_t at = 0;
    snprintf(text, room, "none");
    for (size_t i = 0; i < m->tiers && i < NAMED && at < room; i++)
        at += (size_t)snprintf(text + at, room - at, "%s%.30s", i > 0 ? ", " : "", m->tier[i]);
    if (m->tiers > NAMED && at < room)
        snprintf(text + at, room - at, " and %zu more", m->tiers - NAMED);
}

/* How a tier counts: not, by the texts of its marks, or all its marks as labels of its name. */
enum use { NOT, BY_TEXT, BY_NAME };

/* Whether any tier counts. */
static bool choose(const struct ut_marks *m, const struct ut_label_choice *choice, enum use *use)
{
    static const char *const usual[] = {"cues", "labels", "label"};
    bool any = false;
    for (size_t i = 0; i < m->tiers; i++) {
        bool wanted = choice->tier == NULL || strcasecmp(m->tier[i], choice->tier) == 0;
        use[i] = !wanted ? NOT : choice->is_label(m->tier[i]) ? BY_NAME : choice->tier != NULL ? BY_TEXT : NOT;
        any = any || use[i] != NOT;
    }
    for (size_t k = 0; k < sizeof usual / sizeof usual[0] && !any && choice->tier == NULL; k++)
        for (size_t i = 0; i < m->tiers; i++)
            if (strcasecmp(m->tier[i], usual[k]) == 0) {
                use[i] = BY_TEXT;
                any = true;
            }
    if (!any && m->tiers == 1 && choice->tier == NULL) {
        use[0] = BY_TEXT;
        any = true;
    }
    return any;
}

/* 0, or -1 and *fault. */
static int choose_tiers(struct ut_marks *m, const char *file, const struct ut_label_choice *choice,
                        struct ut_fault *fault)
{
    char tiers[250];
    size_t kept = 0;
    enum use *use = calloc(m->tiers + 1, sizeof *use);
    if (use == NULL)
        return no_memory(file, fault);
    bool any = choose(m, choice, use);
    for (size_t i = 0; i < m->n; i++) {
        struct ut_mark *mark = &m->mark[i];
        if (use[mark->tier] == BY_NAME)
            mark->text = m->tier[mark->tier];
        if (use[mark->tier] != NOT)
            m->mark[kept++] = *mark;
    }
    m->n = kept;
    free(use);
    if (any)
        return 0;
    list_tiers(m, tiers, sizeof tiers);
    if (choice->tier != NULL)
        return ut_fault_set(fault, UT_EXIT_INDEX, "%s: has no tier %.40s; its tiers are: %s", file, choice->tier,
                            tiers);
    return ut_fault_set(fault, UT_EXIT_INDEX,
                        "%s: none of its tiers is named like a label, cues or labels; choose one with --tier: %s", file,
                        tiers);
}

static const char plus[] = " + ";

/* One name of an interval. */
struct part {
    struct ut_mark mark;
    size_t at;  /* its place among all of them */
    bool joins; /* it or the interval that ends where it begins has more names than this: it may go on from that */
};

static int by_name(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    if (x->mark.tier != y->mark.tier)
        return x->mark.tier < y->mark.tier ? -1 : 1;
    int order = strcasecmp(x->mark.text, y->mark.text);
    return order != 0 ? order : x->at < y->at ? -1 : 1;
}

static int by_place(const void *a, const void *b)
{
    return ((const struct part *)a)->at < ((const struct part *)b)->at ? -1 : 1;
}

/* Cuts the marks' texts into names; room for all. The number. */
static size_t split(const struct ut_marks *m, struct part *part)
{
    int64_t joined_until_ms = -1;
    size_t n = 0;
    for (size_t i = 0; i < m->n; i++) {
        char *next = m->mark[i].text;
        bool joined = strstr(next, plus) != NULL;
        while (next != NULL) {
            struct part *p = &part[n];
            *p = (struct part){.mark = m->mark[i], .at = n, .joins = joined || joined_until_ms == m->mark[i].begin_ms};
            p->mark.text = next;
            next = strstr(next, plus);
            if (next != NULL) {
                *next = '\0';
                next += sizeof plus - 1;
            }
            n++;
        }
        joined_until_ms = joined ? m->mark[i].end_ms : -1;
    }
    return n;
}

/* Parts that stand by name become one with the part before that they go on from. The number that is left. */
static size_t join(struct part *part, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        struct ut_mark *last = kept > 0 ? &part[kept - 1].mark : NULL, *mark = &part[i].mark;
        if (last != NULL && part[i].joins && last->tier == mark->tier && last->end_ms == mark->begin_ms &&
            strcasecmp(last->text, mark->text) == 0)
            last->end_ms = mark->end_ms;
        else
            part[kept++] = part[i];
    }
    return kept;
}

/* "this + that" is an interval of both, as replay writes cues at the same time (host-tools/reports/spans.c). 0, or -1
 * and *fault. */
static int part_names(struct ut_marks *m, const char *file, struct ut_fault *fault)
{
    size_t n = m->n;
    for (size_t i = 0; i < m->n; i++)
        for (const char *at = m->mark[i].text; (at = strstr(at, plus)) != NULL; at += sizeof plus - 1)
            n++;
    struct part *part = calloc(n + 1, sizeof *part);
    int result = part != NULL ? 0 : -1;
    if (part != NULL) {
        n = split(m, part);
        qsort(part, n, sizeof *part, by_name);
        n = join(part, n);
        qsort(part, n, sizeof *part, by_place);
        m->n = 0;
    }
    for (size_t i = 0; i < n && result == 0; i++)
        result = ut_marks_add(m, &part[i].mark);
    free(part);
    return result == 0 ? 0 : no_memory(file, fault);
}

/* The index of the path, which is taken. 0, or -1 and *fault, also when it is NULL. */
static int add_recording(struct ut_label_file *f, char *path, const char *file, struct ut_fault *fault)
{
    if (path == NULL)
        return -1;
    char **grown = ut_grow(f->recording, &f->room, f->recordings + 1, sizeof *grown);
    if (grown == NULL) {
        free(path);
        return no_memory(file, fault);
    }
    f->recording = grown;
    f->recording[f->recordings++] = path;
    return 0;
}

static char *copy(const char *text, const char *file, struct ut_fault *fault)
{
    char *copied = strdup(text);
    if (copied == NULL)
        (void)no_memory(file, fault);
    return copied;
}

/* The other recording that marks name, besides that of the first; NULL = there is none. */
static const char *second_name(const struct ut_marks *m)
{
    for (size_t i = 1; i < m->n; i++)
        if (strcmp(m->mark[i].recording, m->mark[0].recording) != 0)
            return m->mark[i].recording;
    return NULL;
}

/* The path of the one recording that all marks speak of: chosen, named by them, or named as the file is. */
static char *only_recording(const struct ut_marks *m, const char *file, const struct ut_label_choice *choice,
                            struct ut_fault *fault)
{
    struct ut_fault unused;
    if (choice->recording != NULL)
        return copy(choice->recording, file, fault);
    if (m->n > 0 && m->mark[0].recording[0] != '\0') {
        char *path = ut_recording_named(file, m->mark[0].recording, fault);
        if (path == NULL && fault->code == UT_EXIT_MISSING && (path = ut_recording_of(file, &unused)) != NULL)
            *fault = (struct ut_fault){0};
        return path;
    }
    return ut_recording_of(file, fault);
}

/* Gives each mark its recording's path. 0, or -1 and *fault. */
static int find_recordings(struct ut_label_file *f, const char *file, const struct ut_label_choice *choice,
                           struct ut_fault *fault)
{
    struct ut_marks *m = &f->marks;
    const char *second = second_name(m), *last = NULL;
    if (second == NULL) {
        if (add_recording(f, only_recording(m, file, choice, fault), file, fault) != 0)
            return -1;
        for (size_t i = 0; i < m->n; i++)
            m->mark[i].recording = f->recording[0];
        return 0;
    }
    if (choice->recording != NULL)
        return ut_fault_set(fault, UT_EXIT_USAGE,
                            "%s: speaks of %.60s and %.60s; --recording is for a file that speaks of one", file,
                            m->mark[0].recording, second);
    size_t at = 0;
    for (size_t i = 0; i < m->n; i++) {
        const char *name = m->mark[i].recording;
        if (last == NULL || strcmp(name, last) != 0) { /* marks of one recording mostly stand together */
            char *path = ut_recording_named(file, name, fault);
            for (at = 0; path != NULL && at < f->recordings && strcmp(f->recording[at], path) != 0;)
                at++;
            if (path != NULL && at < f->recordings)
                free(path);
            else if (add_recording(f, path, file, fault) != 0)
                return -1;
        }
        last = name;
        m->mark[i].recording = f->recording[at];
    }
    return 0;
}

int ut_label_file_read(struct ut_label_file *f, const char *file, const struct ut_label_choice *choice,
                       struct ut_fault *fault)
{
    struct ut_marks *m = &f->marks;
    memset(f, 0, sizeof *f);
    f->text = ut_text_file_read(file, "a table or a file of labels", fault);
    if (f->text == NULL)
        return -1;
    bool grid = ut_textgrid_is(f->text), rttm = !grid && ut_rttm_is(f->text);
    bool track = !grid && !rttm && ut_label_track_is(f->text);
    f->is_table = !grid && !rttm && !track;
    if (choice->tier != NULL && !grid)
        return ut_fault_set(fault, UT_EXIT_USAGE, "%s: has no tiers; --tier is for TextGrids", file);
    if (choice->recording != NULL && f->is_table)
        return ut_fault_set(fault, UT_EXIT_USAGE, "%s: a table names its recordings itself; leave --recording out",
                            file);
    int result = grid    ? ut_textgrid_parse(m, f->text, file, fault)
                 : rttm  ? ut_rttm_parse(m, f->text, file, fault)
                 : track ? ut_label_track_parse(m, f->text, file, fault)
                         : 0;
    if (result == 0 && grid)
        result = choose_tiers(m, file, choice, fault) != 0 ? -1 : part_names(m, file, fault);
    if (result == 0 && !f->is_table)
        result = find_recordings(f, file, choice, fault);
    if (rttm)
        keep(m, is_of_rttm);
    if (track)
        keep(m, is_of_track);
    return result;
}

void ut_label_file_free(struct ut_label_file *f)
{
    for (size_t i = 0; i < f->recordings; i++)
        free(f->recording[i]);
    free(f->recording);
    ut_marks_free(&f->marks);
    free(f->text);
    memset(f, 0, sizeof *f);
}
