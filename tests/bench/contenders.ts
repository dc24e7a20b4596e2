/**
 * The two that are compared: the program as its task starts it, and Python.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { sql as schema } from "../../src/store/sqlite/migrations/0001_initial.ts";
import { programCommand, projectPath } from "../e2e/program.ts";
import { measure, outputOrNull, type Ran } from "./harness.ts";
import { MARKETS, TICKERS } from "./input.ts";

const PEER = projectPath("tests/bench/peers/ingest.py");

/** The pragmas of `src/store/sqlite/connection/database.ts`. */
const PRAGMAS = [
  "auto_vacuum = INCREMENTAL",
  "journal_mode = WAL",
  "synchronous = NORMAL",
  "temp_store = MEMORY",
  "cache_size = -16000",
  "wal_autocheckpoint = 8000",
];

const CHANGEABLE = ["open", "high", "low", "close", "adj_close", "volume"];

/** The statement of `src/store/sqlite/tables/prices.ts`, one row at a time as `executemany` has it. */
const UPSERT = `INSERT INTO prices (ticker, date, source, ${CHANGEABLE.join(", ")}, ingest_id)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (ticker, date, source) DO UPDATE SET
    ${CHANGEABLE.map((name) => `${name} = excluded.${name}`).join(", ")},
    ingest_id = excluded.ingest_id
  WHERE ${CHANGEABLE.map((name) => `${name} IS NOT excluded.${name}`).join(" OR ")}`;

/** What the table `prices` is made with. */
function pricesDdl(): string {
  const ddl = /CREATE TABLE prices \([\s\S]*?\) STRICT[^;]*;/.exec(schema)?.[0];
  if (ddl === undefined) throw new Error("migration 1 has no CREATE TABLE prices");
  return ddl;
}

/** What to say where there is none. */
export const NO_PYTHON = "python3 is not there: no peer.";

/** The version of Python, or null where there is none. */
export function pythonVersion(): Promise<string | null> {
  return outputOrNull(["python3", "--version"]);
}

/** Path of the database that a contender writes in its folder. */
export function databaseIn(folder: string): string {
  return `${folder}/prices.db`;
}

/**
 * Ingests a file with the program.
 *
 * @param file COTAHIST file.
 * @param folder Where its database is, or will be.
 * @param lockDir Where its locks are, or will be. Default a folder beside the database.
 */
export function tickerlockIngest(
  file: string,
  folder: string,
  lockDir = `${folder}/locks`,
): Promise<Ran> {
  const paths = ["--file", file, "--db", databaseIn(folder), "--lock-dir", lockDir];
  const options = ["--source", "cotahist", "--markets", MARKETS.join(","), ...paths];
  return measure([...programCommand(), "ingest", ...options], { cwd: projectPath(".") });
}

/** What the Python script says of itself. */
export interface PythonRan extends Ran {
  readonly rows: number;
  /** Seconds without the start of Python. */
  readonly ownSeconds: number;
}

async function python(job: Readonly<Record<string, unknown>>): Promise<PythonRan> {
  const ran = await measure(["python3", "-I", PEER, JSON.stringify(job)]);
  const { rows, seconds } = JSON.parse(ran.stdout) as { rows: number; seconds: number };
  return { ...ran, rows, ownSeconds: seconds };
}

/**
 * Ingests a file with Python.
 *
 * @param file COTAHIST file.
 * @param folder Where its database will be.
 */
export function pythonIngest(file: string, folder: string): Promise<PythonRan> {
  const db = databaseIn(folder);
  return python({ file, markets: MARKETS, db, pragmas: PRAGMAS, ddl: pricesDdl(), sql: UPSERT });
}

/** Slices the lines of a file with Python, and does nothing with what comes out. */
export function pythonSlice(file: string): Promise<PythonRan> {
  return python({ file, markets: MARKETS });
}

/**
 * Checks that a database has every price, so that no contender is fast because it does less.
 *
 * @param folder Folder of the database.
 * @param days Days of the file.
 * @throws {Error} Where rows or tickers are missing.
 */
export function checkStored(folder: string, days: number): void {
  using db = new DatabaseSync(databaseIn(folder), { readOnly: true });
  const sql = "SELECT count(*) AS rows, count(DISTINCT ticker) AS tickers FROM prices";
  const { rows, tickers } = db.prepare(sql).get() ?? {};
  if (rows !== TICKERS * days || tickers !== TICKERS) {
    throw new Error(`${folder} has ${rows} rows of ${tickers} tickers`);
  }
}

/**
 * SHA-256 of all prices of a database, but for the run that wrote them.
 *
 * @param folder Folder of the database.
 */
export function digestOfPrices(folder: string): string {
  using db = new DatabaseSync(databaseIn(folder), { readOnly: true });
  const hash = createHash("sha256");
  const sql = `SELECT ticker, date, source, ${CHANGEABLE.join(", ")} FROM prices
    ORDER BY ticker, date, source`;
  for (const row of db.prepare(sql).iterate()) hash.update(JSON.stringify(row));
  return hash.digest("hex");
}
