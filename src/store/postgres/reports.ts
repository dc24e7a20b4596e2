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
  // Loaded before the transaction begins.
  async function read<M, T>(
    load: () => Promise<M>,
    ask: (queries: M, db: Transaction) => Promise<T>,
  ): Promise<T> {
    const queries = await load();
    return await connection().read("read", async (db) => {
      await checkSchema(db);
      return await ask(queries, db);
    });
  }
  const logs = () => import("./queries/logs.ts");
  const statistics = () => import("./queries/statistics.ts");
  const activity = () => import("./queries/activity.ts");
  const names = () => import("./queries/names.ts");
  return {
    name: target.name,
    logs: (filter, page) => read(logs, (of, db) => of.readLogs(db, filter, page)),
    logValues: (filter, page) => read(logs, (of, db) => of.readLogValues(db, filter, page)),
    runs: (filter, limit) => read(logs, (of, db) => of.readRuns(db, filter, limit)),
    job: (part, most) => read(logs, (of, db) => of.findJob(db, part, most)),
    loggedNames: (column) => read(names, (of, db) => of.loggedNames(db, column)),
    statistics: (filter) => read(statistics, (of, db) => of.statistics(db, filter)),
    totals: (filter, by) => read(statistics, (of, db) => of.totals(db, filter, by)),
    failures: (filter) => read(activity, (of, db) => of.failures(db, filter)),
    activity: (filter) => read(activity, (of, db) => of.activity(db, filter)),
    recent: (filter) => read(activity, (of, db) => of.recent(db, filter)),
    chart: (ticker, source, from) => read(activity, (of, db) => of.chart(db, ticker, source, from)),
    unexplained: (tickers) => read(activity, (of, db) => of.unexplainedSteps(db, tickers)),
    gaps: (filter) => read(() => import("./queries/gaps.ts"), (of, db) => of.gapsOf(db, filter)),
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
      const { namesOf } = await names();
      const { ms } = limits;
      await using own = new Connection(target, { totalMs: 0, queryMs: ms, connectMs: ms });
      return await own.read("read", (db) => namesOf(db, wanted, limits));
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
