/**
 * Names that completions look up: tickers in a database, locks in a folder. Nothing is made, nothing
 * is waited for, and there is a limit to how long it looks.
 *
 * @module
 */
import type { Reader } from "../../db/reader.ts";
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

/**
 * Tickers of a database, without a trace beside it. Some of them where there are very many.
 *
 * @param start What they begin with, in any case.
 * @param places Which database, and of which source.
 * @throws {DatabaseError} Where it cannot be read.
 */
export async function tickersStartingWith(start: string, places: Places): Promise<string[]> {
  const { quietPlace } = await import("../../db/quiet.ts");
  const { Reader } = await import("../../db/reader.ts");
  const found = new Set<string>();
  using place = quietPlace(places.db, MOST_COPY_BYTES);
  using db = Reader.open(places.db, { anySchema: true, busyTimeoutMs: MOST_MS }, place.file);
  const deadline = performance.now() + MOST_MS;
  for (const table of TABLES) {
    try {
      searchTable(db, table, upper(start), places.source, found, deadline);
    } catch {
      // An older schema has not every table.
    }
  }
  return [...found].sort();
}

/**
 * Names of the locks in a folder, without trying any.
 *
 * @param start What they begin with, in any case.
 * @param places Which folder.
 * @throws {LockError} Where it cannot be read.
 */
export async function locksStartingWith(start: string, { lockDir }: Places): Promise<string[]> {
  const { lockNames } = await import("../../lock/inspect.ts");
  const wanted = upper(start);
  return lockNames({ lockDir }).filter((name) => upper(name).startsWith(wanted));
}
