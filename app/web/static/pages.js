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

// Long histories are drawn when somebody opens them: until then neither they nor what draws them is loaded.
const DRAWN = {
  rate: { x: "starts_on", title: "Failed", unit: "%", times: 100, lines: [["rate", "failed"], ["low", "at least"], ["high", "at most"]] },
  took: { x: "starts_on", title: "Took", unit: " ms", times: 1, lines: [["p50_ms", "half within"], ["p95_ms", "95 % within"]] },
  flaked: { x: "day", title: "Runs that flaked", unit: "%", times: 100, lines: [["flake_rate", "of runs"]] },
  lost: { x: "day", title: "Lost to flakes", unit: " min", times: 1, lines: [["minutes_lost", "minutes"]] },
};

const DAYS = [1, 2, 7, 14, 28, 91, 182, 364].map((days) => days * 86400);
const day = (at) => new Date(at * 1000).toISOString().slice(0, 10);

document.addEventListener("toggle", (event) => {
  const chart = event.target;
  if (!chart.matches?.("details.chart[open]") || chart.dataset.begun) return;
  chart.dataset.begun = "yes";
  draw(chart).catch(() => delete chart.dataset.begun);
}, true);

async function draw(chart) {
  const [rows] = await Promise.all([readAll(chart.dataset.rows), loadOnce(chart.dataset.with, chart.dataset.style)]);
  const place = chart.querySelector(".plots");
  for (const kind of rows.length ? chart.dataset.draws.split(" ") : []) plot(place, DRAWN[kind], rows);
}

async function readAll(address) {
  const rows = [];
  for (let next = ""; next !== null;) {
    const answer = await fetch(address + (next && `&after=${encodeURIComponent(next)}`));
    if (!answer.ok) throw new Error(answer.statusText);
    const page = await answer.json();
    rows.push(...page.items);
    next = page.next;
  }
  return rows;
}

function loadOnce(script, style) {
  if (window.uPlot) return Promise.resolve();
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: style }));
  return new Promise((resolve, reject) => {
    document.head.append(Object.assign(document.createElement("script"), { src: script, onload: resolve, onerror: reject }));
  });
}

function plot(place, kind, rows) {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const said = (_, value) => (value === null || value === undefined ? "–" : `${Math.round(value * 10) / 10}${kind.unit}`);
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line") } };
  const strokes = ["--accent", "--soft", "--soft"];
  const series = kind.lines.map(([, label], place) => ({ label, stroke: colour(strokes[place]), width: place ? 1 : 2, value: said }));
  const data = [rows.map((row) => Date.parse(row[kind.x]) / 1000), ...kind.lines.map(([name]) => rows.map((row) => row[name] * kind.times))];
  const size = () => ({ width: place.clientWidth, height: 220 });
  const drawn = new uPlot({
    ...size(),
    title: kind.title,
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
    scales: { y: { range: (_, low, high) => [0, Math.max(high, 1)] } },
    axes: [{ ...axis, space: 90, incrs: DAYS, values: (_, ticks) => ticks.map(day) }, { ...axis, size: 60, values: (_, ticks) => ticks.map((one) => `${one}${kind.unit}`) }],
    series: [{ label: "from", value: (_, at) => (at === null ? "–" : day(at)) }, ...series],
  }, data, place);
  new ResizeObserver(() => drawn.setSize(size())).observe(place);
}
