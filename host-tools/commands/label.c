/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone label`: its options; how far labellers agree (host-tools/trials/agreement.h) as lines or JSON, and the
 * labels that most of them gave. */
#include "host-tools/commands/commands.h"
#include "host-tools/settings/config.h"
#include "host-tools/system/json.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/run_files.h"
#include "host-tools/trials/agreement.h"
#include "host-tools/trials/answers.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct choices {
    const char *agreement, *write;
    bool json;
};

static const struct ut_option options[] = {
    {"agreement", "FILE", "the file of answers to judge", ut_option_text, .place = offsetof(struct choices, agreement)},
    {"write", "LABELS.tsv", "write what more than half said of each stretch as labels, which tune and adapt take",
     ut_option_text, .place = offsetof(struct choices, write)},
    {"json", NULL, "one JSON object on standard output", ut_option_flag, .place = offsetof(struct choices, json)},
    UT_OPTION_HELP,
    {0},
};

/* What a file of answers comes to. */
struct judged {
    struct ut_answer_table table;
    signed char *clear; /* the table's values without those of unclear */
    struct ut_agreement agreement;
    size_t label[UT_ANSWERS + 1]; /* stretches by what more than half said; the last: without such an answer */
};

/* 0, or -1 and *fault; free it in any case. */
static int judge(struct judged *j, const struct ut_answers *a, struct ut_fault *fault)
{
    int r = ut_answer_table(&j->table, a);
    const struct ut_answer_table *t = &j->table;
    size_t cells = t->stretches * t->labellers;
    j->clear = malloc(cells + 1);
    for (size_t i = 0; r == 0 && j->clear != NULL && i < cells; i++)
        j->clear[i] = (signed char)(t->value[i] == UT_ANSWER_UNCLEAR ? UT_AGREEMENT_MISSING : t->value[i]);
    if (r != 0 || j->clear == NULL || ut_agreement(j->clear, t->stretches, t->labellers, &j->agreement) != 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "label: not enough memory; close other programs");
    for (size_t i = 0; i < t->stretches; i++)
        j->label[ut_answer_majority(t, i)]++;
    return 0;
}

static void judged_free(struct judged *j)
{
    ut_answer_table_free(&j->table);
    free(j->clear);
}

static void print_alpha(const struct judged *j)
{
    const struct ut_agreement *a = &j->agreement;
    fputs("Krippendorff's alpha, nominal: ", stdout);
    if (j->table.labellers < 2)
        puts("too few labellers; it takes two");
    else if (a->units == 0)
        puts("too few answers; no stretch has a clear one of two labellers");
    else if (isnan(a->alpha))
        puts("not defined, since all answers are the same one");
    else if (isnan(a->low))
        printf("%.3f, of too few stretches for an interval\n", a->alpha);
    else
        printf("%.3f [%.3f, %.3f], 95 %% interval over stretches\n", a->alpha, a->low, a->high);
}

static void print_lines(const struct judged *j)
{
    const struct ut_answer_table *t = &j->table;
    printf("recordings: %zu, stretches: %zu, of which two or more gave a clear answer about %zu; labellers: %zu\n",
           t->recordings, t->stretches, j->agreement.units, t->labellers);
    print_alpha(j);
    printf("labels by more than half: %zu frustration, %zu delight, %zu none; left out: %zu unclear, %zu without a "
           "majority\n",
           j->label[UT_ANSWER_FRUSTRATION], j->label[UT_ANSWER_DELIGHT], j->label[UT_ANSWER_NONE],
           j->label[UT_ANSWER_UNCLEAR], j->label[UT_ANSWERS]);
    if (t->labellers > 1)
        printf("\n%-20s  %-20s  %6s  %6s\n", "", "", "both", "same");
    for (size_t i = 0; i < t->labellers; i++)
        for (size_t k = i + 1; k < t->labellers; k++) {
            size_t both, same;
            ut_agreement_pair(j->clear, t->stretches, t->labellers, i, k, &both, &same);
            printf("%-20s  %-20s  %6zu  %6zu\n", t->labeller[i], t->labeller[k], both, same);
        }
}

static void print_json(const struct judged *j)
{
    const struct ut_answer_table *t = &j->table;
    const struct ut_agreement *a = &j->agreement;
    json_t *pairs = json_array(), *labels = json_object();
    for (size_t i = 0; i < t->labellers; i++)
        for (size_t k = i + 1; k < t->labellers; k++) {
            size_t both, same;
            ut_agreement_pair(j->clear, t->stretches, t->labellers, i, k, &both, &same);
            json_array_append_new(pairs, json_pack("{s:[s, s], s:I, s:I}", "labellers", t->labeller[i], t->labeller[k],
                                                   "both", (json_int_t)both, "same", (json_int_t)same));
        }
    for (enum ut_answer i = 0; i < UT_ANSWERS; i++)
        json_object_set_new(labels, ut_answer_name[i], json_integer((json_int_t)j->label[i]));
    json_object_set_new(labels, "no_majority", json_integer((json_int_t)j->label[UT_ANSWERS]));
    json_t *alpha = json_pack("{s:o, s:o, s:o}", "value", ut_json_number(a->alpha, 4), "low", ut_json_number(a->low, 4),
                              "high", ut_json_number(a->high, 4));
    ut_json_line(json_pack("{s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "stretches", (json_int_t)t->stretches,
                           "recordings", (json_int_t)t->recordings, "labellers", (json_int_t)t->labellers, "pairable",
                           (json_int_t)a->units, "answers", (json_int_t)a->values, "alpha", alpha, "labels", labels,
                           "pairs", pairs));
}

/* The whole path of the folder that a file lies in. 0, or -1 when there is none. */
static int folder_of(const char *file, char folder[PATH_MAX])
{
    char name[PATH_MAX];
    const char *slash = strrchr(file, '/');
    int n =
        snprintf(name, sizeof name, "%.*s", slash != NULL ? (int)(slash - file) + 1 : 2, slash != NULL ? file : "./");
    return n < (int)sizeof name && realpath(name, folder) != NULL ? 0 : -1;
}

/* 0, or -1 and *fault. */
static int write_labels(const struct judged *j, const char *answers, const char *path, struct ut_fault *fault)
{
    struct ut_output out;
    char from[PATH_MAX], to[PATH_MAX];
    if (j->label[UT_ANSWER_FRUSTRATION] + j->label[UT_ANSWER_DELIGHT] + j->label[UT_ANSWER_NONE] == 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE,
                            "%s: not written: of no stretch more than half say the same; label more", path);
    if (folder_of(answers, from) != 0)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: its folder is not there; check the name", answers);
    bool there = folder_of(path, to) == 0 && strcmp(from, to) == 0;
    if (ut_output_open(&out, path, fault) != 0)
        return -1;
    ut_answer_labels(&j->table, there ? NULL : from, out.file);
    return ut_output_commit(&out, fault);
}

/* 0, or -1 and *fault. */
static int report(const struct choices *c, const struct ut_config *config, struct ut_fault *fault)
{
    struct ut_answers answers;
    struct judged j = {.clear = NULL};
    struct ut_run_files files = {0};
    ut_run_files_read(&files, c->agreement, "the file of answers");
    ut_config_files(config, &files);
    ut_run_files_write(&files, c->write, "--write");
    if (ut_run_files_check(&files, "label", fault) != 0 || ut_answers_read(&answers, c->agreement, fault) != 0)
        return -1;
    if (answers.cut)
        ut_note("%s: its last row is cut short and does not count", c->agreement);
    int r = judge(&j, &answers, fault);
    if (r == 0) {
        (c->json ? print_json : print_lines)(&j);
        r = ut_output_flush(fault);
    }
    if (r == 0 && c->write != NULL)
        r = write_labels(&j, c->agreement, c->write, fault);
    judged_free(&j);
    ut_answers_free(&answers);
    return r;
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct choices c = {0};
    struct ut_fault fault = {0};
    int words = ut_options_take(&ut_command_label, argc, argv, &c, &fault);
    if (words >= 0 && (words > 0 || c.agreement == NULL))
        (void)ut_options_refuse(&ut_command_label, &fault, "give --agreement and a file of answers");
    if (words >= 0 && fault.code == UT_EXIT_OK)
        (void)report(&c, config, &fault);
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone label --agreement site/answers.tsv --write site/agreed.tsv",
     "How far three people agree, and the labels that two of them gave:"},
    {NULL, NULL},
};

const struct ut_command ut_command_label = {
    .name = "label",
    .purpose = "how far several labellers of recorded calls agree, and the labels that most of them gave",
    .usage = "--agreement FILE [options]",
    .about =
        "FILE is a table with path, begin_ms, end_ms, labeller and answer: frustration, delight, none, or unclear. A "
        "labeller's last answer about a stretch counts. Agreement is Krippendorff's alpha for nominal data: 1 = they "
        "always agree, 0 = as chance would; answers of unclear count as missing.\n\n"
        "Labels written are what more than half said of a stretch, unclear counted as an answer; the others are left "
        "out. adapt takes what is left out for neither: settle it first, or leave the call out.",
    .options = options,
    .exit_codes = "0 done, 1 no labels to write or failure, 2 usage, 10 no such file, 12 an empty one, 20 a row "
                  "without what is needed, 21 an answer that is none.",
    .examples = examples,
    .run = run,
};
