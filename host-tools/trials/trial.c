/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/trial.h"

#include "host-tools/cues/calibration.h"
#include "host-tools/cues/engine.h"
#include "host-tools/system/grow.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
    struct ut_trial *trial;
    size_t room;
    bool full;
};

static void note_change(void *ctx, const struct ut_cue_change *change)
{
    struct run *r = ctx;
    struct ut_trial *t = r->trial;
    if (change->what == UT_CUE_OPENED) {
        struct ut_opening *grown = ut_grow(t->opening, &r->room, t->n + 1, sizeof *grown);
        if (grown == NULL) {
            r->full = true;
            return;
        }
        t->opening = grown;
        t->opening[t->n++] = (struct ut_opening){.cue = (int32_t)change->cue,
                                                 .shown = change->display == UT_DISPLAY_SHOWN,
                                                 .begin_ms = change->begin_ms,
                                                 .opened_ms = change->opened_ms,
                                                 .closed_ms = -1};
    } else if (change->what == UT_CUE_CLOSED) {
        for (size_t i = t->n; i-- > 0;)
            if (t->opening[i].cue == (int32_t)change->cue && t->opening[i].closed_ms < 0) {
                t->opening[i].closed_ms = change->t_ms;
                t->opening[i].shown = change->display == UT_DISPLAY_SHOWN;
                break;
            }
    }
}

int ut_trial_run(struct ut_trial *t, const struct ut_records *records, const struct ut_config *config)
{
    struct ut_cue_engine *engine = malloc(sizeof *engine);
    struct ut_calibration calibration = ut_calibration_of(config);
    struct run run = {.trial = t};
    int64_t last_score_ms = -1;
    memset(t, 0, sizeof *t);
    if (engine == NULL)
        return -1;
    ut_cue_engine_init(engine, config, note_change, &run);
    for (size_t i = 0; i < records->n; i++) {
        const uint8_t *record = records->record + i * UT_WIRE_RECORD_BYTES;
        struct ut_wire_score score;
        struct ut_wire_turn turn;
        struct ut_wire_status status;
        struct ut_wire_hello hello;
        /* as session.c: the end on an interval's end repeats the last score, which adds nothing */
        if (ut_wire_unpack_score(record, &score) == 0 && score.t_ms != last_score_ms) {
            last_score_ms = score.t_ms;
            score = ut_calibrated(&calibration, &score);
            ut_cue_engine_score(engine, &score);
        } else if (ut_wire_unpack_turn(record, &turn) == 0) {
            ut_cue_engine_turn(engine, &turn);
        } else if (ut_wire_unpack_status(record, &status) == 0) {
            ut_cue_engine_status(engine, &status);
        } else if (ut_wire_unpack_hello(record, &hello) == 0 && !ut_calibration_is_for(config, hello.model_crc32)) {
            calibration = (struct ut_calibration){.temperature = 1};
        }
    }
    ut_cue_engine_finish(engine);
    free(engine);
    if (!run.full)
        return 0;
    ut_trial_free(t);
    return -1;
}

void ut_trial_free(struct ut_trial *t)
{
    free(t->opening);
    memset(t, 0, sizeof *t);
}

static char program[UT_HASH_TEXT];

static void find_program(void)
{
    struct ut_fault fault;
    if (ut_hash_file("/proc/self/exe", program, &fault) != 0)
        program[0] = '\0';
}

static void setting_key(const struct ut_config *config, char text[UT_HASH_TEXT])
{
    struct ut_hash h;
    char line[120];
    ut_hash_init(&h);
    for (int i = 0; i < UT_PARAMS; i++) {
        snprintf(line, sizeof line, "%s.%s=%.17g\n", ut_param_info[i].section, ut_param_info[i].key, config->value[i]);
        ut_hash_add(&h, line, strlen(line));
    }
    const char *model = ut_config_text(config, "calibration", "model");
    ut_hash_add(&h, model, strlen(model));
    ut_hash_text(&h, text);
}

/* Makes room for one more entry with n openings. 0 or -1. */
static int reserve(struct ut_trials *s, size_t n)
{
    struct ut_trials_entry *entry = ut_grow(s->entry, &s->entry_room, s->entries + 1, sizeof *entry);
    if (entry == NULL)
        return -1;
    s->entry = entry;
    struct ut_opening *opening = ut_grow(s->opening, &s->opening_room, s->openings + n, sizeof *opening);
    if (opening == NULL)
        return -1;
    s->opening = opening;
    return 0;
}

static int remember(struct ut_trials *s, const char *setting, const struct ut_opening *opening, size_t n)
{
    if (reserve(s, n) != 0)
        return -1;
    struct ut_trials_entry *e = &s->entry[s->entries++];
    memcpy(e->setting, setting, UT_HASH_TEXT);
    e->at = s->openings;
    e->n = n;
    if (n > 0)
        memcpy(s->opening + s->openings, opening, n * sizeof *opening);
    s->openings += n;
    return 0;
}

/* The file: for each setting its key, the number of openings, the openings. */
static void read_entries(struct ut_trials *s, const uint8_t *data, size_t len)
{
    while (len >= UT_HASH_TEXT + sizeof(uint64_t)) {
        char setting[UT_HASH_TEXT];
        uint64_t n;
        memcpy(setting, data, UT_HASH_TEXT);
        setting[UT_HASH_TEXT - 1] = '\0';
        memcpy(&n, data + UT_HASH_TEXT, sizeof n);
        data += UT_HASH_TEXT + sizeof n;
        len -= UT_HASH_TEXT + sizeof n;
        if (n > len / sizeof *s->opening)
            return;
        size_t size = (size_t)n * sizeof *s->opening;
        if (reserve(s, (size_t)n) != 0)
            return;
        struct ut_trials_entry *e = &s->entry[s->entries++];
        memcpy(e->setting, setting, UT_HASH_TEXT);
        e->at = s->openings;
        e->n = (size_t)n;
        if (size > 0)
            memcpy(s->opening + s->openings, data, size);
        s->openings += (size_t)n;
        data += size;
        len -= size;
    }
}

void ut_trials_open(struct ut_trials *s, const char *folder, const struct ut_records *records)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct ut_hash h;
    uint8_t *data;
    size_t len;
    memset(s, 0, sizeof *s);
    pthread_once(&once, find_program);
    if (folder == NULL || program[0] == '\0' || records->key[0] == '\0')
        return;
    char key[UT_HASH_TEXT];
    ut_hash_init(&h);
    ut_hash_add(&h, records->key, strlen(records->key));
    ut_hash_add(&h, program, strlen(program));
    ut_hash_text(&h, key);
    snprintf(s->name, sizeof s->name, "%s.trials", key);
    if (ut_records_recall(folder, s->name, &data, &len) == 0) {
        read_entries(s, data, len);
        free(data);
    }
}

int ut_trials_get(struct ut_trials *s, const struct ut_records *records, const struct ut_config *config,
                  struct ut_trial *t)
{
    char setting[UT_HASH_TEXT];
    setting_key(config, setting);
    for (size_t i = 0; i < s->entries; i++)
        if (strcmp(s->entry[i].setting, setting) == 0) {
            *t = (struct ut_trial){s->opening + s->entry[i].at, s->entry[i].n};
            return 0;
        }
    struct ut_trial new;
    if (ut_trial_run(&new, records, config) != 0)
        return -1;
    int result = remember(s, setting, new.opening, new.n);
    ut_trial_free(&new);
    if (result != 0)
        return -1;
    s->changed = 1;
    const struct ut_trials_entry *e = &s->entry[s->entries - 1];
    *t = (struct ut_trial){s->opening + e->at, e->n};
    return 0;
}

void ut_trials_close(struct ut_trials *s, const char *folder)
{
    if (folder != NULL && s->changed && s->name[0] != '\0') {
        size_t len = s->entries * (UT_HASH_TEXT + sizeof(uint64_t)) + s->openings * sizeof *s->opening;
        uint8_t *data = malloc(len), *at = data;
        for (size_t i = 0; data != NULL && i < s->entries; i++) {
            const struct ut_trials_entry *e = &s->entry[i];
            uint64_t n = e->n;
            memcpy(at, e->setting, UT_HASH_TEXT);
            memcpy(at + UT_HASH_TEXT, &n, sizeof n);
            at += UT_HASH_TEXT + sizeof n;
            if (e->n > 0)
                memcpy(at, s->opening + e->at, e->n * sizeof *s->opening);
            at += e->n * sizeof *s->opening;
        }
        if (data != NULL)
            (void)ut_records_keep(folder, s->name, data, len);
        free(data);
    }
    free(s->entry);
    free(s->opening);
    memset(s, 0, sizeof *s);
}
