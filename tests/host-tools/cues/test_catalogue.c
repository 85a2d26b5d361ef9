/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/catalogue.h"

#include "host-tools/settings/pack.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ut_config config;

static int setup(void **state)
{
    (void)state;
    ut_config_defaults(&config);
    return 0;
}

/* Words that would speak of anybody's feelings but the customer's, of truthfulness or of a diagnosis; as beginnings of
 * words, in small letters. */
static const char *const banned[] = {
    "you feel",
    "you are",
    "you sound",
    "you seem",
    "your mood",
    "your emotion",
    "your voice sounds",
    "calm",
    "angry",
    "lying",
    "lie",
    "honest",
    "truth",
    "decei",
    "stress",
    "upset",
    "nervous",
    "tired",
    "bored",
    "annoy",
    "rude",
    "unfriendl",
    "anxi",
    "burn",
    "motivat",
    "attitude",
    "emotional",
    "du fühlst",
    "du bist",
    "du klingst",
    "du wirkst",
    "deine stimmung",
    "dein gefühl",
    "ruhig",
    "beruhig",
    "wütend",
    "lüg",
    "ehrlich",
    "wahrheit",
    "täusch",
    "gestresst",
    "nervös",
    "müde",
    "gelangweilt",
    "genervt",
    "unfreundlich",
    "unhöflich",
    "ängstlich",
    "motivation",
    "emotion",
    "vous êtes",
    "vous semblez",
    "vous paraissez",
    "votre humeur",
    "votre émotion",
    "calme",
    "fâch",
    "énerv",
    "mens",
    "honnêt",
    "vérité",
    "tromp",
    "fatigu",
    "ennuy",
    "agac",
    "impoli",
    "angoiss",
    "attitude",
    "émotion",
    "está usted",
    "usted está",
    "usted suena",
    "usted parece",
    "su ánimo",
    "su estado",
    "tranquil",
    "cálm",
    "enfad",
    "enoj",
    "mentir",
    "mient",
    "sincer",
    "verdad",
    "engañ",
    "estrés",
    "nervios",
    "cansad",
    "aburrid",
    "molest",
    "groser",
    "ansios",
    "actitud",
    "emoci",
};

/* What only a customer may be said to be. */
static const char *const customers[] = {"frustrat", "pleased", "delight", "sounds", "verärger",
                                        "erfreut",  "freude",  "klingt",  "frustr", "satisf",
                                        "plaisir",  "agrado",  "content", "semble", "suena"};

/* 1 when the text has a word that begins so. */
static int begins_word(const char *text, const char *beginning)
{
    size_t len = strlen(beginning);
    for (const char *at = text; *at != '\0'; at++) {
        if (at != text && isalpha((unsigned char)at[-1]))
            continue;
        size_t i = 0;
        while (i < len && (unsigned char)tolower((unsigned char)at[i]) == (unsigned char)beginning[i])
            i++;
        if (i == len)
            return 1;
    }
    return 0;
}

/* NULL, or the word that may not stand in a text about that party. */
static const char *offence(const char *text, const char *role)
{
    for (size_t i = 0; i < sizeof banned / sizeof banned[0]; i++)
        if (begins_word(text, banned[i]))
            return banned[i];
    for (size_t i = 0; strcmp(role, "CUSTOMER") != 0 && i < sizeof customers / sizeof customers[0]; i++)
        if (begins_word(text, customers[i]))
            return customers[i];
    return NULL;
}

static void texts_keep_to_the_vocabulary(void **state)
{
    (void)state;
    for (int language = 0; language < UT_LANGUAGES; language++) {
        for (int cue = 0; cue < UT_CUES; cue++) {
            const struct ut_cue_words w = ut_catalogue_cue(language, cue, NULL);
            const char *const texts[] = {w.title, w.text, w.rule, w.about, w.closes};
            for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
                assert_non_null(texts[i]);
                assert_true(strlen(texts[i]) > 0);
                assert_null(offence(texts[i], ut_cue_info[cue].role));
            }
            assert_true(strlen(w.title) < 80 && strlen(w.text) < 160);
        }
    }
}

/* What comes with the program is as if it said it. */
static void shipped_packs_keep_to_it_too(void **state)
{
    (void)state;
    static const char *const files[] = {"host-tools/package/packs/calm.ini", "host-tools/package/packs/coach.ini"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        static struct ut_config with;
        static struct ut_pack pack;
        struct ut_fault fault = {0};
        ut_config_defaults(&with);
        assert_int_equal(ut_pack_read(&pack, &with, files[i], &fault), 0);
        assert_true(pack.words > 0);
        for (int cue = 0; cue < UT_CUES; cue++)
            for (int language = 0; language < UT_CONFIG_LANGUAGES; language++) {
                assert_null(offence(with.words[cue][language].title, ut_cue_info[cue].role));
                assert_null(offence(with.words[cue][language].text, ut_cue_info[cue].role));
            }
    }
}

static void the_vocabulary_can_be_offended(void **state)
{
    (void)state;
    assert_non_null(offence("You sound tired.", "AGENT"));
    assert_non_null(offence("Calm down.", "CUSTOMER"));
    assert_non_null(offence("Du klingst gut.", "AGENT"));
    assert_non_null(offence("Bleib ruhig.", "AGENT"));
    assert_non_null(offence("Agent sounds frustrated", "AGENT"));
    assert_non_null(offence("Agent klingt erfreut", "AGENT"));
    assert_non_null(offence("Vous semblez fatigué.", "AGENT"));
    assert_non_null(offence("L'agent semble frustré", "AGENT"));
    assert_non_null(offence("Usted suena cansado.", "AGENT"));
    assert_null(offence("Customer sounds frustrated", "CUSTOMER"));
    assert_null(offence("Slow down a little.", "AGENT"));
}

static void languages_do_not_share_titles(void **state)
{
    (void)state;
    for (int cue = 0; cue < UT_CUES; cue++) {
        for (int language = UT_ENGLISH + 1; language < UT_LANGUAGES; language++)
            assert_string_not_equal(ut_catalogue_cue(UT_ENGLISH, cue, NULL).title,
                                    ut_catalogue_cue(language, cue, NULL).title);
        for (int language = 0; language < UT_LANGUAGES; language++)
            for (int other = 0; other < cue; other++)
                assert_string_not_equal(ut_catalogue_cue(language, cue, NULL).title,
                                        ut_catalogue_cue(language, other, NULL).title);
    }
}

/* Every placeholder names a number: none is left out, and the same ones stand in every language. */
static void rules_name_numbers_that_exist(void **state)
{
    (void)state;
    for (int cue = 0; cue < UT_CUES; cue++) {
        int count[UT_LANGUAGES] = {0};
        for (int language = 0; language < UT_LANGUAGES; language++) {
            char both[600];
            snprintf(both, sizeof both, "%s %s", ut_catalogue_cue(language, cue, NULL).rule,
                     ut_catalogue_cue(language, cue, NULL).closes);
            for (const char *at = strchr(both, '{'); at != NULL; at = strchr(at + 1, '{')) {
                char one[40], filled[80];
                snprintf(one, sizeof one, "%.*s", (int)(strcspn(at, "}") + 1), at);
                ut_catalogue_fill(filled, sizeof filled, one, (enum ut_language)language, (enum ut_cue)cue, &config,
                                  "noise");
                assert_true(strlen(filled) > 0);
                count[language]++;
            }
        }
        for (int language = 0; language < UT_LANGUAGES; language++)
            assert_int_equal(count[UT_ENGLISH], count[language]);
    }
}

static void templates_are_filled(void **state)
{
    (void)state;
    char text[80];
    ut_catalogue_fill(text, sizeof text, "a {on} b {share%} % {score.fast}.", UT_ENGLISH, UT_CUE_OVERLAPS, &config,
                      NULL);
    assert_string_equal(text, "a 3 b 10 % 3.");
    ut_catalogue_fill(text, sizeof text, "{nothing} {", UT_ENGLISH, UT_CUE_OVERLAPS, &config, NULL);
    assert_string_equal(text, " {");
    ut_catalogue_fill(text, sizeof text, "{detail}", UT_GERMAN, UT_CUE_PAUSED, &config, "little_speech");
    assert_string_equal(text, "wenig Sprache des Kunden");
    ut_catalogue_fill(text, 5, "123456789", UT_ENGLISH, UT_CUE_PAUSED, &config, NULL);
    assert_string_equal(text, "1234");
    ut_catalogue_fill(text, 5, "12{score.fast}{display.budget_window}", UT_ENGLISH, UT_CUE_PAUSED, &config, NULL);
    assert_int_equal(strlen(text), 4);
}

static void the_language_is_found(void **state)
{
    (void)state;
    struct ut_fault fault = {0};
    unsetenv("LC_ALL");
    unsetenv("LC_MESSAGES");
    setenv("LANG", "de_DE.UTF-8", 1);
    assert_int_equal(ut_catalogue_language(&config), UT_GERMAN);
    assert_int_equal(ut_catalogue_language_of_events(&config), UT_ENGLISH); /* not a matter of the environment */
    setenv("LC_ALL", "C", 1);
    assert_int_equal(ut_catalogue_language(&config), UT_ENGLISH);
    unsetenv("LC_ALL");
    setenv("LANG", "den_XX", 1);
    assert_int_equal(ut_catalogue_language(&config), UT_ENGLISH);
    assert_int_equal(ut_config_set(&config, "display", "language", "de", "test", &fault), 0);
    assert_int_equal(ut_catalogue_language(&config), UT_GERMAN);
    assert_int_equal(ut_catalogue_language_of_events(&config), UT_GERMAN);
    assert_int_equal(ut_config_set(&config, "display", "language", "fr", "test", &fault), 0);
    assert_int_equal(ut_catalogue_language(&config), UT_FRENCH);
    assert_int_equal(ut_config_set(&config, "display", "language", "auto", "test", &fault), 0);
    setenv("LANG", "es_ES.UTF-8", 1);
    assert_int_equal(ut_catalogue_language(&config), UT_SPANISH);
    assert_string_equal(ut_catalogue_code(UT_SPANISH), "es");
    assert_string_equal(ut_catalogue_word(UT_FRENCH, "pitch"), "hauteur");
    assert_string_equal(ut_catalogue_word(UT_SPANISH, "pitch"), "tono");
    assert_string_equal(ut_catalogue_word(UT_ENGLISH, "age"), "{s} s ago");
    assert_string_equal(ut_catalogue_word(UT_GERMAN, "pitch"), "Tonhöhe");
    assert_string_equal(ut_catalogue_word(UT_GERMAN, "dBFS"), "dBFS");
    assert_string_equal(ut_catalogue_word(UT_GERMAN, "Frustration"), "Verärgerung");
    assert_string_equal(ut_catalogue_word(UT_GERMAN, "the call has ended; q quits"),
                        "das Gespräch ist zu Ende; q Ende");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(texts_keep_to_the_vocabulary, setup),
        cmocka_unit_test(shipped_packs_keep_to_it_too),
        cmocka_unit_test_setup(the_vocabulary_can_be_offended, setup),
        cmocka_unit_test_setup(languages_do_not_share_titles, setup),
        cmocka_unit_test_setup(rules_name_numbers_that_exist, setup),
        cmocka_unit_test_setup(templates_are_filled, setup),
        cmocka_unit_test_setup(the_language_is_found, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
