#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`undertone cues`: every threshold, with unit and origin."""
import json
import re

from tool import Checks, tool, write

CUES = ("ask_for_help", "empathy_cue", "customer_raised_voice", "rising_frustration", "interrupting_customer",
        "frequent_overlaps", "extended_silence", "slow_to_respond", "customer_hesitates",
        "continuous_speaking", "talk_ratio_high", "speaking_quickly", "speaking_slowly", "mic_level_low", "mic_level_high", "positive_interaction", "good_moment",
        "scores_paused")
check = Checks()

code, table, err = tool("cues")
check("ends well", code == 0 and err == "", err)
for cue in CUES:
    check(f"prints {cue}", re.search(rf"^{cue} \(about: (AGENT|CUSTOMER|BOTH|SYSTEM);", table, re.M))
check("prints a known number with its unit", re.search(r"^  on +6 s +default ", table, re.M))

code, text, err = tool("cues", "--json")
data = json.loads(text)
check("--json is one line", text.count("\n") == 1)
check("--json lists the cues by priority", tuple(x["Cue"] for x in data["Cues"]) == CUES, text)
numbers = [x for cue in data["Cues"] for x in cue["Thresholds"]] + data["Other"]
check("every number of the table is in the JSON", len(numbers) == len(re.findall(r"^  \S", table, re.M)) > 40)
check("each has all members", all(set(x) == {"Section", "Key", "Value", "Unit", "Origin", "Meaning"} for x in numbers))

code, text, err = tool("cues", "--explain")
check("--explain ends well", code == 0 and err == "", err)
for i, cue in enumerate(CUES):
    check(f"--explain says when {cue} opens and closes",
          re.search(rf"^ *{i + 1}  {cue}  \(.*\n    reads   .+\n    opens   .+\n    closes  .+", text, re.M), text)
check("its numbers are filled in", "both silent >= 6 s" in text and "{" not in text)
code, german, err = tool("cues", "--explain", env={"LANG": "de_DE.UTF-8", "LC_ALL": ""})
check("LANG chooses the language", code == 0 and "beide still >= 6 s" in german and "both silent" not in german)
check("of every line", not {"score", "for", "not", "again", "closes", "opens", "reads", "about", "speech", "below"}
      & set(re.findall(r"\w+", german)), german)
code, text, err = tool("cues", "--explain", env={"UNDERTONE_DISPLAY_LANGUAGE": "en", "LANG": "de_DE.UTF-8"})
check("display.language goes before LANG", "both silent >= 6 s" in text)

site = write("site.ini", "[frequent_overlaps]\nshare = 0.2\n")
code, text, err = tool("cues", "--json", "--config", site)
changed = [x for cue in json.loads(text)["Cues"] for x in cue["Thresholds"] if x["Origin"] != "default"]
check("an override is shown with its origin", len(changed) == 1 and changed[0]["Value"] == 0.2
      and changed[0]["Origin"] == f"{site}:2", changed)
below = write("below.ini", "[empathy_cue]\non = 0.2\n")
check.refused("an impossible threshold", tool("cues", "--config", below), 18, "[empathy_cue] off = 0.25", "on = 0.2")
check.refused("an argument", tool("cues", "all"), 2)
with open("/dev/full", "w", encoding="ascii") as full:
    code, _, err = tool("cues", stdout=full)
check("a full disk is said", code == 1 and "No space left" in err, (code, err))

check.finish()
