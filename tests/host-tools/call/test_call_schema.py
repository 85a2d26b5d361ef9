#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The per-call file keeps to host-tools/call/call.schema.json, and the schema rejects what it is there to reject."""
import copy
import json
import os

from tool import SCHEMA, Checks, path, schema_faults, speech, tool, wav

check = Checks()
customer, agent = speech()
call = wav("call.wav", (agent, customer))
code, _, err = tool("replay", "--summary", path("call.json"), call)
check("replay writes the file", code == 0, err)
with open(path("call.json"), encoding="utf-8") as f:
    good = json.load(f)
with open(SCHEMA, encoding="utf-8") as f:
    schema = json.load(f)

required = set(schema["required"])
check("it has every required member", required <= set(good), required - set(good))
check("it has no sentiment of the agent", "AGENT" not in good["ConversationCharacteristics"]["Sentiment"]
      ["OverallSentiment"] and not any("Sentiment" in x for x in good["Transcript"]))
facts = good["ConversationCharacteristics"]["Facts"]
check("both parties have the same facts", set(facts["AGENT"]) == set(facts["CUSTOMER"])
      and set(facts) == {"AGENT", "CUSTOMER", "Overlap", "NonTalk", "Hold"})
check("facts agree with the rest", facts["AGENT"]["TalkTimeMillis"] == good["ConversationCharacteristics"]["TalkTime"]
      ["DetailsByParticipant"]["AGENT"]["TotalTimeMillis"] and facts["AGENT"]["Baseline"]["Pitch"] is None)


def changed(steps, value):
    """A copy of the good file with one member replaced; None removes it."""
    out = copy.deepcopy(good)
    at = out
    for step in steps[:-1]:
        at = at[step]
    if value is None:
        del at[steps[-1]]
    else:
        at[steps[-1]] = value
    return out


C = "ConversationCharacteristics"
BAD = [((C, "Sentiment", "OverallSentiment"), {"AGENT": 1.0}),
       ((C, "Sentiment", "OverallSentiment"), {"CUSTOMER": 5.1}),
       (("AcousticEmotion", "ScoredRole"), "AGENT"), (("AcousticEmotion", "ScoredRole"), None),
       (("AcousticEmotion", "Policy"), "none"), (("Version",), "1.0.0"), (("Channel",), "CHAT"),
       (("JobStatus",), "DONE"),
       (("Transcript",), [{"BeginOffsetMillis": 0, "EndOffsetMillis": 1, "Id": "T1", "ParticipantId": "AGENT",
                           "LoudnessScore": [101]}]),
       (("Transcript",), [{"BeginOffsetMillis": -1, "EndOffsetMillis": 1, "Id": "T1", "ParticipantId": "AGENT",
                           "LoudnessScore": []}]),
       (("AcousticEmotion", "Cues"), [{"Cue": "x", "Role": "BOTH", "BeginOffsetMillis": 0, "EndOffsetMillis": 1}]),
       (("AcousticEmotion", "Cues"), [{"Cue": "x", "Role": "BOTH", "BeginOffsetMillis": 0, "EndOffsetMillis": 1,
                                       "Explanation": [{"Feature": "a", "Value": 1, "Unit": "s", "Baseline": None,
                                                        "Contribution": 1}] * 4}]),
       (("AcousticEmotion", "Summary"), {"FrustrationPeak": 1.01}),
       ((C, "TalkSpeed", "DetailsByParticipant", "AGENT"), {"AverageWordsPerMinute": 1.5})]
BAD += [((name,), None) for name in sorted(required)]
BAD += [((C, name), None) for name in ("NonTalkTime", "TalkTime", "TalkSpeed", "Interruptions", "Sentiment")]
STRICTER = [((C, "Sentiment", "SentimentByPeriod"), {"QUARTER": {"AGENT": []}}),
            ((C, "Facts", "AGENT", "Frustration"), 0.5),
            (("Transcript",), [{"BeginOffsetMillis": 0, "EndOffsetMillis": 1, "Id": "T1", "ParticipantId": "AGENT",
                                "LoudnessScore": [], "Sentiment": "NEGATIVE"}])]

faults = schema_faults(good)
if faults is None:
    print("SKIPPED: python3-jsonschema is not installed, so no file was held against host-tools/call/call.schema.json")
else:
    check("the file keeps to the schema", faults == [], faults)
    for steps, value in BAD + STRICTER:
        check(f"rejected: {'/'.join(steps)} = {value}", schema_faults(changed(steps, value)))
    design = os.path.join(os.path.dirname(SCHEMA), "..", "..", "shared", "design", "call.schema.json")
    if os.path.exists(design):
        with open(design, encoding="utf-8") as f:
            contract = json.load(f)
        check("the contract accepts the file", schema_faults(good, contract) == [])
        for steps, value in BAD:
            check(f"the contract rejects it too: {'/'.join(steps)}", schema_faults(changed(steps, value), contract))

check.finish()
