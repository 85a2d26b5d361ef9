// SPDX-License-Identifier: Apache-2.0
"use strict";

// The agent's desk: shows /v1/state, follows /events, asks for what a button says. SPEC.md "Desk".

const at = new Map([...document.querySelectorAll("[id]")].map((e) => [e.id, e]));
const put = (id, text) => { if (at.get(id).textContent !== text) at.get(id).textContent = text; };
const STALE_MS = 1000, LAST_CUE_MS = 30000, SILENT_MS = 5000;
let words = {}, state = null, heard = 0, lastCue = null, lastSeen = 0, rated = new Set();

const word = (english) => words[english] || english;

async function ask(method, path, body) {
  const options = { method, headers: {} };
  if (body) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  try {
    const answer = await fetch(path, options);
    const said = await answer.json();
    if (answer.ok) show(said);
    else put("link", said.Error || "");
    return answer.ok;
  } catch {
    return false;
  }
}

function clock(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  return [Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60].map((n) => String(n).padStart(2, "0")).join(":");
}

// The cue that is rated: the visible one, or the last one for a while after it has gone.
function cueAtHand(now) {
  if (state.Cue) return state.Cue;
  return lastCue && now - lastSeen < LAST_CUE_MS && state.State === "live" ? lastCue : null;
}

function showCue(now) {
  const cue = state.Cue, last = cueAtHand(now);
  if (cue) { lastCue = cue; lastSeen = now; }
  at.get("cue").classList.toggle("shown", Boolean(cue));
  put("cue-title", cue ? cue.Title : word(state.Muted ? "Cues are muted" : state.State === "live" ? "No cue"
    : state.State === "ended" ? "the call has ended" : "no call yet"));
  put("cue-text", cue ? cue.Text : last ? `${word("The last cue")}: ${last.Title}` : "");
  put("cue-why", cue ? `${word("Why")}: ${cue.Why}` : "");
  const open = last && !rated.has(last.Id);
  for (const id of ["helped", "did_not_help", "wrong"]) at.get(id).hidden = !open;
  at.get("dismiss").hidden = !cue;
  at.get("thanks").hidden = !(last && rated.has(last.Id));
  put("thanks", word("Thank you"));
}

function showScore(late) {
  const score = state.Score, age = score ? score.AgeMillis + late : 0;
  const stale = !score || age > STALE_MS;
  at.get("customer").classList.toggle("stale", stale);
  at.get("gauges").hidden = !score;
  if (score) {
    at.get("frustration").value = score.Frustration;
    at.get("delight").value = score.Delight;
    put("trend", word(score.Trend > 0.02 ? "rising" : score.Trend < -0.02 ? "falling" : "steady"));
  }
  const old = score && stale ? `${word("as of")} ${Math.round(age / 1000)} ${word("s ago")}` : "";
  put("age", [old, state.NoScore].filter(Boolean).join(" · "));
}

// A question that waits for yes or no; its keys work while it is there.
function showAsk(late) {
  const ask = state.Ask, left = ask ? ask.RemainingMillis - late : 0;
  at.get("ask").hidden = left <= 0;
  for (const id of ["yes", "no"]) at.get(id).hidden = left <= 0;
  put("ask-text", left > 0 ? ask.Text : "");
  put("ask-left", left > 0 ? `${word("without an answer")}: ${word(ask.Default === "yes" ? "Yes" : "No")} ${word("in")} ` +
    `${Math.ceil(left / 1000)} s` : "");
}

function showPast() {
  at.get("past").hidden = !state.Past;
  put("past-text", state.Past ? state.Past.Text : "");
}

function showFacts() {
  const f = state.Facts, unit = word("syl/s");
  const number = (x) => x.toLocaleString(state.Language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  put("pace", `${word("customer")} ${number(f.CustomerPace)} · ${word("agent")} ${number(f.AgentPace)} ${unit}`);
  const known = f.AgentShare !== null;
  at.get("share").hidden = !known;
  if (known) at.get("share").value = 1 - f.AgentShare;
  put("share-text", known ? `${word("customer")} ${Math.round(100 * (1 - f.AgentShare))} % · ${word("agent")} ` +
    `${Math.round(100 * f.AgentShare)} %` : "–");
  put("hold", f.OnHold ? clock(f.HoldMillis) : word("not on hold") + (f.HoldMillis > 0 ? ` (${clock(f.HoldMillis)})` : ""));
}

function item(text) {
  const li = document.createElement("li");
  li.textContent = text;
  return li;
}

function showHandover() {
  const h = state.Handover;
  at.get("handover").hidden = !h;
  if (!h) return;
  const list = (x) => (Array.isArray(x) ? x.filter((e) => e instanceof Object) : []), holds = h.Holds || {};
  put("handover-head", [word(String(h.Kind)), h.To, h.Contact, clock(Number(h.OffsetMillis) || 0),
    `${word("On hold")} ${Number(holds.Count) || 0}x, ${clock(Number(holds.TotalTimeMillis) || 0)}`].filter(Boolean).join(" · "));
  const length = Number(h.OffsetMillis) || 1;
  at.get("curve").setAttribute("points", list(h.Trajectory).map((p) =>
    `${(240 * Number(p.OffsetMillis) / length).toFixed(1)},${(38 - 36 * Number(p.Frustration)).toFixed(1)}`).join(" "));
  at.get("trajectory").classList.toggle("none", !list(h.Trajectory).length);
  at.get("handover-open").replaceChildren(...list(h.OpenCues).map((c) => item(`${c.Title}: ${c.Reason}`)));
  at.get("handover-tried").replaceChildren(...list(h.Tried).map((c) =>
    item(c.Outcome ? `${c.Title}: ${word(String(c.Outcome).replaceAll("_", " "))}` : String(c.Title))));
  for (const [heading, said] of [["open-head", h.OpenCues], ["tried-head", h.Tried]]) at.get(heading).hidden = !list(said).length;
}

function show(next) {
  state = next;
  heard = Date.now();
  paint();
}

function paint() {
  if (!state) return;
  const now = Date.now(), late = now - heard;
  put("contact", state.Contact || state.ContactId || word("no call yet"));
  put("time", state.TimeMillis < 0 ? "" : clock(state.TimeMillis));
  const silent = late > SILENT_MS;
  put("link", silent ? `${word("the program does not answer")} (${Math.round(late / 1000)} s)`
    : `${word("Link")}: ${state.Link.Text}`);
  at.get("link").classList.toggle("trouble", silent || state.Link.Trouble);
  at.get("lost").hidden = !(silent || state.Link.Trouble);
  put("lost", at.get("link").textContent);
  put("who", `${at.get("contact").textContent} ${at.get("time").textContent}`);
  showCue(now);
  showAsk(late);
  showPast();
  showScore(late);
  showFacts();
  showHandover();
  at.get("disclose").hidden = !state.Undisclosed || state.Refused;
  at.get("disclose").classList.toggle("asked", state.Undisclosed);
  at.get("refuse").hidden = state.Refused || state.State !== "live";
  at.get("mute").setAttribute("aria-pressed", String(state.Muted));
}

const answer = (said) => state.Ask && ask("POST", `/v1/actions/${encodeURIComponent(state.Ask.Id)}/answer`, { Answer: said });
const call = (what, body) => ask("POST", `/v1/calls/current/${what}`, body);
const actions = {
  disclose: () => call("disclosure"),
  refuse: () => call("refusal", { Kind: state.Undisclosed ? "refused" : "withdrawn" }),
  mute: () => ask("POST", "/v1/display/mute", { On: !state.Muted }),
  dismiss: () => state.Cue && ask("POST", `/v1/cues/${encodeURIComponent(state.Cue.Id)}/dismiss`),
  pip: openSmall,
  yes: () => answer("yes"),
  no: () => answer("no"),
};
for (const outcome of ["helped", "did_not_help", "wrong"])
  actions[outcome] = async () => {
    const cue = cueAtHand(Date.now());
    if (!cue || !(await ask("POST", `/v1/cues/${encodeURIComponent(cue.Id)}/outcome`, { Outcome: outcome }))) return;
    rated.add(cue.Id);
    paint();
  };

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  for (const button of at.values())
    if (button.dataset.key === event.key.toLowerCase() && !button.hidden) {
      actions[button.id]();
      return;
    }
}

// The cue and the customer's gauge in a window that stays on top, where the browser has one; asked for again it closes.
async function openSmall() {
  const small = at.get("small"), place = small.parentElement, before = small.nextElementSibling;
  if (window.documentPictureInPicture.window) {
    window.documentPictureInPicture.window.close();
    return;
  }
  let frame;
  try {
    frame = await window.documentPictureInPicture.requestWindow({ width: 400, height: 440 });
  } catch (refused) { // by the browser's own settings
    return;
  }
  frame.document.documentElement.lang = state.Language;
  frame.document.title = document.title;
  const style = frame.document.createElement("link");
  style.rel = "stylesheet";
  style.href = new URL("/page.css", location.href).href;
  frame.document.head.append(style);
  frame.document.body.append(frame.document.createElement("main"));
  frame.document.body.className = "small";
  frame.document.body.firstChild.append(small);
  frame.document.addEventListener("keydown", onKey);
  frame.addEventListener("pagehide", () => place.insertBefore(small, before));
}

async function refresh() {
  const answer = await fetch("/v1/state");
  if (answer.ok) show(await answer.json());
}

async function begin() {
  words = await (await fetch("/v1/words")).json();
  await refresh();
  document.documentElement.lang = state.Language;
  document.title = word("Undertone: the agent's desk");
  for (const e of document.querySelectorAll("[data-word]")) {
    e.textContent = word(e.dataset.word);
    if (!e.dataset.key) continue;
    const key = document.createElement("kbd");
    key.textContent = e.dataset.key;
    e.append(key);
  }
  at.get("pip").hidden = !("documentPictureInPicture" in window);
  for (const id of Object.keys(actions)) at.get(id).addEventListener("click", () => actions[id]());
  document.addEventListener("keydown", onKey);
  const news = new EventSource("/events");
  news.addEventListener("state", (event) => show(JSON.parse(event.data)));
  news.addEventListener("reset", refresh);
  setInterval(paint, 1000);
}

begin();
