import type { NameLimits, WantedNames } from "../../reports.ts";
import type { Reader } from "../connection/reader.ts";

/** Every ticker or source that the log names. */
export function loggedNames(db: Reader, column: "ticker" | "source"): string[] {
  return db.all(`SELECT DISTINCT ${column} AS name FROM ingest_logs WHERE ${column} IS NOT NULL`)
    .map(({ name }) => String(name));
}

const TABLES = ["prices", "ingest_logs", "markets"] as const;

/** Tickers of one table: one look into the index for each, however many rows it has. */
function searchTable(
  db: Reader,
  table: (typeof TABLES)[number],
  start: string,
  source: string | undefined,
  found: Set<string>,
  isEnough: () => boolean,
): void {
  const next = (operator: ">" | ">=", from: string): unknown =>
    db.get(`SELECT min(ticker) AS ticker FROM ${table} WHERE ticker ${operator} ?`, from)?.ticker;
  let ticker = next(">=", start);
  while (typeof ticker === "string" && ticker.startsWith(start)) {
    if (isEnough()) return;
    const fits = source === undefined ||
      db.get(`SELECT 1 FROM ${table} WHERE ticker = ? AND source = ?`, ticker, source) !==
        undefined;
    if (fits) found.add(ticker);
    ticker = next(">", ticker);
  }
}

function tickersOf(
  db: Reader,
  { start, source }: Extract<WantedNames, { kind: "ticker" }>,
  limits: NameLimits,
): string[] {
  const found = new Set<string>();
  const deadline = performance.now() + limits.ms;
  const isEnough = () => performance.now() > deadline || found.size >= limits.names;
  for (const table of TABLES) {
    try {
      searchTable(db, table, start, source, found, isEnough);
    } catch {
      // An older schema has not every table.
    }
  }
  return [...found].sort();
}

/** Names for completions. @throws {UsageError} `unknown_table`. */
export async function namesOf(
  db: Reader,
  wanted: WantedNames,
  limits: NameLimits,
): Promise<readonly string[]> {
  if (wanted.kind === "ticker") return tickersOf(db, wanted, limits);
  if (wanted.kind === "lock") return [];
  const { exportableNames, exportObject } = await import("../export/schema.ts");
  return wanted.kind === "table" ? exportableNames(db) : exportObject(db, wanted.table).columns;
}
