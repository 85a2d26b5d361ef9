/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone label`: its options; the page for labellers (host-tools/trials/labelling.h) until it is told to end; how
 * far they agree (host-tools/trials/agreement.h) as lines or JSON, and the labels that most of them gave. */
#include "host-tools/commands/commands.h"
#include "host-tools/settings/config.h"
#include "host-tools/system/json.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/run_files.h"
#include "host-tools/system/stop.h"
#include "host-tools/trials/agreement.h"
#include "host-tools/trials/answers.h"
#include "host-tools/trials/labelling.h"

#include <limits.h>
#include <math.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct choices {
    struct ut_audio_choice channels;
    const char *agreement, *write, *labels, *as;
    double stretch_s;
    int port;
    bool json, no_cache;
};

static const struct ut_option options[] = {
    {"labels", "FILE", "add answers to FILE (default: answers.tsv in FOLDER)", ut_option_text,
     .place = offsetof(struct choices, labels)},
    {"as", "NAME", "the labeller, by initials or a nickname (default: the page asks)", ut_option_text,
     .place = offsetof(struct choices, as)},
    {"stretch", "SECONDS", "the longest stretch to listen to (default 12)", ut_option_number,
     .place = offsetof(struct choices, stretch_s), .low = 2, .high = 120},
    {"port", "N", "the page's port (default: one that is free)", ut_option_count,
     .place = offsetof(struct choices, port), .low = 0, .high = 65535},
    {"customer", "N", "the customer's channel, as in replay", ut_audio_take_channel,
     .place = offsetof(struct choices, channels.customer)},
    {"agent", "N|none", "the agent's channel, as in replay", ut_audio_take_channel,
     .place = offsetof(struct choices, channels.agent)},
    {"no-cache", NULL, "compute everything again, keep nothing", ut_option_flag,
     .place = offsetof(struct choices, no_cache)},
    {"agreement", "FILE", "instead of a page: judge a file of answers", ut_option_text,
     .place = offsetof(struct choices, agreement)},
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
static int report(const struct choices *c, const char *file, struct ut_fault *fault)
{
    struct ut_answers answers;
    struct judged j = {.clear = NULL};
    if (ut_answers_read(&answers, file, fault) != 0)
        return -1;
    if (answers.cut)
        ut_note("%s: its last row is cut short and does not count", file);
    int r = judge(&j, &answers, fault);
    if (r == 0) {
        (c->json ? print_json : print_lines)(&j);
        r = ut_output_flush(fault);
    }
    if (r == 0 && c->write != NULL)
        r = write_labels(&j, file, c->write, fault);
    judged_free(&j);
    ut_answers_free(&answers);
    return r;
}

/* The page, until a signal ends it. 0, or -1 and *fault. */
static int serve(const struct ut_labelling_options *page, struct ut_fault *fault)
{
    char address[200];
    struct ut_labelling *l = ut_labelling_open(page, fault);
    if (l == NULL)
        return -1;
    ut_labelling_address(l, address, sizeof address);
    printf("%zu stretches of %zu recordings; answers go to %s\n%s\n", page->spoken->n, page->spoken->recordings,
           page->file, address);
    int r = ut_output_flush(fault);
    explicit_bzero(address, sizeof address);
    while (r == 0 && ut_stop_signal() == 0) {
        struct pollfd q[2] = {{.fd = ut_stop_fd(), .events = POLLIN}, {.fd = ut_labelling_fd(l), .events = POLLIN}};
        (void)poll(q, 2, (int)ut_labelling_due_ms(l));
        ut_labelling_step(l);
    }
    ut_labelling_close(l);
    return r;
}

/* 0, or -1 and *fault. */
static int label(const struct choices *c, const char *folder, const char *file, const struct ut_config *config,
                 struct ut_fault *fault)
{
    static char cache[1000];
    struct ut_spoken spoken;
    struct ut_labelling_options page = {.folder = folder,
                                        .file = file,
                                        .spoken = &spoken,
                                        .choice = c->channels,
                                        .labeller = c->as,
                                        .language = ut_catalogue_language(config),
                                        .port = c->port};
    bool kept = !c->no_cache && ut_records_folder(cache, sizeof cache) == 0;
    int r = ut_stop_watch(fault);
    if (r == 0)
        r = ut_spoken_folder(&spoken, folder, c->channels, llround(1000 * c->stretch_s), kept ? cache : NULL, fault);
    else
        spoken = (struct ut_spoken){0};
    if (r == 0)
        r = serve(&page, fault);
    ut_spoken_free(&spoken);
    return r;
}

/* 0, or -1 and *fault: what is written is nothing of what is read. */
static int check_files(const struct choices *c, const char *file, const struct ut_config *config,
                       struct ut_fault *fault)
{
    struct ut_run_files files = {0};
    ut_run_files_read(&files, file, "the file of answers");
    ut_config_files(config, &files);
    ut_run_files_write(&files, c->write, "--write");
    return ut_run_files_check(&files, "label", fault);
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct choices c = {.channels = {UT_AUDIO_UNSET, UT_AUDIO_UNSET}, .stretch_s = 12};
    struct ut_fault fault = {0};
    char file[PATH_MAX];
    int words = ut_options_take(&ut_command_label, argc, argv, &c, &fault);
    if (words < 0)
        return ut_fault_print(&fault);
    if (words != (c.agreement == NULL ? 1 : 0))
        (void)ut_options_refuse(&ut_command_label, &fault, "give one folder of calls, or --agreement and a file");
    else if (c.as != NULL && !ut_labeller_is(c.as))
        (void)ut_options_refuse(&ut_command_label, &fault,
                                "--as %s: give 1 to %d of A-Z, a-z, 0-9, dot, dash and underscore", c.as,
                                UT_LABELLER - 1);
    else if (c.agreement != NULL || c.labels != NULL)
        (void)snprintf(file, sizeof file, "%s", c.agreement != NULL ? c.agreement : c.labels);
    else if (snprintf(file, sizeof file, "%s/answers.tsv", argv[0]) >= (int)sizeof file)
        (void)ut_options_refuse(&ut_command_label, &fault, "%s: the path is too long", argv[0]);
    if (fault.code == UT_EXIT_OK && check_files(&c, file, config, &fault) == 0 &&
        (c.agreement != NULL || label(&c, argv[0], file, config, &fault) == 0))
        (void)report(&c, file, &fault);
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone label site", "A page on which several people say how the customer sounds, until Ctrl-C:"},
    {"undertone label --agreement site/answers.tsv --write site/agreed.tsv",
     "How far three people agree, and the labels that two of them gave:"},
    {NULL, NULL},
};

const struct ut_command ut_command_label = {
    .name = "label",
    .purpose = "a page on which several people label stretches of recorded calls, and how far they agree",
    .usage = "FOLDER [options]\n--agreement FILE [options]",
    .about =
        "Serves a page at an address of this machine: each labeller hears the customer's speech of FOLDER's recordings "
        "in "
        "stretches, in an order of his own, without scores or what others said, and answers frustration, delight, none "
        "(neither) or unclear (cannot tell). Every answer is on the disk before the next stretch; who comes again goes "
        "on "
        "where he was, and his last answer about a stretch counts. Ctrl-C ends it and prints how far they agree.\n\n"
        "A file of answers is a table with path, begin_ms, end_ms, labeller and answer. Agreement is Krippendorff's "
        "alpha for nominal data: 1 = they always agree, 0 = as chance would; answers of unclear count as missing.\n\n"
        "Labels written are what more than half said of a stretch, unclear counted as an answer; the others are left "
        "out. adapt takes what is left out for neither: settle it first, or leave the call out.",
    .options = options,
    .operands = "FOLDER",
    .exit_codes =
        "0 done, 1 no labels to write or failure, 2 usage, 3 port in use, 10 to 16 faults of a file, 12 also no "
        "recording with speech, 20 a row without what is needed or of another folder, 21 an answer that is "
        "none, 32 another program adds to the file, 34 no space.",
    .examples = examples,
    .run = run,
};
