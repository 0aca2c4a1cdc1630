// What pages do beyond links and forms, all of which work without it.
"use strict";

// A filter applies as soon as it is changed; without this, there is a button.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-at-once]");
  if (form) form.requestSubmit();
});

// Times are shown in the reader's own zone on demand: the stamp stands in the title.
for (const time of document.querySelectorAll("time[datetime]")) {
  if (!time.title) time.title = new Date(time.dateTime).toLocaleString();
}
