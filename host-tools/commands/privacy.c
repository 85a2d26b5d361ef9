/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone privacy`: what is measured in calls, where it is kept and until when, who may see it, how it is erased. */
#include "host-tools/call/event_titles.h"
#include "host-tools/call/events.h"
#include "host-tools/commands/commands.h"
#include "host-tools/reports/archive_kept.h"
#include "host-tools/serve/holdings.h"
#include "host-tools/serve/ledger.h"
#include "host-tools/settings/config.h"
#include "host-tools/sinks/event_table.h"
#include "host-tools/system/json.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/postgres_address.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct choices {
    const char *store, *floor;
    bool json;
};

static const struct ut_option options[] = {
    {.help = "What to do:"},
    {.argument = "report", .help = "what is measured, what is kept of it where and until when, and what is there now"},
    {.help = "Where, and how:"},
    {"store", "FILE", "the store (default: store.file of the config file)", ut_option_text,
     .place = offsetof(struct choices, store)},
    {"floor", "FILE", "the ledger of a floor (default: serve.store of the config file)", ut_option_text,
     .place = offsetof(struct choices, floor)},
    {"json", NULL, "one JSON object", ut_option_flag, .place = offsetof(struct choices, json)},
    UT_OPTION_HELP,
    {0},
};

/* A file beside the tables, by the setting that names it. */
static const struct kept_file {
    const char *section, *key, *holds, *kept;
    enum ut_right right;
    const char *erase;
    bool lines; /* a row is a line; of records with At */
} files[] = {
    {"audit", "file", "what was shown and decided: sessions, contacts, cues, hashes of events, no scores",
     "until the file is deleted", UT_RIGHTS, "delete the file; a record in it cannot be taken out unseen", true},
    {"serve", "audit", "who asked the floor and what they did: names of users, sessions, hashes of customers",
     "until the file is deleted", UT_RIGHT_AUDIT, "delete the file; a record in it cannot be taken out unseen", true},
    {"serve", "users", "names of users, their roles and hashes of their tokens", "until it is removed", UT_RIGHTS,
     "undertone serve token remove NAME", true},
    {"serve", "desks", "names of desks and hashes of their tokens", "until there is a newer one", UT_RIGHTS,
     "make it anew with `undertone enrol desks`, from a list without the desk", true},
    {"metrics", "file", "counts, of no call and no person", "while live runs; written anew every 5 s", UT_RIGHT_METRICS,
     "delete the file", false},
    {"serve", "metrics", "counts, of no call and no person", "while serve runs; written anew every 5 s",
     UT_RIGHT_METRICS, "delete the file", false},
};

static const struct way {
    const char *section, *key, *carries;
} ways[] = {
    {"webhook", "url", "every event of the store, to a web server, which keeps it as it likes"},
    {"mqtt", "brokers",
     "every event of the store and a score a second, to the floor; brokers keep the newest "
     "checkpoint and status of each desk"},
};

/* Roles of the floor that may ask; an agent for the calls of the own desk. */
static json_t *roles(enum ut_right right)
{
    json_t *list = json_array();
    for (int role = 0; role < UT_ROLES && right < UT_RIGHTS; role++)
        if (ut_role_may((enum ut_role)role, right) ||
            (right == UT_RIGHT_CALLS && ut_role_may((enum ut_role)role, UT_RIGHT_OWN_CALLS)))
            json_array_append_new(list, json_string(ut_role_name((enum ut_role)role)));
    return list;
}

static int take_table(void *ctx, const struct ut_holding_found *f)
{
    const struct ut_holding *a = f->about;
    json_t *t = json_pack("{s:s, s:s}", "Table", f->table, "Columns", f->columns);
    if (a == NULL)
        json_object_set_new(t, "Holds", json_null());
    else
        json_object_update_missing_new(t, json_pack("{s:s, s:I, s:o, s:o, s:s, s:o, s:o, s:s}", "Holds", a->holds,
                                                    "Rows", (json_int_t)f->rows, "First", ut_json_time(f->first),
                                                    "Last", ut_json_time(f->last), "Kept", a->kept, "Days",
                                                    a->days > 0 ? json_integer(a->days) : json_null(), "Roles",
                                                    roles(a->right), "Erase", a->erase));
    return json_array_append_new(ctx, t);
}

/* What a file is: its name, and the mode that says who may read it; null where it is not there yet. */
static json_t *file_json(const char *setting, const char *path)
{
    struct stat s;
    char mode[8] = "";
    bool there = path[0] != '\0' && stat(path, &s) == 0;
    if (there)
        (void)snprintf(mode, sizeof mode, "%04o", (unsigned)s.st_mode & 07777);
    return json_pack(
        "{s:s, s:o, s:o, s:o}", "Setting", setting, "File", path[0] != '\0' ? json_string(path) : json_null(), "Bytes",
        there ? json_integer((json_int_t)s.st_size) : json_null(), "Mode", there ? json_string(mode) : json_null());
}

static int take_type(void *ctx, const struct ut_database_row *row)
{
    json_object_set_new(ctx, ut_database_text(row, 0), json_integer(ut_database_number(row, 1)));
    return 0;
}

/* A file of tables. NULL and *fault. counts: of a store, how many events of each type; NULL = nothing is asked. */
static json_t *tables(enum ut_holder holder, const char *path, bool named, json_t *counts, struct ut_fault *fault)
{
    json_t *out = file_json(holder == UT_HOLDER_STORE ? "store.file" : "serve.store", path), *list = json_array();
    json_object_set_new(out, "Tables", list);
    if (ut_postgres_is(path)) { /* the same tables as a file's, kept as long, by a server that is not asked from here */
        char name[200];
        json_object_set_new(out, "File", json_string(ut_postgres_name(path, name, sizeof name)));
        json_object_set_new(out, "Server", json_true());
        return out;
    }
    if (!named && json_is_null(json_object_get(out, "Bytes")))
        return out;
    struct ut_database *d =
        ut_database_open(path, holder == UT_HOLDER_STORE ? &ut_event_table_kind : &ut_ledger_table_kind, false, fault);
    int r = d != NULL ? ut_holdings(d, holder, take_table, list, fault) : -1;
    if (r == 0 && counts != NULL)
        r = ut_database_ask(d, fault, take_type, counts, "SELECT type, count(*) FROM event GROUP BY type", "");
    ut_database_close(d);
    if (r == 0)
        return out;
    json_decref(out);
    return NULL;
}

/* The time of a record; null of what is none. */
static json_t *at_of(const char *line)
{
    json_t *record = json_loads(line, 0, NULL), *at = json_incref(json_object_get(record, "At"));
    json_decref(record);
    return at != NULL ? at : json_null();
}

/* Rows, and the times of the first and the last. 0, or -1 and *fault. */
static int count_lines(json_t *out, const char *path, struct ut_fault *fault)
{
    char *line = NULL, *last = NULL;
    size_t room = 0, last_room = 0;
    int64_t rows = 0;
    json_t *first = json_null();
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be opened (%s); check its name and permissions", path,
                            strerror(errno));
    while (getline(&line, &room, f) > 0) {
        if (rows++ == 0)
            first = at_of(line);
        char *swap = last;
        size_t swap_room = last_room;
        last = line;
        last_room = room;
        line = swap;
        room = swap_room;
    }
    (void)fclose(f);
    json_object_set_new(out, "Rows", json_integer(rows));
    json_object_set_new(out, "First", first);
    json_object_set_new(out, "Last", rows > 0 ? at_of(last) : json_null());
    free(line);
    free(last);
    return 0;
}

/* What a replay of a folder leaves beside the store. */
static void add_kept(json_t *list, const char *store)
{
    char folder[UT_ARCHIVE_KEPT_PATH] = "";
    if (store[0] != '\0')
        ut_archive_kept_folder(store, folder);
    struct ut_archive_kept found = ut_archive_kept_count(folder);
    json_t *f = file_json("store.file", folder);
    if (!json_is_null(json_object_get(f, "Bytes")))
        json_object_update_new(
            f, json_pack("{s:I, s:I}", "Bytes", (json_int_t)found.bytes, "Rows", (json_int_t)found.calls));
    json_object_update_missing_new(
        f, json_pack("{s:s, s:n, s:n, s:n, s:s, s:o, s:s}", "Holds",
                     "per-call files of `replay FOLDER --store FILE`, with scores, and a table of their figures",
                     "Rows", "First", "Last", "Kept", "with their calls; their names until the folder is deleted",
                     "Roles", roles(UT_RIGHTS), "Erase",
                     "undertone store erase SESSION or --older DAYS; undertone customer forget KEY"));
    json_array_append_new(list, f);
}

static int add_files(json_t *list, const struct ut_config *config, struct ut_fault *fault)
{
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        const struct kept_file *k = &files[i];
        const char *path = ut_config_text(config, k->section, k->key);
        char setting[64];
        (void)snprintf(setting, sizeof setting, "%s.%s", k->section, k->key);
        json_t *f = file_json(setting, path);
        json_object_update_missing_new(f, json_pack("{s:s, s:n, s:n, s:n, s:s, s:o, s:s}", "Holds", k->holds, "Rows",
                                                    "First", "Last", "Kept", k->kept, "Roles", roles(k->right), "Erase",
                                                    k->erase));
        json_array_append_new(list, f);
        if (k->lines && !json_is_null(json_object_get(f, "Bytes")) && count_lines(f, path, fault) != 0)
            return -1;
    }
    return 0;
}

/* What is measured: each kind of event, whether it is kept, and how many the store has. */
static json_t *measured(json_t *counts)
{
    json_t *list = json_array();
    for (int i = 0; i < UT_EVENT_TYPES; i++) {
        const char *type = ut_event_type_name((enum ut_event_type)i);
        json_t *n = json_object_get(counts, type);
        json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:I}", "Type", type, "Title", ut_event_title(type),
                                              "Stored", ut_event_type_counted((enum ut_event_type)i), "Rows",
                                              (json_int_t)json_integer_value(n)));
    }
    return list;
}

static json_t *sent(const struct ut_config *config)
{
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        char setting[64];
        (void)snprintf(setting, sizeof setting, "%s.%s", ways[i].section, ways[i].key);
        json_array_append_new(list, json_pack("{s:s, s:b, s:s}", "Setting", setting, "Set",
                                              ut_config_text(config, ways[i].section, ways[i].key)[0] != '\0',
                                              "Carries", ways[i].carries));
    }
    return list;
}

/* The whole report; NULL and *fault. */
static json_t *gather(const struct choices *c, const struct ut_config *config, struct ut_fault *fault)
{
    const char *store = c->store != NULL ? c->store : ut_config_text(config, "store", "file");
    const char *floor = c->floor != NULL ? c->floor : ut_config_text(config, "serve", "store");
    json_t *counts = json_object(), *list = json_array(), *report = NULL;
    json_t *of_store = tables(UT_HOLDER_STORE, store, c->store != NULL, counts, fault);
    json_t *of_floor = of_store != NULL ? tables(UT_HOLDER_LEDGER, floor, c->floor != NULL, NULL, fault) : NULL;
    add_kept(list, store);
    if (of_floor != NULL && add_files(list, config, fault) == 0)
        report = json_pack("{s:o, s:O, s:O, s:O, s:o}", "Measured", measured(counts), "Store", of_store, "Floor",
                           of_floor, "Files", list, "Sent", sent(config));
    json_decref(of_floor);
    json_decref(of_store);
    json_decref(list);
    json_decref(counts);
    return report;
}

static const char *text_of(const json_t *of, const char *name, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(of, name));
    return text != NULL ? text : otherwise;
}

/* What a table and a file have alike. */
static void put_rest(const json_t *of)
{
    json_t *days = json_object_get(of, "Days"), *list = json_object_get(of, "Roles");
    printf("    holds  %s\n    kept   %s", text_of(of, "Holds", "?"), text_of(of, "Kept", "?"));
    if (json_is_integer(days))
        printf(", %lld days", (long long)json_integer_value(days));
    printf("\n    seen   by who may read the file");
    for (size_t i = 0; i < json_array_size(list); i++)
        printf("%s %s", i == 0 ? "; by the floor's page and HTTP:" : ",", json_string_value(json_array_get(list, i)));
    printf("\n    erase  %s\n", text_of(of, "Erase", "?"));
}

static void put_rows(const json_t *of)
{
    json_t *rows = json_object_get(of, "Rows");
    if (json_is_integer(rows))
        printf("%lld %s", (long long)json_integer_value(rows), json_integer_value(rows) == 1 ? "row" : "rows");
    if (json_is_string(json_object_get(of, "First")))
        printf(", %s to %s", text_of(of, "First", ""), text_of(of, "Last", ""));
    (void)putchar('\n');
}

static void put_file(const json_t *of)
{
    printf("%s: %s", text_of(of, "Setting", ""), text_of(of, "File", "not set"));
    if (json_is_string(json_object_get(of, "Mode")))
        printf(", %lld bytes, mode %s", (long long)json_integer_value(json_object_get(of, "Bytes")),
               text_of(of, "Mode", ""));
    else if (json_is_true(json_object_get(of, "Server")))
        printf(", a PostgreSQL server, whose rows are not counted here; its tables are a ledger's");
    else if (json_is_string(json_object_get(of, "File")))
        printf(", not there");
    (void)putchar('\n');
}

static void put_tables(const json_t *of)
{
    json_t *one, *list = json_object_get(of, "Tables");
    size_t i;
    (void)putchar('\n');
    put_file(of);
    json_array_foreach(list, i, one)
    {
        printf("  %s (%s): ", text_of(one, "Table", ""), text_of(one, "Columns", ""));
        if (json_is_string(json_object_get(one, "Holds"))) {
            put_rows(one);
            put_rest(one);
        } else {
            printf("a table of another program\n");
        }
    }
}

static void put_report(const json_t *report)
{
    json_t *one;
    size_t i;
    printf("Measured, as events; no sound and no word of a call is in any of them:\n");
    json_array_foreach(json_object_get(report, "Measured"), i, one)
    {
        printf("  %-32s  %s; ", text_of(one, "Type", ""), text_of(one, "Title", ""));
        if (json_is_true(json_object_get(one, "Stored")))
            printf("%lld in the store\n", (long long)json_integer_value(json_object_get(one, "Rows")));
        else
            printf("not in the store\n");
    }
    put_tables(json_object_get(report, "Store"));
    put_tables(json_object_get(report, "Floor"));
    json_array_foreach(json_object_get(report, "Files"), i, one)
    {
        (void)putchar('\n');
        put_file(one);
        if (json_is_integer(json_object_get(one, "Rows"))) {
            printf("  ");
            put_rows(one);
        }
        put_rest(one);
    }
    (void)putchar('\n');
    json_array_foreach(json_object_get(report, "Sent"), i, one)
        printf("%s: %s; carries %s\n", text_of(one, "Setting", ""),
               json_is_true(json_object_get(one, "Set")) ? "set" : "not set", text_of(one, "Carries", ""));
    printf(
        "What else a run was told to write (--out, --summary, --report and their like) is kept until you delete it.\n");
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    struct choices c = {0};
    struct ut_fault fault = {0};
    int words = ut_options_take(&ut_command_privacy, argc, argv, &c, &fault);
    if (words >= 0 && (words != 1 || strcmp(argv[0], "report") != 0))
        words = ut_options_refuse(&ut_command_privacy, &fault, "report?");
    json_t *report = words >= 0 ? gather(&c, config, &fault) : NULL;
    if (report == NULL)
        return ut_fault_print(&fault);
    if (c.json) {
        ut_json_line(report);
    } else {
        put_report(report);
        json_decref(report);
    }
    (void)ut_output_flush(&fault);
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone privacy report", "What is kept of calls by the settings in force, and what is there now:"},
    {NULL, NULL},
};

const struct ut_command ut_command_privacy = {
    .name = "privacy",
    .purpose = "what is kept of calls: where, until when, who may see it, how it is erased",
    .usage = "report [--store FILE] [--floor FILE] [--json]",
    .about = "For whoever answers for the data: each kind of event, each table of the store and of the floor's ledger, "
             "and each file that the settings name, with its rows and their times as they are now.",
    .options = options,
    .operands = "WORD",
    .exit_codes =
        "0 done, 1 failure, 2 usage, 10 no such store or file, 17 and 18 faults of the config, 31 not a store, "
        "or damaged, 32 locked by another program, 33 made by a later program.",
    .examples = examples,
    .run = run,
};
