/**
 * `tickerlock ingest` within the test's process: for tests that look at its report and the database only.
 *
 * @module
 */
import { ingestSettings, JOB_LOCK_NAME } from "../../src/cli/commands/ingest/spec.ts";
import { parseCommandLine } from "../../src/cli/args/parse.ts";
import { networkOptions } from "../../src/cli/commands/ingest/network.ts";
import { reportJson } from "../../src/cli/commands/ingest/report.ts";
import { configureLog } from "../../src/base/log.ts";
import { ingest } from "../../src/ingest/run.ts";
import { loadSource } from "../../src/sources/registry.ts";
import type { ReportJson } from "./report_json.ts";

/** How a run ended. */
export interface Ended {
  readonly code: number;
  /** The log, as lines of JSON; not the errors of the report. */
  readonly stderr: string;
  readonly report: ReportJson;
}

/** Runs it with the arguments of the command, without those that are about lists and output. */
export async function ingestHere(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  let stderr = "";
  configureLog({ level: "info", format: "json", color: false, write: (line) => stderr += line });
  const environment = (name: string): string | undefined => env[name];
  const { values } = parseCommandLine(args, ingestSettings, environment);
  const source = await loadSource(values.source);
  const given: Readonly<Record<string, unknown>> = values;
  const selection = (source.selects ?? []).filter((key) => given[key] !== null)
    .map((key) => [key, given[key]]);
  const report = await ingest({
    source,
    files: values.file,
    tickers: values.ticker.length === 0 ? null : values.ticker,
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
    selection: Object.fromEntries(selection),
    network: networkOptions(source, values, environment),
    saveRaw: values.saveRaw,
    dryRun: values.dryRun,
    command: "tickerlock ingest",
  });
  return { code: report.exitCode, stderr, report: JSON.parse(JSON.stringify(reportJson(report))) };
}
