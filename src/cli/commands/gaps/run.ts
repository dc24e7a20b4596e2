import { grouped, listed, plural } from "../../../base/text.ts";
import { isNotKnown } from "../../../model/adjustment.ts";
import { loadSource, SOURCE_NAMES } from "../../../sources/registry.ts";
import { openReports } from "../../../store/open.ts";
import type { Gap, TickerGaps, UnexplainedStep } from "../../../store/reports.ts";
import { readCalendar } from "../../args/calendar_file.ts";
import { checkWindow } from "../../args/parsers.ts";
import type { Actions, Invocation } from "../../command.ts";
import { type Column, numbers, renderTable } from "../../output/table.ts";
import { levelColor, tableOptions } from "../../output/terminal.ts";
import { outWrapped } from "../../output/wrap.ts";
import type { gapsSettings, spec } from "./spec.ts";

type Row = Gap & Pick<TickerGaps, "ticker" | "source" | "calendar">;

const COLUMNS: readonly Column<Row>[] = [
  { title: "TICKER", rank: 0, shrinkTo: 12, cell: ({ ticker }) => ticker },
  { title: "SOURCE", rank: 3, cell: ({ source }) => source },
  { title: "FROM", rank: 0, cell: ({ from }) => from },
  { title: "TO", rank: 1, cell: ({ to }) => to },
  numbers("SESSIONS", 2, ({ sessions }) => sessions),
  {
    title: "KNOWN",
    rank: 4,
    cell: ({ status, code }) => code === null ? status : `${status} (${code})`,
    sgr: ({ open }) => open ? levelColor("warning") : undefined,
  },
  { title: "CALENDAR", rank: 5, cell: ({ calendar }) => calendar },
];

const STEP_COLUMNS: readonly Column<UnexplainedStep>[] = [
  { title: "TICKER", rank: 0, shrinkTo: 12, cell: ({ ticker }) => ticker },
  { title: "NOT ADJUSTED BEFORE", rank: 0, cell: ({ ex_date }) => ex_date },
  { title: "WHY", rank: 1, shrinkTo: 20, cell: ({ reason }) => reason },
];

/** Source of the days that are counted, and of the events that explain what is counted. */
const [COUNTING, EXPLAINING] = ["cotahist", "b3-actions"];
const MOST_YEARS = 3;

async function remedyOf(source: string, gaps: readonly Gap[]): Promise<string> {
  const known = SOURCE_NAMES.includes(source) ? await loadSource(source) : undefined;
  if (known?.options?.includes("fill-gaps")) {
    return `tickerlock ingest --source ${source} --all --fill-gaps`;
  }
  const years = [...new Set(gaps.map(({ from }) => from.slice(0, 4)))].sort();
  const named = listed(years, MOST_YEARS);
  return source === COUNTING
    ? `tickerlock ingest --source ${COUNTING} --year ${years.join(",")}`
    : `ingest a file of ${source} that has these days (years: ${named})`;
}

async function remedies(tickers: readonly TickerGaps[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [source, each] of Map.groupBy(tickers, ({ source }) => source)) {
    const open = each.flatMap(({ gaps }) => gaps.filter((gap) => gap.open));
    if (open.length > 0) found[source] = await remedyOf(source, open);
  }
  return found;
}

async function run({ values, io }: Invocation<typeof gapsSettings>): Promise<void> {
  const { db, ticker: tickers, source: sources, from, to, all, wide, json } = values;
  checkWindow(from, to);
  const calendar = await readCalendar(values.calendar);
  await using reports = await openReports(db);
  const found = await reports.gaps({ tickers, sources, from, to, calendar, beforeListing: all });
  const shown = found
    .map((each) => ({ ...each, gaps: each.gaps.filter(({ open }) => open || all) }))
    .filter(({ gaps }) => gaps.length > 0);
  const fill = await remedies(found);
  const counted = sources.length === 0 || sources.includes(COUNTING);
  const steps = counted ? await reports.unexplained(tickers) : [];
  // Without any, the remedy is the events, but for days that lack what the exchange says.
  const lackEvents = (step: UnexplainedStep) => !step.has_events && !isNotKnown(step.reason);
  const unexplained = steps.filter((step) =>
    (all || !lackEvents(step)) && (from ?? "") <= step.ex_date &&
    step.ex_date <= (to ?? step.ex_date)
  );
  if (json) {
    const taken_at = new Date().toISOString();
    return io.outJson({ db, taken_at, gaps: shown, unexplained, remedies: fill });
  }
  const names = [...tickers, ...sources];
  const isUnknown = found.length === 0 && names.length > 0 &&
    (await reports.statistics({ tickers, sources })).every(({ last_day }) => last_day === null);
  if (isUnknown) {
    const text = `no rows: no price in ${db} is of ${names.join(" ")}\nTry: tickerlock stats\n`;
    outWrapped(io, text, 2);
    return;
  }
  const rows = shown.flatMap(({ gaps, ...pair }) => gaps.map((gap): Row => ({ ...pair, ...gap })));
  if (rows.length > 0) io.out(`${renderTable(COLUMNS, rows, tableOptions(io, wide))}\n`);
  const sessions = found.flatMap(({ gaps }) => gaps);
  const sum = (wanted: boolean): number =>
    sessions.reduce((total, gap) => total + (gap.open === wanted ? gap.sessions : 0), 0);
  const lacking = found.filter(({ open_sessions }) => open_sessions > 0).length;
  const settled = sum(false);
  const rest = settled === 0 || all ? "" : `; ${grouped(settled)} that will not come: --all`;
  const text = `${plural(lacking, "ticker")} and source${lacking === 1 ? "" : "s"} with gaps: ` +
    `${plural(sum(true), "session")} missing${rest}\n`;
  outWrapped(io, text);
  for (const line of Object.values(fill)) outWrapped(io, `Try: ${line}\n`, 2);
  if (unexplained.length > 0) {
    io.out(`\n${renderTable(STEP_COLUMNS, unexplained, tableOptions(io, wide))}`);
  }
  const unasked = new Set(steps.filter(lackEvents).map(({ ticker }) => ticker)).size;
  if (unasked > 0) {
    const what = `${plural(unasked, "ticker")} cannot be adjusted: no event of theirs is stored`;
    outWrapped(io, `\n${what}\nTry: tickerlock ingest --source ${EXPLAINING} --all\n`, 2);
  }
}

/** What `tickerlock gaps` does. */
export const actions: Actions<typeof spec> = { itself: { run } };
