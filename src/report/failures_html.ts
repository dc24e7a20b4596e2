/** Failures with their remedies, and the sessions of twelve months. @module */
import { clipped, grouped, listed, plural } from "../base/text.ts";
import { type Html, html } from "./html.ts";
import type { FailureRow, PageData } from "./page_data.ts";
import type { CalendarDay } from "./sessions.ts";
import { dayText, type Linked, momentText, monthName, tableBehind } from "./words.ts";

const [MOST_NAMED, MOST_OF_MESSAGE, MOST_CODES] = [5, 240, 20];

function failureHtml(each: FailureRow, { time_zone, taken_at }: PageData, linked: Linked): Html {
  const names = each.tickers.length === 0 ? each.source : listed(each.tickers, MOST_NAMED);
  const when = momentText(each.newest_at, time_zone, taken_at);
  const message = each.message === null
    ? html``
    : html`<dd>${clipped(each.message, MOST_OF_MESSAGE)}</dd>`;
  return html`
    <dt>${linked("failure", each.code, each.code)}<span>${names}; ${plural(
      each.jobs,
      "job",
    )} in ${plural(
      each.runs,
      "run",
    )}, last ${when}</span></dt>${message}<dd
      class="do">${each.remedy}</dd>
  `;
}

/** The section of failures. */
export function failuresSection(data: PageData, linked: Linked): Html {
  const { failures, since, taken_at } = data;
  const rest = failures.length - MOST_CODES;
  return html`
    <section
      aria-labelledby="h-failures"><h2 id="h-failures">Failures and what to do <small>since ${dayText(
        since.slice(0, 10),
        taken_at,
      )}</small></h2>
    ${failures.length === 0
      ? html`<p class="soft">None.</p>`
      : html`<dl class="fix">${
        failures.slice(0, MOST_CODES).map((each) => failureHtml(each, data, linked))
      }</dl>`}${rest > 0
      ? html`<p class="soft">${plural(rest, "rarer code")} left out.</p>`
      : html``}</section>
  `;
}

/** Step from square to square, its side, and room for the names of the months. */
const [STEP, SIDE, NAMES] = [17, 13, 42];

function cellHtml(day: CalendarDay, x: number, y: number, taken_at: string): Html {
  const { missing, refused } = day;
  const title = `${dayText(day.day, taken_at)}: ${dayFacts(day)}`;
  const shape = missing > 0
    ? html`
      <rect class="m1" x="${x + .75}" y="${y + .75}" width="${SIDE - 1.5}" height="${SIDE -
        1.5}" rx="2" />
    `
    : refused > 0
    ? html`
      <path class="r1"
        d="M${x + .75} ${y + .75}h${SIDE - 1.5}v${SIDE - 1.5}h-${SIDE - 1.5}zl${SIDE - 1.5} ${SIDE -
          1.5}m0-${SIDE - 1.5}l-${SIDE - 1.5} ${SIDE - 1.5}" />
    `
    : html`
      <rect class="s1" x="${x}" y="${y}" width="${SIDE}" height="${SIDE}" rx="2" />
    `;
  return html`<g><title>${title}</title>${shape}</g>`;
}

function dayFacts({ missing, refused, tickers }: CalendarDay): string {
  if (missing + refused === 0) return "nothing missing";
  const parts = [
    ...missing > 0 ? [`${grouped(missing)} missing`] : [],
    ...refused > 0 ? [`${grouped(refused)} refused`] : [],
  ];
  return `${parts.join(", ")} (${tickers.join(", ")}${
    missing + refused > tickers.length ? ", …" : ""
  })`;
}

/** The section of twelve months. */
export function calendarSection(data: PageData): Html {
  const { calendar, taken_at } = data;
  if (calendar.length === 0) return html``;
  const months = [...Map.groupBy(calendar, ({ day }) => day.slice(0, 7))];
  const most = Math.max(...months.map(([, days]) => days.length));
  const lines = months.map(([month, days], row) => {
    const [year = "", number = ""] = month.split("-");
    const name = row === 0 || number === "01"
      ? `${monthName(Number(number))} ${year.slice(2)}`
      : monthName(Number(number));
    return html`
      <text x="0" y="${row * STEP + 11}">${name}</text>${days.map((day, at) =>
        cellHtml(day, NAMES + 8 + at * STEP, row * STEP, taken_at)
      )}
    `;
  });
  const names = new Set(data.tickers.map(({ ticker }) => ticker));
  const of = names.size === 1 ? [...names][0] ?? "" : "all tickers";
  const lacking = calendar.filter(({ missing, refused }) => missing + refused > 0);
  const label = lacking.length === 0
    ? `${grouped(calendar.length)} sessions of twelve months, nothing missing`
    : `${grouped(calendar.length)} sessions of twelve months, something missing or refused on ${
      grouped(lacking.length)
    }`;
  return html`
    <section
      aria-labelledby="h-year"><h2 id="h-year">Sessions of twelve months <small>${of}</small></h2>
    <svg class="pic year" viewBox="0 0 ${NAMES + 8 + most * STEP} ${months.length *
      STEP}" role="img" aria-label="${label}">${lines}</svg>
    ${tableBehind(
      lacking.length === 0 ? "As a table: nothing is missing" : "What is missing as a table",
      ["Session", "Tickers", "Missing", "Refused"],
      3,
      lacking.toReversed().map((day) => [
        dayText(day.day, taken_at),
        `${day.tickers.join(", ")}${day.missing + day.refused > day.tickers.length ? ", …" : ""}`,
        ...[day.missing, day.refused],
      ]),
    )}</section>
  `;
}
