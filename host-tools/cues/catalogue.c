/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/catalogue.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ut_cue_words cues[UT_CUES][UT_LANGUAGES] = {
    [UT_CUE_HELP] =
        {
            [UT_ENGLISH] = {"Help may be wanted", "Offer to bring in a colleague before the customer asks.",
                            "frustration over {score.slow} s of speech within {speech_window} s >= {on}, or {cues} "
                            "empathy cues in {cues_window} s; slope >= {slope} per 10 s; for {hold} s",
                            "slow frustration score high and not falling, or empathy cues repeated",
                            "slow frustration score <= {off}"},
            [UT_GERMAN] = {"Unterstützung anbieten", "Biete an, jemanden dazuzuholen, bevor der Kunde danach fragt.",
                           "Verärgerung über {score.slow} s Sprache in {speech_window} s >= {on} oder {cues} "
                           "Hinweise auf Verärgerung in {cues_window} s; Anstieg >= {slope} je 10 s; {hold} s lang",
                           "langsamer Verärgerungswert hoch und nicht fallend, oder wiederholte Hinweise",
                           "langsamer Verärgerungswert <= {off}"},
        },
    [UT_CUE_EMPATHY] =
        {
            [UT_ENGLISH] = {"Customer sounds frustrated", "Acknowledge it before going on.",
                            "frustration over {score.fast} s >= {on} and >= this caller's usual + {above}, "
                            "confidence >= {confidence}, for {hold} s of speech",
                            "fast frustration score high, and above what is usual for this caller",
                            "fast frustration score <= {off}, or not above the caller's usual"},
            [UT_GERMAN] = {"Kunde klingt verärgert", "Sprich es an, bevor es weitergeht.",
                           "Verärgerung über {score.fast} s >= {on} und >= sonst bei diesem Anrufer + {above}, "
                           "Sicherheit >= {confidence}, {hold} s Sprache lang",
                           "schneller Verärgerungswert hoch und höher als sonst bei diesem Anrufer",
                           "schneller Verärgerungswert <= {off}, oder nicht höher als sonst"},
        },
    [UT_CUE_RAISED_VOICE] =
        {
            [UT_ENGLISH] = {"Customer's voice is raised", "Slow down and lower the level.",
                            "loudness >= baseline + {on} dB and pitch >= baseline + {pitch} semitones for "
                            "{hold} s",
                            "louder and higher than the customer's own baseline",
                            "loudness < baseline + {off} dB, or silence"},
            [UT_GERMAN] = {"Kunde hebt die Stimme", "Sprich langsamer und leiser.",
                           "Lautheit >= Grundwert + {on} dB und Tonhöhe >= Grundwert + {pitch} Halbtöne, "
                           "{hold} s lang",
                           "lauter und höher als sonst bei diesem Kunden",
                           "Lautheit < Grundwert + {off} dB, oder Stille"},
        },
    [UT_CUE_RISING] =
        {
            [UT_ENGLISH] = {"Frustration is rising", "Sum up what was understood, then say the next step.",
                            "slope of frustration over {score.slow} s >= {on} per 10 s and forecast >= "
                            "{probability} for {hold} s",
                            "slow frustration score climbing, and forecast to be high within 20 s",
                            "slope of frustration < {off} per 10 s"},
            [UT_GERMAN] = {"Verärgerung nimmt zu", "Fasse zusammen und nenne den nächsten Schritt.",
                           "Anstieg der Verärgerung über {score.slow} s >= {on} je 10 s und Vorhersage >= "
                           "{probability}, {hold} s lang",
                           "langsamer Verärgerungswert steigt und wird voraussichtlich in 20 s hoch",
                           "Anstieg der Verärgerung < {off} je 10 s"},
        },
    [UT_CUE_INTERRUPTING] =
        {
            [UT_ENGLISH] = {"Interruptions", "Let the customer finish.",
                            "interruptions by the agent >= {on} in {window} s",
                            "repeated interruptions of the customer", "no interruption by the agent for {off} s"},
            [UT_GERMAN] = {"Unterbrechungen", "Lass den Kunden ausreden.",
                           "Unterbrechungen durch den Agenten >= {on} in {window} s",
                           "der Kunde wird wiederholt unterbrochen",
                           "{off} s lang keine Unterbrechung durch den Agenten"},
        },
    [UT_CUE_OVERLAPS] =
        {
            [UT_ENGLISH] = {"Talking at the same time", "Leave a short gap before answering.",
                            "overlaps >= {on} in {window} s, or >= {share%} % of the last {window} s of talk",
                            "repeated or long stretches of overlapping talk", "no overlap for {off} s"},
            [UT_GERMAN] = {"Beide sprechen zugleich", "Warte kurz, bevor du antwortest.",
                           "Überlappungen >= {on} in {window} s oder >= {share%} % der letzten {window} s "
                           "Gespräch",
                           "wiederholt oder lange gleichzeitiges Sprechen", "{off} s lang keine Überlappung"},
        },
    [UT_CUE_SILENCE] =
        {
            [UT_ENGLISH] = {"Long silence", "Say what is being done, or check in.", "both silent >= {on} s",
                            "both parties silent", "somebody speaks for {off} s"},
            [UT_GERMAN] = {"Lange Stille", "Sag, was gerade geschieht, oder frag nach.", "beide still >= {on} s",
                           "beide still", "jemand spricht {off} s lang"},
        },
    [UT_CUE_SLOW_RESPONSE] =
        {
            [UT_ENGLISH] = {"The customer waits for an answer", "Say that the answer is on its way.",
                            "customer's turn >= {turn} s ended and both silent >= {on} s",
                            "the customer's turn is over and nobody speaks",
                            "the agent speaks for {off} s, or the customer goes on"},
            [UT_GERMAN] = {"Der Kunde wartet auf eine Antwort", "Sag, dass die Antwort gleich kommt.",
                           "Redebeitrag des Kunden >= {turn} s beendet und beide still >= {on} s",
                           "der Kunde ist fertig und niemand spricht",
                           "der Agent spricht {off} s lang, oder der Kunde spricht weiter"},
        },
    [UT_CUE_HESITATES] =
        {
            [UT_ENGLISH] =
                {"The customer hesitates", "Ask what is still open, and give it time.",
                 "over {window} s of own talk against all before: answers {latency} s later, {pauses%} % more "
                 "pauses, {filled} filled pauses per min more, pace {pace} sigma lower; together >= {on} "
                 "thresholds",
                 "later answers, more pauses and slower talk than before in this call",
                 "the signs together < {off} thresholds"},
            [UT_GERMAN] =
                {"Der Kunde zögert", "Frag, was noch offen ist, und lass ihm Zeit.",
                 "über {window} s eigener Rede gegen alles davor: Antworten {latency} s später, {pauses%} % mehr "
                 "Pausen, {filled} gefüllte Pausen je min mehr, Tempo {pace} Sigma niedriger; zusammen >= {on} "
                 "Schwellen",
                 "spätere Antworten, mehr Pausen und langsamere Rede als zuvor in diesem Gespräch",
                 "die Zeichen zusammen < {off} Schwellen"},
        },
    [UT_CUE_CONTINUOUS] =
        {
            [UT_ENGLISH] = {"Long stretch of talk", "Pause, and ask the customer a question.",
                            "agent holds the floor >= {on} s without a pause >= {off} s or customer speech >= "
                            "{other} s",
                            "the agent holds the floor without a pause",
                            "pause >= {off} s, or customer speech >= {other} s"},
            [UT_GERMAN] = {"Langer Redebeitrag", "Mach eine Pause und stell dem Kunden eine Frage.",
                           "Agent hat das Wort >= {on} s ohne Pause >= {off} s oder Sprache des Kunden >= "
                           "{other} s",
                           "der Agent hat das Wort ohne Pause",
                           "Pause >= {off} s oder Sprache des Kunden >= {other} s"},
        },
    [UT_CUE_TALK_RATIO] =
        {
            [UT_ENGLISH] = {"Large share of the talk", "Invite the customer to say more.",
                            "agent's share of the talk over {window} s > {on%} % for {hold} s",
                            "the agent has most of the talk", "agent's share of the talk < {off%} %"},
            [UT_GERMAN] = {"Großer Redeanteil", "Lade den Kunden ein, mehr zu sagen.",
                           "Redeanteil des Agenten über {window} s > {on%} %, {hold} s lang",
                           "der Agent hat den größten Teil der Redezeit", "Redeanteil des Agenten < {off%} %"},
        },
    [UT_CUE_QUICKLY] =
        {
            [UT_ENGLISH] = {"Fast pace", "Slow down a little, and pause between points.",
                            "pace >= baseline + {on} sigma and >= {wpm} words/min (estimate) for {hold} s of "
                            "speech",
                            "the agent's pace above its own baseline",
                            "pace < baseline + {off} sigma, or < {wpm_off} words/min (estimate)"},
            [UT_GERMAN] = {"Hohes Sprechtempo", "Sprich etwas langsamer und mach Pausen.",
                           "Tempo >= Grundwert + {on} Sigma und >= {wpm} Wörter/min (geschätzt), {hold} s "
                           "Sprache lang",
                           "das Tempo des Agenten über seinem Grundwert",
                           "Tempo < Grundwert + {off} Sigma oder < {wpm_off} Wörter/min (geschätzt)"},
        },
    [UT_CUE_SLOWLY] =
        {
            [UT_ENGLISH] = {"Slow pace", "Pick up the pace a little.",
                            "pace <= baseline - {on} sigma and <= {wpm} words/min (estimate) for {hold} s of "
                            "speech",
                            "the agent's pace below its own baseline",
                            "pace > baseline - {off} sigma, or > {wpm_off} words/min (estimate)"},
            [UT_GERMAN] = {"Niedriges Sprechtempo", "Sprich etwas schneller.",
                           "Tempo <= Grundwert - {on} Sigma und <= {wpm} Wörter/min (geschätzt), {hold} s "
                           "Sprache lang",
                           "das Tempo des Agenten unter seinem Grundwert",
                           "Tempo > Grundwert - {off} Sigma oder > {wpm_off} Wörter/min (geschätzt)"},
        },
    [UT_CUE_MIC_LOW] =
        {
            [UT_ENGLISH] = {"Microphone level is low", "Move the microphone closer to the mouth.",
                            "level <= baseline - {on} dB for {hold} s of speech",
                            "the agent's level below its own baseline", "level >= baseline - {off} dB"},
            [UT_GERMAN] = {"Mikrofonpegel niedrig", "Rücke das Mikrofon näher an den Mund.",
                           "Pegel <= Grundwert - {on} dB, {hold} s Sprache lang",
                           "der Pegel des Agenten unter seinem Grundwert", "Pegel >= Grundwert - {off} dB"},
        },
    [UT_CUE_MIC_HIGH] =
        {
            [UT_ENGLISH] = {"Microphone overdriven", "Move the microphone away, or lower its gain.",
                            "more than 1 % clipped in >= {on%} % of {average} s of speech, for {hold} s of speech",
                            "the agent's microphone clips",
                            "more than 1 % clipped in <= {off%} % of {average} s of speech"},
            [UT_GERMAN] = {"Mikrofon übersteuert", "Rücke das Mikrofon weg oder verringere seinen Pegel.",
                           "mehr als 1 % übersteuert in >= {on%} % von {average} s Sprache, {hold} s Sprache "
                           "lang",
                           "das Mikrofon des Agenten übersteuert",
                           "mehr als 1 % übersteuert in <= {off%} % von {average} s Sprache"},
        },
    [UT_CUE_POSITIVE] =
        {
            [UT_ENGLISH] = {"Customer sounds pleased", "This is going well.",
                            "delight over {score.fast} s >= {on} and confidence >= {confidence} for {hold} s of "
                            "speech",
                            "fast delight score high, with confidence", "fast delight score <= {off}"},
            [UT_GERMAN] = {"Kunde klingt erfreut", "Das Gespräch läuft gut.",
                           "Freude über {score.fast} s >= {on} und Sicherheit >= {confidence}, {hold} s Sprache "
                           "lang",
                           "schneller Freudewert hoch, bei genügender Sicherheit", "schneller Freudewert <= {off}"},
        },
    [UT_CUE_GOOD_MOMENT] =
        {
            [UT_ENGLISH] = {"A good moment", "A good time to conclude or to make an offer.",
                            "delight over {score.slow} s just past its maximum of {window} s, maximum >= {on} "
                            "at most {within} s ago, frustration <= {frustration}",
                            "slow delight score just past a high maximum", "slow delight score <= {off}"},
            [UT_GERMAN] = {"Ein guter Moment", "Ein guter Zeitpunkt für einen Abschluss oder ein Angebot.",
                           "Freude über {score.slow} s gerade über ihr Maximum von {window} s hinaus, "
                           "Maximum >= {on} vor höchstens {within} s, Verärgerung <= {frustration}",
                           "langsamer Freudewert gerade über ein hohes Maximum hinaus",
                           "langsamer Freudewert <= {off}"},
        },
    [UT_CUE_PAUSED] =
        {
            [UT_ENGLISH] = {"Scores paused", "Reason: {detail}.", "no score for {hold} s: {detail}",
                            "the headset withholds its scores", "{off} quarter seconds with nothing against a score"},
            [UT_GERMAN] = {"Werte pausieren", "Grund: {detail}.", "kein Wert seit {hold} s: {detail}",
                           "das Headset hält seine Werte zurück",
                           "{off} Viertelsekunden, in denen nichts gegen einen Wert spricht"},
        },
};

const struct ut_cue_words *ut_catalogue_cue(enum ut_language language, enum ut_cue cue)
{
    return &cues[cue][language];
}

/* Names of SPEC.md that people would not say so; what is not here is shown as it is. */
static const struct {
    const char *name, *word[UT_LANGUAGES];
} words[] = {
    {"frustration", {"frustration", "Verärgerung"}},
    {"frustration_slow", {"frustration, slow", "Verärgerung, langsam"}},
    {"frustration_slope", {"slope of frustration", "Anstieg der Verärgerung"}},
    {"forecast", {"forecast", "Vorhersage"}},
    {"delight", {"delight", "Freude"}},
    {"delight_slow_maximum", {"maximum of delight", "Maximum der Freude"}},
    {"empathy_cues", {"empathy cues", "Hinweise auf Verärgerung"}},
    {"both_silent", {"both silent", "beide still"}},
    {"agent_floor", {"agent has the floor", "Agent hat das Wort"}},
    {"agent_share", {"agent's share", "Anteil des Agenten"}},
    {"customer_turn", {"customer's turn", "Redebeitrag des Kunden"}},
    {"overlaps", {"overlaps", "Überlappungen"}},
    {"overlap_share", {"overlap", "Überlappung"}},
    {"interruptions", {"interruptions", "Unterbrechungen"}},
    {"loudness", {"loudness", "Lautheit"}},
    {"loudness_changes", {"loudness changes", "Lautheitswechsel"}},
    {"pitch", {"pitch", "Tonhöhe"}},
    {"pitch_slope", {"pitch slope", "Tonhöhenverlauf"}},
    {"voicing", {"voicing", "Stimmhaftigkeit"}},
    {"pace", {"pace", "Tempo"}},
    {"response_latency", {"time to answer", "Zeit bis zur Antwort"}},
    {"pauses", {"pauses", "Pausen"}},
    {"filled_pauses", {"filled pauses", "gefüllte Pausen"}},
    {"words_per_minute", {"words per minute", "Wörter je Minute"}},
    {"level", {"level", "Pegel"}},
    {"clipped_share", {"clipped", "übersteuert"}},
    {"no_score", {"no score", "kein Wert"}},
    {"energy_below_500_hz", {"energy below 500 Hz", "Energie unter 500 Hz"}},
    {"energy_500_2000_hz", {"energy at 500-2000 Hz", "Energie bei 500-2000 Hz"}},
    {"energy_above_2_khz", {"energy above 2 kHz", "Energie über 2 kHz"}},
    {"noise", {"noise on the customer's line", "Rauschen auf der Leitung des Kunden"}},
    {"clipping", {"the customer's line is overdriven", "die Leitung des Kunden ist übersteuert"}},
    {"little_speech", {"little customer speech", "wenig Sprache des Kunden"}},
    {"hold_or_tone", {"music or a tone on the line", "Musik oder ein Ton auf der Leitung"}},
    {"age_before", {"", "vor "}},
    {"age_after", {" ago", ""}},
    {"higher_than_usual", {"higher than usual", "höher als sonst"}},
    {"lower_than_usual", {"lower than usual", "niedriger als sonst"}},
    {"semitones", {"semitones", "Halbtöne"}},
    {"syllables/s", {"syllables/s", "Silben/s"}},
    {"words/min", {"words/min", "Wörter/min"}},
    {"per min", {"per min", "je min"}},
    /* of `undertone cues --explain`; templates where they hold numbers */
    {"explain about", {"about", "betrifft"}},
    {"explain severity", {"severity", "Gewicht"}},
    {"explain reads", {"reads  ", "Text    "}},
    {"explain opens", {"opens  ", "öffnet  "}},
    {"explain closes", {"closes ", "schließt"}},
    {"explain release", {", for {release} s", ", {release} s lang"}},
    {"explain refractory", {"; not again for {refractory} s", "; frühestens nach {refractory} s wieder"}},
    {"explain display",
     {"One cue is visible at a time, for {display.minimum} s at least, {display.budget} in {display.budget_window} s "
      "at most; the number is its priority.",
      "Ein Hinweis ist jeweils zu sehen, mindestens {display.minimum} s, höchstens {display.budget} in "
      "{display.budget_window} s; die Zahl ist sein Vorrang."}},
};

/* Words of the full screen, of pages, pictures and captions, by their English. {} are filled in there. */
static const struct {
    const char *english, *german;
} screen[] = {
    {"Frustration", "Verärgerung"},
    {"Delight", "Freude"},
    {"Confidence", "Sicherheit"},
    {"caller known", "Anrufer bekannt zu"},
    {"Scores", "Werte"},
    {"Voices", "Stimmen"},
    {"Customer", "Kunde"},
    {"Talk", "Redezeit"},
    {"Cue", "Hinweis"},
    {"Why", "Warum"},
    {"Past", "Verlauf"},
    {"Link", "Verbindung"},
    {"Counters", "Zähler"},
    {"falling", "fällt"},
    {"steady", "gleich"},
    {"rising", "steigt"},
    {"syl/s", "Silb/s"},
    {"wpm", "W/min"},
    {"(estimate)", "(geschätzt)"},
    {"speaking", "spricht"},
    {"customer", "Kunde"},
    {"agent", "Agent"},
    {"for", "seit"},
    {"on hold", "in der Warteschleife"},
    {"none: the customer does not want it", "keine: der Kunde möchte es nicht"},
    {"none in a conference", "keine in einer Konferenz"},
    {"put there", "dorthin gelegt"},
    {"on hold for", "in der Warteschleife seit"},
    {"in all", "insgesamt"},
    {"nobody has spoken yet", "noch hat niemand gesprochen"},
    {"no call yet", "noch kein Gespräch"},
    {"no call yet; no scores before the disclosure: press a",
     "noch kein Gespräch; Werte erst nach der Ansage: Taste a"},
    {"this headset has no classifier", "dieses Headset hat keinen Klassifikator"},
    {"none before the disclosure: tell the customer, then press a", "erst nach der Ansage: sag es dem Kunden, dann a"},
    {"waiting for the customer's speech", "der Kunde hat noch nichts gesagt"},
    {"too little customer speech", "zu wenig Sprache des Kunden"},
    {"the customer listens", "der Kunde hört zu"},
    {"paused", "Pause"},
    {"noisy line", "die Leitung rauscht"},
    {"clipped audio", "der Ton ist übersteuert"},
    {"hold music or a tone", "Wartemusik oder ein Ton"},
    {"both parties in one channel", "beide Seiten in einem Kanal"},
    {"one party is not heard", "eine Seite ist nicht zu hören"},
    {"cues are muted; m shows them again", "Hinweise sind aus; m zeigt sie wieder"},
    {"dismissed", "weggelegt"},
    {"none", "keiner"},
    {"one step a second, newest on the right", "ein Schritt je Sekunde, der neueste rechts"},
    {"records/s", "Sätze/s"},
    {"signal to noise", "Rauschabstand"},
    {"channels", "Kanäle"},
    {"one party is heard in the other's", "die eine Seite ist in dem der anderen zu hören"},
    {"both hold the same", "beide enthalten dasselbe"},
    {"nobody speaks in one of them", "in einem spricht niemand"},
    {"one of them holds no sound", "einer enthält keinen Ton"},
    {"one of them holds two voices in turn", "einer enthält abwechselnd zwei Stimmen"},
    {"lost", "verloren"},
    {"malformed", "fehlerhaft"},
    {"skipped", "übergangen"},
    {"overruns", "Überläufe"},
    {"drops", "verworfen"},
    {"all 0", "alle 0"},
    {"has not said who it is yet", "hat noch nicht gesagt, wer es ist"},
    {"firmware", "Firmware"},
    {"model", "Modell"},
    {"no model", "kein Modell"},
    {"features", "Merkmale"},
    {"a disclosure given", "a Ansage erfolgt"},
    {"a disclosed", "a Ansage"},
    {"m mute", "m stumm"},
    {"m unmute", "m laut"},
    {"d dismiss cue", "d Hinweis weg"},
    {"d dismiss", "d weg"},
    {"q quit", "q Ende"},
    {"live", "läuft"},
    {"silent for", "still seit"},
    {"gone for", "weg seit"},
    {"waiting for", "warten auf"},
    {"bytes and no record", "Bytes und kein Satz"},
    {"the call has ended; q quits", "das Gespräch ist zu Ende; q Ende"},
    /* of pages, pictures and captions alone */
    {"none before the disclosure", "erst nach der Ansage"},
    {"Undertone: the agent's desk", "Undertone: der Arbeitsplatz"},
    {"No cue", "Kein Hinweis"},
    {"as of", "Stand vor"},
    {"s ago", "s"},
    {"Pace", "Tempo"},
    {"Talk share", "Redeanteil"},
    {"not on hold", "nicht in der Warteschleife"},
    {"The customer has been told", "Der Kunde weiß es"},
    {"The customer does not want it", "Der Kunde möchte es nicht"},
    {"Dismiss", "Weg damit"},
    {"Mute cues", "Hinweise stumm"},
    {"Cues are muted", "Hinweise sind stumm"},
    {"helped", "half"},
    {"did not help", "half nicht"},
    {"wrong", "falsch"},
    {"Small window", "Kleines Fenster"},
    {"the call has ended", "das Gespräch ist zu Ende"},
    {"the program does not answer", "das Programm antwortet nicht"},
    {"Handed over", "Übergeben"},
    {"Open cues", "Offene Hinweise"},
    {"Tried", "Versucht"},
    {"transfer", "Übergabe"},
    {"escalation", "Eskalation"},
    {"conference", "Konferenz"},
    {"Thank you", "Danke"},
    {"The last cue", "Der letzte Hinweis"},
    {"Before the first word", "Vor dem ersten Wort"},
    {"Last call less than a day ago", "Letztes Gespräch vor weniger als einem Tag"},
    {"Last call a day ago", "Letztes Gespräch vor einem Tag"},
    {"Last call {n} days ago", "Letztes Gespräch vor {n} Tagen"},
    {" was not scored", " wurde nicht bewertet"},
    {" ended worse than it began", " endete schlechter, als es begann"},
    {" ended as it began", " endete, wie es begann"},
    {" ended better than it began", " endete besser, als es begann"},
    {"; it had a long hold", "; mit langem Warten"},
    {"; {n} of the last {m} calls had long holds", "; {n} der letzten {m} Gespräche mit langem Warten"},
    {"; it was not resolved", "; ungelöst"},
    {"; {n} of the last {m} were not resolved", "; {n} der letzten {m} ungelöst"},
    {"Risk", "Risiko"},
    {"rule of thumb", "Faustregel"},
    {"fitted to {n} outcomes", "an {n} Ausgänge angepasst"},
    {"Call report", "Gesprächsbericht"},
    {"Undertone call report", "Undertone-Bericht über ein Gespräch"},
    {"Playback and view", "Wiedergabe und Ansicht"},
    {"Play", "Abspielen"},
    {"Pause", "Anhalten"},
    {"No sound", "Kein Ton"},
    {"This browser does not play Ogg Opus", "Dieser Browser spielt kein Ogg Opus"},
    {"This report was made without audio", "Dieser Bericht wurde ohne Ton gemacht"},
    {"Previous cue", "Voriger Hinweis"},
    {"Next cue", "Nächster Hinweis"},
    {"Zoom out", "Verkleinern"},
    {"Zoom in", "Vergrößern"},
    {"Whole call", "Ganzes Gespräch"},
    {"Timeline of the call: cues, waveforms, speech, customer's scores, pitch, loudness and pace. "
     "The cues are also in the table below.",
     "Zeitachse des Gesprächs: Hinweise, Wellenformen, Sprache, Werte des Kunden, Tonhöhe, "
     "Lautheit und Tempo. Die Hinweise stehen auch in der Tabelle darunter."},
    {"play or pause", "abspielen oder anhalten"},
    {"1 s, with", "1 s, mit"},
    {"10 s", "10 s"},
    {"next and previous cue", "nächster und voriger Hinweis"},
    {"zoom, or", "vergrößern, oder"},
    {"and the wheel", "und das Rad"},
    {"click to move the cursor, drag in the strip to move the view",
     "Klick setzt den Zeiger, Ziehen im Streifen verschiebt die Ansicht"},
    {"Cues", "Hinweise"},
    {"No cue", "Kein Hinweis"},
    {"No cue opened in this call.", "In diesem Gespräch kam kein Hinweis."},
    {"no classifier", "kein Klassifikator"},
    {"settings", "Einstellungen"},
    {"policy", "Regel"},
    {"one channel, the customer alone, as declared", "ein Kanal, der Kunde allein, so erklärt"},
    {"one channel, the customer alone, as assumed", "ein Kanal, der Kunde allein, so angenommen"},
    {"The recording is truncated after {t}: {why}", "Die Aufnahme bricht nach {t} ab: {why}"},
    {"Two voices take turns in the customer's channel: feelings are not scored once they are found",
     "Im Kanal des Kunden wechseln zwei Stimmen: Gefühle werden nicht bewertet, sobald das "
     "erkannt ist"},
    {"no sound of the customer", "kein Ton des Kunden"},
    {"no sound of the agent", "kein Ton des Agenten"},
    {"no sound of either party", "kein Ton von beiden"},
    {"what takes two voices is not known", "was zwei Stimmen braucht, ist nicht bekannt"},
    {"who speaks is withheld for {s} s: both parties in one channel",
     "wer spricht, bleibt {s} s lang offen: beide Seiten in einem Kanal"},
    {"recording truncated after", "Aufnahme endet vorzeitig nach"},
    {"Length", "Länge"},
    {"Customer's share of talk", "Redeanteil des Kunden"},
    {"Agent's share of talk", "Redeanteil des Agenten"},
    {"Interruptions by customer / agent", "Unterbrechungen durch Kunde / Agent"},
    {"Overlaps", "Überlappungen"},
    {"Non-talk", "Stille"},
    {"On hold", "In der Warteschleife"},
    {"Frustration at begin / peak / end", "Frustration am Anfang / Höchststand / Ende"},
    {"Above the threshold", "Über der Schwelle"},
    {"Recovery after the peak", "Erholung nach dem Höchststand"},
    {"sound without speech", "Ton ohne Sprache"},
    {"nothing on the line", "nichts auf der Leitung"},
    {"Grey bands are time on hold:", "Graue Flächen sind Zeit in der Warteschleife:"},
    {"Times are of the recording. Frustration and delight are acoustic estimates of the "
     "customer's voice between 0 and 1; the curve is the average over the last {s} s of scored "
     "speech, dots are single records, the grey area is the confidence. Hatching marks speech "
     "without a score. The agent's side is measured only: when, how loud, how high, how fast. A "
     "filled cue was visible to the agent, a dashed one was not: it only moved a gauge or an "
     "arrow, waited, was muted or beyond the budget.",
     "Zeiten sind die der Aufnahme. Verärgerung und Freude sind akustische Schätzungen der Stimme "
     "des Kunden zwischen 0 und 1; die Kurve ist das Mittel der letzten {s} s bewerteter Sprache, "
     "Punkte sind einzelne Werte, die graue Fläche ist die Sicherheit. Schraffiert ist Sprache "
     "ohne Wert. Die Seite des Agenten wird nur gemessen: wann, wie laut, wie hoch, wie schnell. "
     "Ein gefüllter Hinweis war für den Agenten zu sehen, ein gestrichelter nicht: Er bewegte nur "
     "eine Anzeige oder einen Pfeil, wartete, war stumm oder über dem Kontingent."},
    {"Agent", "Agent"},
    {"Speech and turns", "Sprache"},
    {"Customer's voice", "Kundenstimme"},
    {"Pitch", "Tonhöhe"},
    {"Loudness", "Lautheit"},
    {"Pace", "Tempo"},
    {"waveform", "Wellenform"},
    {"interruption, overlap", "ins Wort, zugleich"},
    {"interruption, with a bar: overlap", "ins Wort gefallen, mit Balken: zugleich"},
    {"confidence", "Sicherheit"},
    {"where cues open", "Hinweisschwelle"},
    {"no score: {why}", "kein Wert: {why}"},
    {"no score", "kein Wert"},
    {"speaks", "spricht"},
    {"too noisy", "zu viel Rauschen"},
    {"clipped", "übersteuert"},
    {"too little speech", "zu wenig Sprache"},
    {"about the customer", "betrifft den Kunden"},
    {"about the agent", "betrifft den Agenten"},
    {"about both", "betrifft beide"},
    {"about the connection", "betrifft die Verbindung"},
    {"{from} to {to}", "{from} bis {to}"},
    {"visible for {s} s", "{s} s lang zu sehen"},
    {"not shown", "nicht gezeigt"},
    {"Not shown", "Nicht gezeigt"},
    {"Rule", "Regel"},
    {"Measured", "Gemessen"},
    {"Value", "Wert"},
    {"Usually", "Sonst"},
    {"at", "bei"},
    {"Opened", "Beginn"},
    {"Lasted", "Dauer"},
    {"Seen by the agent", "Vom Agenten gesehen"},
    {"Go to {t}", "Springe zu {t}"},
    {"no", "nein"},
    {"moves a gauge, never pops up", "bewegt eine Anzeige, erscheint nie"},
    {"moves an arrow, never pops up", "bewegt einen Pfeil, erscheint nie"},
    {"cues are muted", "Hinweise sind stumm"},
    {"the budget of cues shown is spent", "das Kontingent gezeigter Hinweise ist verbraucht"},
    {"another cue was visible until it closed", "ein anderer Hinweis war bis zu seinem Ende zu sehen"},
    {"its refractory time is not over", "seine Sperrzeit ist nicht vorbei"},
    {"cues were muted while it was visible", "Hinweise wurden stumm, während er zu sehen war"},
    {"the agent dismissed it", "der Agent legte ihn weg"},
    {"of talk", "der Redezeit"},
    {"by the customer", "durch den Kunden"},
    {"by the agent", "durch den Agenten"},
    {"non-talk", "Stille"},
    {"cues", "Hinweise"},
    {"and", "und"},
    {"more", "weitere"},
};

const char *ut_catalogue_word(enum ut_language language, const char *name)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].name, name) == 0)
            return words[i].word[language];
    for (size_t i = 0; language == UT_GERMAN && i < sizeof screen / sizeof screen[0]; i++)
        if (strcmp(screen[i].english, name) == 0)
            return screen[i].german;
    return name;
}

const char *ut_catalogue_translated(size_t i, const char **german)
{
    if (i >= sizeof screen / sizeof screen[0])
        return NULL;
    *german = screen[i].german;
    return screen[i].english;
}

static enum ut_language language_of(const char *name)
{
    return strncmp(name, "de", 2) == 0 && (name[2] == '\0' || strchr("_.@", name[2]) != NULL) ? UT_GERMAN : UT_ENGLISH;
}

enum ut_language ut_catalogue_language_of_events(const struct ut_config *c)
{
    return language_of(ut_config_text(c, "display", "language"));
}

enum ut_language ut_catalogue_language(const struct ut_config *c)
{
    static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    if (strcmp(ut_config_text(c, "display", "language"), "auto") != 0)
        return ut_catalogue_language_of_events(c);
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        const char *name = getenv(variables[i]);
        if (name != NULL && name[0] != '\0')
            return language_of(name);
    }
    return UT_ENGLISH;
}

/* The number that a placeholder names; NULL when there is none. */
static const double *number(const struct ut_config *c, enum ut_cue cue, const char *name, size_t len)
{
    const char *dot = memchr(name, '.', len);
    const char *section = dot != NULL ? name : ut_cue_info[cue].name;
    size_t section_len = dot != NULL ? (size_t)(dot - name) : strlen(section);
    const char *key = dot != NULL ? dot + 1 : name;
    size_t key_len = len - (size_t)(key - name);
    for (int i = 0; i < UT_PARAMS; i++) {
        const struct ut_param_info *p = &ut_param_info[i];
        if (strlen(p->section) == section_len && strncmp(p->section, section, section_len) == 0 &&
            strlen(p->key) == key_len && strncmp(p->key, key, key_len) == 0)
            return &c->value[i];
    }
    return NULL;
}

void ut_catalogue_fill(char *out, size_t room, const char *format, enum ut_language language, enum ut_cue cue,
                       const struct ut_config *c, const char *detail)
{
    size_t at = 0;
    while (*format != '\0' && at + 1 < room) {
        const char *end = *format == '{' ? strchr(format, '}') : NULL;
        if (end == NULL) {
            out[at++] = *format++;
            continue;
        }
        size_t len = (size_t)(end - format - 1);
        bool percent = len > 0 && end[-1] == '%';
        const double *x = number(c, cue, format + 1, len - percent);
        int n = 0;
        if (x != NULL)
            n = snprintf(out + at, room - at, "%g", percent ? 100 * *x : *x);
        else if (len == 6 && strncmp(format + 1, "detail", 6) == 0)
            n = snprintf(out + at, room - at, "%s", detail != NULL ? ut_catalogue_word(language, detail) : "...");
        at += (size_t)n;
        format = end + 1;
    }
    out[at < room ? at : room - 1] = '\0';
}
