/**
 * Databases with something in them.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { Database } from "../../../src/store/sqlite/connection/database.ts";
import { endJob, insertRunning } from "../../../src/store/sqlite/tables/jobs.ts";
import { PriceColumns } from "../../../src/model/price_columns.ts";
import type { PriceRow } from "../../../src/model/prices.ts";
import { upsertPrices } from "../../../src/store/sqlite/tables/prices.ts";
import { daysOf } from "../rows.ts";
import { job, pragmaOf } from "./helpers.ts";
import { type Registering, test } from "./leaks.ts";

/** Writes prices of one ticker, with the row in the log that answers for them, and returns its id. */
export async function addPrices(
  db: Database,
  ticker: string,
  rows: readonly PriceRow[],
): Promise<number> {
  return await db.transaction("fill", () => {
    const number = Number(db.get("SELECT count(*) AS n FROM ingest_logs")?.n) + 1;
    const id = insertRunning(db, job(number, { ticker }));
    const { inserted } = upsertPrices(db, ticker, "csv", id, PriceColumns.of(rows));
    endJob(db, id, {
      finishedAt: "2024-01-02T10:00:01.000Z",
      status: "success",
      durationMs: 1000,
      rowsInserted: inserted,
    });
    return id;
  });
}

/** Makes a database with prices of some tickers; of two, 20 days each, by default. */
export async function fill(
  path: string,
  tickers: Readonly<Record<string, readonly PriceRow[]>> = {
    "PETR4.SA": daysOf(20),
    "VALE3.SA": daysOf(20),
  },
): Promise<void> {
  using db = await Database.open(path);
  for (const [ticker, rows] of Object.entries(tickers)) await addPrices(db, ticker, rows);
}

/** Tests that start from such a database. */
export const filled: Registering = {
  test: (name, run) =>
    test(name, async (place) => {
      await fill(place.path);
      await run(place);
    }),
};

/** Makes a database of 16 MB, so that a backup has some steps, and returns its pages. */
export async function fillLarge(path: string): Promise<number> {
  await fill(path);
  using db = new DatabaseSync(path);
  db.exec(
    `CREATE TABLE ballast (x BLOB) STRICT;
     INSERT INTO ballast WITH RECURSIVE numbers (n) AS (
       SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 4000
     ) SELECT zeroblob(4000) FROM numbers`,
  );
  return Number(pragmaOf(db, "page_count"));
}

/** Rows of a table. */
export function count(db: Database, table: string): unknown {
  return db.get(`SELECT count(*) AS n FROM ${table}`)?.n;
}

/** A table to write to, in a database that is open. */
export function addTable(db: Database): void {
  db.run("CREATE TABLE t (x INTEGER PRIMARY KEY) STRICT");
}

/** Names of everything in a folder, sorted. */
export function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

/** Changes bytes of a file in place. */
export function overwrite(path: string, at: number, bytes: Uint8Array): void {
  using file = Deno.openSync(path, { write: true });
  file.seekSync(at, Deno.SeekMode.Start);
  file.writeSync(bytes);
}

/**
 * Damages the content of a database, though not its first page: every page that holds rows of a table
 * gets one byte flipped in its header, which `PRAGMA integrity_check` sees.
 *
 * @param path A database that is closed and has no write-ahead log.
 */
export function flipByte(path: string, page: number): void {
  const bytes = Deno.readFileSync(path);
  const pageSize = (bytes[16] ?? 0) * 256 + (bytes[17] ?? 0);
  // The number of cells of a b-tree page: https://sqlite.org/fileformat2.html#b_tree_pages
  const at = (page - 1) * pageSize + 4;
  overwrite(path, at, new Uint8Array([(bytes[at] ?? 0) ^ 0x01]));
}
