/**
 * `tickerlock ingest`
 *
 * @module
 */
import { ingestSettings, JOB_LOCK_NAME, type Values } from "../../args/config.ts";
import { type ExitCode, UsageError } from "../../../base/errors.ts";
import { ingest } from "../../../ingest/run.ts";
import { jobTarget } from "../../../lock/mod.ts";
import { loadSource, SOURCE_NAMES } from "../../../sources/registry.ts";
import { type Selection, type Source, SOURCE_OPTIONS } from "../../../sources/source.ts";
import { type Origin, parseCommandLine, processEnvironment } from "../../args/parse.ts";
import type { Command } from "../../command.ts";
import { beginLog, loudnessOf } from "../../log/begin.ts";
import { networkOptions } from "./network.ts";
import { readTickersFile } from "./tickers_file.ts";
import { commandHelp } from "../../args/help.ts";
import { progressText } from "./progress.ts";
import { problemsOf, renderReport, reportJson } from "./report.ts";
import { err, out, outJson, showError } from "../../output/streams.ts";
import { ProgressLine } from "../../output/progress.ts";
import { StopSignals } from "../../process/signals.ts";
import { tableOptions } from "../../output/terminal.ts";

type IngestValues = Values<typeof ingestSettings>;

/** Refuses what the source would silently ignore. */
async function checkSourceOptions(
  origins: Readonly<Record<keyof IngestValues, Origin>>,
  source: Source,
): Promise<void> {
  for (const option of SOURCE_OPTIONS) {
    if (source.options?.includes(option)) continue;
    const given = (Object.keys(origins) as (keyof IngestValues)[]).some((key) =>
      ingestSettings[key].name === option && origins[key] === "option"
    );
    if (!given) continue;
    const all = await Promise.all(SOURCE_NAMES.map(loadSource));
    const users = all.filter(({ options }) => options?.includes(option)).map(({ name }) => name);
    throw new UsageError("option_not_used", `source ${source.name} does not use --${option}`, {
      hint: `Leave --${option} out, or choose --source ${users.join(" or ")}.`,
      details: { option: `--${option}`, source: source.name },
    });
  }
}

/** What was given of the source's own options. */
function selectionOf(values: IngestValues, source: Source): Selection {
  const given: Readonly<Record<string, unknown>> = values;
  const keys = (source.selects ?? []).filter((key) => given[key] !== null);
  return Object.fromEntries(keys.map((key) => [key, given[key]]));
}

/** What no single option can see. */
function checkTogether(values: IngestValues, source: Source): void {
  const { from, to, file, ticker, tickersFile, all, jobLock } = values;
  if (from !== null && to !== null && from > to) {
    throw new UsageError("bad_window", `--from ${from} is after --to ${to}`, {
      hint: "Swap the two dates.",
      details: { from, to },
    });
  }
  if (source.input === "file" && file.length === 0) {
    throw new UsageError("missing_file", `source ${source.name} needs a file`, {
      hint: "Name one with --file PATH; several with --file again, a folder, or folder/pattern.",
    });
  }
  const named = ticker.length > 0 ? "--ticker" : tickersFile !== null ? "--tickers-file" : null;
  if (all && named !== null) {
    throw new UsageError("conflicting_options", `--all and ${named} exclude each other`, {
      hint: "Leave one of them out.",
    });
  }
  if (jobLock !== null) jobTarget(jobLock);
  if (source.input === "network" && source.datasets === undefined && named === null && !all) {
    throw new UsageError("missing_ticker", "no ticker given", {
      hint:
        "Name one with --ticker, for example --ticker PETR4.SA; or use --tickers-file or --all.",
    });
  }
  source.checkSelection?.(selectionOf(values, source));
}

async function run(args: readonly string[]): Promise<ExitCode> {
  const parsed = parseCommandLine(args, ingestSettings, processEnvironment);
  const { values, origins, help } = parsed;
  if (help) {
    out(commandHelp(ingestCommand));
    return 0;
  }
  loudnessOf(parsed);
  const source = await loadSource(values.source);
  await checkSourceOptions(origins, source);
  checkTogether(values, source);
  const listed = values.tickersFile === null ? [] : await readTickersFile(values.tickersFile);
  const tickers = [...new Set([...values.ticker, ...listed])];
  const network = networkOptions(source, values, processEnvironment);
  const drawsProgress = Deno.stderr.isTerminal() && !values.quiet;
  using progress = new ProgressLine(drawsProgress);
  const write = (line: string): void => progress.aside(() => err(line));
  await beginLog("ingest", parsed, { always: true, write });
  using stop = new StopSignals();
  const report = await ingest({
    source,
    files: values.file,
    tickers: tickers.length === 0 ? null : tickers,
    from: values.from,
    to: values.to,
    db: values.db,
    lockDir: values.lockDir,
    onLocked: values.onLocked === "exit" ? "exit" : "wait",
    lockTimeoutSeconds: values.lockTimeout,
    jobLock: values.all ? values.jobLock ?? JOB_LOCK_NAME : values.jobLock,
    jobLockTimeoutSeconds: values.jobLockTimeout,
    allStored: values.all,
    forceRefresh: values.forceRefresh,
    ...(source.options?.includes("concurrency") ? { concurrency: values.concurrency } : {}),
    selection: selectionOf(values, source),
    network,
    saveRaw: values.saveRaw,
    dryRun: values.dryRun,
    command: "tickerlock ingest",
    signal: stop.signal,
    ...(drawsProgress
      ? { onProgress: (each) => progress.update((ms) => progressText(each, ms), each.phase) }
      : {}),
  });
  progress.aside(() => {
    if (values.json) outJson(reportJson(report));
    else out(renderReport(report, tableOptions(false)));
    for (const problem of problemsOf(report)) showError(problem);
  });
  return report.exitCode;
}

/** `tickerlock ingest`. */
export const ingestCommand: Command = {
  name: "ingest",
  summary: "Bring data in: one lock and one transaction per ticker",
  description:
    "Reads a source and writes its rows into the database. Each ticker has its own lock, its own " +
    "transaction and its own row in ingest_logs, so any number of runs may work at once: a ticker " +
    "that another run has locked is waited for, or left out, while the others go in. The same " +
    "data twice change nothing.",
  usage: [
    "--ticker TICKER... [--source SOURCE] [--from DATE] [--to DATE] [OPTION]...",
    "--source cotahist|csv --file PATH... [--ticker TICKER]... [OPTION]...",
    "--all [--source SOURCE] [OPTION]...",
    "--source kalshi [--dataset NAME] [--ticker TICKER]... [OPTION]...",
  ],
  settings: ingestSettings,
  examples: [
    {
      line: "tickerlock ingest --ticker PETR4.SA --ticker VALE3.SA",
      what: "Two tickers from Yahoo: the whole history the first time, new days after that",
    },
    {
      line: "tickerlock ingest --tickers-file portfolio.txt --concurrency 8",
      what: "Every ticker of a list, eight at once",
    },
    {
      line: "tickerlock ingest --source cotahist --file docs/examples/cotahist-sample.txt",
      what: "Every cash-market ticker of an exchange file",
    },
    {
      line:
        "tickerlock ingest --source cotahist --file COTAHIST_A2024.ZIP --ticker PETR4.SA --ticker VALE3.SA",
      what: "Two tickers of a year's file, as the exchange publishes it",
    },
    {
      line: "tickerlock ingest --source csv --file prices.csv --ticker PETR4.SA --json",
      what: "A CSV file of one ticker, with the report as JSON",
    },
    {
      line: "INGEST_LOCK_MODE=exit tickerlock ingest --source csv --file prices.csv",
      what: "Leave out what another run has locked, in place of waiting for it",
    },
  ],
  run,
};
