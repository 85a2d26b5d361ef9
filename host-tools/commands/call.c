/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone call`: has the call that `undertone live --page` follows do what a softphone would. */
#include "host-tools/commands/commands.h"
#include "host-tools/desk/desk.h"
#include "host-tools/settings/customer.h"
#include "host-tools/sinks/outcome_table.h"
#include "host-tools/system/json.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/text_file.h"
#include "host-tools/system/utf8.h"
#include "host-tools/system/web_client.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct choices {
    struct ut_customer_key customer;
    const char *handover;
};

static const struct ut_option options[] = {
    {.help = "What to do:"},
    {.argument = "start", .help = "the call under way, or else the next one, is CONTACT's"},
    {.argument = "end", .help = "the call is over, although the headset goes on"},
    {.argument = "disclose", .help = "the customer has been told"},
    {.argument = "refuse",
     .help = "the customer does not want to be scored: there are no scores, and those of the "
             "call are erased; withdraw: not any more"},
    {.argument = "hold", .help = "the call is on hold; unhold: not any more"},
    {.argument = "conference", .help = "there are more than two, and nobody is scored; unconference: not any more"},
    {.argument = "transfer", .help = "another takes over (TO: a name); escalate: another is asked to"},
    {.argument = "mute", .help = "no cues on the screen; unmute: they are back"},
    {.argument = "dismiss", .help = "the visible cue away"},
    {.argument = "outcome", .help = "what became of the cue of that id: helped, did_not_help or wrong"},
    {.argument = "became",
     .help = "what became of a call, by its session, its contact or \"current\", also when it is over: " UT_OUTCOMES},
    {.argument = "state", .help = "the desk as it stands, as JSON; the id of the visible cue is in it"},
    {.argument = "page", .help = "the address of the agent's page, which lets in whoever has it"},
    {.help = "How:"},
    {"customer-key", "KEY", "start: whom the call is with, in your own words for customers", ut_customer_take,
     .place = offsetof(struct choices, customer)},
    {"handover", "FILE", "start: the data of the handover event of whom the call comes from", ut_option_text,
     .place = offsetof(struct choices, handover)},
    UT_OPTION_HELP,
    {0},
};

/* What each word asks for; %s = the word behind it. */
static const struct verb {
    const char *word;
    int words; /* that may stand behind it */
    int needed;
    const char *method, *path, *body;
} VERBS[] = {
    {"start", 1, 1, "PUT", "/v1/calls/%s", NULL},
    {"end", 0, 0, "POST", "/v1/calls/current/end", NULL},
    {"disclose", 0, 0, "POST", "/v1/calls/current/disclosure", NULL},
    {"refuse", 0, 0, "POST", "/v1/calls/current/refusal", "{\"Kind\":\"refused\"}"},
    {"withdraw", 0, 0, "POST", "/v1/calls/current/refusal", "{\"Kind\":\"withdrawn\"}"},
    {"hold", 0, 0, "POST", "/v1/calls/current/hold", "{\"On\":true}"},
    {"unhold", 0, 0, "POST", "/v1/calls/current/hold", "{\"On\":false}"},
    {"conference", 0, 0, "POST", "/v1/calls/current/conference", "{\"On\":true}"},
    {"unconference", 0, 0, "POST", "/v1/calls/current/conference", "{\"On\":false}"},
    {"transfer", 1, 0, "POST", "/v1/calls/current/handover", NULL},
    {"escalate", 1, 0, "POST", "/v1/calls/current/handover", NULL},
    {"mute", 0, 0, "POST", "/v1/display/mute", "{\"On\":true}"},
    {"unmute", 0, 0, "POST", "/v1/display/mute", "{\"On\":false}"},
    {"dismiss", 0, 0, "POST", "/v1/cues/current/dismiss", NULL},
    {"outcome", 2, 2, "POST", "/v1/cues/%s/outcome", NULL},
    {"became", 2, 2, "POST", "/v1/calls/%s/outcome", NULL},
    {"state", 0, 0, "GET", "/v1/state", NULL},
    {"page", 0, 0, "GET", "", NULL},
};
enum { VERB_COUNT = sizeof VERBS / sizeof VERBS[0], PATH_MAX_BYTES = 500 };

/* A word as a part of a path. */
static void escape(const char *word, char *out, size_t room)
{
    static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t n = 0;
    for (; *word != '\0' && n + 4 < room; word++)
        n += (size_t)snprintf(out + n, room - n, strchr(PLAIN, *word) != NULL ? "%c" : "%%%02X", (unsigned char)*word);
    out[n] = '\0';
}

/* The body of the request, from malloc; NULL = none, or with a code *fault. */
static char *make_body(const struct verb *v, struct choices *c, char **word, int words, struct ut_fault *fault)
{
    json_t *body = NULL;
    if (v->body != NULL)
        return strdup(v->body);
    if (strcmp(v->word, "start") == 0) {
        body = json_object();
        if (c->customer.given)
            json_object_set_new(body, "CustomerKey", json_string(c->customer.text));
        char *text = c->handover != NULL ? ut_text_file_read(c->handover, "a handover", fault) : NULL;
        json_t *handover = text != NULL ? json_loads(text, 0, NULL) : NULL;
        if (handover != NULL)
            json_object_set_new(body, "Handover", handover);
        else if (text != NULL)
            (void)ut_fault_set(fault, UT_EXIT_USAGE, "%s: is no JSON; give the data of a handover event", c->handover);
        free(text);
    } else if (strcmp(v->word, "transfer") == 0 || strcmp(v->word, "escalate") == 0) {
        body = json_pack("{s:s, s:s*}", "Kind", v->word[0] == 't' ? "transfer" : "escalation", "To",
                         words > 0 ? word[0] : NULL);
    } else if (strcmp(v->word, "outcome") == 0 || strcmp(v->word, "became") == 0) {
        body = json_pack("{s:s}", "Outcome", word[1]);
    }
    char *text = body != NULL && fault->code == 0 ? json_dumps(body, JSON_COMPACT) : NULL;
    json_decref(body);
    return text;
}

/* 0, or -1 and *fault. */
static int judge(int status, const char *answer, bool print, struct ut_fault *fault)
{
    json_t *said = answer != NULL ? json_loads(answer, 0, NULL) : NULL;
    const char *error = json_string_value(json_object_get(said, "Error"));
    int r = 0;
    if (status != 200)
        r = ut_fault_set(fault, status == 409 || status == 404 ? UT_EXIT_FAILURE : UT_EXIT_PROTOCOL, "call: %.300s",
                         error != NULL ? error : "the desk refuses it");
    else if (print)
        printf("%s\n", answer);
    json_decref(said);
    return r == 0 ? ut_output_flush(fault) : r;
}

static int ask(const struct verb *v, struct choices *c, char **word, int words, const char *file,
               struct ut_fault *fault)
{
    char path[PATH_MAX_BYTES], part[PATH_MAX_BYTES - 50] = "", *answer = NULL;
    const char *token;
    char *address = ut_text_file_read(file, "the page's address", fault);
    if (address == NULL)
        return ut_fault_set(fault, UT_EXIT_NO_DEVICE, "%s: is not there; is live --page running?", file);
    int r = -1;
    if (v->path[0] == '\0') {
        printf("%s", address);
        r = ut_output_flush(fault);
    } else if (ut_web_client_address(address, &token, fault) == 0) {
        if (words > 0)
            escape(word[0], part, sizeof part);
        const char *id = strstr(v->path, "%s");
        (void)snprintf(path, sizeof path, "%.*s%s%s", id != NULL ? (int)(id - v->path) : 60, v->path,
                       id != NULL ? part : "", id != NULL ? id + 2 : "");
        char *body = make_body(v, c, word, words, fault);
        int status = fault->code == 0 ? ut_web_client_ask(address, token, v->method, path, body, &answer, fault) : -1;
        r = status < 0 ? -1 : judge(status, answer, strcmp(v->word, "state") == 0, fault);
        if (body != NULL)
            explicit_bzero(body, strlen(body));
        free(body);
        free(answer);
    }
    explicit_bzero(address, strlen(address));
    free(address);
    return r;
}

static const struct verb *find(const char *word)
{
    for (int i = 0; i < VERB_COUNT; i++)
        if (strcmp(VERBS[i].word, word) == 0)
            return &VERBS[i];
    return NULL;
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct choices c = {0};
    struct ut_fault fault = {0};
    char file[UT_DESK_PATH];
    int words = ut_options_take(&ut_command_call, argc, argv, &c, &fault);
    if (words < 0)
        return ut_fault_print(&fault);
    const struct verb *v = words > 0 ? find(argv[0]) : NULL;
    if (v == NULL)
        (void)ut_options_refuse(&ut_command_call, &fault,
                                words > 0 ? "%s: there is no such word" : "what is to be done?", argv[0]);
    else if (words - 1 < v->needed || words - 1 > v->words)
        (void)ut_options_refuse(&ut_command_call, &fault, "%s takes %d to %d words", v->word, v->needed, v->words);
    for (int i = 1; i < words && fault.code == 0; i++)
        if (!ut_utf8_is_line(argv[i], strlen(argv[i])))
            (void)ut_options_refuse(&ut_command_call, &fault, "'%s' is no line of UTF-8 text", argv[i]);
    if (fault.code == 0 && (c.customer.given || c.handover != NULL) && strcmp(v->word, "start") != 0)
        (void)ut_options_refuse(&ut_command_call, &fault, "--customer-key and --handover go with start");
    if (fault.code == 0 && ut_desk_path(config, file, &fault) == 0)
        (void)ask(v, &c, argv + 1, words - 1, file, &fault);
    explicit_bzero(&c, sizeof c);
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone call page", "The address of the agent's page:"},
    {"undertone call hold", "The call is on hold, by the softphone's word:"},
    {NULL, NULL},
};

const struct ut_command ut_command_call = {
    .name = "call",
    .purpose = "what a softphone tells of a call: its contact, holds, transfers, outcomes",
    .usage = "start CONTACT [--customer-key KEY] [--handover FILE]\nend | disclose | refuse | withdraw | state | page\n"
             "hold | unhold | conference | unconference | mute | unmute\ntransfer [TO] | escalate [TO]\n"
             "dismiss | outcome CUE helped|did_not_help|wrong\nbecame CALL OUTCOME",
    .about = "Asks the program that runs as `undertone live --page` on this machine, by HTTP, as a CRM or a softphone "
             "would. It finds it by [page] file, or undertone.page in XDG_RUNTIME_DIR.",
    .options = options,
    .operands = "WORD",
    .exit_codes =
        "0 done, 1 refused: no such call or cue, or it is so already, 2 usage, 3 live --page is not running, 4 "
        "it does not understand, 10, 12 and 20 of FILE, 17 and 18 faults of the config.",
    .examples = examples,
    .run = run,
};
