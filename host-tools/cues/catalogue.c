/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/catalogue.h"
#include "host-tools/cues/words.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For xgettext. Translations stand in LANGUAGE.po, of which words.py makes a table. */
#define N_(english) english
#define NC_(context, english) english

static const struct ut_cue_words cues[UT_CUES] = {
    [UT_CUE_HELP] = {N_("Help may be wanted"), N_("Offer to bring in a colleague before the customer asks."),
                     N_("frustration over {score.slow} s of speech within {speech_window} s >= {on}, or {cues} empathy "
                        "cues in {cues_window} s; slope >= {slope} per 10 s; for {hold} s"),
                     N_("slow frustration score high and not falling, or empathy cues repeated"),
                     N_("slow frustration score <= {off}")},
    [UT_CUE_EMPATHY] = {N_("Customer sounds frustrated"), N_("Acknowledge it before going on."),
                        N_("frustration over {score.fast} s >= {on} and >= this caller's usual + {above}, confidence "
                           ">= {confidence}, for {hold} s of speech"),
                        N_("fast frustration score high, and above what is usual for this caller"),
                        N_("fast frustration score <= {off}, or not above the caller's usual")},
    [UT_CUE_RAISED_VOICE] =
        {N_("Customer's voice is raised"), N_("Slow down and lower the level."),
         N_("loudness >= baseline + {on} dB and pitch >= baseline + {pitch} semitones for {hold} s"),
         N_("louder and higher than the customer's own baseline"), N_("loudness < baseline + {off} dB, or silence")},
    [UT_CUE_RISING] =
        {N_("Frustration is rising"), N_("Sum up what was understood, then say the next step."),
         N_("slope of frustration over {score.slow} s >= {on} per 10 s and forecast >= {probability} for {hold} s"),
         N_("slow frustration score climbing, and forecast to be high within 20 s"),
         N_("slope of frustration < {off} per 10 s")},
    [UT_CUE_INTERRUPTING] = {N_("Interruptions"), N_("Let the customer finish."),
                             N_("interruptions by the agent >= {on} in {window} s"),
                             N_("repeated interruptions of the customer"),
                             N_("no interruption by the agent for {off} s")},
    [UT_CUE_OVERLAPS] = {N_("Talking at the same time"), N_("Leave a short gap before answering."),
                         N_("overlaps >= {on} in {window} s, or >= {share%} % of the last {window} s of talk"),
                         N_("repeated or long stretches of overlapping talk"), N_("no overlap for {off} s")},
    [UT_CUE_SILENCE] = {N_("Long silence"), N_("Say what is being done, or check in."), N_("both silent >= {on} s"),
                        N_("both parties silent"), N_("somebody speaks for {off} s")},
    [UT_CUE_SLOW_RESPONSE] = {N_("The customer waits for an answer"), N_("Say that the answer is on its way."),
                              N_("customer's turn >= {turn} s ended and both silent >= {on} s"),
                              N_("the customer's turn is over and nobody speaks"),
                              N_("the agent speaks for {off} s, or the customer goes on")},
    [UT_CUE_HESITATES] =
        {N_("The customer hesitates"), N_("Ask what is still open, and give it time."),
         N_("over {window} s of own talk against all before: answers {latency} s later, {pauses%} % more pauses, "
            "{filled} filled pauses per min more, pace {pace} sigma lower; together >= {on} thresholds"),
         N_("later answers, more pauses and slower talk than before in this call"),
         N_("the signs together < {off} thresholds")},
    [UT_CUE_CONTINUOUS] =
        {N_("Long stretch of talk"), N_("Pause, and ask the customer a question."),
         N_("agent holds the floor >= {on} s without a pause >= {off} s or customer speech >= {other} s"),
         N_("the agent holds the floor without a pause"), N_("pause >= {off} s, or customer speech >= {other} s")},
    [UT_CUE_TALK_RATIO] = {N_("Large share of the talk"), N_("Invite the customer to say more."),
                           N_("agent's share of the talk over {window} s > {on%} % for {hold} s"),
                           N_("the agent has most of the talk"), N_("agent's share of the talk < {off%} %")},
    [UT_CUE_QUICKLY] = {N_("Fast pace"), N_("Slow down a little, and pause between points."),
                        N_("pace >= baseline + {on} sigma and >= {wpm} words/min (estimate) for {hold} s of speech"),
                        N_("the agent's pace above its own baseline"),
                        N_("pace < baseline + {off} sigma, or < {wpm_off} words/min (estimate)")},
    [UT_CUE_SLOWLY] = {N_("Slow pace"), N_("Pick up the pace a little."),
                       N_("pace <= baseline - {on} sigma and <= {wpm} words/min (estimate) for {hold} s of speech"),
                       N_("the agent's pace below its own baseline"),
                       N_("pace > baseline - {off} sigma, or > {wpm_off} words/min (estimate)")},
    [UT_CUE_MIC_LOW] = {N_("Microphone level is low"), N_("Move the microphone closer to the mouth."),
                        N_("level <= baseline - {on} dB for {hold} s of speech"),
                        N_("the agent's level below its own baseline"), N_("level >= baseline - {off} dB")},
    [UT_CUE_MIC_HIGH] = {N_("Microphone overdriven"), N_("Move the microphone away, or lower its gain."),
                         N_("more than 1 % clipped in >= {on%} % of {average} s of speech, for {hold} s of speech"),
                         N_("the agent's microphone clips"),
                         N_("more than 1 % clipped in <= {off%} % of {average} s of speech")},
    [UT_CUE_POSITIVE] =
        {N_("Customer sounds pleased"), N_("This is going well."),
         N_("delight over {score.fast} s >= {on} and confidence >= {confidence} for {hold} s of speech"),
         N_("fast delight score high, with confidence"), N_("fast delight score <= {off}")},
    [UT_CUE_GOOD_MOMENT] = {N_("A good moment"), N_("A good time to conclude or to make an offer."),
                            N_("delight over {score.slow} s just past its maximum of {window} s, maximum >= {on} at "
                               "most {within} s ago, frustration <= {frustration}"),
                            N_("slow delight score just past a high maximum"), N_("slow delight score <= {off}")},
    [UT_CUE_PAUSED] = {N_("Scores paused"), N_("Reason: {detail}."), N_("no score for {hold} s: {detail}"),
                       N_("the headset withholds its scores"),
                       N_("{off} quarter seconds with nothing against a score")},
};

/* As msgfmt keys a text: its context, a byte 4, and itself; or itself alone. */
static const char *translated(enum ut_language language, const char *context, const char *english)
{
    char key[600];
    int n = context != NULL ? snprintf(key, sizeof key, "%s\004%s", context, english)
                            : snprintf(key, sizeof key, "%s", english);
    if (language == UT_ENGLISH || n >= (int)sizeof key)
        return english;
    size_t low = 0, high = ut_word_counts[language];
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(key, ut_words[language][middle].key);
        if (order == 0)
            return ut_words[language][middle].word;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return english;
}

struct ut_cue_words ut_catalogue_cue(enum ut_language language, enum ut_cue cue, const struct ut_config *config)
{
    const struct ut_cue_words *w = &cues[cue];
    struct ut_cue_words out = {.title = translated(language, NULL, w->title),
                               .text = translated(language, NULL, w->text),
                               .rule = translated(language, NULL, w->rule),
                               .about = translated(language, NULL, w->about),
                               .closes = translated(language, NULL, w->closes)};
    const struct ut_config_words *own = config != NULL ? &config->words[cue][language] : NULL;
    if (own != NULL && own->title[0] != '\0')
        out.title = own->title;
    if (own != NULL && own->text[0] != '\0')
        out.text = own->text;
    return out;
}

/* Names of SPEC.md that people would not say so; what is not here is shown as it is. */
static const struct {
    const char *name, *english;
} words[] = {
    {"frustration", NC_("frustration", "frustration")},
    {"frustration_slow", NC_("frustration_slow", "frustration, slow")},
    {"frustration_slope", NC_("frustration_slope", "slope of frustration")},
    {"forecast", NC_("forecast", "forecast")},
    {"delight", NC_("delight", "delight")},
    {"delight_slow_maximum", NC_("delight_slow_maximum", "maximum of delight")},
    {"empathy_cues", NC_("empathy_cues", "empathy cues")},
    {"both_silent", NC_("both_silent", "both silent")},
    {"agent_floor", NC_("agent_floor", "agent has the floor")},
    {"agent_share", NC_("agent_share", "agent's share")},
    {"customer_turn", NC_("customer_turn", "customer's turn")},
    {"overlaps", NC_("overlaps", "overlaps")},
    {"overlap_share", NC_("overlap_share", "overlap")},
    {"interruptions", NC_("interruptions", "interruptions")},
    {"loudness", NC_("loudness", "loudness")},
    {"loudness_changes", NC_("loudness_changes", "loudness changes")},
    {"pitch", NC_("pitch", "pitch")},
    {"pitch_slope", NC_("pitch_slope", "pitch slope")},
    {"voicing", NC_("voicing", "voicing")},
    {"pace", NC_("pace", "pace")},
    {"response_latency", NC_("response_latency", "time to answer")},
    {"pauses", NC_("pauses", "pauses")},
    {"filled_pauses", NC_("filled_pauses", "filled pauses")},
    {"words_per_minute", NC_("words_per_minute", "words per minute")},
    {"level", NC_("level", "level")},
    {"clipped_share", NC_("clipped_share", "clipped")},
    {"no_score", NC_("no_score", "no score")},
    {"energy_below_500_hz", NC_("energy_below_500_hz", "energy below 500 Hz")},
    {"energy_500_2000_hz", NC_("energy_500_2000_hz", "energy at 500-2000 Hz")},
    {"energy_above_2_khz", NC_("energy_above_2_khz", "energy above 2 kHz")},
    {"noise", NC_("noise", "noise on the customer's line")},
    {"clipping", NC_("clipping", "the customer's line is overdriven")},
    {"little_speech", NC_("little_speech", "little customer speech")},
    {"hold_or_tone", NC_("hold_or_tone", "music or a tone on the line")},
    {"age", NC_("age", "{s} s ago")},
    {"higher_than_usual", NC_("higher_than_usual", "higher than usual")},
    {"lower_than_usual", NC_("lower_than_usual", "lower than usual")},
    {"semitones", NC_("semitones", "semitones")},
    {"syllables/s", NC_("syllables/s", "syllables/s")},
    {"words/min", NC_("words/min", "words/min")},
    {"per min", NC_("per min", "per min")},
    {"score/10 s", NC_("score/10 s", "per 10 s")},
    /* of `undertone cues --explain`; templates where they hold numbers */
    {"explain about", NC_("explain about", "about")},
    {"explain severity", NC_("explain severity", "severity")},
    {"explain reads", NC_("explain reads", "reads  ")},
    {"explain opens", NC_("explain opens", "opens  ")},
    {"explain closes", NC_("explain closes", "closes ")},
    {"explain release", NC_("explain release", ", for {release} s")},
    {"explain refractory", NC_("explain refractory", "; not again for {refractory} s")},
    {"explain display",
     NC_("explain display", "One cue is visible at a time, for {display.minimum} s at least, {display.budget} in "
                            "{display.budget_window} s at most; the number is its priority.")},
};

/* Words of the full screen, of pages, pictures and captions, by their English. {} are filled in there. */
static const char *const screen[] = {
    N_("Frustration"),
    N_("Delight"),
    N_("Confidence"),
    N_("caller known"),
    N_("Scores"),
    N_("Voices"),
    N_("Customer"),
    N_("Talk"),
    N_("Cue"),
    N_("Why"),
    N_("Past"),
    N_("Link"),
    N_("Counters"),
    N_("falling"),
    N_("steady"),
    N_("rising"),
    N_("syl/s"),
    N_("wpm"),
    N_("(estimate)"),
    N_("speaking"),
    N_("customer"),
    N_("agent"),
    N_("for"),
    N_("on hold"),
    N_("none: the customer does not want it"),
    N_("none in a conference"),
    N_("none: the one channel may hold both parties"),
    N_("put there"),
    N_("on hold for"),
    N_("in all"),
    N_("nobody has spoken yet"),
    N_("no call yet"),
    N_("no call yet; no scores before the disclosure: press a"),
    N_("this headset has no classifier"),
    N_("none before the disclosure: tell the customer, then press a"),
    N_("waiting for the customer's speech"),
    N_("too little customer speech"),
    N_("the customer listens"),
    N_("paused"),
    N_("noisy line"),
    N_("clipped audio"),
    N_("hold music or a tone"),
    N_("both parties in one channel"),
    N_("one party is not heard"),
    N_("cues are muted; m shows them again"),
    N_("dismissed"),
    N_("none"),
    N_("one step a second, newest on the right"),
    N_("records/s"),
    N_("signal to noise"),
    N_("channels"),
    N_("one party is heard in the other's"),
    N_("both hold the same"),
    N_("nobody speaks in one of them"),
    N_("one of them holds no sound"),
    N_("one of them holds two voices in turn"),
    N_("lost"),
    N_("malformed"),
    N_("skipped"),
    N_("overruns"),
    N_("drops"),
    N_("all 0"),
    N_("has not said who it is yet"),
    N_("firmware"),
    N_("model"),
    N_("no model"),
    N_("features"),
    N_("a disclosure given"),
    N_("a disclosed"),
    N_("m mute"),
    N_("m unmute"),
    N_("d dismiss cue"),
    N_("d dismiss"),
    N_("q quit"),
    N_("live"),
    N_("silent for"),
    N_("gone for"),
    N_("waiting for"),
    N_("bytes and no record"),
    N_("the call has ended; q quits"),
    /* of pages, pictures and captions alone */
    N_("none before the disclosure"),
    N_("Undertone: the agent's desk"),
    N_("No cue"),
    N_("as of"),
    N_("s ago"),
    N_("Pace"),
    N_("Talk share"),
    N_("not on hold"),
    N_("The customer has been told"),
    N_("The customer does not want it"),
    N_("Dismiss"),
    N_("Mute cues"),
    N_("Cues are muted"),
    N_("helped"),
    N_("did not help"),
    N_("wrong"),
    N_("Small window"),
    N_("the call has ended"),
    N_("the program does not answer"),
    N_("Handed over"),
    N_("Open cues"),
    N_("Tried"),
    N_("transfer"),
    N_("escalation"),
    N_("conference"),
    N_("Thank you"),
    N_("The last cue"),
    N_("Before the first word"),
    N_("Undertone: how does the customer sound?"),
    N_("How does the customer sound?"),
    N_("Your initials or a nickname"),
    N_("They are written beside your answers. 1 to 20 of A-Z, a-z, 0-9, dot, dash and underscore."),
    N_("Begin"),
    N_("frustrated"),
    N_("delighted"),
    N_("neither"),
    N_("cannot tell"),
    N_("Play again"),
    N_("Back"),
    N_("Your answer"),
    N_("Every stretch has your answer. Thank you; this page may be closed."),
    N_("The answer was not kept"),
    N_("The sound cannot be played"),
    N_("of"),
    N_("Yes"),
    N_("No"),
    N_("without an answer"),
    N_("in"),
    N_("y yes   n no"),
    N_("Last call less than a day ago"),
    N_("Last call a day ago"),
    N_("Last call {n} days ago"),
    N_(" was not scored"),
    N_(" ended worse than it began"),
    N_(" ended as it began"),
    N_(" ended better than it began"),
    N_("; it had a long hold"),
    N_("; {n} of the last {m} calls had long holds"),
    N_("; it was not resolved"),
    N_("; {n} of the last {m} were not resolved"),
    N_("Risk"),
    N_("rule of thumb"),
    N_("fitted to {n} outcomes"),
    N_("Call report"),
    N_("Undertone call report"),
    N_("Playback and view"),
    N_("Play"),
    N_("Pause"),
    N_("No sound"),
    N_("This browser does not play Ogg Opus"),
    N_("This report was made without audio"),
    N_("Previous cue"),
    N_("Next cue"),
    N_("Zoom out"),
    N_("Zoom in"),
    N_("Whole call"),
    N_("Timeline of the call: cues, waveforms, speech, customer's scores, pitch, loudness and pace. The cues are also "
       "in the table below."),
    N_("play or pause"),
    N_("1 s, with"),
    N_("10 s"),
    N_("next and previous cue"),
    N_("zoom, or"),
    N_("and the wheel"),
    N_("click to move the cursor, drag in the strip to move the view"),
    N_("Cues"),

    N_("No cue opened in this call."),
    N_("no classifier"),
    N_("settings"),
    N_("policy"),
    N_("one channel, the customer alone, as declared"),
    N_("one channel, perhaps both parties: no feelings are scored"),
    N_("The recording is truncated after {t}: {why}"),
    N_("Two voices take turns in the customer's channel: feelings are not scored once they are found"),
    N_("no sound of the customer"),
    N_("no sound of the agent"),
    N_("no sound of either party"),
    N_("what takes two voices is not known"),
    N_("who speaks is withheld for {s} s: both parties in one channel"),
    N_("recording truncated after"),
    N_("Length"),
    N_("Customer's share of talk"),
    N_("Agent's share of talk"),
    N_("Interruptions by customer / agent"),
    N_("Overlaps"),
    N_("Non-talk"),
    N_("On hold"),
    N_("Frustration at begin / peak / end"),
    N_("Above the threshold"),
    N_("Recovery after the peak"),
    N_("sound without speech"),
    N_("nothing on the line"),
    N_("Grey bands are time on hold:"),
    N_("Times are of the recording. Frustration and delight are acoustic estimates of the customer's voice between 0 "
       "and 1; the curve is the average over the last {s} s of scored speech, dots are single records, the grey area "
       "is the confidence. Hatching marks speech without a score. The agent's side is measured only: when, how loud, "
       "how high, how fast. A filled cue was visible to the agent, a dashed one was not: it only moved a gauge or an "
       "arrow, waited, was muted or beyond the budget."),
    N_("Agent"),
    N_("Speech and turns"),
    N_("Customer's voice"),
    N_("Pitch"),
    N_("Loudness"),

    N_("waveform"),
    N_("interruption, overlap"),
    N_("interruption, with a bar: overlap"),
    N_("confidence"),
    N_("where cues open"),
    N_("no score: {why}"),
    N_("no score"),
    N_("speaks"),
    N_("too noisy"),
    N_("clipped"),
    N_("too little speech"),
    N_("about the customer"),
    N_("about the agent"),
    N_("about both"),
    N_("about the connection"),
    N_("{from} to {to}"),
    N_("visible for {s} s"),
    N_("not shown"),
    N_("Not shown"),
    N_("Rule"),
    N_("Measured"),
    N_("Value"),
    N_("Usually"),
    N_("at"),
    N_("Opened"),
    N_("Lasted"),
    N_("Seen by the agent"),
    N_("Go to {t}"),
    N_("no"),
    N_("moves a gauge, never pops up"),
    N_("moves an arrow, never pops up"),
    N_("cues are muted"),
    N_("the budget of cues shown is spent"),
    N_("another cue was visible until it closed"),
    N_("its refractory time is not over"),
    N_("cues were muted while it was visible"),
    N_("the agent dismissed it"),
    N_("of talk"),
    N_("by the customer"),
    N_("by the agent"),
    N_("non-talk"),
    N_("cues"),
    N_("and"),
    N_("more"),
    /* of the supervisor's page alone */
    N_("Undertone: floor"),
    N_("Floor"),
    N_("connecting"),
    N_("Asked of a supervisor"),
    N_("Calls in progress"),
    N_("Flag"),
    N_("Call"),
    N_("For how long"),
    N_("Trend"),
    N_("No call is in progress."),
    N_("No call has ended today."),
    N_("Ended today"),
    N_("Began"),
    N_("Done"),
    N_("All calls"),
    N_("Your name"),
    N_("What you do"),
    N_("listening in, taking over ..."),
    N_("Acknowledge"),
    N_("Note it"),
    N_("Log out"),
    N_("Frustration of the customer"),
    N_("frustration over the call"),
    N_("Cues and what happened"),
    N_("not disclosed yet"),
    N_("no link since {t}"),
    N_("no link"),
    N_("flag"),
    N_("since {t}"),
    N_("acknowledged"),
    N_("not seen"),
    N_("usually {v}"),
    N_("{title} (up since {t})"),
    N_("{title} (was up since {t})"),
    N_("Acknowledged by {name} at {t}."),
    N_("Nobody has acknowledged it yet."),
    N_("0:00 to {t}; lines: cues, solid: the flag; gaps: nobody spoke, or no score"),
    N_("Call {name}"),
    N_("in progress since {t}"),
    N_("{state}, began {t}"),
    N_("completed"),
    N_("failed"),
    N_("in progress"),
    N_("This call is not kept any more."),
    N_("no answer since {t}"),
    N_("Say what you do, then note it."),
    N_("That was not taken; try again."),
    N_("session started"),
    N_("session completed"),
    N_("session failed"),
    N_("session disclosed"),
    N_("session identified"),
    N_("session refused"),
    N_("cue opened"),
    N_("cue closed"),
    N_("cue outcome"),
    N_("flag raised"),
    N_("flag lowered"),
    N_("hold started"),
    N_("hold ended"),
    N_("handover"),
    /* of the form for a token alone */
    N_("Undertone: log in"),
    N_("Log in"),
    N_("Token"),
    N_("Your token is the line that 'undertone serve token add' printed. It is asked for once: this browser keeps a "
       "cookie of its own for 12 hours, or until you log out."),
    N_("That token is not known here, or not any more."),
    N_("The server refuses this ({status})."),
    N_("The server does not answer. Try again."),
};

const char *ut_catalogue_word(enum ut_language language, const char *name)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].name, name) == 0)
            return translated(language, name, words[i].english);
    for (size_t i = 0; i < sizeof screen / sizeof screen[0]; i++)
        if (strcmp(screen[i], name) == 0)
            return translated(language, NULL, screen[i]);
    return name;
}

const char *ut_catalogue_translated(enum ut_language language, size_t i, const char **word)
{
    if (i >= sizeof screen / sizeof screen[0])
        return NULL;
    *word = translated(language, NULL, screen[i]);
    return screen[i];
}

const char *ut_catalogue_named(enum ut_language language, size_t i, const char **word)
{
    if (i >= sizeof words / sizeof words[0])
        return NULL;
    *word = translated(language, words[i].name, words[i].english);
    return words[i].name;
}

const char *ut_catalogue_code(enum ut_language language)
{
    return ut_word_codes[language];
}

static enum ut_language language_of(const char *name)
{
    for (int i = 0; i < UT_LANGUAGES; i++) {
        size_t n = strlen(ut_word_codes[i]);
        if (strncmp(name, ut_word_codes[i], n) == 0 && (name[n] == '\0' || strchr("_.@", name[n]) != NULL))
            return (enum ut_language)i;
    }
    return UT_ENGLISH;
}

enum ut_language ut_catalogue_language_of_events(const struct ut_config *c)
{
    return language_of(ut_config_text(c, "display", "language"));
}

enum ut_language ut_catalogue_language(const struct ut_config *c)
{
    static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    if (strcmp(ut_config_text(c, "display", "language"), "auto") != 0)
        return ut_catalogue_language_of_events(c);
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        const char *name = getenv(variables[i]);
        if (name != NULL && name[0] != '\0')
            return language_of(name);
    }
    return UT_ENGLISH;
}

/* The number that a placeholder names; NULL when there is none. */
static const double *number(const struct ut_config *c, enum ut_cue cue, const char *name, size_t len)
{
    const char *dot = memchr(name, '.', len);
    const char *section = dot != NULL ? name : ut_cue_info[cue].name;
    size_t section_len = dot != NULL ? (size_t)(dot - name) : strlen(section);
    const char *key = dot != NULL ? dot + 1 : name;
    size_t key_len = len - (size_t)(key - name);
    for (int i = 0; i < UT_PARAMS; i++) {
        const struct ut_param_info *p = &ut_param_info[i];
        if (strlen(p->section) == section_len && strncmp(p->section, section, section_len) == 0 &&
            strlen(p->key) == key_len && strncmp(p->key, key, key_len) == 0)
            return &c->value[i];
    }
    return NULL;
}

void ut_catalogue_fill(char *out, size_t room, const char *format, enum ut_language language, enum ut_cue cue,
                       const struct ut_config *c, const char *detail)
{
    size_t at = 0;
    while (*format != '\0' && at + 1 < room) {
        const char *end = *format == '{' ? strchr(format, '}') : NULL;
        if (end == NULL) {
            out[at++] = *format++;
            continue;
        }
        size_t len = (size_t)(end - format - 1);
        bool percent = len > 0 && end[-1] == '%';
        const double *x = number(c, cue, format + 1, len - percent);
        int n = 0;
        if (x != NULL)
            n = snprintf(out + at, room - at, "%g", percent ? 100 * *x : *x);
        else if (len == 6 && strncmp(format + 1, "detail", 6) == 0)
            n = snprintf(out + at, room - at, "%s", detail != NULL ? ut_catalogue_word(language, detail) : "...");
        at += (size_t)n;
        format = end + 1;
    }
    out[at < room ? at : room - 1] = '\0';
}
