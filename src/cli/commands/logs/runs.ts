/** `tickerlock logs runs`: a line for each run. @module */
import { grouped, lengthOf, plural } from "../../../base/text.ts";
import { shortId } from "../../../model/job.ts";
import type { RunSummary } from "../../../store/reports.ts";
import { type Column, numbers, renderTable } from "../../output/table.ts";
import { levelColor, tableOptions } from "../../output/terminal.ts";
import { localTime, localZone } from "../../output/time.ts";
import { wrapOut } from "../../output/wrap.ts";
import type { LogsCall } from "./spec.ts";
import { hasHosts, HOST } from "./writer.ts";

function durationOf({ started_at, finished_at }: RunSummary): number | null {
  return finished_at === null ? null : Date.parse(finished_at) - Date.parse(started_at);
}

function failedText({ tickers_failed, run_failures }: RunSummary): string {
  if (run_failures === 0) return grouped(tickers_failed);
  return tickers_failed === 0 ? "run" : `${grouped(tickers_failed)} + run`;
}

function columns(wide: boolean, hosts: boolean): readonly Column<RunSummary>[] {
  return [
    { title: "STARTED", rank: 0, cell: ({ started_at }) => localTime(started_at) },
    { title: "RUN", rank: 5, cell: ({ run_id }) => wide ? run_id : shortId(run_id) },
    ...hosts ? [HOST] : [],
    numbers("OK", 3, ({ tickers_ok }) => tickers_ok),
    {
      ...numbers("FAILED", 2, failedText),
      sgr: (run) => run.tickers_failed + run.run_failures > 0 ? levelColor("error") : undefined,
    },
    numbers("NEW", 4, ({ rows_inserted }) => rows_inserted),
    numbers("CHANGED", 8, ({ rows_updated }) => rows_updated),
    numbers("REJECTED", 7, ({ rows_rejected }) => rows_rejected),
    numbers("TIME", 6, (run) => lengthOf(durationOf(run))),
    {
      title: "COMMAND",
      rank: 1,
      shrinkTo: 16,
      cell: ({ command }) => wide ? command : command.replace(/^tickerlock /, ""),
    },
  ];
}

/** Prints runs. @param more Whether a limit has left some out. */
export function writeRuns(
  { values: { db, json, wide }, io }: LogsCall,
  runs: readonly RunSummary[],
  more: boolean,
): void {
  if (json) {
    const all = runs.map((run) => ({ ...run, duration_ms: durationOf(run) }));
    io.outJson({ db, runs: all, more });
    return;
  }
  if (runs.length === 0) return io.out("no runs\n");
  io.out(renderTable(columns(wide, wide || hasHosts(runs)), runs, tableOptions(io, wide)));
  const left = more ? ", and there are more: --limit N, or --limit all" : "";
  const jobs = "the jobs of one: tickerlock logs --run RUN";
  io.out(
    `\n${wrapOut(io, `${plural(runs.length, "run")}${left}; ${jobs}; times in ${localZone()}\n`)}`,
  );
}
