// Looks now and then how far a new installation is, and loads the page anew when something has changed.
"use strict";
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
