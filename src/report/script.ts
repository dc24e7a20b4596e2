/** The script of the page, without which it can be read as well. @module */

/** Filters the table of tickers, and opens what belongs to the pictures for the printer. */
export const SCRIPT = `"use strict";
const find = () => {
  const filter = document.getElementById("filter");
  const rows = [...document.querySelectorAll("#tickers tbody tr")];
  const words = filter.value.toLowerCase().split(/\\s+/);
  let found = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
    if (!row.hidden) found++;
  }
  document.getElementById("found").textContent = filter.value === "" ? "" : found + " of " + rows.length;
};
const readyFilter = () => {
  const filter = document.getElementById("filter");
  if (!filter) return;
  filter.parentElement.hidden = document.querySelectorAll("#tickers tbody tr").length < 2;
  filter.addEventListener("input", find);
};
readyFilter();
`;
