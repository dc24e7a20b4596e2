/**
 * Reports of a database on a server: each is one transaction that sees one state.
 *
 * @module
 */
import { StoreError } from "../errors.ts";
import type { Reports } from "../reports.ts";
import { Connection, type Transaction } from "./connection/connection.ts";
import { checkSchema } from "./connection/migrate.ts";
import type { Target } from "./connection/target.ts";

/** Milliseconds for which a server that is away is waited for: a person waits, too. */
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
  return {
    name: target.name,
    async logs(filter, page) {
      const { readLogs } = await import("./queries/logs.ts");
      return await read((db) => readLogs(db, filter, page));
    },
    async logValues(filter, page) {
      const { readLogValues } = await import("./queries/logs.ts");
      return await read((db) => readLogValues(db, filter, page));
    },
    async runs(filter, limit) {
      const { readRuns } = await import("./queries/runs.ts");
      return await read((db) => readRuns(db, filter, limit));
    },
    async follow(filter) {
      const { PostgresFollower } = await import("./queries/follow.ts");
      return await PostgresFollower.open(target, filter);
    },
    async job(part, most) {
      const { findJob } = await import("./queries/logs.ts");
      return await read((db) => findJob(db, part, most));
    },
    async loggedNames(column) {
      const { loggedNames } = await import("./queries/names.ts");
      return await read((db) => loggedNames(db, column));
    },
    async statistics(filter) {
      const { statistics } = await import("./queries/statistics.ts");
      return await read((db) => statistics(db, filter));
    },
    async gaps(filter) {
      const { gapsOf } = await import("./queries/gaps.ts");
      return await read((db) => gapsOf(db, filter));
    },
    async totals(filter, by) {
      const { totals } = await import("./queries/statistics.ts");
      return await read((db) => totals(db, filter, by));
    },
    async failures(filter) {
      const { failures } = await import("./queries/activity.ts");
      return await read((db) => failures(db, filter));
    },
    async activity(filter) {
      const { activity } = await import("./queries/activity.ts");
      return await read((db) => activity(db, filter));
    },
    async recent(filter) {
      const { recent } = await import("./queries/activity.ts");
      return await read((db) => recent(db, filter));
    },
    async chart(ticker, source, from) {
      const { chart } = await import("./queries/activity.ts");
      return await read((db) => chart(db, ticker, source, from));
    },
    async unexplained(tickers) {
      const { unexplainedSteps } = await import("./queries/unexplained.ts");
      return await read((db) => unexplainedSteps(db, tickers));
    },
    async health({ wanted = [] }) {
      const { databaseHealth } = await import("./queries/health.ts");
      const { serverHealth } = await import("./queries/server.ts");
      const server = await serverHealth(connection());
      const health = await connection().read("read", (db) => databaseHealth(db, wanted));
      return { ...health, server };
    },
    async names(wanted, limits) {
      if (limits.ms <= 0) return [];
      const { namesOf } = await import("./queries/names.ts");
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
