// SPDX-License-Identifier: Apache-2.0
// A token goes to the server once, in the body of a request: no address, no history and no script keeps it.
"use strict";
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
    said.textContent = answer.status === 401 ? "That token is not known here, or not any more." : `The server refuses this (${answer.status}).`;
  } catch (wrong) {
    said.textContent = "The server does not answer. Try again.";
  }
  field.value = "";
  field.focus();
});
