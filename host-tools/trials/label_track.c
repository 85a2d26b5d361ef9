/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/label_track.h"

#include "host-tools/system/text_file.h"

#include <string.h>

enum { TIME_MAX = 40 };

static const char blanks[] = " \t";

/* The time at *at, which moves past it and the blanks behind it. 0 or -1. */
static int take_time(const char **at, int64_t *ms)
{
    char text[TIME_MAX];
    const char *begin = *at + strspn(*at, blanks);
    size_t len = strcspn(begin, " \t\r\n");
    if (len >= sizeof text)
        return -1;
    memcpy(text, begin, len);
    text[len] = '\0';
    if (ut_marks_seconds(text, ms) != 0)
        return -1;
    *at = begin + len + strspn(begin + len, blanks);
    return 0;
}

/* A tab with something behind it: what stands before it was to be a time. */
static bool has_more_fields(const char *text)
{
    const char *tab = strchr(text, '\t');
    return tab != NULL && tab[strspn(tab, blanks)] != '\0';
}

bool ut_label_track_is(const char *text)
{
    int64_t ms;
    for (; *text != '\0'; text += strcspn(text, "\r\n"), text += strspn(text, "\r\n")) {
        const char *at = text, *word = text + strspn(text, blanks);
        if (*word == '\\' || *word == '\r' || *word == '\n' || *word == '\0')
            continue;
        word += strcspn(word, " \t\r\n");
        return (*word == ' ' || *word == '\t') && take_time(&at, &ms) == 0;
    }
    return false;
}

int ut_label_track_parse(struct ut_marks *m, char *text, const char *file, struct ut_fault *fault)
{
    int number = 0;
    for (char *line; (line = ut_text_file_line(&text)) != NULL;) {
        struct ut_mark mark = {.recording = "", .tier = -1, .line = ++number};
        const char *at = line;
        if (line[strspn(line, blanks)] == '\0' || line[strspn(line, blanks)] == '\\')
            continue;
        bool begins = take_time(&at, &mark.begin_ms) == 0, ends = begins && take_time(&at, &mark.end_ms) == 0;
        if (!begins || (!ends && has_more_fields(at)))
            return ut_fault_set(fault, UT_EXIT_INDEX,
                                "%s:%d: '%.40s' is no label; give begin and end in seconds and a text, with tabs "
                                "between them, as Audacity exports them",
                                file, number, line);
        if (!ends)
            mark.end_ms = mark.begin_ms;
        if (mark.end_ms < mark.begin_ms)
            return ut_fault_set(fault, UT_EXIT_INDEX,
                                "%s:%d: the label ends at %lld ms, before its begin at %lld ms; correct the times",
                                file, number, (long long)mark.end_ms, (long long)mark.begin_ms);
        mark.text = ut_marks_trim(line + (at - line));
        if (ut_marks_add(m, &mark) != 0)
            return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", file);
    }
    return 0;
}
