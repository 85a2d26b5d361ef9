/* SPDX-License-Identifier: Apache-2.0 */
/* What desks ask a supervisor before an action, while there is time for an answer. SPEC.md "Supervisor's page".
 *
 * in    questions, each again and again until its desk has an answer; an answer
 * out   those that are open, as JSON; an answer to whoever asks again
 * errors none: a question beyond UT_QUESTIONS, or UT_QUESTIONS_OF of a desk, is not taken but counted, and its default
 *       counts
 * Nothing is kept: a program that begins anew is asked anew. Times are of a clock that never goes back; ms.
 */
#ifndef UT_HOST_QUESTIONS_H
#define UT_HOST_QUESTIONS_H

#include "host-tools/sinks/floor_message.h"
#include "host-tools/system/json.h"

enum { UT_QUESTIONS = 256, UT_QUESTIONS_OF = 8 };

struct ut_question {
    struct ut_floor_question asked;
    char device[UT_FLOOR_NAME];
    int64_t until_ms;
    bool answered;
    struct ut_floor_answer answer; /* once it is answered */
};

/* One that had no room, so that it is said once, and of a desk no more than can be shown. */
struct ut_question_missed {
    char id[UT_FLOOR_SESSION], device[UT_FLOOR_NAME];
    int64_t until_ms;
};

struct ut_questions {
    struct ut_question question[UT_QUESTIONS];
    int n;
    struct ut_question_missed missed[UT_QUESTIONS];
    int misses;
    uint64_t not_shown; /* for want of room, since the start */
};

/* NULL: not taken. *news: it was not there before; with NULL, it has no room, which nobody was told yet. */
const struct ut_question *ut_questions_take(struct ut_questions *q, const char *device,
                                            const struct ut_floor_question *asked, int64_t now, bool *news);

/* The one of that id that is still open; NULL = none. */
const struct ut_question *ut_questions_find(struct ut_questions *q, const char *id, int64_t now);

/* The first answer stays. NULL: nobody asks that, or not any more. */
const struct ut_question *ut_questions_answer(struct ut_questions *q, const struct ut_floor_answer *answer,
                                              int64_t now);

/* Those of a session, whose customer refused. How many went. */
int ut_questions_forget(struct ut_questions *q, const char *session);

/* Those whose time is over. How many went. */
int ut_questions_expire(struct ut_questions *q, int64_t now);

/* Until the next one's is, 0 or above; -1 = none is there. */
int64_t ut_questions_due_ms(const struct ut_questions *q, int64_t now);

/* [{Id, Session, Action, Text, Default, RemainingMillis, Answer, By}], the oldest first; the last two null until it is
 * answered. The caller's reference. */
json_t *ut_questions_json(const struct ut_questions *q, int64_t now);

#endif
