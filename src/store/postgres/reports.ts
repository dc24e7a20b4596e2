import { StoreError } from "../errors.ts";
import type { Reports } from "../reports.ts";
import { Connection, type Transaction } from "./connection/connection.ts";
import { checkSchema } from "./connection/migrate.ts";
import type { Target } from "./connection/target.ts";

const PATIENCE_MS = 2000;

/** The reports of a database; the first operation connects. */
export function postgresReports(target: Target): Reports {
  let opened: Connection | undefined;
  const connection = () => opened ??= new Connection(target, { totalMs: PATIENCE_MS });
  const read = <T>(work: (db: Transaction) => Promise<T>): Promise<T> =>
    connection().read("read", async (db) => {
      await checkSchema(db);
      return await work(db);
    });
  const logs = () => import("./queries/logs.ts");
  const statistics = () => import("./queries/statistics.ts");
  const activity = () => import("./queries/activity.ts");
  const names = () => import("./queries/names.ts");
  return {
    name: target.name,
    logs: (filter, page) => read(async (db) => (await logs()).readLogs(db, filter, page)),
    logValues: (filter, page) => read(async (db) => (await logs()).readLogValues(db, filter, page)),
    runs: (filter, limit) => read(async (db) => (await logs()).readRuns(db, filter, limit)),
    job: (part, most) => read(async (db) => (await logs()).findJob(db, part, most)),
    loggedNames: (column) => read(async (db) => (await names()).loggedNames(db, column)),
    statistics: (filter) => read(async (db) => (await statistics()).statistics(db, filter)),
    totals: (filter, by) => read(async (db) => (await statistics()).totals(db, filter, by)),
    failures: (filter) => read(async (db) => (await activity()).failures(db, filter)),
    activity: (filter) => read(async (db) => (await activity()).activity(db, filter)),
    recent: (filter) => read(async (db) => (await activity()).recent(db, filter)),
    chart: (ticker, source, from) =>
      read(async (db) => (await activity()).chart(db, ticker, source, from)),
    unexplained: (tickers) => read(async (db) => (await activity()).unexplainedSteps(db, tickers)),
    gaps: (filter) => read(async (db) => (await import("./queries/gaps.ts")).gapsOf(db, filter)),
    async follow(filter) {
      return await (await import("./queries/follow.ts")).PostgresFollower.open(target, filter);
    },
    async health({ wanted = [] }) {
      const { databaseHealth, serverHealth } = await import("./queries/health.ts");
      const server = await serverHealth(connection());
      const health = await connection().read("read", (db) => databaseHealth(db, wanted));
      return { ...health, server };
    },
    async names(wanted, limits) {
      if (limits.ms <= 0) return [];
      const { ms } = limits;
      await using own = new Connection(target, { totalMs: 0, queryMs: ms, connectMs: ms });
      return await own.read("read", async (db) => (await names()).namesOf(db, wanted, limits));
    },
    async engineVersion() {
      const row = await connection().read(
        "ask the version of",
        (db) => db.get("SELECT current_setting('server_version') AS version"),
      );
      if (row === undefined) throw new StoreError("db_failed", "no version", target.name);
      return String(row.version);
    },
    async [Symbol.asyncDispose]() {
      const closing = opened;
      opened = undefined;
      await closing?.[Symbol.asyncDispose]();
    },
  };
}
