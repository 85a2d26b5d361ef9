/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/evidence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct ut_cue_change opening = {
    .what = UT_CUE_OPENED,
    .cue = UT_CUE_SILENCE,
    .evidence = {{"loudness", "dBFS", -20.04, -26, 1, 1},
                 {"both_silent", "s", 6.25, 0, 0, 1},
                 {"voicing", "log-odds", 0.98, 0, 0, 0.98}},
    .evidence_count = 3,
};

static void a_value_has_its_unit(void **state)
{
    (void)state;
    char text[60];
    assert_string_equal(ut_evidence_value(UT_ENGLISH, 6, "s", text, sizeof text), "6 s");
    assert_string_equal(ut_evidence_value(UT_ENGLISH, 0.7141, "score", text, sizeof text), "0.714");
    assert_string_equal(ut_evidence_value(UT_ENGLISH, 3, "count", text, sizeof text), "3");
    assert_string_equal(ut_evidence_value(UT_ENGLISH, 999.4, "s", text, sizeof text), "999 s");
    assert_string_equal(ut_evidence_value(UT_ENGLISH, 1234.5, "s", text, sizeof text), "1234 s");
    assert_string_equal(ut_evidence_unit(UT_GERMAN, "syllables/s"), "Silben/s");
    assert_string_equal(ut_evidence_unit(UT_ENGLISH, "share"), "");
    assert_string_equal(ut_evidence_value(UT_GERMAN, 4, "syllables/s", text, sizeof text), "4 Silben/s");
}

static void what_was_measured(void **state)
{
    (void)state;
    char text[200];
    assert_string_equal(ut_evidence_why(UT_ENGLISH, &opening, text, sizeof text),
                        "loudness 6 dB higher than usual, both silent 6.25 s");
    assert_string_equal(ut_evidence_why(UT_GERMAN, &opening, text, sizeof text),
                        "Lautheit 6 dB höher als sonst, beide still 6.25 s");
    const struct ut_cue_change slower = {.evidence = {{"pace", "syllables/s", 3, 4.25, 1, 1},
                                                      {"pitch", "semitones", 14.5, 12, 1, 1},
                                                      {"overlaps", "count", 2, 0, 0, 1}},
                                         .evidence_count = 3};
    assert_string_equal(ut_evidence_why(UT_ENGLISH, &slower, text, sizeof text),
                        "pace 1.2 syllables/s lower than usual, pitch 2.5 semitones higher than usual, overlaps 2");
    const struct ut_cue_change large = {
        .evidence = {{"both_silent", "s", 130.4, 7, 1, 1}, {"both_silent", "s", 7, 106.6, 1, 1}}, .evidence_count = 2};
    assert_string_equal(ut_evidence_why(UT_ENGLISH, &large, text, sizeof text),
                        "both silent 123 s higher than usual, both silent 100 s lower than usual");
    const struct ut_cue_change felt = {.evidence = {{"frustration", "score", 0.9, 0.25, 1, 1}}, .evidence_count = 1};
    assert_string_equal(ut_evidence_why(UT_ENGLISH, &felt, text, sizeof text), "frustration 0.65 higher than usual");
    const struct ut_cue_change nothing = {.cue = UT_CUE_SILENCE};
    assert_string_equal(ut_evidence_why(UT_ENGLISH, &nothing, text, sizeof text), "");
}

static void the_rule_comes_first(void **state)
{
    (void)state;
    static struct ut_config config;
    char text[200];
    ut_config_defaults(&config);
    config.value[UT_P_SILENCE_ON] = 5.5;
    assert_string_equal(ut_evidence_rule(UT_ENGLISH, &config, &opening, false, text, sizeof text),
                        "both silent >= 5.5 s: loudness 6 dB higher than usual, both silent 6.25 s");
    assert_string_equal(
        ut_evidence_rule(UT_ENGLISH, &config, &opening, true, text, sizeof text),
        "both silent >= 5.5 s: loudness 6 dB higher than usual, both silent 6.25 s, voicing 0.98 log-odds");
    const struct ut_cue_change classifier = {
        .cue = UT_CUE_SILENCE, .evidence = {{"voicing", "log-odds", 1, 0, 0, 1}}, .evidence_count = 1};
    assert_string_equal(ut_evidence_rule(UT_ENGLISH, &config, &classifier, false, text, sizeof text),
                        "both silent >= 5.5 s"); /* nothing that is for people */
}

/* Whatever the room: the text ends inside it and is the beginning of the whole. */
static void cut_to_its_room(void **state)
{
    (void)state;
    static struct ut_config config;
    char whole[2][200], text[200];
    ut_config_defaults(&config);
    ut_evidence_why(UT_ENGLISH, &opening, whole[0], sizeof whole[0]);
    ut_evidence_rule(UT_ENGLISH, &config, &opening, true, whole[1], sizeof whole[1]);
    for (size_t room = 1; room < sizeof text; room++) {
        memset(text, 'x', sizeof text);
        ut_evidence_why(UT_ENGLISH, &opening, text, room);
        assert_true(strlen(text) < room && strncmp(text, whole[0], strlen(text)) == 0);
        ut_evidence_rule(UT_ENGLISH, &config, &opening, true, text, room);
        assert_true(strlen(text) < room && strncmp(text, whole[1], strlen(text)) == 0);
        assert_true(room == sizeof text || text[room] == 'x');
    }
}

static void codes_as_json(void **state)
{
    (void)state;
    json_t *list = ut_evidence_json(&opening);
    char *text = json_dumps(list, JSON_COMPACT | JSON_REAL_PRECISION(9));
    assert_string_equal(
        text,
        "[{\"Feature\":\"loudness\",\"Value\":-20.04,\"Unit\":\"dBFS\",\"Baseline\":-26.0,\"Contribution\":1.0},"
        "{\"Feature\":\"both_silent\",\"Value\":6.25,\"Unit\":\"s\",\"Baseline\":null,\"Contribution\":1.0},"
        "{\"Feature\":\"voicing\",\"Value\":0.98,\"Unit\":\"log-odds\",\"Baseline\":null,\"Contribution\":0.98}]");
    free(text);
    json_decref(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_has_its_unit), cmocka_unit_test(what_was_measured),
        cmocka_unit_test(the_rule_comes_first), cmocka_unit_test(cut_to_its_room),
        cmocka_unit_test(codes_as_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
