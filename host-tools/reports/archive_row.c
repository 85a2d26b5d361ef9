/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/archive_row.h"

#include "host-tools/settings/cue_table.h"

#include <stdbool.h>
#include <string.h>

static const char columns[] =
    "duration_s,customer_talk_s,agent_talk_s,agent_talk_share,non_talk_s,interruptions_by_agent,"
    "interruptions_by_customer,overlaps,customer_words_per_minute,agent_words_per_minute,customer_sentiment,"
    "frustration_begin,frustration_end,frustration_peak,delight_peak,scored_speech_s,abstained_s,cues_not_shown,"
    "customer_alone,"
    "withheld_s,hold_s,holds,non_talk_on_hold_s";
enum { COLUMNS = 23 };

static const json_t *at(const json_t *value, const char *path)
{
    char key[64];
    while (value != NULL && *path != '\0') {
        size_t len = strcspn(path, ".");
        snprintf(key, sizeof key, "%.*s", (int)len, path);
        value = json_object_get(value, key);
        path += len + (path[len] == '.');
    }
    return value;
}

static void put_number(FILE *out, const json_t *call, const char *path, double scale)
{
    const json_t *value = at(call, path);
    if (json_is_number(value))
        fprintf(out, "%.6g", json_number_value(value) * scale);
    fputc(',', out);
}

/* Nothing where it is not known. */
static void put_count(FILE *out, const json_t *call, const char *path, bool known)
{
    if (known)
        fprintf(out, "%zu", json_array_size(at(call, path)));
    fputc(',', out);
}

void ut_archive_row(FILE *out, const json_t *call)
{
#define CHARACTERISTICS "ConversationCharacteristics."
#define TALK CHARACTERISTICS "TalkTime.DetailsByParticipant."
#define EMOTION "AcousticEmotion."
    put_number(out, call, CHARACTERISTICS "TotalConversationDurationMillis", 1e-3);
    put_number(out, call, TALK "CUSTOMER.TotalTimeMillis", 1e-3);
    put_number(out, call, TALK "AGENT.TotalTimeMillis", 1e-3);
    double all = json_number_value(at(call, CHARACTERISTICS "TalkTime.TotalTimeMillis"));
    double agent = json_number_value(at(call, TALK "AGENT.TotalTimeMillis"));
    bool two = at(call, EMOTION "NotRecorded") == NULL; /* else what takes two is not known */
    if (all > 0 && two)
        fprintf(out, "%.3f", agent / all);
    fputc(',', out);
    put_number(out, two ? call : NULL, CHARACTERISTICS "NonTalkTime.TotalTimeMillis", 1e-3);
    bool known = !json_is_null(at(call, CHARACTERISTICS "TalkTime.TotalTimeMillis")); /* who spoke */
    put_count(out, call, CHARACTERISTICS "Interruptions.InterruptionsByInterrupter.AGENT", known);
    put_count(out, call, CHARACTERISTICS "Interruptions.InterruptionsByInterrupter.CUSTOMER", known);
    put_count(out, call, EMOTION "Overlaps", known);
    put_number(out, call, CHARACTERISTICS "TalkSpeed.DetailsByParticipant.CUSTOMER.AverageWordsPerMinute", 1);
    put_number(out, call, CHARACTERISTICS "TalkSpeed.DetailsByParticipant.AGENT.AverageWordsPerMinute", 1);
    put_number(out, call, CHARACTERISTICS "Sentiment.OverallSentiment.CUSTOMER", 1);
    put_number(out, call, EMOTION "Summary.FrustrationBegin", 1);
    put_number(out, call, EMOTION "Summary.FrustrationEnd", 1);
    put_number(out, call, EMOTION "Summary.FrustrationPeak", 1);
    put_number(out, call, EMOTION "Summary.DelightPeak", 1);
    put_number(out, call, EMOTION "Summary.ScoredSpeechMillis", 1e-3);
    put_number(out, call, EMOTION "Summary.AbstainedMillis", 1e-3);
    put_count(out, call, EMOTION "Suppressed", true);
    const char *alone = json_string_value(at(call, EMOTION "Channels.CustomerAlone"));
    fprintf(out, "%s,%.6g", alone != NULL ? alone : "", json_number_value(at(call, EMOTION "Withheld.Millis")) / 1000);
    fputc(',', out);
    put_number(out, call, CHARACTERISTICS "HoldTime.TotalTimeMillis", 1e-3);
    put_count(out, call, CHARACTERISTICS "HoldTime.Instances", true);
    const json_t *silent = two ? at(call, CHARACTERISTICS "NonTalkTime.HoldMillis") : NULL;
    if (json_is_number(silent))
        fprintf(out, "%.6g", json_number_value(silent) * 1e-3);
    for (int cue = 0; cue < UT_CUES; cue++) {
        size_t i, n = 0;
        json_t *one;
        json_array_foreach((json_t *)at(call, EMOTION "Cues"), i, one)
        {
            const char *name = json_string_value(json_object_get(one, "Cue"));
            n += name != NULL && strcmp(name, ut_cue_info[cue].name) == 0;
        }
        fprintf(out, ",%zu", n);
    }
#undef CHARACTERISTICS
#undef TALK
#undef EMOTION
}

void ut_archive_row_head(FILE *out)
{
    fputs(columns, out);
    for (int cue = 0; cue < UT_CUES; cue++)
        fprintf(out, ",%s", ut_cue_info[cue].name);
}

void ut_archive_row_empty(FILE *out)
{
    for (int i = 1; i < COLUMNS + UT_CUES; i++)
        fputc(',', out);
}

const char *ut_archive_row_cut(const json_t *call)
{
    return json_string_value(at(call, "AcousticEmotion.Truncated.Reason"));
}

double ut_archive_row_seconds(const json_t *call)
{
    return json_number_value(at(call, "ConversationCharacteristics.TotalConversationDurationMillis")) / 1000;
}
