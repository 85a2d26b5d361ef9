/* SPDX-License-Identifier: Apache-2.0 */
/* The codes of a score record (struct ut_wire_score) in people's units: the one place that undoes them.
 *
 * in    a code, or a mean of codes
 * out   what it stands for, in the unit that each function names; total
 * Codes and units: SPEC.md "Wire".
 */
#ifndef UT_HOST_READINGS_H
#define UT_HOST_READINGS_H

#include <stdint.h>

/* frustration, delight, confidence: 0..1 */
double ut_readings_share(double code);

/* The share of the mean of n codes, from their sum; rounded once. */
double ut_readings_mean_share(double sum, int n);

/* customer_loudness: 0..100 */
double ut_readings_loudness(double code);

/* agent_level: dBFS */
double ut_readings_level_dbfs(double code);

/* The loudness of a level in dBFS, 0..100: in steps of a half. */
double ut_readings_loudness_of(double level_dbfs);

/* The level in dBFS that a code of loudness (0..200) stands for: the middle of those that have it. */
double ut_readings_loudness_dbfs(uint8_t code);

/* customer_pace, agent_pace: syllables/s */
double ut_readings_pace(double code);

/* Syllables/s in words per minute: an estimate, 1.5 syllables a word. */
double ut_readings_words_per_minute(double pace);

/* customer_f0, not that of unvoiced speech (0): semitones above 55 Hz */
double ut_readings_semitones(double code);

/* customer_f0_range: semitones */
double ut_readings_range(double code);

/* top[].contribution: log odds */
double ut_readings_log_odds(double code);

/* top[].feature (models/infer.h: enum ut_feature_group): what it speaks of; "" for none or an unknown one. */
const char *ut_readings_group_name(int group);

/* The flags' reason for no score (firmware/engine.h: enum ut_abstain): "noise", "none", or "unknown". */
const char *ut_readings_abstain_name(int abstain);

#endif
