/**
 * Databases of the tests on a server: a schema for each.
 *
 * @module
 */
import { PriceColumns } from "../../../src/model/price_columns.ts";
import { openStore } from "../../../src/store/open.ts";
import { postgresCare } from "../../../src/store/postgres/care.ts";
import { Connection } from "../../../src/store/postgres/connection/connection.ts";
import { arrayText } from "../../../src/store/postgres/connection/driver.ts";
import { migrate } from "../../../src/store/postgres/connection/migrate.ts";
import { parseTarget, type Target } from "../../../src/store/postgres/connection/target.ts";
import { Leases } from "../../../src/store/postgres/locks/leases.ts";
import { postgresReports } from "../../../src/store/postgres/reports.ts";
import { endJobs, insertRejects, insertRunning } from "../../../src/store/postgres/tables/jobs.ts";
import { upsertPrices } from "../../../src/store/postgres/tables/prices.ts";
import type { Scene } from "../contract_reports.ts";
import type { Place } from "../contract_tools.ts";
import { jobIdOf, type Logged, priceOf } from "../rows.ts";
import { job } from "../sqlite/helpers.ts";
import { makeTempFolder, removeFolder } from "../../paths.ts";
import { type Server, startServer } from "./server.ts";

/** Where `scripts/test.ts` has a server, for all files: `PORT USER PASSWORD`. */
const SHARED = "TICKERLOCK_TEST_POSTGRES";

let starting: Promise<Server> | undefined;

/** The server of all tests; of one file that is run alone, its own. */
export function server(): Promise<Server> {
  return starting ??= (async () => {
    const [port, user = "", password = ""] = Deno.env.get(SHARED)?.split(" ") ?? [];
    if (port !== undefined) return { port: Number(port), user, password };
    const own = await startServer();
    globalThis.addEventListener("unload", () => {
      try {
        Deno.kill(own.pid, "SIGQUIT");
      } catch {
        // It has ended by itself.
      }
    });
    return own;
  })();
}

/** A schema that nothing is in yet. @param on Default the server of all tests. */
export async function newUrl(on?: Server): Promise<string> {
  const { port, user, password } = on ?? await server();
  Deno.env.set("PGPASSWORD", password);
  // Each file of tests has a copy of this module, and a process several files.
  const schema = `t_${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`;
  return `postgres://${user}@127.0.0.1:${port}/postgres?schema=${schema}`;
}

async function dropSchema(connection: Connection): Promise<void> {
  await connection.transaction(
    "clean up",
    (db) => db.run(`DROP SCHEMA IF EXISTS "${connection.target.schema}" CASCADE`),
  );
}

/** Keeps others from writing, as a program of an administrator can. */
async function holdWriting(target: Target): Promise<AsyncDisposable> {
  const connection = new Connection(target);
  const ready = Promise.withResolvers<void>();
  const free = Promise.withResolvers<void>();
  const held = connection.transaction("hold", async (db) => {
    await db.run("LOCK TABLE locks, ingest_logs, prices IN EXCLUSIVE MODE");
    ready.resolve();
    await free.promise;
  });
  await ready.promise;
  return {
    async [Symbol.asyncDispose]() {
      free.resolve();
      await held;
      await connection[Symbol.asyncDispose]();
    },
  };
}

/** Rows of a table in the order in which they were written, or of their key. */
async function rowsOf(connection: Connection, table: string): Promise<Record<string, unknown>[]> {
  return await connection.read("read", async (db) => {
    const key = await db.all(
      `SELECT a.attname AS name FROM pg_index AS i CROSS JOIN LATERAL
         unnest(i.indkey::int[]) WITH ORDINALITY AS k (attnum, place)
         JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
       WHERE i.indrelid = to_regclass($1) AND i.indisprimary ORDER BY k.place`,
      table,
    );
    const order = key.map(({ name }) => `"${name}"`).join(", ");
    // A view has none.
    return await db.all(`SELECT * FROM ${table} ${order === "" ? "" : `ORDER BY ${order}`}`);
  });
}

/** The same database by another port. */
export function through(url: string, port: number): string {
  const other = new URL(url);
  other.port = String(port);
  return other.href;
}

/** A place for the contract of stores. @param port Of what is between. Default nothing. */
export async function placeOf(port?: number): Promise<Place> {
  const url = await newUrl();
  const used = port === undefined ? url : through(url, port);
  const target = parseTarget(url);
  const connection = new Connection(target);
  return {
    lockDir: "none",
    open: (options) => openStore(used, { lockDir: "none", ...options }),
    rows: (table) => rowsOf(connection, table),
    busy: () => holdWriting(target),
    async killHolder(ticker) {
      await connection.transaction("fill", (db) =>
        db.run(
          `INSERT INTO locks (name, owner, command, host, pid, acquired_at, beat_at, ttl)
           VALUES ($1, 'dead', 'test', 'host', 42, now() - interval '1 h', now() - interval '1 h',
             interval '60 s')`,
          ticker,
        ));
    },
    async [Symbol.asyncDispose]() {
      await dropSchema(connection);
      await connection[Symbol.asyncDispose]();
    },
  };
}

async function addLogged(connection: Connection, rows: readonly Logged[]): Promise<number[]> {
  return await connection.transaction("log", async (db) => {
    const newest = await db.get("SELECT coalesce(max(id), 0) AS n FROM ingest_logs");
    const first = Number(newest?.n) + 1;
    const jobs = rows.map(({ status = "success", rejects = 0, ...over }, index) => ({
      job: job(first + index, { jobId: jobIdOf(first + index), ...over }),
      end: { durationMs: 10, rowsRejected: rejects, ...over, status },
      finishedAt: over.finishedAt,
      rejects,
    }));
    const byJob = await insertRunning(db, jobs.map(({ job }) => ({ job, sinceStartMs: 0 })));
    const all = jobs.map((each) => ({ ...each, id: byJob.get(each.job.jobId) ?? 0 }));
    await endJobs(
      db,
      all.flatMap(({ id, job: { jobId }, end }) =>
        end.status === "running"
          ? []
          : [{ claim: { id, jobId }, end: { ...end, status: end.status } }]
      ),
    );
    await db.run(
      `UPDATE ingest_logs SET started_at = given.began,
         finished_at = CASE WHEN status = 'running' THEN NULL ELSE given.ended END
       FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS given (id, began, ended)
       WHERE ingest_logs.id = given.id`,
      arrayText(all.map(({ id }) => id)),
      arrayText(all.map(({ job }) => job.startedAt)),
      arrayText(all.map(({ job, finishedAt }) => finishedAt ?? job.startedAt)),
    );
    const reject = {
      ...{ origin: "prices.csv", line: 4, date: "2024-01-02", code: "high_below_low" },
      ...{ reason: "high 38 is below low 38.6", raw: null },
    };
    await insertRejects(
      db,
      all.map(({ id: ingestId, job: { ticker, source }, rejects }) => ({
        ...{ ingestId, ticker, source },
        rejects: Array.from({ length: rejects }, () => reject),
      })),
    );
    return all.map(({ id }) => id);
  });
}

/** A scene for the contracts of reports and care. */
export async function sceneOf(): Promise<Scene> {
  const target = parseTarget(await newUrl());
  const connection = new Connection(target);
  await migrate(connection);
  const folder = await makeTempFolder("tickerlock_pg_scene_");
  const reports = postgresReports(target);
  return {
    folder,
    reports,
    care: postgresCare(target),
    log: (rows) => addLogged(connection, rows),
    async prices(ticker, source, rows) {
      const given = PriceColumns.of(rows.map(({ date, close }) => priceOf(date, close)));
      await connection.transaction(
        "fill",
        (db) => upsertPrices(db, [{ ticker, source, ingestId: 1, rows: given }], false),
      );
    },
    async notices(seconds) {
      await connection.transaction("set", (db) =>
        db.run(
          `UPDATE notices SET turn_at = clock_timestamp() + $1 * interval '1 s'
           WHERE turn IS NOT NULL`,
          seconds,
        ));
    },
    busy: () => holdWriting(target),
    async hold(ticker) {
      const leases = new Leases(target, connection);
      const wanted = { name: ticker, owner: "test", command: "test", runId: null };
      const lease = (await leases.take([wanted], { wait: false, timeoutSeconds: 0 })).get(ticker);
      if (lease instanceof Error) throw lease;
      return leases;
    },
    async [Symbol.asyncDispose]() {
      await reports[Symbol.asyncDispose]();
      await dropSchema(connection);
      await connection[Symbol.asyncDispose]();
      await removeFolder(folder);
    },
  };
}
