/**
 * For tests that stop a run in the middle: a run with very many tickers, and what is true at every moment.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { writeCotahist } from "../../docs/examples/generate_cotahist.ts";
import { assertEquals } from "../assert.ts";
import type { Workspace } from "./workspace.ts";

/** Writes a file with many tickers of so many days each. @returns The arguments that ingest it. */
export async function manyTickers(
  space: Workspace,
  tickers: number,
  days: number,
): Promise<string[]> {
  const file = `${space.path}/COTAHIST_A2024.TXT`;
  await writeCotahist(file, { tickers, days, markets: [] });
  return ["--source", "cotahist", "--file", file];
}

/** Tickers that are in by now, also while there is no database yet. */
export function tickersIn(space: Workspace): number {
  if (!space.hasDatabase()) return 0;
  const made = space.value("SELECT count(*) FROM sqlite_schema WHERE name = 'prices'");
  return made === 1 ? Number(space.value("SELECT count(DISTINCT ticker) FROM prices")) : 0;
}

/**
 * Fails unless every ticker is there whole or not at all, exactly where the log says so.
 *
 * @returns How many tickers are there.
 */
export function assertNothingHalf(path: string, days: number): number {
  using db = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  const all = (sql: string): Record<string, unknown>[] => db.prepare(sql).all();
  assertEquals(all(`SELECT ticker FROM prices GROUP BY ticker HAVING count(*) <> ${days}`), []);
  const stored = "SELECT DISTINCT ticker, ingest_id FROM prices";
  const logged = "SELECT ticker, id FROM ingest_logs WHERE rows_inserted > 0";
  assertEquals(all(`${stored} EXCEPT ${logged}`), []);
  assertEquals(all(`${logged} EXCEPT ${stored}`), []);
  assertEquals(all("PRAGMA integrity_check"), [{ integrity_check: "ok" }]);
  return all("SELECT DISTINCT ticker FROM prices").length;
}
