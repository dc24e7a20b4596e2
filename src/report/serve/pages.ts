/** The pages that are served: of all tickers, of one, of a run, of a code of failures. @module */
import { UsageError } from "../../base/errors.ts";
import { clipped, grouped, lengthOf, plural } from "../../base/text.ts";
import { FAILURE_STATUSES, type LogRow, shortId } from "../../model/job.ts";
import type { Reports } from "../../store/reports.ts";
import { type Html, html } from "../html.ts";
import { pageBody } from "../page.ts";
import { pageData, type PageOptions } from "../page_data.ts";
import { remedyOf } from "../remedies.ts";
import { type Linked, momentText, tableOf } from "../words.ts";

/** What all pages are read with. */
export type ServedOptions = Pick<
  PageOptions,
  "sources" | "calendar" | "maxBehind" | "maxAgeMs" | "fullEveryMs" | "timeZone"
>;

/** What a page says, to stand in a document. */
export interface Page {
  readonly title: string;
  readonly body: Html;
  readonly hasChart: boolean;
}

/** What all pages are made with. */
export interface Sight {
  readonly reports: Reports;
  readonly options: ServedOptions;
  readonly now: Date;
}

/** Most jobs of a list, most results of a search, and characters of a message. */
const [MOST_JOBS, MOST_FOUND, MOST_OF_MESSAGE] = [500, 50, 300];
/** Jobs that count for failures and reliability, in ms: those of `report`. */
const SINCE_MS = 30 * 86_400_000;

const linked: Linked = (to, key, text) =>
  html`<a href="/${to}/${encodeURIComponent(key)}">${text}</a>`;

function optionsOf({ options, now }: Sight): PageOptions {
  const since = new Date(now.getTime() - SINCE_MS).toISOString();
  return { ...options, title: null, charts: [], since, now };
}

/** The page of all tickers. */
export async function overviewPage(sight: Sight): Promise<Page> {
  const data = await pageData(sight.reports, optionsOf(sight));
  return { title: data.title, body: pageBody(data, linked), hasChart: false };
}

function jobsHtml(jobs: readonly LogRow[], { options: { timeZone }, now }: Sight): Html {
  const taken = now.toISOString();
  const rows = jobs.slice(0, MOST_JOBS).map((job) => [
    linked("run", job.run_id, momentText(job.started_at, timeZone, taken)),
    job.ticker === null ? "" : linked("ticker", job.ticker, job.ticker),
    job.source,
    job.status,
    job.error_code === null
      ? ""
      : html`${linked("failure", job.error_code, job.error_code)}: ${
        clipped(job.error_message ?? "", MOST_OF_MESSAGE)
      }`,
    job.duration_ms === null ? "" : lengthOf(job.duration_ms),
    job.lock_waited_seconds ? lengthOf(job.lock_waited_seconds * 1000) : "",
    job.rows_inserted === null ? "" : grouped(job.rows_inserted + (job.rows_updated ?? 0)),
    job.rows_rejected === null ? "" : grouped(job.rows_rejected),
  ]);
  const titles = ["Began", "Ticker", "Source", "Status", "Error"];
  const more = jobs.length > MOST_JOBS
    ? html`<p class="soft">The newest ${grouped(MOST_JOBS)}; tickerlock logs has all.</p>`
    : html``;
  return html`
    <section aria-labelledby="h-jobs">
      <h2 id="h-jobs">Jobs <small>times in ${timeZone}</small></h2>
      ${jobs.length === 0 ? html`<p class="soft">None.</p>` : html`
        <div class="wide jobs" tabindex="0" role="region" aria-label="Jobs">
          ${tableOf([...titles, "Took", "Waited", "Rows", "Refused"], 6, rows)}
        </div>
      `}${more}
    </section>
  `;
}

function plainPage(title: string, about: Html, body: Html): Page {
  const whole = html`
    <header><h1>${title}</h1>${about}</header>
    <main id="main" tabindex="-1">${body}</main>
  `;
  return { title, body: whole, hasChart: false };
}

/** A page of words. */
export function wordsPage(title: string, text: string): Page {
  return plainPage(title, html`<p>${text}</p>`, html``);
}

/** The page of a ticker; undefined where nothing is known of it. */
export async function tickerPage(ticker: string, sight: Sight): Promise<Page | undefined> {
  const { reports, options: { sources } } = sight;
  const jobs = await reports.logs({ tickers: [ticker], sources }, { limit: MOST_JOBS + 1 });
  const options = { ...optionsOf(sight), tickers: [ticker], title: ticker };
  const data = await pageData(reports, { ...options, charts: [ticker] }).catch((error) => {
    // Of what has no prices there is no chart.
    if (error instanceof UsageError) return pageData(reports, options);
    throw error;
  });
  if (data.tickers.length === 0 && jobs.length === 0) return undefined;
  const body = pageBody(data, linked, jobsHtml(jobs, sight));
  return { title: ticker, body, hasChart: data.charts.length > 0 };
}

/** The page of a run; undefined where the log has none with that id. */
export async function runPage(id: string, sight: Sight): Promise<Page | undefined> {
  const { reports, options: { timeZone }, now } = sight;
  const [run] = await reports.runs({ runs: [id] }, 1);
  if (run === undefined) return undefined;
  const jobs = await reports.logs({ runs: [run.run_id] }, { limit: MOST_JOBS + 1 });
  const { command, host, pid, started_at: from, finished_at: to, by_status: counts } = run;
  const moment = (iso: string): string => momentText(iso, timeZone, now.toISOString());
  const until = to === null ? "still at work" : `to ${moment(to)}`;
  const states = Object.entries(counts).map(([status, count]) => `${grouped(count)} ${status}`);
  const about = html`
    <p class="soft">${command}</p>
    <p>From ${moment(from)} ${until}, on ${host} as process ${pid}. ${plural(
      run.jobs,
      "job",
    )}: ${states.join(", ")}. ${plural(
      run.rows_inserted + run.rows_updated,
      "row",
    )} stored, ${grouped(run.rows_rejected)} refused.</p>
  `;
  return plainPage(`Run ${shortId(run.run_id)}`, about, jobsHtml(jobs, sight));
}

/** The page of failures of a code; undefined where the log has none. */
export async function failurePage(code: string, sight: Sight): Promise<Page | undefined> {
  const { reports, options: { sources } } = sight;
  const filter = { codes: [code], sources, statuses: FAILURE_STATUSES };
  const jobs = await reports.logs(filter, { limit: MOST_JOBS + 1 });
  const [newest] = jobs;
  if (newest === undefined) return undefined;
  const about = html`<p>${remedyOf(code, newest.job_id)}</p>`;
  return plainPage(code, about, jobsHtml(jobs, sight));
}

/** What has a text in its name, or an id that begins or ends so. */
export async function searchPage(text: string, sight: Sight): Promise<Page> {
  const { reports, options: { sources, timeZone }, now } = sight;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (name: string): boolean => words.every((each) => name.toLowerCase().includes(each));
  const { since } = optionsOf(sight);
  const statistics = words.length === 0 ? [] : await reports.statistics({ sources });
  const tickers = [...new Set(statistics.map(({ ticker }) => ticker ?? "").filter(Boolean))]
    .filter(fits);
  const failures = words.length === 0 ? [] : await reports.failures({ sources, since });
  const codes = failures.map(({ code }) => code).filter(fits);
  const id = text.trim().toLowerCase();
  const isId = /^[\da-f-]{4,36}$/.test(id);
  const runs = isId ? await reports.runs({ runs: [id] }, MOST_FOUND) : [];
  const jobs = isId ? await reports.logs({ jobs: [id] }, { limit: MOST_FOUND }) : [];
  const list = (what: string, found: readonly Html[]): Html =>
    found.length === 0 ? html`` : html`
      <section>
        <h2>${what} <small>${grouped(found.length)}</small></h2>
        <ul>${found.slice(0, MOST_FOUND).map((each) => html`<li>${each}</li>`)}</ul>
        ${found.length > MOST_FOUND ? html`<p class="soft">Further ones are left out.</p>` : html``}
      </section>
    `;
  const lists = html`
    ${list("Tickers", tickers.map((each) => linked("ticker", each, each)))}
    ${list("Failures", codes.map((each) => linked("failure", each, each)))}
    ${list(
      "Runs",
      runs.map(({ run_id: run, command, started_at: at }) =>
        html`${linked("run", run, momentText(at, timeZone, now.toISOString()))} ${
          clipped(command, 80)
        }`
      ),
    )}${jobs.length === 0 ? html`` : jobsHtml(jobs, sight)}
  `;
  const count = tickers.length + codes.length + runs.length + jobs.length;
  const said = words.length === 0
    ? "Write a part of a ticker or of a code, or beginning or end of the id of a run or job."
    : count === 0
    ? `Nothing is called ${text}.`
    : `What is called ${text}.`;
  return plainPage("Search", html`<p>${said}</p>`, lists);
}
