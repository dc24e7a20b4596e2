/** Reports of a SQLite file, read without a trace; each operation loads what little it needs. @module */
import type { Reports } from "../reports.ts";
import type { Reader } from "./connection/reader.ts";
import { TraceFreeReader } from "./connection/trace_free_read.ts";

/** The reports of a file, which the first operation opens. */
export function sqliteReports(path: string): Reports {
  let opened: Reader | undefined;
  const reader = (): Reader => opened ??= TraceFreeReader.open(path);
  const logs = () => import("./queries/logs.ts");
  const statistics = () => import("./queries/statistics.ts");
  const activity = () => import("./queries/activity.ts");
  const names = () => import("./queries/names.ts");
  return {
    name: path,
    logs: async (filter, page) => (await logs()).readLogs(reader(), filter, page),
    logValues: async (filter, page) => (await logs()).readLogValues(reader(), filter, page),
    runs: async (filter, limit) => (await logs()).readRuns(reader(), filter, limit),
    job: async (part, most) => (await logs()).findJob(reader(), part, most),
    loggedNames: async (column) => (await names()).loggedNames(reader(), column),
    statistics: async (filter) => (await statistics()).statistics(reader(), filter),
    totals: async (filter, by) => (await statistics()).totals(reader(), filter, by),
    failures: async (filter) => (await activity()).failures(reader(), filter),
    activity: async (filter) => (await activity()).activity(reader(), filter),
    recent: async (filter) => (await activity()).recent(reader(), filter),
    chart: async (ticker, source, from) => (await activity()).chart(reader(), ticker, source, from),
    unexplained: async (tickers) => (await activity()).unexplainedSteps(reader(), tickers),
    async gaps(filter) {
      const { gapsOf } = await import("./queries/gaps.ts");
      const db = reader();
      return db.snapshot(() => gapsOf(db, filter));
    },
    async follow(filter) {
      return new (await import("./queries/follow.ts")).SqliteFollower(path, filter);
    },
    async health({ lockDir, wanted = [] }) {
      const { databaseHealth } = await import("./queries/health.ts");
      const { isLockHeld } = await import("../../lock/inspect.ts");
      const isLocked = (ticker: string) => isLockHeld(ticker, lockDir);
      return databaseHealth(path, { isLocked, lockDir, wanted });
    },
    async names(wanted, limits) {
      const { ms: busyTimeoutMs, copyBytes: mostCopyBytes } = limits;
      using db = TraceFreeReader.open(path, { anySchema: true, busyTimeoutMs, mostCopyBytes });
      return await (await names()).namesOf(db, wanted, limits);
    },
    engineVersion: async () => (await import("./queries/info.ts")).sqliteVersion(),
    [Symbol.asyncDispose]() {
      opened?.close();
      opened = undefined;
      return Promise.resolve();
    },
  };
}
