/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/questions.h"

#include <stdio.h>
#include <string.h>

static void drop(struct ut_questions *q, int i)
{
    q->n--;
    memmove(&q->question[i], &q->question[i + 1], (size_t)(q->n - i) * sizeof q->question[0]);
}

int ut_questions_expire(struct ut_questions *q, int64_t now)
{
    int before = q->n;
    for (int i = q->n - 1; i >= 0; i--)
        if (now >= q->question[i].until_ms)
            drop(q, i);
    return before - q->n;
}

int64_t ut_questions_due_ms(const struct ut_questions *q, int64_t now)
{
    int64_t due = -1;
    for (int i = 0; i < q->n; i++) {
        int64_t left = q->question[i].until_ms > now ? q->question[i].until_ms - now : 0;
        if (due < 0 || left < due)
            due = left;
    }
    return due;
}

int ut_questions_forget(struct ut_questions *q, const char *session)
{
    int before = q->n;
    for (int i = q->n - 1; i >= 0; i--)
        if (strcmp(q->question[i].asked.session, session) == 0)
            drop(q, i);
    return before - q->n;
}

static struct ut_question *find(struct ut_questions *q, const char *id, int64_t now)
{
    for (int i = 0; i < q->n; i++)
        if (strcmp(q->question[i].asked.id, id) == 0 && now < q->question[i].until_ms)
            return &q->question[i];
    return NULL;
}

const struct ut_question *ut_questions_find(struct ut_questions *q, const char *id, int64_t now)
{
    return find(q, id, now);
}

/* Whether that is to be said. */
static bool miss(struct ut_questions *q, const char *device, const struct ut_floor_question *asked, int64_t now)
{
    int of = 0;
    for (int i = q->misses - 1; i >= 0; i--)
        if (now >= q->missed[i].until_ms)
            q->missed[i] = q->missed[--q->misses];
    for (int i = 0; i < q->misses; i++) {
        if (strcmp(q->missed[i].id, asked->id) == 0)
            return false;
        of += strcmp(q->missed[i].device, device) == 0;
    }
    q->not_shown++;
    if (q->misses == UT_QUESTIONS || of == UT_QUESTIONS_OF)
        return false;
    struct ut_question_missed *one = &q->missed[q->misses++];
    one->until_ms = now + asked->remaining_ms;
    memcpy(one->id, asked->id, sizeof one->id);
    (void)snprintf(one->device, sizeof one->device, "%s", device);
    return true;
}

const struct ut_question *ut_questions_take(struct ut_questions *q, const char *device,
                                            const struct ut_floor_question *asked, int64_t now, bool *news)
{
    int of = 0;
    *news = false;
    (void)ut_questions_expire(q, now);
    struct ut_question *known = find(q, asked->id, now);
    if (known != NULL)
        return strcmp(known->device, device) == 0 ? known : NULL;
    for (int i = 0; i < q->n; i++)
        of += strcmp(q->question[i].device, device) == 0;
    if (q->n == UT_QUESTIONS || of == UT_QUESTIONS_OF) {
        *news = miss(q, device, asked, now);
        return NULL;
    }
    struct ut_question *one = &q->question[q->n++];
    *one = (struct ut_question){.asked = *asked, .until_ms = now + asked->remaining_ms};
    (void)snprintf(one->device, sizeof one->device, "%s", device);
    *news = true;
    return one;
}

const struct ut_question *ut_questions_answer(struct ut_questions *q, const struct ut_floor_answer *answer, int64_t now)
{
    struct ut_question *one = find(q, answer->id, now);
    if (one != NULL && !one->answered) {
        one->answered = true;
        one->answer = *answer;
    }
    return one;
}

json_t *ut_questions_json(const struct ut_questions *q, int64_t now)
{
    json_t *list = json_array();
    for (int i = 0; i < q->n; i++) {
        const struct ut_question *one = &q->question[i];
        if (now >= one->until_ms)
            continue;
        json_t *answer = one->answered ? json_string(one->answer.yes ? "yes" : "no") : json_null();
        json_t *by = one->answered ? json_string(one->answer.by) : json_null();
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:o, s:o}", "Id", one->asked.id,
                                                    "Session", one->asked.session, "Action", one->asked.action, "Text",
                                                    one->asked.text, "Default", one->asked.otherwise ? "yes" : "no",
                                                    "RemainingMillis", (json_int_t)(one->until_ms - now), "Answer",
                                                    answer, "By", by));
    }
    return list;
}
