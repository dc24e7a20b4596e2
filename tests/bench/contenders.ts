/** Those that are compared: the program as its task starts it, Python, and C. @module */
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { sql as schema } from "../../src/store/sqlite/migrations/0010_volumes.ts";
import { sql as detailsSchema } from "../../src/store/sqlite/migrations/0011_price_details.ts";
import { programCommand, projectPath } from "../e2e/program.ts";
import { type BenchFolder, measure, outputOrNull, type Ran } from "./harness.ts";
import { MARKETS, TICKERS } from "./input.ts";

const PEER = projectPath("tests/bench/peers/ingest.py");
const C_PEER = projectPath("tests/bench/peers/cotahist.c");

/** The pragmas of `src/store/sqlite/connection/database.ts`. */
const PRAGMAS = [
  "auto_vacuum = INCREMENTAL",
  "journal_mode = WAL",
  "synchronous = NORMAL",
  "temp_store = MEMORY",
  "cache_size = -4000",
  "wal_autocheckpoint = 8000",
];

const CHANGEABLE = ["open", "high", "low", "close", "adj_close", "volume"];

const DETAILS = [
  "currency",
  "isin",
  "specification",
  "distribution",
  "market",
  "term",
  "strike",
  "expiry",
  "trades",
  "turnover",
  "average",
  "bid",
  "ask",
];

/** The statement of `src/store/sqlite/tables/upsert_rows.ts`, one row at a time. */
function upsertOf(name: string, columns: readonly string[]): string {
  const all = ["ticker", "date", "source", ...columns, "ingest_id"];
  return `INSERT INTO ${name} (${all.join(", ")}) VALUES (${all.map(() => "?").join(", ")})
  ON CONFLICT (ticker, date, source) DO UPDATE SET
    ${columns.map((column) => `${column} = excluded.${column}`).join(", ")},
    ingest_id = excluded.ingest_id
  WHERE ${columns.map((column) => `${column} IS NOT excluded.${column}`).join(" OR ")}`;
}

const UPSERT = upsertOf("prices", CHANGEABLE);

/** What a table is made with. */
function ddlOf(name: string, migration: string): string {
  const ddl = new RegExp(`CREATE TABLE ${name} \\([\\s\\S]*?\\) STRICT[^;]*;`).exec(migration)?.[0];
  if (ddl === undefined) throw new Error(`the migration has no CREATE TABLE ${name}`);
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

/** Ingests a file with Python. @param file COTAHIST file. @param folder Where its database will be. */
export function pythonIngest(file: string, folder: string): Promise<PythonRan> {
  const db = databaseIn(folder);
  return python({
    file,
    markets: MARKETS,
    db,
    pragmas: PRAGMAS,
    ddl: ddlOf("prices", schema),
    sql: UPSERT,
  });
}

/** Slices the lines of a file with Python, and does nothing with what comes out. */
export function pythonSlice(file: string): Promise<PythonRan> {
  return python({ file, markets: MARKETS });
}

/** What to say where C cannot be compiled. */
export const NO_C = "No C compiler, or no header of SQLite: C is left out.";

/** The C program that ingests a file, made once per run; null where that cannot be. */
export async function compiledPeer(folder: BenchFolder): Promise<string | null> {
  const target = `${folder.fresh()}/cotahist`;
  const made = await outputOrNull(["cc", "-O2", "-o", target, C_PEER, "-lsqlite3"]);
  return made === null ? null : target;
}

/**
 * Ingests a file with C, into `prices` and `price_details`.
 * @param program What {@linkcode compiledPeer} has made.
 * @param folder Where its database will be.
 */
export function cIngest(program: string, file: string, folder: string): Promise<Ran> {
  const setUp = [
    ...PRAGMAS.map((pragma) => `PRAGMA ${pragma};`),
    ddlOf("prices", schema),
    ddlOf("price_details", detailsSchema),
  ].join("\n");
  const statements = [UPSERT, upsertOf("price_details", DETAILS)];
  return measure([program, file, databaseIn(folder), MARKETS.join(""), setUp, ...statements]);
}

/**
 * Checks that a database has every price, so that no contender is fast because it does less.
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
