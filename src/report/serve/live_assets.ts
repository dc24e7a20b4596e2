/** Style and script of a page that is served. @module */

/** The line on top of each page. */
export const LIVE_STYLE = `
.top { display: flex; flex-wrap: wrap; gap: 6px 20px; align-items: center; margin: -16px 0 22px; font-size: 14px; }
.top form { margin: 0; }
.top #said { color: var(--soft); }
.top input, .enter input {
  font: inherit; width: 14em; max-width: 46vw; margin: 0 6px; padding: 4px 9px; color: var(--text);
  background: var(--pale); border: 1px solid var(--faint); border-radius: 5px;
}
.top button, .enter button {
  font: inherit; padding: 4px 12px; color: var(--text); background: var(--pale); border: 1px solid var(--faint);
  border-radius: 5px; cursor: pointer;
}
.from6 tr > :nth-child(n+6) { text-align: right; white-space: nowrap; }
.jobs table { min-width: 60em; }
.jobs td:nth-child(5) { width: 40%; overflow-wrap: anywhere; }
@media (max-width: 760px) { .top { margin: 0 0 18px; } }
@media print { .top { display: none; } }
`;

/** Takes changed sections from the page; what is open, typed, focused and scrolled stays so. */
export const LIVE_SCRIPT = `"use strict";
const top_ = document.querySelector(".top");
const said = document.getElementById("said");
const partsOf = (page) => [page.querySelector("header"), ...page.querySelector("main").children];
let shown = partsOf(document).map((part) => part.outerHTML);
const FOCUSABLE = "a, summary, input, [tabindex]";
const stateOf = (part) => ({
  open: [...part.querySelectorAll("details")].map((each) => each.open),
  typed: [...part.querySelectorAll("input")].map((each) => each.value),
  scrolled: [...part.querySelectorAll("[tabindex]")].map((each) => [each.scrollLeft, each.scrollTop]),
  focused: [...part.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement),
  cursor: document.activeElement.selectionStart,
});
const setState = (part, state) => {
  part.querySelectorAll("details").forEach((each, at) => each.open = state.open[at] ?? false);
  part.querySelectorAll("input").forEach((each, at) => each.value = state.typed[at] ?? "");
  if (part.querySelector("#filter")) {
    readyFilter();
    find();
  }
  for (const place of part.querySelectorAll(".chart")) draw(place);
  part.querySelectorAll("[tabindex]").forEach((each, at) => each.scrollTo(...(state.scrolled[at] ?? [0, 0])));
  const focused = part.querySelectorAll(FOCUSABLE)[state.focused];
  if (!focused) return;
  focused.focus({ preventScroll: true });
  if (focused.id === "filter") focused.setSelectionRange(state.cursor, state.cursor);
};
const take = (page) => {
  const [before, after] = [partsOf(document), partsOf(page)];
  const texts = after.map((part) => part.outerHTML);
  const [left, top] = [scrollX, scrollY];
  after.forEach((part, at) => {
    if (texts[at] === shown[at]) return;
    if (before[at] === undefined) return document.querySelector("main").append(part);
    const state = stateOf(before[at]);
    before[at].replaceWith(part);
    setState(part, state);
  });
  for (const part of before.slice(after.length)) part.remove();
  shown = texts;
  document.title = page.title;
  scrollTo(left, top);
};
let version = top_.dataset.version;
let [busy, again] = [false, false];
const update = async () => {
  again = busy;
  if (busy) return;
  busy = true;
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (answer.ok) take(page);
    said.textContent = answer.ok ? "" : "Not up to date: " + page.querySelector("h1").textContent;
  } catch {
    said.textContent = "Not up to date: the server does not answer.";
  }
  busy = false;
  if (again) update();
};
let stream;
const listen = () => {
  stream = new EventSource("/events?since=" + encodeURIComponent(version));
  stream.addEventListener("change", ({ data }) => {
    version = data;
    update();
  });
  stream.onopen = () => said.textContent = "";
  stream.onerror = () => said.textContent = stream.readyState === 2
    ? "Not live: too many pages are open, or the server was started anew."
    : "Not connected; it is tried again.";
};
addEventListener("visibilitychange", () => {
  stream?.close();
  if (!document.hidden) listen();
});
if (!document.hidden) listen();
`;
