/**
 * Names that completions look up: tickers and tables in a database, locks in a folder. Nothing is made, nothing
 * is waited for, and there is a limit to how long it looks.
 *
 * @module
 */
import type { NameLimits, WantedNames } from "../../../store/reports.ts";
import type { Places } from "./candidates.ts";

/** A person is waiting for a key, and cannot read more names than that. */
const LIMITS: NameLimits = { ms: 60, names: 1000, copyBytes: 16_000_000 };

/** Tickers are ASCII; anything else would be another ticker in upper case. */
function upper(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

function begins(name: string, start: string): boolean {
  return upper(name).startsWith(upper(start));
}

async function namesOf({ db }: Places, wanted: WantedNames): Promise<readonly string[]> {
  const { openReports } = await import("../../../store/open.ts");
  await using reports = await openReports(db);
  return await reports.names(wanted, LIMITS);
}

/**
 * Tickers of a database. Some of them where there are very many.
 *
 * @throws {StoreError} Where it cannot be read.
 */
export async function tickersStartingWith(
  start: string,
  places: Places,
): Promise<readonly string[]> {
  return await namesOf(places, { kind: "ticker", start: upper(start), source: places.source });
}

/**
 * Tables and views of a database that can be exported.
 *
 * @throws {StoreError} Where it cannot be read.
 */
export async function tablesStartingWith(start: string, places: Places): Promise<string[]> {
  return (await namesOf(places, { kind: "table" })).filter((name) => begins(name, start));
}

/**
 * Lists of columns of a table, with one more column each.
 *
 * @param start The list so far; what follows its last comma is the beginning of a column, in any
 *   case. Columns that it has already are left out.
 * @param places Which database and which table; prices where none is named.
 * @throws {TickerlockError} Where there is no such table, or the database cannot be read.
 */
export async function columnsStartingWith(start: string, places: Places): Promise<string[]> {
  const columns = await namesOf(places, { kind: "column", table: places.table ?? "prices" });
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
 * @throws {LockError} Where it cannot be read.
 */
export async function locksStartingWith(start: string, { lockDir }: Places): Promise<string[]> {
  const { lockNames } = await import("../../../lock/inspect.ts");
  return lockNames({ lockDir }).filter((name) => begins(name, start));
}
