/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/topics.h"

#include "host-tools/call/event_titles.h"
#include "host-tools/call/events.h"
#include "host-tools/settings/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { PAGE = 1 << 17 };
static char page[PAGE];

static const char *printed(const char *name, bool man)
{
    FILE *out = fmemopen(page, sizeof page, "w");
    assert_non_null(out);
    const struct ut_topic *t = ut_topic_find(name);
    assert_non_null(t);
    ut_topic_print(t, man, "example 1.2", out);
    fclose(out);
    assert_in_range(strlen(page), 100, PAGE - 2);
    return page;
}

static void by_name_and_by_title(void **state)
{
    (void)state;
    assert_ptr_equal(ut_topic_find("ini"), ut_topic_find("undertone.ini"));
    assert_null(ut_topic_find("live"));
    assert_null(ut_topic_find(""));
    const char *text = printed("events", true);
    assert_ptr_equal(strstr(text, ".TH UNDERTONE\\-EVENTS 7 \"\" \"example 1.2\"\n"), text);
    assert_non_null(strstr(text, "\n.SH SEE ALSO\nundertone(1), undertone.ini(5), undertone\\-cues(7)\n"));
}

/* Every setting once, below its section, which stands there once. */
static void the_config_file_is_whole(void **state)
{
    (void)state;
    const char *text = printed("ini", false);
    char word[100];
    int keys = 0;
    for (int i = 0; i < UT_PARAMS; i++) {
        snprintf(word, sizeof word, "\n[%s]\n", ut_param_info[i].section);
        const char *section = strstr(text, word);
        assert_non_null(section);
        assert_null(strstr(section + 1, word));
        snprintf(word, sizeof word, "\n  %s\n", ut_param_info[i].key);
        assert_non_null(strstr(section, word));
    }
    for (const char *at = text; (at = strstr(at, "\n  ")) != NULL; at++)
        keys += at[3] != ' ';
    int settings = UT_PARAMS + UT_ACTION_KEYS;
    for (int i = 0; ut_text_info[i].section != NULL; i++)
        settings++;
    assert_int_equal(keys, settings);
    assert_non_null(strstr(text, "; 0 to 60 s. Default 4.\n"));
    assert_non_null(strstr(text, "one of eu research. Default eu.\n"));
}

static void every_event_has_its_words(void **state)
{
    (void)state;
    const char *text = printed("events", false);
    char word[100];
    for (int i = 0; i < UT_EVENT_TYPES; i++) {
        const char *name = ut_event_type_name((enum ut_event_type)i);
        assert_true(strlen(ut_event_title(name)) > 5);
        snprintf(word, sizeof word, "\n  %s\n      %.20s", name, ut_event_title(name));
        assert_non_null(strstr(text, word));
    }
    assert_string_equal(ut_event_title("undertone.none.v1"), "");
}

static void every_cue_opens_and_closes(void **state)
{
    (void)state;
    const char *text = printed("undertone-cues", false);
    char word[100];
    for (int i = 0; i < UT_CUES; i++) {
        snprintf(word, sizeof word, "\n\n%s\n  shown\n", ut_cue_info[i].name);
        const char *cue = strstr(text, word);
        assert_non_null(cue);
        assert_non_null(strstr(cue, "\n  opens\n      "));
        assert_non_null(strstr(cue, "\n  closes\n      "));
    }
    assert_null(strchr(text, '{')); /* templates are filled in */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_name_and_by_title),
        cmocka_unit_test(the_config_file_is_whole),
        cmocka_unit_test(every_event_has_its_words),
        cmocka_unit_test(every_cue_opens_and_closes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
