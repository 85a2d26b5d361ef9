/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/sweep.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int usage(struct ut_fault *fault, const char *text, const char *why)
{
    return ut_fault_set(fault, UT_EXIT_USAGE,
                        "--sweep %.100s: %s; write it like empathy_cue.on=0.5:0.9:0.05 or empathy_cue.on=0.5,0.65",
                        text, why);
}

static int param_of(const char *text, size_t len)
{
    char name[100];
    for (int i = 0; i < UT_PARAMS; i++) {
        snprintf(name, sizeof name, "%s.%s", ut_param_info[i].section, ut_param_info[i].key);
        if (strlen(name) == len && strncmp(name, text, len) == 0)
            return i;
    }
    return -1;
}

/* Twelve decimals: 0.5 + 3 x 0.05 is to be 0.65 and print as such. */
static double tidy(double x)
{
    return nearbyint(x * 1e12) / 1e12;
}

static int read_range(struct ut_sweep_axis *a, const char *text, const char *values, struct ut_fault *fault)
{
    double part[3];
    const char *at = values;
    for (int i = 0; i < 3; i++) {
        char *end;
        part[i] = strtod(at, &end);
        if (end == at || *end != (i < 2 ? ':' : '\0') || !isfinite(part[i]))
            return usage(fault, text, "not first:last:step");
        at = end + 1;
    }
    if (part[2] <= 0 || part[1] < part[0])
        return usage(fault, text, "the step must be above 0 and the last value not below the first");
    double steps = floor((part[1] - part[0]) / part[2] + 1e-9) + 1;
    if (steps > UT_SWEEP_VALUES_MAX)
        return usage(fault, text, "more than 1000 values");
    for (a->n = 0; a->n < (size_t)steps; a->n++)
        a->value[a->n] = tidy(part[0] + (double)a->n * part[2]);
    return 0;
}

static int read_list(struct ut_sweep_axis *a, const char *text, const char *values, struct ut_fault *fault)
{
    a->n = 0;
    for (const char *at = values;;) {
        char *end;
        double x = strtod(at, &end);
        if (end == at || (*end != ',' && *end != '\0') || !isfinite(x))
            return usage(fault, text, "not a list of numbers");
        if (a->n == UT_SWEEP_VALUES_MAX)
            return usage(fault, text, "more than 1000 values");
        a->value[a->n++] = x;
        if (*end == '\0')
            return 0;
        at = end + 1;
    }
}

int ut_sweep_add(struct ut_sweep *s, const char *text, struct ut_fault *fault)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL)
        return usage(fault, text, "no values");
    int param = param_of(text, (size_t)(equals - text));
    if (param < 0)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                            "--sweep %.100s: no such number; `undertone cues` lists them as [section] and key", text);
    for (size_t i = 0; i < s->axes; i++)
        if (s->axis[i].param == param)
            return usage(fault, text, "the same number twice");
    if (s->axes == UT_SWEEP_AXES_MAX)
        return usage(fault, text, "more than 6 numbers");
    struct ut_sweep_axis *a = &s->axis[s->axes];
    a->param = param;
    bool range = strchr(equals + 1, ':') != NULL;
    if ((range ? read_range(a, text, equals + 1, fault) : read_list(a, text, equals + 1, fault)) != 0)
        return -1;
    const struct ut_param_info *p = &ut_param_info[param];
    for (size_t i = 0; i < a->n; i++)
        if (a->value[i] < p->low || a->value[i] > p->high || (p->choices != NULL && a->value[i] != floor(a->value[i])))
            return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "--sweep %.100s: %g is out of range; give %g..%g %s", text,
                                a->value[i], p->low, p->high, p->unit);
    s->axes++;
    if (ut_sweep_count(s) > UT_SWEEP_SETTINGS_MAX)
        return usage(fault, text, "more than 2000 settings");
    return 0;
}

size_t ut_sweep_count(const struct ut_sweep *s)
{
    size_t n = 1;
    for (size_t i = 0; i < s->axes; i++)
        n *= s->axis[i].n;
    return n;
}

double ut_sweep_value(const struct ut_sweep *s, size_t i, size_t axis)
{
    for (size_t later = s->axes - 1; later > axis; later--)
        i /= s->axis[later].n;
    return s->axis[axis].value[i % s->axis[axis].n];
}

int ut_sweep_config(const struct ut_sweep *s, size_t i, const struct ut_config *base, struct ut_config *c,
                    struct ut_fault *fault)
{
    *c = *base;
    for (size_t axis = 0; axis < s->axes; axis++) {
        int param = s->axis[axis].param;
        c->value[param] = ut_sweep_value(s, i, axis);
        snprintf(c->value_origin[param], sizeof c->value_origin[param], "--sweep");
    }
    return ut_config_check(c, fault);
}

int ut_sweep_possible(const struct ut_sweep *s, const struct ut_config *base, size_t **possible, size_t *n,
                      struct ut_fault *fault)
{
    size_t count = ut_sweep_count(s), left_out = 0;
    struct ut_fault first = {0}, now;
    struct ut_config *config = malloc(sizeof *config);
    *possible = calloc(count, sizeof **possible);
    *n = 0;
    if (config == NULL || *possible == NULL) {
        free(config);
        return ut_fault_set(fault, UT_EXIT_FAILURE, "--sweep: not enough memory");
    }
    for (size_t i = 0; i < count; i++) {
        if (ut_sweep_config(s, i, base, config, &now) == 0)
            (*possible)[(*n)++] = i;
        else if (left_out++ == 0)
            first = now;
    }
    free(config);
    if (*n == 0) {
        *fault = first;
        return -1;
    }
    if (left_out > 0)
        ut_note("%zu of %zu settings are impossible and left out, such as: %s", left_out, count, first.text);
    return 0;
}

void ut_sweep_text(const struct ut_sweep *s, size_t i, int brief, char *text, size_t room)
{
    size_t at = 0;
    text[0] = '\0';
    for (size_t axis = 0; axis < s->axes && at < room; axis++) {
        const struct ut_param_info *p = &ut_param_info[s->axis[axis].param];
        double x = ut_sweep_value(s, i, axis);
        if (brief && s->axes == 1)
            at += (size_t)snprintf(text + at, room - at, "%g", x);
        else if (brief)
            at += (size_t)snprintf(text + at, room - at, "%s%s=%g", at > 0 ? " " : "", p->key, x);
        else
            at += (size_t)snprintf(text + at, room - at, "%s%s.%s=%g", at > 0 ? " " : "", p->section, p->key, x);
    }
    if (s->axes == 0)
        snprintf(text, room, "as configured");
}

json_t *ut_sweep_json(const struct ut_sweep *s, size_t i)
{
    json_t *set = json_object();
    for (size_t axis = 0; axis < s->axes; axis++) {
        const struct ut_param_info *p = &ut_param_info[s->axis[axis].param];
        char name[100];
        snprintf(name, sizeof name, "%s.%s", p->section, p->key);
        json_object_set_new(set, name, json_real(ut_sweep_value(s, i, axis)));
    }
    return set;
}
