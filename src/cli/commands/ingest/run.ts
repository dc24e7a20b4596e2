import { isUrl } from "../../../base/text.ts";
import { type ExitCode, UsageError } from "../../../base/errors.ts";
import { ingest } from "../../../ingest/run.ts";
import { jobTarget } from "../../../lock/mod.ts";
import { listedTickers } from "../../../model/ticker.ts";
import { loadSource, SOURCE_NAMES } from "../../../sources/registry.ts";
import { type Selection, type Source, SOURCE_OPTIONS } from "../../../sources/source.ts";
import { readCalendar } from "../../args/calendar_file.ts";
import { checkWindow, conflict } from "../../args/parsers.ts";
import type { Actions, Invocation } from "../../command.ts";
import { networkOptions } from "./network.ts";
import { ingestSettings, JOB_LOCK_NAME, type spec } from "./spec.ts";
import { readTickersFile } from "./tickers_file.ts";
import {
  problemsOf,
  progressPart,
  progressText,
  renderReport,
  reportJson,
  toldOf,
} from "./report.ts";
import { ProgressLine } from "../../output/progress.ts";
import { StopSignals } from "../../process/signals.ts";
import { tableOptions } from "../../output/terminal.ts";

type IngestCall = Invocation<typeof ingestSettings>;
type IngestValues = IngestCall["values"];

async function checkSourceOptions(origins: IngestCall["origins"], source: Source): Promise<void> {
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

function selectionOf(values: IngestValues, source: Source): Selection {
  const given: Readonly<Record<string, unknown>> = values;
  const keys = (source.selects ?? []).filter((key) => given[key] !== null);
  return Object.fromEntries(keys.map((key) => [key, given[key]]));
}

function checkTogether(values: IngestValues, source: Source): void {
  const { from, to, file, ticker, tickersFile, all, jobLock, fillGaps, acceptRestatement } = values;
  checkWindow(from, to);
  const limit = from !== null ? "--from" : to !== null ? "--to" : null;
  if (fillGaps && limit !== null) {
    throw conflict("--fill-gaps", limit, "Leave one of them out: the gaps decide the days.");
  }
  const series = (["year", "month", "day", "since"] as const).find((key) => values[key] !== null);
  if (file.length > 0 && series !== undefined) {
    throw conflict("--file", `--${series}`, "Leave one of them out: a named file is not fetched.");
  }
  if (source.input === "file" && source.fetches !== true && file.length === 0) {
    throw new UsageError("missing_file", `source ${source.name} needs a file`, {
      hint: "Name one with --file PATH; several one after the other, a folder, or folder/pattern.",
    });
  }
  const named = ticker.length > 0 ? "--ticker" : tickersFile !== null ? "--tickers-file" : null;
  if (all && named !== null) throw conflict("--all", named, "Leave one of them out.");
  if (acceptRestatement && ticker.length === 0) {
    throw new UsageError("missing_ticker", "--accept-restatement needs tickers that are named", {
      hint: "Name each whose history is to be replaced: tickerlock ingest PETR4.SA " +
        "--accept-restatement.",
    });
  }
  if (jobLock !== null) jobTarget(jobLock);
  if (source.input === "network" && source.datasets === undefined && named === null && !all) {
    throw new UsageError("missing_ticker", "no ticker given", {
      hint: "Name one, for example tickerlock ingest PETR4.SA; or use --tickers-file or --all.",
    });
  }
  source.checkSelection?.(selectionOf(values, source));
}

async function run(call: IngestCall): Promise<ExitCode> {
  const { values, io, origins, commandLine, beginLog } = call;
  const source = await loadSource(values.source);
  const isFetched = source.fetches === true && values.file.length === 0;
  const asks = source.input !== "file" || isFetched || isUrl(values.db) || call.receiver !== null;
  if (!asks) io.giveUp("net");
  await checkSourceOptions(origins, source);
  checkTogether(values, source);
  const listed = values.tickersFile === null ? [] : await readTickersFile(values.tickersFile);
  const tickers = [...values.ticker, ...listed];
  listedTickers(tickers);
  const network = networkOptions(source, values, io, origins.rate);
  const drawsProgress = io.isErrTerminal && !values.quiet;
  using progress = new ProgressLine(io, drawsProgress);
  const write = (line: string): void => progress.aside(() => io.err(line));
  await beginLog({ always: true, write });
  using stop = new StopSignals();
  const report = await ingest({
    source,
    files: values.file,
    tickers: tickers.length === 0 ? null : tickers,
    from: values.from,
    to: values.to,
    db: values.db,
    lockDir: values.lockDir,
    lockMode: values.lockMode,
    onLocked: values.onLocked === "exit" ? "exit" : "wait",
    lockTimeoutSeconds: values.lockTimeout,
    jobLock: values.all ? values.jobLock ?? JOB_LOCK_NAME : values.jobLock,
    jobLockTimeoutSeconds: values.jobLockTimeout,
    allStored: values.all,
    forceRefresh: values.forceRefresh,
    maxRejected: values.maxRejected,
    minFreeBytes: values.minFree,
    fillGaps: values.fillGaps,
    calendar: source.options?.includes("fill-gaps") || source.fetches === true
      ? await readCalendar(values.calendar)
      : {},
    acceptRestatement: values.acceptRestatement,
    fullEveryMs: values.fullEvery,
    concurrency: source.options?.includes("concurrency") ? values.concurrency : undefined,
    selection: selectionOf(values, source),
    network,
    // Of a file source only one that is set for all could stand here.
    saveRaw: source.options?.includes("save-raw") ? values.saveRaw : null,
    filesDir: values.filesDir,
    dryRun: values.dryRun,
    command: "tickerlock ingest",
    commandLine,
    signal: stop.signal,
    onProgress: drawsProgress
      ? (each) => progress.update((ms) => progressText(each, ms), progressPart(each))
      : undefined,
  });
  progress.aside(() => {
    if (values.json) io.outJson(reportJson(report));
    else {
      const found = origins.db === "option" ? ` --db ${values.db}` : "";
      io.out(renderReport(report, { ...tableOptions(io, values.wide), found, wide: values.wide }));
    }
    for (const problem of problemsOf(report)) io.showError(problem);
  });
  call.tell(toldOf(report));
  return report.exitCode;
}

/** What `tickerlock ingest` does. */
export const actions: Actions<typeof spec> = {
  itself: { log: "by itself", notifies: "by line", run },
};
