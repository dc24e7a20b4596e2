/**
 * Reports of a SQLite file, read without a trace beside it.
 *
 * Each operation loads what it needs: completions wait for a key, and need little of it.
 *
 * @module
 */
import type { Reports } from "../reports.ts";
import type { Reader } from "./connection/reader.ts";
import { TraceFreeReader } from "./connection/trace_free_read.ts";

/** The reports of a file, which the first operation opens. */
export function sqliteReports(path: string): Reports {
  let opened: Reader | undefined;
  const reader = (): Reader => opened ??= TraceFreeReader.open(path);
  return {
    name: path,
    async logs(filter, page) {
      return (await import("./queries/logs.ts")).readLogs(reader(), filter, page);
    },
    async logValues(filter, page) {
      return (await import("./queries/logs.ts")).readLogValues(reader(), filter, page);
    },
    async runs(filter, limit) {
      return (await import("./queries/runs.ts")).readRuns(reader(), filter, limit);
    },
    async follow(filter) {
      return new (await import("./queries/follow.ts")).SqliteFollower(path, filter);
    },
    async job(part, most) {
      return (await import("./queries/logs.ts")).findJob(reader(), part, most);
    },
    async loggedNames(column) {
      return (await import("./queries/names.ts")).loggedNames(reader(), column);
    },
    async statistics(filter) {
      return (await import("./queries/statistics.ts")).statistics(reader(), filter);
    },
    async gaps(filter) {
      const { gapsOf } = await import("./queries/gaps.ts");
      const db = reader();
      return db.snapshot(() => gapsOf(db, filter));
    },
    async totals(filter, by) {
      return (await import("./queries/statistics.ts")).totals(reader(), filter, by);
    },
    async failures(filter) {
      return (await import("./queries/activity.ts")).failures(reader(), filter);
    },
    async activity(filter) {
      return (await import("./queries/activity.ts")).activity(reader(), filter);
    },
    async recent(filter) {
      return (await import("./queries/activity.ts")).recent(reader(), filter);
    },
    async chart(ticker, source, from) {
      return (await import("./queries/activity.ts")).chart(reader(), ticker, source, from);
    },
    async unexplained(tickers) {
      return (await import("./queries/unexplained.ts")).unexplainedSteps(reader(), tickers);
    },
    async health({ lockDir, wanted = [] }) {
      const { databaseHealth } = await import("./queries/health.ts");
      const { isLockHeld } = await import("../../lock/inspect.ts");
      const isLocked = (ticker: string) => isLockHeld(ticker, lockDir);
      return databaseHealth(path, { isLocked, lockDir, wanted });
    },
    async names(wanted, limits) {
      const { namesOf } = await import("./queries/names.ts");
      const { ms: busyTimeoutMs, copyBytes: mostCopyBytes } = limits;
      using db = TraceFreeReader.open(path, { anySchema: true, busyTimeoutMs, mostCopyBytes });
      return await namesOf(db, wanted, limits);
    },
    async engineVersion() {
      return (await import("./queries/info.ts")).sqliteVersion();
    },
    [Symbol.asyncDispose]() {
      opened?.close();
      opened = undefined;
      return Promise.resolve();
    },
  };
}
