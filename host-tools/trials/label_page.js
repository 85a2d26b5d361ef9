// SPDX-License-Identifier: Apache-2.0
"use strict";

// A labeller's page: stretches in the labeller's own order, one at a time, each answer kept before the next is heard. SPEC.md "Labelling".

const at = new Map([...document.querySelectorAll("[id]")].map((e) => [e.id, e]));
const ANSWERS = ["frustration", "delight", "none", "unclear"];
let words = {}, who = "", stretches = [], place = 0, busy = false;

const word = (english) => words[english] || english;
const put = (id, text) => { at.get(id).textContent = text; };

function show() {
  const done = place >= stretches.length;
  at.get("asks").hidden = who !== "";
  at.get("task").hidden = who === "" || done;
  at.get("end").hidden = who === "" || !done;
  at.get("back").hidden = who === "" || place === 0;
  put("progress", who && `${stretches.filter((s) => s.Answer).length} ${word("of")} ${stretches.length}`);
  if (who === "" || done) return;
  const said = stretches[place].Answer;
  for (const id of ANSWERS) at.get(id).setAttribute("aria-pressed", String(said === id));
  put("said", said ? `${word("Your answer")}: ${at.get(said).firstChild.textContent}` : "");
}

function play() {
  at.get("sound").play().catch(() => {}); // a browser may wait for a click; the controls are there
}

// The stretch at a place of the order, or the end behind the last one.
function go(to) {
  place = to;
  show();
  if (place >= stretches.length) return;
  at.get("sound").src = `/v1/sounds/${stretches[place].Stretch}`;
  play();
}

async function say(answer) {
  if (busy || who === "" || place >= stretches.length) return;
  busy = true;
  try {
    const kept = await fetch(`/v1/labellers/${who}/stretches/${stretches[place].Stretch}`,
      { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ Answer: answer }) });
    put("fault", kept.ok ? "" : `${word("The answer was not kept")}: ${(await kept.json()).Error}`);
    if (kept.ok) {
      stretches[place].Answer = answer;
      const open = stretches.findIndex((s, i) => i > place && !s.Answer), any = stretches.findIndex((s) => !s.Answer);
      go(open >= 0 ? open : any >= 0 ? any : stretches.length);
    }
  } catch {
    put("fault", word("The answer was not kept"));
  }
  busy = false;
}

const actions = { again: () => { at.get("sound").currentTime = 0; play(); }, back: () => place > 0 && go(place - 1) };
for (const id of ANSWERS) actions[id] = () => say(id);

async function begin(name) {
  const answer = await fetch(`/v1/labellers/${encodeURIComponent(name)}`);
  if (!answer.ok) return put("fault", (await answer.json()).Error);
  stretches = (await answer.json()).Stretches;
  who = name;
  put("fault", "");
  const open = stretches.findIndex((s) => !s.Answer);
  return go(open >= 0 ? open : stretches.length);
}

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.target.id === "labeller") return;
  for (const id of Object.keys(actions)) {
    const button = at.get(id);
    if (button.dataset.key === event.key.toLowerCase() && button.checkVisibility()) actions[id]();
  }
}

async function open() {
  const said = await (await fetch("/v1/words")).json();
  words = said.Words;
  document.documentElement.lang = said.Language;
  document.title = word("Undertone: how does the customer sound?");
  for (const e of document.querySelectorAll("[data-word]")) {
    e.textContent = word(e.dataset.word);
    if (!e.dataset.key) continue;
    const key = document.createElement("kbd");
    key.textContent = e.dataset.key;
    e.append(key);
  }
  for (const id of Object.keys(actions)) at.get(id).addEventListener("click", actions[id]);
  at.get("form").addEventListener("submit", (event) => { event.preventDefault(); begin(at.get("labeller").value); });
  at.get("sound").addEventListener("error", () => put("fault", word("The sound cannot be played")));
  document.addEventListener("keydown", onKey);
  if (said.Labeller) await begin(said.Labeller);
  else show();
}

open();
