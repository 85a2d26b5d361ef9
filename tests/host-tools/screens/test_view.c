/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/screens/view.h"

#include "dsp/two_channels.h"
#include "firmware/engine.h"
#include "firmware/turns.h"
#include "host-tools/call/policy.h"

#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct ut_view_screen screen;
static struct ut_snapshot call;
static struct ut_view view;

static void show_cue(enum ut_cue cue)
{
    call.cue = cue;
    snprintf(call.cue_title, sizeof call.cue_title, "%s", ut_catalogue_cue(UT_ENGLISH, cue, NULL).title);
    snprintf(call.cue_advice, sizeof call.cue_advice, "%s", ut_catalogue_cue(UT_ENGLISH, cue, NULL).text);
}

static int set_up(void **state)
{
    (void)state;
    call = (struct ut_snapshot){.t_ms = 83250,
                                .score_valid = 1,
                                .scored_ms = 83250,
                                .frustration_fast = 0.72,
                                .delight_fast = 0.25,
                                .delight_slow = 0.24,
                                .confidence_fast = 0.81,
                                .frustration_trend = 0.2,
                                .customer_speech = 1,
                                .customer_loudness = 71,
                                .agent_loudness = 61.5,
                                .customer_pace = 5.1,
                                .agent_pace = 3.9,
                                .talk_ms = {30000, 42000},
                                .agent_share = 0.58,
                                .cue_since_ms = 79000,
                                .cue_why = "the rule: the values",
                                .have_hello = 1,
                                .hello = {0, 1, 2, 1, 0x12345678, "m1", "test"},
                                .records = 400,
                                .lost = 11,
                                .malformed = 12,
                                .unknown = 13,
                                .overruns = 14,
                                .drops = 15,
                                .customer_snr_db = 24,
                                .agent_snr_db = 31};
    show_cue(UT_CUE_EMPATHY);
    view = (struct ut_view){.call = &call, .source = "call.wav", .link = "live", .records_per_s = 4.3};
    return 0;
}

/* The row as ASCII, other characters as '*'. */
static const char *row(int r)
{
    static char text[UT_VIEW_COLS_MAX + 1];
    for (int c = 0; c < screen.cols; c++)
        text[c] = screen.glyph[r][c] < 0x80 ? (char)screen.glyph[r][c] : '*';
    text[screen.cols] = '\0';
    return text;
}

/* The row that holds the text; -1 = none */
static int find(const char *text)
{
    for (int r = 0; r < screen.rows; r++)
        if (strstr(row(r), text) != NULL)
            return r;
    return -1;
}

static int shows(const char *text)
{
    return find(text) >= 0;
}

static void everything_on_80_by_24(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "call.wav",
        "00:01:23",
        "0.72",
        "rising",
        "0.25",
        "steady",
        "0.81",
        "5.1 syl/s",
        "204 wpm",
        "3.9 syl/s",
        "customer  42 %",
        "58 % agent",
        "Customer sounds frustrated",
        "Acknowledge it",
        "Why: the rule: the values",
        "for 4 s",
        "4.3 records/s",
        "lost 11",
        "malformed 12",
        "skipped 13",
        "overruns 14",
        "drops 15",
        "test",
        "firmware 0.1.2",
        "m1",
        "12345678",
        "features 1",
        "customer 24 dB",
        "agent 31 dB",
        "m mute",
        "d dismiss",
        "q quit",
    };
    for (int utf8 = 0; utf8 < 2; utf8++) {
        ut_view_lay_out(&view, 24, 80, utf8, &screen);
        assert_int_equal(screen.rows, 24);
        assert_int_equal(screen.cols, 80);
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
            if (!shows(texts[i]))
                fail_msg("not shown: %s", texts[i]);
        assert_string_equal(row(0) + 70, " 00:01:23 ");
        assert_true(strstr(row(23), "q quit") != NULL);
    }
}

static void every_size_is_filled_within_its_bounds(void **state)
{
    (void)state;
    for (int rows = -1; rows < UT_VIEW_ROWS_MAX + 3; rows += rows < 40 ? 1 : 7)
        for (int cols = -1; cols < UT_VIEW_COLS_MAX + 3; cols += cols < 90 ? 3 : 17) {
            memset(&screen, 0xEE, sizeof screen);
            ut_view_lay_out(&view, rows, cols, 1, &screen);
            assert_in_range(screen.rows, 1, UT_VIEW_ROWS_MAX);
            assert_in_range(screen.cols, 1, UT_VIEW_COLS_MAX);
            for (int r = 0; r < screen.rows; r++)
                for (int c = 0; c < screen.cols; c++) {
                    assert_in_range(screen.glyph[r][c], 0x20, 0xFFFF);
                    assert_in_range(screen.style[r][c], 0, UT_VIEW_STYLES - 1);
                }
        }
}

static void the_cue_and_the_gauge_go_last(void **state)
{
    (void)state;
    ut_view_lay_out(&view, 3, 60, 1, &screen);
    assert_true(shows("Customer sounds frustrated"));
    assert_true(shows("Frustration"));
    assert_true(shows("Delight"));
    ut_view_lay_out(&view, 1, 60, 1, &screen);
    assert_true(shows("Customer sounds frustrated"));
}

static void larger_terminals_show_the_past(void **state)
{
    (void)state;
    for (int i = 0; i < UT_VIEW_HISTORY + 50; i++) {
        call.frustration_fast = i < UT_VIEW_HISTORY + 40 ? 0 : 1;
        call.delight_fast = 1 - call.frustration_fast;
        call.score_valid = i != UT_VIEW_HISTORY + 45;
        ut_view_remember(&view);
    }
    assert_int_equal(view.history, UT_VIEW_HISTORY);
    assert_int_equal(view.frustration[UT_VIEW_HISTORY - 11], 0);
    assert_int_equal(view.frustration[UT_VIEW_HISTORY - 10], 100);
    assert_int_equal(view.frustration[UT_VIEW_HISTORY - 5], 255);
    for (int i = 0; i < UT_VIEW_HISTORY; i++) /* both pasts keep step */
        assert_int_equal(view.delight[i], view.frustration[i] == 255 ? 255 : 100 - view.frustration[i]);
    call.score_valid = 1;
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_false(shows("Past"));
    ut_view_lay_out(&view, 40, 120, 0, &screen);
    int r = find("Past");
    assert_true(r > 0);
    assert_true(strstr(row(r + 1), "...@@@@@.@@@@") != NULL);
}

static int bar_length(const char *label)
{
    int n = 0;
    for (const char *c = strstr(row(find(label)), label); *c != '\0'; c++)
        n += *c == '#';
    return n;
}

static void bars_grow_with_their_values(void **state)
{
    (void)state;
    int before = -1;
    for (int i = 0; i <= 10; i++) {
        call.frustration_fast = i / 10.0;
        ut_view_lay_out(&view, 24, 80, 0, &screen);
        int n = bar_length("Frustration");
        assert_true(n > before);
        before = n;
    }
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_true(strstr(row(find("Frustration")), "#.") == NULL);
}

static void the_arrow_follows_the_trend(void **state)
{
    (void)state;
    static const struct {
        double trend;
        const char *words;
    } steps[] = {{0.2, "^ rising"}, {0.04, "- steady"}, {-0.04, "- steady"}, {-0.06, "v falling"}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        call.frustration_trend = steps[i].trend;
        ut_view_lay_out(&view, 24, 80, 0, &screen);
        assert_true(strstr(row(find("Frustration")), steps[i].words) != NULL);
    }
}

static void a_pause_says_why(void **state)
{
    (void)state;
    static const struct {
        int abstain;
        const char *words;
    } reasons[] = {{UT_ABSTAIN_NONE, "waiting for the customer"},
                   {UT_ABSTAIN_NOISE, "noisy"},
                   {UT_ABSTAIN_CLIPPING, "clipped"},
                   {UT_ABSTAIN_LITTLE, "too little"},
                   {UT_ABSTAIN_HOLD, "hold music"},
                   {UT_ABSTAIN_MIXED, "both parties in one channel"},
                   {7, "waiting"}};
    call.score_valid = 0;
    call.scored_ms = -1;
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        call.abstain = reasons[i].abstain;
        ut_view_lay_out(&view, 24, 80, 0, &screen);
        assert_true(shows(reasons[i].words));
        assert_false(shows("0.72"));
    }
    call.abstain = UT_UNDISCLOSED;
    call.undeclared = 1;
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_true(shows("the one channel may hold both parties"));
    call.hello.model_crc32 = 0;
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_true(shows("no classifier"));
    call.t_ms = -1;
    call.have_hello = 0;
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_true(shows("no call yet"));
    assert_true(shows("has not said who it is"));
}

/* What the channels are to each other takes the place of the noise, unless it is as it should be. */
static void the_link_says_whose_the_channels_are(void **state)
{
    (void)state;
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_true(shows("signal to noise") && !shows("channels:"));
    call.status.channels = UT_CHANNELS_SAME;
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_true(shows("channels: both hold the same") && !shows("signal to noise"));
}

/* While the customer listens the last scores stay, grey and hatched, with their age; a terminal may have no grey. */
static void scores_of_the_past_say_so(void **state)
{
    (void)state;
    for (int how = 0; how < 3; how++) { /* heard just now, not for 12 s, too long ago for a score */
        call.scored_ms = call.t_ms - (how == 0 ? 990 : how == 1 ? 12345 : 75000);
        call.score_valid = how < 2;
        call.abstain = how < 2 ? UT_ABSTAIN_NONE : UT_ABSTAIN_LITTLE;
        ut_view_lay_out(&view, 15, 60, 0, &screen);
        int r = find("Frustration"), c = 14;
        assert_non_null(strstr(row(r), "0.72"));
        assert_non_null(strstr(row(r), how == 0 ? "rising" : how == 1 ? "  12 s ago" : "  75 s ago"));
        assert_int_equal(screen.glyph[r][c], how == 0 ? '#' : '-');
        assert_int_equal(screen.style[r][c], how == 0 ? UT_VIEW_FRUSTRATION : UT_VIEW_FAINT);
        assert_int_equal(shows("the customer listens"), how == 2);
        ut_view_lay_out(&view, 15, 60, 1, &screen);
        assert_int_equal(screen.glyph[r][c], how == 0 ? 0x2588 : 0x2591);
    }
}

enum { WORDS = 2000, WORD = 80 };

/* Words and numbers on the screen, but for what bars and boxes are made of. */
static int words(char found[WORDS][WORD])
{
    int n = 0;
    for (int r = 0; r < screen.rows; r++) {
        char line[UT_VIEW_COLS_MAX + 1];
        snprintf(line, sizeof line, "%s", row(r));
        for (char *at = strtok(line, " |"); at != NULL; at = strtok(NULL, " |")) {
            if (strspn(at, "#.=-+") == strlen(at) || n == WORDS)
                continue;
            snprintf(found[n++], WORD, "%s", at);
        }
    }
    return n;
}

static int among(const char *word, char found[WORDS][WORD], int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(found[i], word) == 0)
            return 1;
    return 0;
}

/* From 40 columns by 10 rows up: what is on a small screen is on a large one too, word by word, or one of the short
 * forms; a text that is too long ends in three dots behind a whole word. */
static void nothing_is_cut_in_a_word(void **state)
{
    (void)state;
    static char large[WORDS][WORD], small[WORDS][WORD];
    static const char *const brief[] = {"SNR", "31",   "all",     "alle",    "0",     "disclosed", "weg",   "Ansage",
                                        "24",  "tous", "annonce", "écarter", "todos", "aviso",     "cerrar"};
    call.open[UT_CUE_TALK_RATIO] = UT_SHOW_GAUGE;
    view.source = "a-recording-of-a-call.wav";
    for (int language = 0; language < UT_LANGUAGES; language++)
        for (int cue = 0; cue <= UT_CUES; cue++)
            for (int how = 0; how < 6; how++) {
                call.language = (enum ut_language)language;
                call.cue = (enum ut_cue)cue;
                call.score_valid = how < 2;
                call.scored_ms = how == 0 ? call.t_ms : how == 1 ? 61000 : -1;
                call.abstain = how == 3 ? UT_ABSTAIN_HOLD : how == 4 ? UT_ABSTAIN_LITTLE : UT_ABSTAIN_NONE;
                call.undisclosed = how == 5;
                call.lost = how == 4 ? 12345 : 0;
                view.muted = how == 5 && cue == 1;
                view.link =
                    how == 3 ? "silent for 1234 s" : "gone for 100 s, waiting for /dev/serial/headset-of-my-desk";
                if (cue < UT_CUES) {
                    const struct ut_cue_words w = ut_catalogue_cue(call.language, call.cue, NULL);
                    snprintf(call.cue_title, sizeof call.cue_title, "%s", w.title);
                    snprintf(call.cue_advice, sizeof call.cue_advice, "%s", w.text);
                    snprintf(call.cue_why, sizeof call.cue_why, "%s", w.rule);
                }
                ut_view_lay_out(&view, 60, 240, 0, &screen);
                int n = words(large);
                for (int rows = 10; rows <= 25; rows += 5)
                    for (int cols = 40; cols <= 100; cols += 1 + cols / 60) {
                        ut_view_lay_out(&view, rows, cols, 0, &screen);
                        int m = words(small);
                        for (int i = 0; i < m; i++) {
                            char whole[WORD];
                            size_t length = strlen(small[i]);
                            int known = among(small[i], large, n);
                            for (size_t k = 0; k < sizeof brief / sizeof brief[0]; k++)
                                known |= strcmp(small[i], brief[k]) == 0;
                            if (length > 3 && strcmp(small[i] + length - 3, "...") == 0) {
                                snprintf(whole, sizeof whole, "%.*s", (int)length - 3, small[i]);
                                known |= among(whole, large, n);
                            }
                            if (!known && strncmp(small[i], "...", 3) != 0) /* the end of a long file name */
                                fail_msg("%d x %d, language %d: cut: '%s'", cols, rows, language, small[i]);
                        }
                    }
            }
}

/* One language at a time, and the box's sides where they belong. */
static void the_screen_is_of_one_language(void **state)
{
    (void)state;
    static const char *const english[] = {"Frustration", "Delight",  "Confidence", "Scores",   "Customer", "Talk",
                                          "Voices",      "loudness", "speaking",   "customer", "agent",    "Why",
                                          "Link",        "Counters", "lost",       "mute",     "quit",     "Past"};
    static const char *const own[][4] = {[UT_GERMAN] = {"Verargerung", "spricht", "Warum: ", "q Ende"},
                                         [UT_FRENCH] = {"Plaisir", "parle", "Pourquoi: ", "q fin"},
                                         [UT_SPANISH] = {"Agrado", "habla", "Por que: ", "q salir"}};
    static const char *const age[] = {
        [UT_GERMAN] = "vor 22 s", [UT_FRENCH] = "il y a 22 s", [UT_SPANISH] = "hace 22 s"};
    call.open[UT_CUE_TALK_RATIO] = UT_SHOW_ARROW;
    for (int round = 0; round < 3 * (UT_LANGUAGES - 1); round++) {
        int how = round % 3;
        call.language = (enum ut_language)(1 + round / 3);
        call.scored_ms = how == 0 ? call.t_ms : how == 1 ? 61000 : -1;
        call.score_valid = how < 2;
        const struct ut_cue_words w = ut_catalogue_cue(call.language, UT_CUE_SLOW_RESPONSE, NULL);
        snprintf(call.cue_title, sizeof call.cue_title, "%s", w.title);
        snprintf(call.cue_advice, sizeof call.cue_advice, "%s", w.text);
        ut_view_lay_out(&view, 40, 120, 0, &screen);
        for (size_t i = 0; i < sizeof english / sizeof english[0]; i++) {
            /* Two are French as well, and one begins a Spanish word. */
            int theirs = (call.language == UT_FRENCH && strcmp(english[i], "Frustration") == 0) ||
                         (call.language != UT_GERMAN && strcmp(english[i], "agent") == 0);
            if (shows(english[i]) && !theirs)
                fail_msg("English on a screen of language %d: %s", (int)call.language, english[i]);
        }
        for (size_t i = 0; i < 4; i++)
            if (!shows(own[call.language][i]))
                fail_msg("language %d: no %s", (int)call.language, own[call.language][i]);
        assert_int_equal(shows(age[call.language]), how == 1);
        ut_view_lay_out(&view, 10, 36, 0, &screen);
        static const char *const cut[] = {[UT_GERMAN] = "Der Kunde wartet auf eine...",
                                          [UT_FRENCH] = "Le client attend une",
                                          [UT_SPANISH] = "El cliente espera una"};
        int r = find(cut[call.language]);
        assert_true(r > 0);
        assert_int_equal(screen.glyph[r][34], '|');
    }
}

static void muted_and_dismissed_cues_are_not_shown(void **state)
{
    (void)state;
    view.dismissed = 1;
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_true(shows("dismissed"));
    assert_false(shows("Customer sounds frustrated"));
    view.dismissed = 0;
    view.muted = 1;
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_true(shows("muted"));
    assert_true(shows("m unmute"));
    assert_false(shows("Customer sounds frustrated"));
    view.muted = 0;
    call.cue = UT_CUES;
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_true(shows("none"));
}

/* It waits for ten seconds, a cue for longer. */
static void a_question_comes_first(void **state)
{
    (void)state;
    view.ask = "Shall we offer to call back?";
    view.ask_s = 9;
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_true(shows("Shall we offer to call back?"));
    assert_true(shows("y yes   n no   without an answer: No in 9 s"));
    assert_false(shows("Customer sounds frustrated"));
    view.ask_yes = 1;
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_true(shows("without an answer: Yes in 9 s"));
}

/* A cue is worth more than what was before. */
static void the_calls_before_stand_where_no_cue_does(void **state)
{
    (void)state;
    snprintf(call.past.text, sizeof call.past.text, "Last call 3 days ago ended worse than it began; %s",
             "2 of the last 3 calls had long holds. Risk 0.50 (rule of thumb)");
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_false(shows("Last call"));
    call.cue = UT_CUES;
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_true(shows("Before the first word"));
    assert_false(shows("none"));
    assert_true(shows("Last call 3 days ago ended worse than it began;"));
    assert_true(shows("Risk 0.50 (rule of thumb)")); /* on the line below */
}

static void gauges_and_arrows_stand_beside_the_cue(void **state)
{
    (void)state;
    const char *waits = ut_catalogue_cue(UT_ENGLISH, UT_CUE_SLOW_RESPONSE, NULL).title;
    const char *silence = ut_catalogue_cue(UT_ENGLISH, UT_CUE_SILENCE, NULL).title;
    call.open[UT_CUE_SLOW_RESPONSE] = UT_SHOW_GAUGE;
    call.open[UT_CUE_SILENCE] = UT_SHOW_POPUP; /* waits for its turn: not to be seen yet */
    ut_view_lay_out(&view, 24, 120, 0, &screen);
    assert_true(shows(waits));
    assert_false(shows(silence));
    assert_true(shows(call.cue_title));
    view.muted = 1;
    ut_view_lay_out(&view, 24, 120, 0, &screen);
    assert_false(shows(waits));
}

static void one_cue_at_a_time_whichever_it_is(void **state)
{
    (void)state;
    for (int cue = 0; cue < UT_CUES; cue++) {
        show_cue((enum ut_cue)cue);
        ut_view_lay_out(&view, 24, 80, 0, &screen);
        for (int other = 0; other < UT_CUES; other++)
            assert_int_equal(shows(ut_catalogue_cue(UT_ENGLISH, other, NULL).title), other == cue);
    }
}

static void trouble_is_marked(void **state)
{
    (void)state;
    view.link = "gone for 3 s";
    for (view.trouble = 0; view.trouble < 2; view.trouble++) {
        ut_view_lay_out(&view, 24, 80, 0, &screen);
        int r = find("gone for 3 s");
        assert_true(r > 0);
        int column = (int)(strstr(row(r), "gone") - row(r));
        assert_int_equal(screen.style[r][column] == UT_VIEW_TROUBLE, view.trouble);
    }
}

static void strange_values_are_harmless(void **state)
{
    (void)state;
    call.frustration_fast = (double)NAN;
    call.delight_fast = 1e9;
    call.confidence_fast = -3;
    call.agent_loudness = -1e9;
    call.customer_loudness = 1e6;
    call.agent_share = 7;
    call.abstain = -5;
    call.t_ms = INT64_MAX;
    memset(call.cue_why, 'x', sizeof call.cue_why - 1); /* no blank to break at */
    view.source = "\x1b[31m\xff\xc3(\xe6\xbc\xa2";
    for (int rows = 1; rows < 40; rows++)
        ut_view_lay_out(&view, rows, 2 * rows, rows % 2, &screen);
    ut_view_lay_out(&view, 24, 80, 1, &screen);
    assert_true(strstr(row(0), "?[31m?\?(?") != NULL);
    view.source = "caf\xa9 \xc3\xa9"; /* a byte that is no character; a character */
    ut_view_lay_out(&view, 24, 80, 1, &screen);
    assert_non_null(strstr(row(0), "caf? *"));
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_non_null(strstr(row(0), "caf? e"));
}

/* What a person reads about the agent is measured fact. */
static void no_word_about_the_agents_feelings(void **state)
{
    (void)state;
    static const char *const words[] = {"calm down", "nervous", "stress", "angry", "tired",
                                        "mood",      "emotion", "feel",   "upset"};
    for (int cue = 0; cue < UT_CUES; cue++) {
        show_cue((enum ut_cue)cue);
        ut_view_lay_out(&view, 40, 120, 0, &screen);
        for (int r = 0; r < screen.rows; r++) {
            char text[UT_VIEW_COLS_MAX + 1];
            size_t n = 0;
            for (const char *c = row(r); *c != '\0'; c++)
                text[n++] = (char)tolower((unsigned char)*c);
            text[n] = '\0';
            for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
                assert_null(strstr(text, words[i]));
        }
    }
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_null(strstr(row(find("Agent ")), "0.72"));
}

/* A letter of two bytes takes one column. */
static void lines_are_broken_by_columns(void **state)
{
    (void)state;
    enum { COLS = 40, INSIDE = COLS - 6 };
    static const char plain[] = "ab cdefg hij klmnopqr stu vwxyz ab cdefg hij klmnopqr stu vwxyz ab";
    char letters[2 * sizeof plain] = "";
    int at[2][3];
    for (size_t i = 0; plain[i] != '\0'; i++)
        strcat(letters, plain[i] == ' ' ? " " : "\xC3\xA4");
    for (int k = 0; k < 2; k++) {
        snprintf(call.cue_why, sizeof call.cue_why, "%s", k == 0 ? plain : letters);
        ut_view_lay_out(&view, 40, COLS, 1, &screen);
        int first = find("Why:");
        assert_true(first > 0);
        for (int line = 0; line < 3; line++) {
            int used = 0;
            for (int c = 3; c < 3 + INSIDE; c++)
                if (screen.glyph[first + line][c] != ' ')
                    used = c;
            at[k][line] = used;
        }
        assert_true(at[k][0] > COLS / 2 && at[k][1] > COLS / 2);
    }
    assert_memory_equal(at[0], at[1], sizeof at[0]);
}

static void the_disclosure_is_asked_for(void **state)
{
    (void)state;
    call.undisclosed = 1;
    call.score_valid = 0;
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_true(shows("a disclosure given") && shows("before the disclosure"));
    call.undisclosed = 0;
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_false(shows("disclosure"));
}

static void talk_begins_with_the_first_word(void **state)
{
    (void)state;
    call.talk_ms[0] = call.talk_ms[1] = 0;
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_true(shows("nobody has spoken yet") && !shows("% agent"));
    call.talk_ms[1] = 1;
    call.agent_share = 1;
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_true(!shows("nobody has spoken yet") && shows("100 % agent"));
    call.talk_ms[0] = 1;
    call.talk_ms[1] = 0;
    call.agent_share = 0;
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_true(!shows("nobody has spoken yet") && shows("customer 100 %"));
    call.withheld.mixed = true;
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_true(shows("both parties in one channel") && !shows("% agent"));
    call.withheld.mixed = false;
    call.unheard = 1 << UT_AGENT;
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_true(shows("one party is not heard") && !shows("% agent"));
    call.unheard = 0;
    call.withheld.mixed = true;
}

/* The style of the first character of a text. */
static int style_of(const char *text)
{
    int r = find(text);
    assert_true(r >= 0);
    return screen.style[r][strstr(row(r), text) - row(r)];
}

static void what_matters_is_strong_and_what_names_it_is_faint(void **state)
{
    (void)state;
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_int_equal(style_of("Confidence"), UT_VIEW_FAINT);
    assert_int_equal(style_of("0.81"), UT_VIEW_PLAIN);
    assert_int_equal(style_of("0.72"), UT_VIEW_STRONG);
    assert_int_equal(style_of("rising"), UT_VIEW_PLAIN);
    assert_int_equal(style_of("live"), UT_VIEW_STRONG);
    assert_int_equal(style_of("speaking"), UT_VIEW_STRONG);
    assert_int_equal(style_of("Customer sounds frustrated"), UT_VIEW_CUE);
    assert_int_equal(style_of("Acknowledge it"), UT_VIEW_PLAIN);
    assert_int_equal(style_of("Why: the rule"), UT_VIEW_FAINT);
    assert_int_equal(style_of("call.wav"), UT_VIEW_FRAME);
    assert_int_equal(style_of("q quit"), UT_VIEW_FRAME);
}

/* The narrower the screen, the less: first the words per minute go, then the pace; who speaks stays. */
static void beside_the_voices_is_what_there_is_room_for(void **state)
{
    (void)state;
    static const int cols[] = {80, 59, 58, 50, 49, 40};
    call.agent_pace = 0;
    for (size_t i = 0; i < sizeof cols / sizeof cols[0]; i++) {
        bool with_pace = cols[i] >= 50, with_words = cols[i] >= 59;
        for (call.customer_speech = 0; call.customer_speech < 2; call.customer_speech++) {
            ut_view_lay_out(&view, 24, cols[i], 0, &screen);
            int r = find("Voices");
            assert_true(r > 0);
            assert_int_equal(strstr(row(r), "pace") != NULL, with_pace);
            assert_int_equal(strstr(row(r), "(estimate)") != NULL, with_words);
            assert_non_null(strstr(row(r + 1), "Customer"));
            assert_int_equal(strstr(row(r + 1), " 5.1 syl/s") != NULL, with_pace);
            assert_int_equal(strstr(row(r + 1), " ~204 wpm") != NULL, with_words);
            assert_int_equal(strstr(row(r + 1), "  speaking") != NULL, call.customer_speech);
            assert_non_null(strstr(row(r + 2), "Agent"));
            assert_int_equal(strstr(row(r + 2), " - syl/s") != NULL, with_pace);
            assert_int_equal(strstr(row(r + 2), " - wpm") != NULL, with_words);
            assert_null(strstr(row(r + 2), "speaking"));
            if (with_pace)
                assert_int_equal(style_of("- syl/s"), UT_VIEW_PLAIN);
            if (with_words)
                assert_int_equal(style_of("- wpm"), UT_VIEW_PLAIN);
        }
    }
}

/* On 80 columns a gauge's bar has 50, of eight eighths each. */
static void bars_end_in_eighths(void **state)
{
    (void)state;
    static const struct {
        int eighths;
        uint32_t last; /* behind the full columns */
    } steps[] = {{0, 0xB7}, {1, 0x258F}, {83, 0x258D}, {87, 0x2589}, {200, 0xB7}, {399, 0x2589}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        call.frustration_fast = steps[i].eighths / 400.0;
        ut_view_lay_out(&view, 24, 80, 1, &screen);
        const uint32_t *bar = screen.glyph[find("Frustration")] + 13;
        int full = steps[i].eighths / 8;
        for (int c = 0; c < full; c++)
            assert_int_equal(bar[c], 0x2588);
        assert_int_equal(bar[full], steps[i].last);
        for (int c = full + 1; c < 50; c++)
            assert_int_equal(bar[c], 0xB7);
        assert_int_equal(bar[50], ' ');
    }
}

static void arrows_where_the_terminal_has_them(void **state)
{
    (void)state;
    static const struct {
        double trend;
        uint32_t arrow;
    } steps[] = {{0.05, 0x2197}, {0.049, 0x2192}, {-0.049, 0x2192}, {-0.05, 0x2198}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        call.frustration_trend = steps[i].trend;
        ut_view_lay_out(&view, 24, 80, 1, &screen);
        int r = find("0.72");
        assert_int_equal(screen.glyph[r][strstr(row(r), "0.72") - row(r) + 5], steps[i].arrow);
    }
}

/* On the widest screens the bar of talk stops growing, and still says who talked how much. */
static void a_long_bar_of_talk_keeps_its_shares(void **state)
{
    (void)state;
    static const int cols[] = {80, 125, 160, 240};
    call.agent_share = 0.5;
    for (size_t i = 0; i < sizeof cols / sizeof cols[0]; i++) {
        int of[2] = {0, 0};
        ut_view_lay_out(&view, 40, cols[i], 0, &screen);
        int r = find("Talk");
        for (int c = 0; c < cols[i]; c++) {
            bool customer = screen.glyph[r][c] == '#', agent = screen.glyph[r][c] == '=';
            assert_true(!customer || screen.style[r][c] == UT_VIEW_CUSTOMER);
            assert_true(!agent || screen.style[r][c] == UT_VIEW_AGENT);
            of[0] += customer;
            of[1] += agent;
        }
        assert_true(of[0] >= 8 && of[0] + of[1] <= 80);
        assert_in_range(of[0] - of[1] + 1, 0, 2);
    }
}

static void on_hold_it_says_so_and_for_how_long(void **state)
{
    (void)state;
    call.on_hold = 1;
    call.hold_from_ms = call.t_ms - 35000;
    call.hold_ms = 35000;
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_true(shows("on hold for 35 s") && !shows("in all") && !shows("% agent"));
    call.hold_ms = 50000;
    call.talk_ms[0] = call.talk_ms[1] = 0; /* music before the first word */
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_true(shows("on hold for 35 s  in all 50 s") && !shows("nobody has spoken yet"));
    call.score_valid = 0;
    ut_view_lay_out(&view, 24, 80, 0, &screen);
    assert_true(shows("Scores      on hold"));
    call.language = UT_GERMAN;
    ut_view_lay_out(&view, 24, 80, 1, &screen);
    assert_true(shows("in der Warteschleife seit 35 s  insgesamt 50 s"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(everything_on_80_by_24, set_up),
        cmocka_unit_test_setup(every_size_is_filled_within_its_bounds, set_up),
        cmocka_unit_test_setup(the_cue_and_the_gauge_go_last, set_up),
        cmocka_unit_test_setup(larger_terminals_show_the_past, set_up),
        cmocka_unit_test_setup(bars_grow_with_their_values, set_up),
        cmocka_unit_test_setup(a_long_bar_of_talk_keeps_its_shares, set_up),
        cmocka_unit_test_setup(the_arrow_follows_the_trend, set_up),
        cmocka_unit_test_setup(the_link_says_whose_the_channels_are, set_up),
        cmocka_unit_test_setup(a_pause_says_why, set_up),
        cmocka_unit_test_setup(scores_of_the_past_say_so, set_up),
        cmocka_unit_test_setup(nothing_is_cut_in_a_word, set_up),
        cmocka_unit_test_setup(the_screen_is_of_one_language, set_up),
        cmocka_unit_test_setup(muted_and_dismissed_cues_are_not_shown, set_up),
        cmocka_unit_test_setup(a_question_comes_first, set_up),
        cmocka_unit_test_setup(the_calls_before_stand_where_no_cue_does, set_up),
        cmocka_unit_test_setup(gauges_and_arrows_stand_beside_the_cue, set_up),
        cmocka_unit_test_setup(one_cue_at_a_time_whichever_it_is, set_up),
        cmocka_unit_test_setup(trouble_is_marked, set_up),
        cmocka_unit_test_setup(strange_values_are_harmless, set_up),
        cmocka_unit_test_setup(no_word_about_the_agents_feelings, set_up),
        cmocka_unit_test_setup(lines_are_broken_by_columns, set_up),
        cmocka_unit_test_setup(the_disclosure_is_asked_for, set_up),
        cmocka_unit_test_setup(talk_begins_with_the_first_word, set_up),
        cmocka_unit_test_setup(what_matters_is_strong_and_what_names_it_is_faint, set_up),
        cmocka_unit_test_setup(beside_the_voices_is_what_there_is_room_for, set_up),
        cmocka_unit_test_setup(bars_end_in_eighths, set_up),
        cmocka_unit_test_setup(arrows_where_the_terminal_has_them, set_up),
        cmocka_unit_test_setup(on_hold_it_says_so_and_for_how_long, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
