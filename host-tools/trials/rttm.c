/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/rttm.h"

#include "host-tools/system/text_file.h"

#include <string.h>

enum { TYPE, RECORDING, CHANNEL, BEGIN, DURATION, ORTHOGRAPHY, SUBTYPE, NAME, FIELDS };

static const char blanks[] = " \t";

static bool is_type(const char *word, size_t len)
{
    static const char *const types[] = {"SPEAKER", "SEGMENT",    "NOSCORE", "NO_RT_METADATA", "LEXEME", "NON-LEX",
                                        "SU",      "NON-SPEECH", "FILLER",  "EDIT",           "IP",     "SPKR-INFO",
                                        "CB",      "A/P"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strlen(types[i]) == len && memcmp(types[i], word, len) == 0)
            return true;
    return false;
}

/* Whether a line's fourth word is one that RTTM has there. */
static bool has_begin(const char *at)
{
    char word[40];
    int64_t unused;
    for (int i = 0; i < BEGIN; i++) {
        at += strspn(at, blanks);
        at += strcspn(at, " \t\r\n");
    }
    at += strspn(at, blanks);
    size_t len = strcspn(at, " \t\r\n");
    if (len >= sizeof word)
        return false;
    memcpy(word, at, len);
    word[len] = '\0';
    return strcmp(word, "<NA>") == 0 || ut_marks_seconds(word, &unused) == 0;
}

bool ut_rttm_is(const char *text)
{
    for (; *text != '\0'; text += strcspn(text, "\r\n"), text += strspn(text, "\r\n")) {
        const char *word = text + strspn(text, blanks);
        if (*word != ';' && *word != '\r' && *word != '\n' && *word != '\0')
            return is_type(word, strcspn(word, " \t\r\n")) && has_begin(word);
    }
    return false;
}

int ut_rttm_parse(struct ut_marks *m, char *text, const char *file, struct ut_fault *fault)
{
    int number = 0;
    for (char *line; (line = ut_text_file_line(&text)) != NULL;) {
        char *field[FIELDS], *at = line;
        int64_t duration_ms;
        int n = 0;
        number++;
        for (; n < FIELDS && *(at += strspn(at, blanks)) != '\0'; n++) {
            field[n] = at;
            at += strcspn(at, blanks);
            if (*at != '\0')
                *at++ = '\0';
        }
        if (n == 0 || field[TYPE][0] == ';' || strcmp(field[TYPE], "SPEAKER") != 0)
            continue;
        struct ut_mark mark = {.tier = -1, .line = number};
        if (n < FIELDS || ut_marks_seconds(field[BEGIN], &mark.begin_ms) != 0 ||
            ut_marks_seconds(field[DURATION], &duration_ms) != 0 || mark.begin_ms + duration_ms > INT32_MAX)
            return ut_fault_set(
                fault, UT_EXIT_INDEX,
                "%s:%d: is no segment; give SPEAKER, recording, channel, begin and duration in seconds, "
                "<NA>, <NA> and a name",
                file, number);
        mark.end_ms = mark.begin_ms + duration_ms;
        mark.recording = field[RECORDING];
        mark.text = field[NAME];
        if (ut_marks_add(m, &mark) != 0)
            return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", file);
    }
    return 0;
}
