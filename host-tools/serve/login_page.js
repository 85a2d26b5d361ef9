// SPDX-License-Identifier: Apache-2.0
// A token goes to the server once, in the body of a request: no address, no history and no script keeps it.
"use strict";
let words = {};

// A text of the catalogue by its English, with its {names} filled in.
function word(english, given = {}) {
  return (words[english] ?? english).replace(/\{(\w+)\}/g, (all, name) => given[name] ?? all);
}

async function begin() {
  try {
    const said = await (await fetch("login_words.json")).json();
    words = said.Words;
    document.documentElement.lang = said.Language;
  } catch (wrong) { // English stands in the page
    words = {};
  }
  document.title = word("Undertone: log in");
  for (const e of document.querySelectorAll("[data-word]")) e.textContent = word(e.dataset.word);
  document.getElementById("what").textContent =
    word("Your token is the line that 'undertone serve token add' printed. It is asked for once: this browser keeps a cookie of its own for 12 hours, or until you log out.");
}
begin();

document.getElementById("login").addEventListener("submit", async (e) => {
  e.preventDefault();
  const field = document.getElementById("token"), said = document.getElementById("said");
  said.textContent = "";
  try {
    const answer = await fetch("login", { method: "POST", body: JSON.stringify({ Token: field.value.trim() }) });
    if (answer.ok) {
      location.replace("./");
      return;
    }
    said.textContent = answer.status === 401 ? word("That token is not known here, or not any more.") : word("The server refuses this ({status}).", { status: answer.status });
  } catch (wrong) {
    said.textContent = word("The server does not answer. Try again.");
  }
  field.value = "";
  field.focus();
});
