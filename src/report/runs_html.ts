/** The runs of the last day as bars, and how reliable sources are. @module */
import { clipped, grouped, lengthOf, percentText, plural } from "../base/text.ts";
import type { JobTotals } from "../store/activity.ts";
import { type Html, html } from "./html.ts";
import type { PageData } from "./page_data.ts";
import type { Bar, TimelineRow } from "./timeline.ts";
import { dayText, inZone, type Linked, momentText, tableBehind } from "./words.ts";

const HOUR_MS = 3_600_000;
/** Room for the names, for the hours, and the height of a line. */
const [NAMES, HOURS, LINE, HEAD] = [220, 810, 28, 24];
const MOST_OF_NAME = 34;

function x(ms: number, end: number): number {
  const share = 1 - (end - ms) / (24 * HOUR_MS);
  return Math.round((NAMES + Math.max(0, Math.min(1, share)) * HOURS) * 10) / 10;
}

/** Full for done, hollow where all failed, with a part below where some did; dashed while at work. */
function barHtml(bar: Bar, y: number, now: number, titled: string): Html {
  const from = Date.parse(bar.from);
  const [left, right] = [x(from, now), x(Date.parse(bar.to ?? "") || now, now)];
  const width = Math.max(5, Math.round((right - left) * 10) / 10);
  const start = Math.min(left, NAMES + HOURS - width);
  const all = bar.failures === bar.jobs;
  const name = bar.to === null ? "on" : all ? "bad" : "ok";
  const waits = x(from - bar.waited * 1000, now);
  const wait = bar.waited >= 1 && start - waits >= 1
    ? html`
      <rect class="wait" x="${waits}" y="${y}" width="${Math.round((start - waits) * 10) /
        10}" height="14" />
    `
    : html``;
  const part = bar.failures > 0 && !all
    ? html`
      <rect class="part" x="${start}" y="${y + 11}" width="${width}" height="3" />
    `
    : html``;
  return html`
    ${wait}<rect class="${name}" x="${start}" y="${y}" width="${width}" height="14"
      rx="1.5">
      <title>${titled}</title>
    </rect>${part}
  `;
}

function barText(bar: Bar, { time_zone, taken_at }: PageData): string {
  const took = bar.to === null ? "at work" : lengthOf(Date.parse(bar.to) - Date.parse(bar.from));
  const failed = bar.failures === 0 ? "" : `, ${grouped(bar.failures)} failed`;
  return `${momentText(bar.from, time_zone, taken_at)}: ${
    plural(bar.jobs, "job")
  }${failed}, ${took}`;
}

function hourLines(now: number, height: number, zone: string): Html[] {
  const first = Math.ceil((now - 24 * HOUR_MS) / HOUR_MS) * HOUR_MS;
  return Array.from({ length: 24 }, (_, at) => first + at * HOUR_MS).flatMap((ms) => {
    const { time } = inZone(new Date(ms).toISOString(), zone);
    if (Number(time.slice(0, 2)) % 4 !== 0) return [];
    const at = x(ms, now);
    const label = at > NAMES + HOURS - 34 ? html`` : html`<text x="${at}" y="12">${time}</text>`;
    return [html`
      <path class="rule" d="M${at} ${HEAD - 4}V${height}" />${label}
    `];
  });
}

function picture(rows: readonly TimelineRow[], data: PageData): Html {
  const now = Date.parse(data.taken_at);
  const height = HEAD + rows.length * LINE + 4;
  const lines = rows.map(({ command, bars }, at) => {
    const y = HEAD + at * LINE + 6;
    const name = clipped(command.replace(/^tickerlock (collect )?/, ""), MOST_OF_NAME);
    return html`
      <text x="0" y="${y + 11}">${name}<title>${command}</title></text>${bars.map((
        bar,
      ) => barHtml(bar, y, now, barText(bar, data)))}
    `;
  });
  const label = `Runs of ${
    plural(rows.length, "command")
  } in the last 24 hours; the table below has each`;
  return html`
    <div class="wide" tabindex="0" role="region" aria-label="Timeline of runs">
      <svg class="pic" viewBox="0 0 ${NAMES + HOURS} ${height}" role="img"
        aria-label="${label}">${hourLines(now, height, data.time_zone)}${lines}</svg>
    </div>
  `;
}

/** The section of the last day. */
export function runsSection(data: PageData, linked: Linked): Html {
  const { runs, time_zone, taken_at } = data;
  if (runs.length === 0) {
    return html`
      <section>
        <h2>Runs, last 24 hours</h2>
        <p class="soft">None.</p>
      </section>
    `;
  }
  const left = runs.reduce((sum, row) => sum + row.left_out, 0);
  const rows = runs.flatMap(({ command, bars }) => bars.map((bar) => ({ command, bar })))
    .sort((a, b) => a.bar.from < b.bar.from ? 1 : -1);
  return html`
    <section
      aria-labelledby="h-runs"><h2 id="h-runs">Runs, last 24 hours <small>hatched: waiting for a lock; hollow: failed; times in ${time_zone}</small></h2>
    ${picture(runs, data)}${left > 0
      ? html`<p class="soft">${plural(left, "earlier run")} left out.</p>`
      : html``}${tableBehind(
        "Runs as a table",
        ["Began", "Command", "Took", "Waited", "Jobs", "Failed", "Rows"],
        3,
        rows.map(({ command, bar }) => [
          ...[linked("run", bar.run_id, momentText(bar.from, time_zone, taken_at))],
          clipped(command, 80),
          bar.to === null ? "at work" : lengthOf(Date.parse(bar.to) - Date.parse(bar.from)),
          bar.waited === 0 ? "" : lengthOf(bar.waited * 1000),
          ...[bar.jobs, bar.failures, bar.rows],
        ]),
      )}</section>
  `;
}

function successOf({ failure_rate: rate }: JobTotals): string {
  return rate === null ? "–" : percentText(1 - rate);
}

/** Days of success that are shown: as many as a month has. */
const MOST_DAYS = 31;
const [BAR, TALL] = [14, 72];

function daysPicture(days: readonly JobTotals[], taken_at: string): Html {
  const bars = days.map((day, at) => {
    const share = day.failure_rate === null ? null : 1 - day.failure_rate;
    const title = `${dayText(day.key, taken_at)}: ${successOf(day)} of ${plural(day.runs, "job")}`;
    const tall = share === null ? 0 : Math.round(share * TALL);
    return html`
      <g>
        <title>${title}</title>
        <rect class="bad" x="${at * BAR + 1}" y="4" width="${BAR - 4}" height="${TALL}" />
        <rect class="ok" x="${at * BAR + .25}" y="${4 + TALL - tall - .75}" width="${BAR -
          2.5}" height="${tall + 1.5}" />
      </g>
    `;
  });
  const label = `Share of jobs that did not fail on ${plural(days.length, "day")}`;
  const [first, last] = [days[0], days.at(-1)];
  const width = MOST_DAYS * BAR;
  return html`
    <svg class="pic bars" viewBox="0 0 ${width} ${TALL + 24}" role="img"
      aria-label="${label}">${bars}<text x="0" y="${TALL + 20}">${first === undefined
        ? ""
        : dayText(first.key, taken_at)}</text>${days.length < 8 || last === undefined
        ? html``
        : html`<text x="${days.length * BAR - 3}" y="${TALL + 20}" text-anchor="end">${
          dayText(last.key, taken_at)
        }</text>`}</svg>
  `;
}

/** The section of sources and days. */
export function reliabilitySection(data: PageData): Html {
  const { sources, taken_at } = data;
  if (sources.length === 0) return html``;
  const days = data.days.slice(0, MOST_DAYS).toReversed();
  const titles = [
    "Source",
    "Tickers",
    "Jobs",
    "Success",
    "Median",
    "95 of 100",
    "Waits",
    "Waited",
    "Refused",
  ];
  const numeric = (at: number): Html =>
    at === 0 ? html`` : html`
      class="n"
    `;
  return html`
    <section
      aria-labelledby="h-sources"><h2 id="h-sources">Sources <small>since ${dayText(
        data.since.slice(0, 10),
        taken_at,
      )}</small></h2>
    <div class="wide" tabindex="0" role="region" aria-label="Sources"><table><thead><tr>${titles
      .map((title, at) =>
        html`
          <th scope="col" ${numeric(at)}>${title}</th>
        `
      )}</tr></thead><tbody>${sources.map((each) =>
        html`
          <tr><th scope="row">${each.key}</th>${[
            ...[
              grouped(each.tickers),
              grouped(each.runs),
              successOf(each),
              lengthOf(each.median_ms),
            ],
            ...[lengthOf(each.p95_ms), grouped(each.lock_waits)],
            ...[lengthOf(each.lock_waited_seconds * 1000), grouped(each.rejects)],
          ].map((cell) => html`<td class="n">${cell}</td>`)}</tr>
        `
      )}</tbody></table></div>
    <h3 class="soft">Success by day, in UTC</h3>
    ${daysPicture(days, taken_at)}${tableBehind(
      "Success as a table",
      ["Day", "Jobs", "Failed", "Success", "Median", "95 of 100", "Waits", "Waited"],
      2,
      days.toReversed().map((each) => [
        ...[dayText(each.key, taken_at), each.runs, each.failures, successOf(each)],
        ...[lengthOf(each.median_ms), lengthOf(each.p95_ms), each.lock_waits],
        lengthOf(each.lock_waited_seconds * 1000),
      ]),
    )}</section>
  `;
}
