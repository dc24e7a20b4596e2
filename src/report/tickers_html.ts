/** The table of tickers, with sessions as squares and closes as a line. @module */
import { causeFirst, clipped, grouped, plural } from "../base/text.ts";
import { type Html, html } from "./html.ts";
import type { PageData, TickerRow } from "./page_data.ts";
import { dayText, type Linked, tableBehind } from "./words.ts";

/** Rows beyond these are left out, fresh ones first: a file of an exchange has thousands. */
const MOST_ROWS = 1000;
/** Of an error; the whole of it stands under failures. */
const MOST_OF_MESSAGE = 60;
/** Width of a square with the space beside it; the patterns have it. */
const STEP = 8;

function count({ sessions }: TickerRow, letter: string): number {
  return sessions.split(letter).length - 1;
}

/** Days of a row that stand so; those in a row, but for days without a session, as one span. */
function spansText(
  { sessions }: TickerRow,
  letter: string,
  { sessions: days, taken_at }: PageData,
): string {
  const runs = sessions.matchAll(new RegExp(`${letter}(?:-*${letter})*`, "g"));
  return [...runs].map(({ 0: run, index }) => {
    const [first = "", last = ""] = [index, index + run.length - 1].map((at) =>
      dayText(days[at] ?? "", taken_at)
    );
    return first === last ? first : `${first} to ${last}`;
  }).join(", ");
}

function squares(row: TickerRow, data: PageData): Html {
  if (row.sessions === "") return html``;
  const runs = [...row.sessions.matchAll(/(.)\1*/g)].map(({ 0: run, 1: letter = "", index }) => {
    const [x, width] = [index * STEP, run.length * STEP];
    return html`<rect class="${letter === "-" ? "n" : letter}" x="${x}" width="${width}" />`;
  });
  const named = (letter: string, what: string): string => {
    const spans = spansText(row, letter, data);
    return spans === "" ? "" : `, ${what} ${spans}`;
  };
  const label = `${count(row, "s")} stored${named("m", "missing")}${named("r", "refused")}`;
  const width = data.sessions.length * STEP;
  return html`<svg class="q" viewBox="0 0 ${width} 12" role="img" aria-label="${label}">${runs}</svg>`;
}

const [WIDTH, HEIGHT] = [96, 28];

/** Of the closes each second, from the last one back: a point for three pixels. */
function closesLine(all: readonly number[]): Html {
  const closes = all.filter((_, at) => (all.length - 1 - at) % 2 === 0);
  if (closes.length < 2) return html``;
  const [low, high] = [Math.min(...closes), Math.max(...closes)];
  const step = WIDTH / (closes.length - 1);
  const points = closes.map((close, at) => ({
    x: Math.round(at * step),
    y: Math.round((HEIGHT - 2) * (high === low ? 0.5 : (high - close) / (high - low))) + 1,
  }));
  const moves = points.slice(1).map(({ x, y }, at) => {
    const before = points[at] ?? { x, y };
    return `${x - before.x}${y < before.y ? "" : " "}${y - before.y}`;
  });
  const path = `M0 ${points[0]?.y ?? 0}l${moves.join(" ")}`;
  return html`
    <svg class="k" aria-hidden="true">
      <path d="${path}" />
    </svg>
  `;
}

function stateText({ state, days_behind: behind, last_success_at: last }: TickerRow): string {
  const text = behind === null || behind === 0 ? "" : `${grouped(behind)} behind`;
  if (state === "behind") return text !== "" ? text : last === null ? "no success" : "silent";
  return text === "" ? state : `${state}, ${text}`;
}

function note(row: TickerRow, { taken_at }: PageData): string {
  const { error_code: code, failures_in_a_row: times, failing_since: since } = row;
  const { error_message: message, unadjusted_before: step } = row;
  const parts: string[] = [];
  if (code !== null && since !== null) {
    const day = dayText(since.slice(0, 10), taken_at);
    const often = times === 1 ? `once on ${day}` : `${grouped(times)} times since ${day}`;
    const [why = ""] = causeFirst(message ?? "", row.ticker).split("\n");
    parts.push(`${code}, ${often}${why === "" ? "" : `: ${clipped(why, MOST_OF_MESSAGE)}`}`);
  }
  if (row.refused > 0) parts.push(`${plural(row.refused, "session")} refused`);
  if (row.missing > 0) parts.push(`${plural(row.missing, "session")} missing`);
  if (step !== null) parts.push(`not adjustable before ${dayText(step, taken_at)}`);
  if (row.doubted) parts.push("history in doubt");
  return parts.join("; ");
}

/** Without closing tags, which HTML does not need: there are hundreds of rows. */
function rowHtml(row: TickerRow, data: PageData, linked: Linked): Html {
  const { ticker, source, last_day: last, state } = row;
  const day = last === null ? "" : dayText(last, data.taken_at);
  const cells = [
    html`<th scope="row">${ticker === null ? "(no ticker)" : linked("ticker", ticker, ticker)}`,
    html`<td>${source}<td>${day}<td class="${state}">${stateText(row)}`,
    html`<td>${squares(row, data)}<td>${closesLine(row.closes)}<td>${note(row, data)}`,
  ];
  return html`<tr>${cells}`;
}

function behindTable(rows: readonly TickerRow[], data: PageData): Html {
  return tableBehind(
    "Squares and lines as a table",
    [
      "Ticker",
      "Source",
      "Missing",
      "Refused",
      "Stored",
      "First close",
      "Lowest",
      "Highest",
      "Last",
    ],
    5,
    rows.filter((row) => row.sessions !== "").map((row) => [
      ...[row.ticker ?? "", row.source],
      ...[spansText(row, "m", data), spansText(row, "r", data), count(row, "s")],
      ...row.closes.length === 0 ? ["", "", "", ""] : [
        ...[row.closes[0] ?? "", Math.min(...row.closes), Math.max(...row.closes)],
        row.closes.at(-1) ?? "",
      ],
    ]),
  );
}

const KEY: readonly (readonly [className: string, what: string])[] = [
  ["s", "stored"],
  ["m", "missing"],
  ["r", "refused"],
  ["n", "no session, or none to come"],
];

function squaresKey(): Html {
  return html`
    <ul class="key">${KEY.map(([name, what]) =>
      html`<li><svg class="q" viewBox="0 0 8 12" aria-hidden="true"><rect class="${name}" width="8"/></svg>${what}</li>`
    )}</ul>
  `;
}

/** The section. */
export function tickersSection(data: PageData, linked: Linked): Html {
  const { tickers, sessions, taken_at } = data;
  if (tickers.length === 0) return html``;
  const rows = tickers.slice(0, MOST_ROWS);
  const [first, last] = [sessions[0], sessions.at(-1)].map((day) => day && dayText(day, taken_at));
  const span = first === undefined ? "" : `, ${first} to ${last}`;
  const rest = tickers.length - rows.length;
  return html`
    <section aria-labelledby="h-tickers">
      <h2 id="h-tickers">Tickers</h2>
      <p class="find"
        hidden><label for="filter">Filter</label><input id="filter" type="search" autocomplete="off"><span id="found" role="status"></span></p>
      <table id="tickers">
        <thead>
          <tr>
            <th
              scope="col">Ticker<th scope="col">Source<th scope="col">Last day<th scope="col">State<th scope="col">Last ${sessions
                .length} sessions${span}<th scope="col">Closes<th scope="col">To note</tr></thead>
    <tbody>${rows.map((row) => rowHtml(row, data, linked))}</tbody></table>
    ${rest > 0
      ? html`<p class="soft">${plural(rest, "more ticker")} in order, left out here.</p>`
      : html``}
    ${squaresKey()}${behindTable(rows, data)}</section>
  `;
}
