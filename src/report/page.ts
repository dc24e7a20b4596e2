/** The page: one HTML document that loads nothing. @module */
import { grouped, percentText, plural } from "../base/text.ts";
import { VERSION } from "../base/version.ts";
import { type Assets, policyOf } from "./assets.ts";
import type { ChartData } from "./charts.ts";
import { calendarSection, failuresSection } from "./failures_html.ts";
import { type Html, html, jsonHtml, ownText } from "./html.ts";
import type { ChartEvent } from "../store/activity.ts";
import type { PageData } from "./page_data.ts";
import { reliabilitySection, runsSection } from "./runs_html.ts";
import { tickersSection } from "./tickers_html.ts";
import { dayText, inZone, type Linked, momentText, tableBehind } from "./words.ts";

/** Shapes that are drawn many times: marks of states, squares of sessions, what is hatched. */
const SHAPES = html`
  <svg width="0" height="0" aria-hidden="true">
    <defs>
      <pattern id="s" width="8" height="12" patternUnits="userSpaceOnUse">
        <rect class="s1" width="6.5" height="12" rx="1" />
      </pattern>
      <pattern id="m" width="8" height="12" patternUnits="userSpaceOnUse">
        <rect class="m1" x=".75" y=".75" width="5" height="10.5" rx="1" />
      </pattern>
      <pattern id="r" width="8" height="12" patternUnits="userSpaceOnUse">
        <path class="r1" d="M.75.75h5v10.5h-5zl5 10.5m0-10.5l-5 10.5" />
      </pattern>
      <pattern id="n" width="8" height="12" patternUnits="userSpaceOnUse">
        <circle class="n1" cx="3.25" cy="6" r="1.1" />
      </pattern>
      <pattern id="wait" width="5" height="5" patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)">
        <path class="hatch" d="M1 0V5" />
      </pattern>
    </defs>
  </svg>
`;

function countsHtml({ counts }: PageData): Html {
  const { fresh, behind, failing, sessions_missing: missing, rows } = counts;
  const states = Object.entries({ fresh, behind, failing }).map(([state, count]) =>
    html`<li class="${state}${count === 0 ? " none" : ""}"><b>${grouped(count)}</b>${state}</li>`
  );
  return html`<ul class="counts">
    ${states}
    <li><b>${grouped(missing)}</b>${missing === 1 ? "session" : "sessions"} missing</li>
    <li><b>${grouped(rows)}</b>rows in 24 hours</li>
  </ul>`;
}

function eventText({ label, split_factor: split, cash_factor: cash }: ChartEvent): string {
  const ratio = (number: number): string => String(Math.round(number * 10_000) / 10_000);
  const parts = [
    ...split < 1 ? [`split ${ratio(1 / split)}:1`] : [],
    ...split > 1 ? [`reverse split 1:${ratio(split)}`] : [],
    ...cash !== 1 ? [`dividend ${percentText(1 - cash, 2)}`] : [],
  ];
  return parts.length === 0 ? label : parts.join(", ");
}

function rounded(price: number | null): number | null {
  return price === null ? null : Math.round(price * 10_000) / 10_000;
}

function chartSection(chart: ChartData, at: number, { taken_at }: PageData): Html {
  const { ticker, source, days } = chart;
  const events = chart.events.map((event) => ({
    date: event.date,
    text: eventText(event),
    kind: event.split_factor === 1 ? "cash" : "split",
    label: event.label,
  }));
  const id = `prices-${at}`;
  const [first, last] = [days[0], days.at(-1)];
  const label = first === undefined || last === undefined
    ? `${ticker}: no prices in twelve months`
    : `${ticker}: ${plural(days.length, "day")}, from ${first.raw} on ${
      dayText(first.date, taken_at)
    } to ${last.raw} on ${dayText(last.date, taken_at)}. The arrow keys move from day to day.`;
  const columns = {
    dates: days.map(({ date }) => date),
    adjusted: days.map((day) => rounded(day.adjusted)),
    raw: days.map(({ raw }) => raw),
    volume: days.map(({ volume }) => volume),
  };
  const eventsOn = Map.groupBy(events, ({ date }) => date);
  return html`
    <section
      aria-labelledby="h-${id}"><h2 id="h-${id}">${ticker} <small>adjusted, and as traded; ${source}, twelve months</small></h2>
    <script type="application/json" id="${id}">${jsonHtml({ ...columns, events })}</script>
    <div class="chart" data-of="${id}" tabindex="0" role="group" aria-label="${label}"></div>
    <noscript><p class="soft">The chart needs scripts; the table has all of it.</p></noscript>
    ${tableBehind(
      "Prices as a table",
      ["Day", "Event", "Adjusted", "As traded", "Volume"],
      3,
      days.toReversed().map((day) => [
        ...[day.date, (eventsOn.get(day.date) ?? []).map(({ text }) => text).join(", ")],
        ...[rounded(day.adjusted) ?? "", day.raw, day.volume ?? ""],
      ]),
    )}</section>
  `;
}

interface Frame {
  readonly title: string;
  readonly assets: Assets;
  readonly head?: Html;
}

/** A whole document. */
export function documentHtml(body: Html, { title, assets, head = html`` }: Frame): string {
  const { html: text } = html`
    <!DOCTYPE html>
    <html lang="en">
      <head><meta charset="utf-8">
    ${head}<meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="referrer" content="no-referrer">
    <meta name="generator" content="tickerlock ${VERSION}">
    <link rel="icon" href="data:,">
    <title>${title} · tickerlock</title>
    ${assets.styles.map((each) =>
      html`
        <style>${ownText(each.text)}</style>
      `
    )}</head>
      <body>
    <a class="skip" href="#main">To the tickers</a>
    ${SHAPES}${body}
    ${assets.scripts.map((each) =>
      html`
        <script>${ownText(each.text)}</script>
      `
    )}</body>
    </html>
  `;
  return text;
}

/** Header, sections and footer. @param jobs Of the page of one ticker; undefined for all. */
export function pageBody(data: PageData, linked: Linked, jobs?: Html): Html {
  const { title, verdict, db, taken_at, time_zone } = data;
  const { day, time } = inZone(taken_at, time_zone);
  const when = `${dayText(day, "")}, ${time} ${time_zone}`;
  const charts = data.charts.map((chart, at) => chartSection(chart, at, data));
  const tickers = tickersSection(data, linked);
  const two = html`
    <div class="two">${failuresSection(data, linked)}${calendarSection(data)}</div>
  `;
  const main = jobs === undefined
    ? [tickers, runsSection(data, linked), two, reliabilitySection(data), ...charts]
    : [tickers, ...charts, two, jobs];
  return html`
    <header><h1>${title}</h1>
    <p class="soft">${db} · <time datetime="${taken_at}">${when}</time></p>
    <p>${verdict}</p>
    ${countsHtml(data)}</header>
    <main id="main" tabindex="-1">${main}</main>
    <footer>tickerlock ${VERSION}; jobs since ${momentText(
      data.since,
      time_zone,
      taken_at,
    )}.</footer>
  `;
}

/** The whole document of a page that stands alone. */
export function renderPage(data: PageData, assets: Assets): string {
  const head = html`
    <meta http-equiv="Content-Security-Policy" content="${policyOf(assets)}">
  `;
  return documentHtml(pageBody(data, (_to, _key, text) => html`${text}`), {
    title: data.title,
    assets,
    head,
  });
}
