/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/settings/pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CARD                                                                                                           \
    "[pack]\nname = quiet\nfor = Less.\nfor.de = Weniger.\nauthor = A\nlicense = CC0-1.0\nmeasured_by = a command\n"
#define MEASURED "[measured]\nempathy_cue = precision 0.9 recall 0.25 n 40\n"

static char path[] = "/tmp/undertone-test-XXXXXX";
static struct ut_config config, own;
static struct ut_pack pack;
static struct ut_fault fault;

static void put(const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fputs(text, f);
    (void)fclose(f);
    ut_config_defaults(&config);
    memset(&fault, 0, sizeof fault);
}

/* With the sha256 that it has, in the section that every one begins with. */
static int read_sealed(const char *text)
{
    static const char HEAD[] = "[pack]\n";
    char sealed[2000];
    put(text);
    (void)ut_pack_read(&pack, &config, path, &fault);
    assert_memory_equal(text, HEAD, sizeof HEAD - 1);
    (void)snprintf(sealed, sizeof sealed, "%ssha256 = %s\n%s", HEAD, pack.own, text + sizeof HEAD - 1);
    put(sealed);
    return ut_pack_read(&pack, &config, path, &fault);
}

static int apply(const char *everyones, const char *mine)
{
    return ut_pack_apply(&config, (const char *const[]){everyones, mine}, 2, &fault);
}

static void numbers_words_and_a_card(void **state)
{
    (void)state;
    assert_int_equal(read_sealed(CARD MEASURED "[empathy_cue]\non = 0.6\n[display]\nbudget = 2\n[text.fr]\n"
                                               "empathy_cue.title = Un instant\n[rising_frustration]\n"
                                               "show = gauge ; a remark\n"),
                     0);
    assert_string_equal(config.pack, "quiet");
    assert_string_equal(pack.purpose[1], "Weniger.");
    assert_int_equal(pack.numbers, 3);
    assert_int_equal(pack.words, 1);
    assert_true(config.value[ut_cue_param(UT_CUE_EMPATHY) + UT_COMMON_ON] == 0.6);
    assert_true(config.value[UT_P_DISPLAY_BUDGET] == 2);
    assert_string_equal(config.words[UT_CUE_EMPATHY][2].title, "Un instant");
    assert_int_equal(pack.measured[UT_CUE_EMPATHY].n, 40);
    assert_true(pack.measured[UT_CUE_EMPATHY].recall == 0.25);
}

static void what_is_no_pack_is_refused(void **state)
{
    (void)state;
    static const char *const WRONG[][2] = {
        {"[pack]\nname = A b\n", "name it with"},
        {"[pack]\nname = quiet\n", "the card lacks for"},
        {"[pack]\ncolour = red\n", "[pack] has name"},
        {"[pack]\nfor.xx = a\n", "no such language"},
        {CARD, "precision, recall and n"},
        {CARD "[measured]\nanger = precision 1 recall 1 n 2\n", "there is no such cue"},
        {CARD "[measured]\nempathy_cue = precision 1.5 recall 1 n 2\n", "give precision"},
        {CARD "[measured]\nempathy_cue = precision 1 recall 1 n 0\n", "give precision"},
        {CARD "[measured]\nempathy_cue = 90 %\n", "give precision"},
        {CARD MEASURED "[text.xx]\nempathy_cue.title = a\n", "no such language"},
        {CARD MEASURED "[text.de]\nempathy_cue.colour = a\n", "CUE.title or CUE.text"},
        {CARD MEASURED "[text.de]\ntitle = a\n", "CUE.title or CUE.text"},
        {CARD MEASURED "[text.de]\nempathy_cue.title = \x1b[31m\n", "control character"},
        {CARD MEASURED "[text.de]\nempathy_cue.title = F\xfcr\n", "no plain UTF-8"}, /* Latin-1 */
        {CARD MEASURED "[text.de]\nempathy_cue.title = a\xc2\x9b"
                       "31m\n",
         "control character"}, /* CSI of C1 */
        {CARD MEASURED "[text.de]\nempathy_cue.text = a\xe2\x80\xae"
                       "b\n",
         "direction of writing"},
        {CARD MEASURED "[text.fr]\n# a ; b\nempathy_cue.text = Dites ; pas\n", ":13: the text would end"},
        {"[pack]\nname = quiet\nfor.fr = Moins\t; pas plus\n", "the text would end"},
        {CARD "[measured]\nempathy_cue = precision 1 recall 1 n 4294967297\n", "give precision"},
        {CARD MEASURED "[webhook]\nurl = https://evil.example/\n", "not a pack's to set"},
        {CARD MEASURED "[effect]\nholdout = 50\n", "not a pack's to set"},
        {CARD MEASURED "[display]\nlanguage = de\n", "not a pack's to set"},
        {CARD MEASURED "[action.a]\non = call.ended\n", "not a pack's to set"},
        {CARD MEASURED "[empathy_cue]\non = 7\n", "out of range"},
        {CARD MEASURED "[empathy_cue]\non = 0.2\noff = 0.6\n", "is above"}, /* a law between two numbers */
        {CARD MEASURED "[display]\nminimum = 50\n", "is above"},
    };
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        assert_int_equal(read_sealed(WRONG[i][0]), -1);
        assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
        if (strstr(fault.text, WRONG[i][1]) == NULL)
            fail_msg("%s: %s", WRONG[i][1], fault.text);
    }
    put("\xEF\xBB\xBF[pack]\nfor = Less ; not more\n");
    assert_int_equal(ut_pack_read(&pack, &config, path, &fault), -1);
    assert_non_null(strstr(fault.text, ":2: the text would end"));
}

static void what_was_changed_is_no_more_what_was_published(void **state)
{
    (void)state;
    char text[2000] = "";
    assert_int_equal(read_sealed(CARD MEASURED "[empathy_cue]\non = 0.6\n"), 0);
    FILE *f = fopen(path, "r");
    assert_true(fread(text, 1, sizeof text - 1, f) > 0);
    (void)fclose(f);
    strstr(text, "0.6")[2] = '7';
    put(text);
    assert_int_equal(ut_pack_read(&pack, &config, path, &fault), -1);
    assert_non_null(strstr(fault.text, "sha256 is "));
}

/* Own settings come before a pack, what nobody sets stays. */
static void what_nobody_set_is_the_packs(void **state)
{
    (void)state;
    assert_int_equal(
        read_sealed(CARD MEASURED "[empathy_cue]\non = 0.6\nhold = 3\n[text.de]\nempathy_cue.text = So.\n"), 0);
    ut_config_defaults(&config);
    assert_int_equal(apply("/nowhere/a.ini", "/nowhere/b.ini"), 0);
    assert_string_equal(config.pack, "");
    assert_int_equal(ut_config_set(&config, "empathy_cue", "on", "0.7", "own.ini:1", &fault), 0);
    assert_int_equal(apply("/nowhere/a.ini", path), 0);
    enum ut_param empathy = ut_cue_param(UT_CUE_EMPATHY);
    assert_true(config.value[empathy + UT_COMMON_ON] == 0.7 && config.value[empathy + UT_COMMON_HOLD] == 3);
    assert_non_null(strstr(config.value_origin[empathy + UT_COMMON_HOLD], path));
    assert_string_equal(config.words[UT_CUE_EMPATHY][1].text, "So.");
    assert_string_equal(config.pack, "quiet");
    ut_config_defaults(&config);
    ut_config_defaults(&own);
    assert_int_equal(ut_config_set(&config, "empathy_cue", "off", "0.65", "own.ini:2", &fault), 0);
    assert_int_equal(apply(path, "/nowhere/b.ini"), -1);          /* the two break a law together */
    assert_int_equal(ut_pack_read(&pack, &own, path, &fault), 0); /* so it is not installed beside them */
    assert_int_equal(ut_pack_try(&pack, &config, path, NULL, "/nowhere/b.ini", &fault), -1);
    ut_config_defaults(&config);
    assert_int_equal(ut_pack_try(&pack, &config, path, "/nowhere/a.ini", NULL, &fault), 0);
    assert_true(config.value[empathy + UT_COMMON_ON] == 0.6);
    put("[pack]\n");
    assert_int_equal(apply(path, "/nowhere/b.ini"), -1);
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0 || close(fd) != 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_words_and_a_card),
        cmocka_unit_test(what_is_no_pack_is_refused),
        cmocka_unit_test(what_was_changed_is_no_more_what_was_published),
        cmocka_unit_test(what_nobody_set_is_the_packs),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
