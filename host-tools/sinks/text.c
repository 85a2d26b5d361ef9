/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/text.h"

#include "firmware/turns.h"
#include "host-tools/call/channels.h"
#include "host-tools/call/party.h"
#include "host-tools/call/sink_stream.h"
#include "host-tools/call/withheld.h"
#include "host-tools/system/json.h"
#include "host-tools/system/utf8.h"

#include <string.h>
#include <unistd.h>

struct text {
    struct ut_sink_stream to;
    bool bold; /* the stream shows it */
};

static int open_text(struct ut_sink *s, struct ut_fault *fault)
{
    struct text *t = (struct text *)s;
    t->bold = t->to.path == NULL && isatty(fileno(t->to.stream)) && !ut_output_no_color();
    return ut_sink_stream_open(s, fault);
}

static int put_event(struct ut_sink *s, const struct ut_event *event)
{
    const struct text *t = (const struct text *)s;
    FILE *out = t->to.to.file;
    if (event->text[0] == '\0' || event->type == UT_EVENT_SCORE)
        return 0;
    char text[1000];
    (void)snprintf(text, sizeof text, "%s", event->text);
    ut_utf8_clean(text); /* it names calls and devices */
    if (t->bold && event->type == UT_EVENT_CUE_OPENED)
        (void)fprintf(out, "\033[1m%s\033[0m\n", text);
    else
        (void)fprintf(out, "%s\n", text);
    return ut_sink_stream_check(s);
}

static double seconds(json_t *object)
{
    return json_number_value(json_object_get(object, "TotalTimeMillis")) / 1000;
}

/* Where the channels are not what a call's should be. */
static void put_channels(const struct ut_session *session, FILE *out)
{
    char words[200];
    const struct ut_wire_status *d = &ut_session_snapshot(session)->status;
    if (!ut_channels_usual(d))
        (void)fprintf(out, "channels: %s\n", ut_channels_words(d, words, sizeof words));
}

static void put_withheld(const struct ut_session *session, FILE *out)
{
    char words[100];
    (void)ut_withheld_words(&ut_session_snapshot(session)->withheld, UT_ENGLISH, words, sizeof words);
    (void)fprintf(out, "%s%s", words, words[0] != '\0' ? ", " : "");
}

/* How many of the call's cues were ever on the screen. */
static size_t shown(json_t *cues)
{
    size_t i, n = 0;
    json_t *cue;
    json_array_foreach(cues, i, cue)
    {
        n += json_integer_value(json_object_get(cue, "ShownMillis")) > 0;
    }
    return n;
}

void ut_text_sums(const struct ut_session *session, FILE *out)
{
    json_t *summary = ut_session_summary(session);
    json_t *c = json_object_get(summary, "ConversationCharacteristics");
    json_t *times = json_object_get(c, "TalkTime"), *talk = json_object_get(times, "DetailsByParticipant");
    json_t *emotion = json_object_get(summary, "AcousticEmotion"), *cues = json_object_get(emotion, "Cues");
    json_t *lacks = json_object_get(emotion, "NotRecorded"), *cut = json_object_get(emotion, "Truncated");
    json_t *hold = json_object_get(c, "HoldTime");
    bool known = !json_is_null(json_object_get(times, "TotalTimeMillis")); /* who spoke, of some part of the call */
    (void)fprintf(out, "summary: %.1f s; ",
                  json_number_value(json_object_get(c, "TotalConversationDurationMillis")) / 1000);
    if (known)
        (void)fprintf(out, "customer spoke %.1f s, agent %.1f s, ", seconds(json_object_get(talk, "CUSTOMER")),
                      seconds(json_object_get(talk, "AGENT")));
    put_withheld(session, out);
    if (lacks != NULL) /* what takes two is not known */
        (void)fprintf(out, "%s not recorded",
                      json_array_size(lacks) > 1 ? "both"
                      : strcmp(json_string_value(json_array_get(lacks, 0)), ut_party_role(UT_AGENT)) == 0
                          ? "the agent"
                          : "the customer");
    else
        (void)fprintf(out, "non-talk %.1f s", seconds(json_object_get(c, "NonTalkTime")));
    if (json_array_size(json_object_get(hold, "Instances")) > 0)
        (void)fprintf(out, ", on hold %.1f s", seconds(hold));
    if (lacks == NULL && known)
        (void)fprintf(out, "; %lld interruptions, %zu overlaps",
                      (long long)json_integer_value(json_object_get(json_object_get(c, "Interruptions"), "TotalCount")),
                      json_array_size(json_object_get(emotion, "Overlaps")));
    (void)fprintf(out, "%s %zu cues (%zu shown)", lacks != NULL ? ";" : ",", json_array_size(cues), shown(cues));
    if (cut != NULL)
        (void)fprintf(out, "; truncated: %s", json_string_value(json_object_get(cut, "Reason")));
    (void)fputc('\n', out);
    json_decref(summary);
    put_channels(session, out);
}

static int end_text(struct ut_sink *s, const struct ut_session *session, struct ut_fault *fault)
{
    (void)fault;
    ut_text_sums(session, ut_sink_stream_file(s));
    (void)ut_sink_stream_check(s); /* flush and close say what it was */
    return 0;
}

struct ut_sink *ut_text_sink(FILE *stream, const char *path)
{
    static const struct ut_sink_kind KIND = {.open = open_text,
                                             .event = put_event,
                                             .end = end_text,
                                             .flush = ut_sink_stream_flush,
                                             .close = ut_sink_stream_close};
    return ut_sink_stream_new(&KIND, sizeof(struct text), stream, path);
}
