/**
 * Names that completions look up: tickers and tables in a database, locks in a folder. Nothing is made, nothing
 * is waited for, and there is a limit to how long it looks.
 *
 * @module
 */
import type { Reader } from "../../../store/sqlite/connection/reader.ts";
import type { Places } from "./candidates.ts";

/** Longest time that a search in a database takes, in ms: a person is waiting for a key. */
const MOST_MS = 60;

/** More names than that help nobody. */
const MOST_NAMES = 1000;

/** Bytes of a database that is still copied where it cannot be read in its place. */
const MOST_COPY_BYTES = 16_000_000;

/** Tables with an index that begins with the ticker. */
const TABLES = ["prices", "ingest_logs", "markets"] as const;

/** Tickers are ASCII; anything else would be another ticker in upper case. */
function upper(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/** Tickers of one table: one look into the index for each, however many rows it has. */
function searchTable(
  db: Reader,
  table: (typeof TABLES)[number],
  start: string,
  source: string | undefined,
  found: Set<string>,
  deadline: number,
): void {
  const next = (operator: ">" | ">=", from: string): unknown =>
    db.get(`SELECT min(ticker) AS ticker FROM ${table} WHERE ticker ${operator} ?`, from)?.ticker;
  let ticker = next(">=", start);
  while (typeof ticker === "string" && ticker.startsWith(start)) {
    if (performance.now() > deadline || found.size >= MOST_NAMES) return;
    const fits = source === undefined ||
      db.get(`SELECT 1 FROM ${table} WHERE ticker = ? AND source = ?`, ticker, source) !==
        undefined;
    if (fits) found.add(ticker);
    ticker = next(">", ticker);
  }
}

function begins(name: string, start: string): boolean {
  return upper(name).startsWith(upper(start));
}

async function reading<T>({ db: path }: Places, look: (db: Reader) => T): Promise<T> {
  const { quietPlace } = await import("../../../store/sqlite/connection/trace_free_read.ts");
  const { Reader } = await import("../../../store/sqlite/connection/reader.ts");
  using place = quietPlace(path, MOST_COPY_BYTES);
  using db = Reader.open(path, { anySchema: true, busyTimeoutMs: MOST_MS }, place.file);
  return look(db);
}

/**
 * Tickers of a database, without a trace beside it. Some of them where there are very many.
 *
 * @param start What they begin with, in any case.
 * @param places Which database, and of which source.
 * @throws {DatabaseError} Where it cannot be read.
 */
export async function tickersStartingWith(start: string, places: Places): Promise<string[]> {
  const found = new Set<string>();
  await reading(places, (db) => {
    const deadline = performance.now() + MOST_MS;
    for (const table of TABLES) {
      try {
        searchTable(db, table, upper(start), places.source, found, deadline);
      } catch {
        // An older schema has not every table.
      }
    }
  });
  return [...found].sort();
}

/**
 * Tables and views of a database that can be exported.
 *
 * @param start What they begin with, in any case.
 * @param places Which database.
 * @throws {DatabaseError} Where it cannot be read.
 */
export async function tablesStartingWith(start: string, places: Places): Promise<string[]> {
  const { exportableNames } = await import("../../../store/sqlite/export/schema.ts");
  return (await reading(places, exportableNames)).filter((name) => begins(name, start));
}

/**
 * Lists of columns of a table, with one more column each.
 *
 * @param start The list so far; what stands behind its last comma is the beginning of a column, in any
 *   case. Columns that it has already are left out.
 * @param places Which database and which table; prices where none is named.
 * @throws {TickerlockError} Where there is no such table, or the database cannot be read.
 */
export async function columnsStartingWith(start: string, places: Places): Promise<string[]> {
  const { exportObject } = await import("../../../store/sqlite/export/schema.ts");
  const { columns } = await reading(places, (db) => exportObject(db, places.table ?? "prices"));
  const before = start.slice(0, start.lastIndexOf(",") + 1);
  const named = before.split(",");
  return columns
    .filter((name) => begins(name, start.slice(before.length)) && !named.includes(name))
    // An option with a comma in a name would be two.
    .filter((name) => !name.includes(","))
    .map((name) => before + name);
}

/**
 * Names of the locks in a folder, without trying any.
 *
 * @param start What they begin with, in any case.
 * @param places Which folder.
 * @throws {LockError} Where it cannot be read.
 */
export async function locksStartingWith(start: string, { lockDir }: Places): Promise<string[]> {
  const { lockNames } = await import("../../../lock/inspect.ts");
  const wanted = upper(start);
  return lockNames({ lockDir }).filter((name) => upper(name).startsWith(wanted));
}
