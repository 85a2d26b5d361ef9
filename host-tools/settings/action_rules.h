/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of actions: on what, under which conditions, what is done, and who is asked before. SPEC.md "Actions".
 *
 * in    the sections [action.NAME] of the config
 * out   rules, checked against each other and the rest of the config
 * errors UT_EXIT_CONFIG_KEY and the line: what is missing, unknown, out of range, or cannot be together
 */
#ifndef UT_HOST_ACTION_RULES_H
#define UT_HOST_ACTION_RULES_H

#include "host-tools/settings/config.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    UT_ACTION_CONDITIONS = 4,
    UT_ACTION_WORDS = 24,
    UT_ACTION_ASK_MS = 10000 /* that whoever is asked has for an answer */
};

enum ut_action_do { UT_ACTION_WEBHOOK, UT_ACTION_MQTT, UT_ACTION_COMMAND, UT_ACTION_DESKTOP, UT_ACTION_DOS };
extern const char *const ut_action_do_name[UT_ACTION_DOS];

/* Who is asked before; a supervisor by way of the floor. */
enum ut_action_consent { UT_ACTION_ASKS_NOBODY, UT_ACTION_ASKS_AGENT, UT_ACTION_ASKS_SUPERVISOR, UT_ACTION_CONSENTS };
extern const char *const ut_action_consent_name[UT_ACTION_CONSENTS];

/* Besides a cue that opens. */
enum ut_action_trigger {
    UT_ACTION_ON_STARTED = 1,
    UT_ACTION_ON_ENDED = 2,
    UT_ACTION_ON_ENDED_WORSE = 4,
    UT_ACTION_ON_FLAG = 8
};

/* What conditions are about; of a call as it stands. */
enum ut_action_measure {
    UT_MEASURE_FRUSTRATION_FAST,
    UT_MEASURE_FRUSTRATION_SLOW,
    UT_MEASURE_DELIGHT_FAST,
    UT_MEASURE_DELIGHT_SLOW,
    UT_MEASURE_CONFIDENCE,
    UT_MEASURE_RISK,         /* customer.risk, as memory said it when the call began */
    UT_MEASURE_CALL_MINUTES, /* so far */
    UT_MEASURE_HOLD_MINUTES, /* on hold so far, in all */
    UT_MEASURES
};
extern const char *const ut_action_measure_name[UT_MEASURES];

struct ut_action_condition {
    enum ut_action_measure measure;
    bool least; /* >=, else <= */
    double value;
};

struct ut_action_rule {
    const char *name, *to, *text; /* the config's: text is what is asked, or a desktop note says */
    uint32_t cues;                /* bits: enum ut_cue that opens */
    unsigned on;                  /* enum ut_action_trigger */
    struct ut_action_condition condition[UT_ACTION_CONDITIONS];
    int conditions;
    enum ut_action_do how;
    enum ut_action_consent consent;
    bool otherwise;           /* without an answer it is done all the same */
    int limit;                /* an hour; 0 = none */
    int quiet_from, quiet_to; /* minutes of the local day; both -1 = never */
    int park;                 /* after so many failures in a row */
};

struct ut_action_rules {
    struct ut_action_rule rule[UT_CONFIG_ACTIONS];
    int n;
};

/* config outlives the rules. 0, or -1 and *fault. */
int ut_action_rules_read(struct ut_action_rules *out, const struct ut_config *config, struct ut_fault *fault);

/* Whether value[] (NaN = not known, which fulfils none) fulfils all conditions. */
bool ut_action_rule_holds(const struct ut_action_rule *rule, const double value[UT_MEASURES]);

/* Whether a minute of the local day is a quiet one. */
bool ut_action_rule_quiet(const struct ut_action_rule *rule, int minute);

/* Whether one of them asks a supervisor. */
bool ut_action_rules_ask_floor(const struct ut_action_rules *rules);

/* The words of a command, of `to`; the text is cut up. NULL behind the last. How many there are, also where that is
 * more than UT_ACTION_WORDS, of which the rest is not there. */
int ut_action_words(char *text, char *word[UT_ACTION_WORDS + 1]);

#endif
