#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What each type of event says, as C, from the schema of events: event_titles.py SCHEMA.json HEADER"""
import json
import sys


def main(words):
    if len(words) != 2:
        sys.exit(__doc__)
    with open(words[0], encoding="utf-8") as f:
        schema = json.load(f)
    titles = {}
    for part in schema["$defs"].values():
        kind = part.get("properties", {}).get("type", {}).get("const")
        if kind and not part.get("title"):
            sys.exit(f"{words[0]}: {kind} has no title")
        if kind:
            titles[kind] = part["title"]
    missing = sorted(set(schema["properties"]["type"]["enum"]) - set(titles))
    if missing:
        sys.exit(f"{words[0]}: {missing[0]} has no part of its own")
    rows = "\n".join(f"    {{{json.dumps(k)}, {json.dumps(v)}}}," for k, v in sorted(titles.items()))
    with open(words[1], "w", encoding="utf-8") as f:
        f.write(f"""/* SPDX-License-Identifier: Apache-2.0 */
/* Written by event_titles.py: what each type of event says, in a few words. */
#include <string.h>

static const struct {{
    const char *type, *title;
}} ut_event_titles[] = {{
{rows}
}};

/* "" = no such type */
static inline const char *ut_event_title(const char *type)
{{
    for (size_t i = 0; i < sizeof ut_event_titles / sizeof ut_event_titles[0]; i++)
        if (strcmp(ut_event_titles[i].type, type) == 0)
            return ut_event_titles[i].title;
    return "";
}}
""")


if __name__ == "__main__":
    main(sys.argv[1:])
