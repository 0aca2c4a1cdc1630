// Looks now and then how far a new installation is, and loads the page anew when something has changed.
// Keeps what was typed into the choice in this tab alone, until it is sent: no secret is asked for there.
"use strict";
const choice = document.querySelector('form[action="/setup/choice"]');
const KEPT = "flakeguard-setup";

function fieldsOf(form) {
  return [...form.elements].filter((one) => one.name && one.type !== "hidden");
}

function keep() {
  const typed = fieldsOf(choice).filter((one) => one.type !== "radio" || one.checked);
  sessionStorage.setItem(KEPT, JSON.stringify(typed.map((one) => [one.name, one.value])));
}

function fillIn(typed) {
  for (const one of fieldsOf(choice).filter((field) => field.name in typed)) {
    if (one.type === "radio") {
      one.checked = one.value === typed[one.name];
    } else {
      one.value = typed[one.name];
    }
  }
}

try {
  if (choice) {
    fillIn(Object.fromEntries(JSON.parse(sessionStorage.getItem(KEPT) || "[]")));
    choice.addEventListener("input", keep);
  } else if (document.getElementById("progress")) {
    sessionStorage.removeItem(KEPT);
  }
} catch {
  // The browser keeps nothing for pages: then it is typed again.
}

const progress = document.getElementById("progress");

async function look() {
  try {
    const answer = await fetch("/setup/progress", { cache: "no-store" });
    const sofar = answer.ok ? await answer.json() : null;
    const step = sofar && sofar.installations ? "5" : "4";
    if (sofar && (sofar.run || step !== progress.dataset.step)) {
      location.reload();
      return;
    }
  } catch {
    // It is starting, or the network is away: the next look will tell.
  }
  setTimeout(look, 2000);
}

if (progress && progress.dataset.done === "no") {
  setTimeout(look, 2000);
}
