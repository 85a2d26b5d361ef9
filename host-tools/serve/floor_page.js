// SPDX-License-Identifier: Apache-2.0
// The supervisor's page. Rows stand by the time of their flag, then by the begin of their call, and by nothing else:
// this page is about customers who need somebody, not about who serves them.
"use strict";
const calls = new Map();
const byId = (id) => document.getElementById(id);
const detail = { session: null, after: 0, t: -1, events: [], scores: [], busy: false, again: false };
let language = [], words = {}, questions = [];
const OPEN = (call) => call.Flag && !call.Flag.Lowered;

// A text of the catalogue by its English, with its {names} filled in.
function word(english, given = {}) {
  return (words[english] ?? english).replace(/\{(\w+)\}/g, (all, name) => given[name] ?? all);
}

function number(x) {
  return typeof x === "number" ? x.toLocaleString(language, { maximumFractionDigits: 2 }) : String(x);
}

function element(tag, text, className) {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  if (className) e.className = className;
  return e;
}

function clock(iso) {
  return iso ? new Date(iso).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", second: "2-digit" }) : "";
}

function lasted(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
}

function order(a, b) {
  if (OPEN(a) !== OPEN(b)) return OPEN(a) ? -1 : 1;
  if (OPEN(a) && a.Flag.Raised !== b.Flag.Raised) return a.Flag.Raised < b.Flag.Raised ? -1 : 1;
  return a.Begin < b.Begin ? -1 : a.Begin > b.Begin ? 1 : 0;
}

function mood(call) {
  const said = call.Mood, now = said && (said.ScoreFast || said.Score);
  if (!now) return [element("span", word(said && said.Abstain === "not_disclosed" ? "not disclosed yet" : "no score"), "faint")];
  const meter = element("meter");
  meter.max = 1;
  meter.value = now.Frustration;
  const value = now.Frustration.toLocaleString(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  meter.title = `${word("frustration")} ${value}`;
  return [meter, element("span", ` ${value}`, "faint")];
}

function trend(call) {
  const slope = call.Mood && call.Mood.Slope;
  if (slope === null || slope === undefined) return "";
  return slope > 0.05 ? `\u2197 ${word("rising")}` : slope < -0.05 ? `\u2198 ${word("falling")}` : `\u2192 ${word("steady")}`;
}

function linkText(call) {
  if (call.Link.State === "connected") return "";
  return call.Link.Since ? word("no link since {t}", { t: clock(call.Link.Since) }) : word("no link");
}

function stateOf(call) {
  return word(call.State.toLowerCase().replaceAll("_", " "));
}

function flag(call) {
  if (!OPEN(call)) return [];
  const parts = [element("strong", call.Flag.Title || word("flag")), element("div", word("since {t}", { t: clock(call.Flag.Raised) }), "faint")];
  if (call.Flag.Acknowledged) parts.push(element("div", call.Flag.Action || word("acknowledged"), "faint"));
  return parts;
}

function linkTo(call) {
  const a = element("a", call.ContactId);
  a.href = `#${call.Session}`;
  return [a];
}

// Rows stay while their calls do, and cells while they say the same: what somebody points at does not vanish.
const rows = new Map();
function rowOf(call, list, cells) {
  const key = `${list} ${call.Session}`;
  if (!rows.has(key)) rows.set(key, { row: element("tr"), said: [] });
  const { row, said } = rows.get(key);
  cells.forEach(([says, build], i) => {
    if (row.cells.length <= i) row.append(element("td"));
    if (said[i] === says) return;
    said[i] = says;
    row.cells[i].replaceChildren(...build(call));
  });
  return row;
}

function place(table, wanted) {
  const body = byId(table).tBodies[0];
  wanted.forEach((row, i) => { if (body.rows[i] !== row) body.insertBefore(row, body.rows[i] || null); });
  while (body.rows.length > wanted.length) body.lastChild.remove();
}

const plain = (text) => [text, () => [text]];

function paintList() {
  const all = [...calls.values()].sort(order);
  const live = all.filter((c) => c.State === "IN_PROGRESS");
  place("live", live.map((call) => {
    const row = rowOf(call, "live", [[JSON.stringify(OPEN(call) && call.Flag), flag], [call.ContactId, linkTo],
      plain(lasted(call.Mood ? call.Mood.EndOffsetMillis : Date.now() - Date.parse(call.Begin))), [JSON.stringify(call.Mood), mood], plain(trend(call)),
      plain(String(call.Cues)), plain(linkText(call))]);
    row.className = OPEN(call) ? "raised" : "";
    return row;
  }));
  byId("none").hidden = live.length > 0;
  const past = all.filter((c) => c.State !== "IN_PROGRESS").sort((a, b) => (a.Begin < b.Begin ? 1 : -1));
  place("past", past.map((call) => rowOf(call, "past", [plain(clock(call.Begin)), [call.ContactId, linkTo],
    plain(call.End ? lasted(Date.parse(call.End) - Date.parse(call.Begin)) : stateOf(call)), plain(String(call.Cues)),
    plain(call.Flag ? call.Flag.Title || word("flag") : ""),
    plain(call.Flag ? call.Flag.Action || word(call.Flag.Acknowledged ? "acknowledged" : "not seen") : "")])));
  byId("none-past").hidden = past.length > 0;
  for (const key of rows.keys()) if (!calls.has(key.split(" ")[1])) rows.delete(key);
}

// What says nothing to people has no word: a unit that is none, and the classifier's own reasons.
const BARE = ["count", "score", "share"];
const told = (list) => (list || []).filter((item) => item.Unit !== "log-odds");
function evidence(item) {
  const base = item.Baseline === null || item.Baseline === undefined ? "" : `, ${word("usually {v}", { v: number(item.Baseline) })}`;
  return `${word(item.Feature)} ${number(item.Value)} ${BARE.includes(item.Unit) ? "" : word(item.Unit || "")}`.trimEnd() + base;
}

function paintWhy(call) {
  const flag = call.Flag;
  byId("why").hidden = !flag;
  byId("act").hidden = !OPEN(call) || Boolean(flag.Acted);
  if (!flag) return;
  byId("why-title").textContent = word(flag.Lowered ? "{title} (was up since {t})" : "{title} (up since {t})",
    { title: flag.Title || word("flag"), t: clock(flag.Raised) });
  byId("why-text").textContent = flag.Text || "";
  byId("why-rule").textContent = flag.Rule || "";
  byId("why-evidence").replaceChildren(...told(flag.Explanation).map((x) => element("li", evidence(x))));
  const seen = flag.Acknowledged ? word("Acknowledged by {name} at {t}.", { name: flag.AcknowledgedBy, t: clock(flag.Acknowledged) })
    : word("Nobody has acknowledged it yet.");
  byId("why-done").textContent = flag.Action ? `${seen} ${flag.Action}.` : seen;
}

function offset(event) {
  const d = event.data;
  if (/\.(closed|lowered)\./.test(event.type)) return d.EndOffsetMillis ?? 0; // its Notify is when it had opened
  return d.NotifyOffsetMillis ?? d.EndOffsetMillis ?? d.OffsetMillis ?? d.BeginOffsetMillis ?? 0;
}

function paintCurve() {
  const svg = byId("curve"), make = (name) => document.createElementNS("http://www.w3.org/2000/svg", name);
  const end = Math.max(1000, ...detail.scores.map((s) => s[0]), ...detail.events.map(offset));
  const x = (t) => (t / end) * 1000, y = (v) => 155 - v * 150, parts = [];
  let points = [];
  const close = () => {
    if (points.length > 1) {
      const line = make("polyline");
      line.setAttribute("points", points.join(" "));
      parts.push(line);
    }
    points = [];
  };
  for (const [t, frustration] of detail.scores) {
    if (frustration === null) close(); // silence is no calm
    else points.push(`${x(t).toFixed(1)},${y(frustration).toFixed(1)}`);
  }
  close();
  for (const e of detail.events) {
    if (!/\.(opened|raised)\./.test(e.type)) continue;
    const mark = make("line");
    if (e.type.includes("flag")) mark.setAttribute("class", "raised");
    for (const [k, v] of [["x1", x(offset(e))], ["x2", x(offset(e))], ["y1", 0], ["y2", 160]]) mark.setAttribute(k, v);
    parts.push(mark);
  }
  svg.replaceChildren(...parts);
  byId("axis").textContent = word("0:00 to {t}; lines: cues, solid: the flag; gaps: nobody spoke, or no score", { t: lasted(end) });
}

function addEvents(events) {
  byId("events").append(...events.map((e) => {
    const row = element("li"), name = e.type.replace(/^undertone\.|\.v1$/g, "").replace(".", " "), d = e.data;
    row.append(element("time", lasted(offset(e))), element("strong", d.Title ? `${d.Title} ` : ""), element("span", word(name), "faint"));
    if (d.Text && e.type.includes("opened")) row.append(element("div", d.Text));
    if (d.Rule && /opened|raised/.test(e.type)) row.append(element("div", d.Rule, "faint"));
    for (const item of e.type.includes("opened") ? told(d.Explanation) : []) row.append(element("div", evidence(item), "faint"));
    return row;
  }));
}

// How a call went from begin to end, once it is over and was scored.
function paintCourse() {
  const over = detail.events.find((e) => /session\.(completed|failed)\./.test(e.type)), course = over && over.data.Trajectory, said = [];
  const value = (x) => x.toLocaleString(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  if (course && course.Begin !== null) {
    said.push(`${word("Frustration at begin / peak / end")}: ${[course.Begin, course.Peak, course.End].map(value).join(" / ")}`,
      `${word("Above the threshold")}: ${Math.round(course.AboveMillis / 1000)} s`);
    if (course.RecoveryMillis !== null) said.push(`${word("Recovery after the peak")}: ${Math.round(course.RecoveryMillis / 1000)} s`);
  }
  byId("course").textContent = said.join(" \u00b7 ");
}

function paintCall(call) {
  byId("call-title").textContent = word("Call {name}", { name: call.ContactId });
  byId("call-state").textContent = call.State === "IN_PROGRESS"
    ? [word("in progress since {t}", { t: clock(call.Begin) }), linkText(call)].filter(Boolean).join(" \u00b7 ")
    : word("{state}, began {t}", { state: stateOf(call), t: clock(call.Begin) });
  paintWhy(call);
}

async function ask(path, options) {
  const answer = await fetch(path, options);
  if (!answer.ok) throw new Error(`${answer.status} ${path}`);
  return answer.json();
}

async function more() {
  if (detail.busy) {
    detail.again = true;
    return;
  }
  detail.busy = true;
  try {
    do {
      detail.again = false;
      const session = detail.session;
      const got = await ask(`v1/calls/${session}?after=${detail.after}&t=${detail.t}`);
      if (session !== detail.session) {
        detail.again = true;
        continue;
      }
      detail.events.push(...got.Events);
      detail.scores.push(...got.Scores);
      if (got.Events.length) detail.after = Number(got.Events.at(-1).sequence);
      if (got.Scores.length) detail.t = got.Scores.at(-1)[0];
      calls.set(got.Call.Session, got.Call);
      paintCall(got.Call);
      paintCurve();
      paintCourse();
      addEvents(got.Events);
    } while (detail.again && detail.session);
  } catch (e) {
    if (detail.session) byId("call-title").textContent = word("This call is not kept any more.");
  }
  detail.busy = false;
}

function show() {
  const session = location.hash.slice(1);
  byId("floor").hidden = Boolean(session);
  byId("call").hidden = !session;
  Object.assign(detail, { session: session || null, after: 0, t: -1, events: [], scores: [] });
  byId("events").replaceChildren();
  byId("why").hidden = byId("act").hidden = true;
  byId("course").textContent = "";
  if (session) more();
  else paintList();
}

// What desks ask before they do something. A question goes when its time is over, whatever the floor says then; it is said
// aloud once, and how long it has is not.
const asked = new Map();
function rowOfQuestion(q) {
  const row = element("li"), call = calls.get(q.Session), a = element("a", call ? call.ContactId : q.Session);
  a.href = `#${q.Session}`;
  row.append(element("strong", q.Text), " ", a, " ");
  for (const said of ["yes", "no"]) {
    const button = element("button", word(said === "yes" ? "Yes" : "No"));
    button.type = "button";
    button.setAttribute("aria-label", `${button.textContent}: ${q.Text}`);
    button.addEventListener("click", () => answer(q.Id, said));
    row.append(button, " ");
  }
  row.append(element("span", "", "faint"));
  return row;
}

function paintQuestions() {
  const now = Date.now(), open = questions.filter((q) => q.until > now);
  byId("questions").hidden = open.length === 0;
  if (open.length === 0) byId("questions-aloud").textContent = "";
  for (const id of [...asked.keys()]) if (!open.some((q) => q.Id === id)) {
    asked.get(id).remove();
    asked.delete(id);
  }
  for (const q of open) {
    if (!asked.has(q.Id)) {
      asked.set(q.Id, byId("questions").querySelector("ul").appendChild(rowOfQuestion(q)));
      byId("questions-aloud").textContent = q.Text;
    }
    const row = asked.get(q.Id), left = Math.ceil((q.until - now) / 1000);
    for (const button of row.querySelectorAll("button")) button.disabled = Boolean(q.Answer);
    row.lastChild.textContent = q.Answer ? `${word(q.Answer === "yes" ? "Yes" : "No")}, ${q.By}`
      : `${word("without an answer")}: ${word(q.Default === "yes" ? "Yes" : "No")} ${word("in")} ${left} s`;
  }
}

function takeQuestions(list) {
  questions = list.map((q) => ({ ...q, until: Date.now() + q.RemainingMillis }));
  paintQuestions();
}

async function answer(id, said) {
  const by = byId("by");
  if (!by.reportValidity()) return;
  byId("questions-said").textContent = "";
  try {
    await ask(`v1/actions/${id}/answer`, { method: "POST", body: JSON.stringify({ By: by.value, Answer: said }) });
  } catch (wrong) {
    byId("questions-said").textContent = word("That was not taken; try again.");
  }
}

function take(call) {
  calls.set(call.Session, call);
  if (detail.session === call.Session) more();
  else if (!detail.session) paintList();
}

async function refresh() {
  const state = await ask("v1/state");
  byId("site").textContent = state.Site;
  byId("name").hidden = state.User !== null; // who has logged in has a name, which counts
  byId("by").required = state.User === null;
  calls.clear();
  for (const call of state.Calls) calls.set(call.Session, call);
  if (!detail.session) paintList();
  takeQuestions(state.Questions);
  return state;
}

function listen() {
  const source = new EventSource("events");
  const link = byId("link");
  source.onopen = () => { link.textContent = word("live"); link.className = ""; refresh(); };
  source.onerror = () => { link.textContent = word("no answer since {t}", { t: clock(new Date().toISOString()) }); link.className = "trouble"; };
  source.addEventListener("call", (e) => take(JSON.parse(e.data)));
  source.addEventListener("questions", (e) => takeQuestions(JSON.parse(e.data)));
  for (const name of ["state", "reset"]) source.addEventListener(name, refresh);
}

byId("act").addEventListener("submit", async (e) => {
  e.preventDefault();
  if (!byId("by").reportValidity()) return;
  const call = calls.get(detail.session), what = e.submitter ? e.submitter.value : "ack";
  const body = { By: byId("by").value, ...(what === "action" && { Action: byId("action").value }) };
  try {
    take(await ask(`v1/flags/${call.Flag.Id}/${what}`, { method: "POST", body: JSON.stringify(body) }));
  } catch (wrong) {
    byId("why-done").textContent = word(what === "action" ? "Say what you do, then note it." : "That was not taken; try again.");
  }
});
byId("by").value = localStorage.getItem("by") ?? "";
byId("by").addEventListener("input", () => localStorage.setItem("by", byId("by").value));
byId("logout").addEventListener("click", async () => {
  localStorage.removeItem("by");
  await fetch("logout", { method: "POST" }).catch(() => {});
  location.replace("./");
});
window.addEventListener("hashchange", show);
setInterval(() => { paintQuestions(); if (!detail.session) paintList(); }, 1000); // how long calls go on

// The page's own words, then everything else: no line is half of one language.
async function begin() {
  try {
    const said = await ask("v1/words");
    language = said.Language;
    words = said.Words;
    document.documentElement.lang = language;
  } catch (wrong) { // English stands in the page
    language = [];
  }
  document.title = word("Undertone: floor");
  for (const e of document.querySelectorAll("[data-word]")) e.textContent = word(e.dataset.word);
  byId("action").placeholder = word("listening in, taking over ...");
  byId("curve").setAttribute("aria-label", word("frustration over the call"));
  show();
  listen();
}
begin();
