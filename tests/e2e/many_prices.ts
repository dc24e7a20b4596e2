/**
 * Fills a database with many prices, as quickly as SQLite can.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";

/** Adds prices of invented tickers, 2,500 days each. */
export function addManyPrices(path: string, rows: number): void {
  using db = new DatabaseSync(path, { timeout: 5000 });
  db.prepare(
    `INSERT INTO prices
     WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
     SELECT printf('M%04d.SA', n / 2500), date('2015-01-01', '+' || (n % 2500) || ' days'),
       'cotahist', 10.25 + n % 97 / 100.0, 11.5 + n % 97 / 100.0, 9.75 + n % 97 / 100.0,
       10.5 + n % 97 / 100.0, NULL, 100000 + n % 9973, 1 FROM numbers`,
  ).run(rows - 1);
}
