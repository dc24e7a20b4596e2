import type { SQLInputValue } from "node:sqlite";
import type { Database } from "../connection/database.ts";

/**
 * Rows per statement. Each call into SQLite has a cost of its own, and so has each parameter: of 1, 2,
 * 3, 4, 6, 12 and 20 rows at a time, 4 to 6 took the least time, a sixth less than 1.
 */
const ROWS_PER_STATEMENT = 6;

interface UpsertColumns {
  readonly shared?: readonly string[];
  readonly own: readonly string[];
  /** Those of which a null leaves what is stored as it is. Default none. */
  readonly kept?: readonly string[];
}

interface RowsUpsert {
  readonly bulk: string;
  readonly single: string;
  /** Values that the rows of a statement have in common: ticker, ingest_id, source, shared columns. */
  readonly sharedWidth: number;
  readonly width: number;
}

interface RowValues {
  readonly shares: (a: number, b: number) => boolean;
  readonly shared: (row: number) => readonly SQLInputValue[] | undefined;
  readonly fill: (values: SQLInputValue[], at: number, row: number) => void;
}

/**
 * The statements, which leave an unchanged row alone. What rows share is given once for all of a statement:
 * with eight of thirteen columns shared, inserting takes three fifths of the time.
 */
export function rowsUpsert(
  table: string,
  { shared = [], own, kept = [] }: UpsertColumns,
): RowsUpsert {
  const columns = [...shared, ...own];
  const sharedWidth = 3 + shared.length;
  const width = 1 + own.length;
  const valueOf = (name: string): string =>
    kept.includes(name) ? `coalesce(excluded.${name}, ${name})` : `excluded.${name}`;
  const sql = (rows: number): string => {
    const tuples = Array.from({ length: rows }, (_, row) => {
      const at = (offset: number): string => `?${sharedWidth + 1 + row * width + offset}`;
      const values = [
        ...shared.map((_, index) => `?${4 + index}`),
        ...own.map((_, index) => at(1 + index)),
      ];
      return `(?1, ${at(0)}, ?3, ${values.join(", ")}, ?2)`;
    });
    return `INSERT INTO ${table} (ticker, date, source, ${columns.join(", ")}, ingest_id)
    VALUES ${tuples.join(", ")}
    ON CONFLICT (ticker, date, source) DO UPDATE SET
      ${columns.map((name) => `${name} = ${valueOf(name)}`).join(", ")},
      ingest_id = excluded.ingest_id
    WHERE ${columns.map((name) => `${name} IS NOT ${valueOf(name)}`).join(" OR ")}`;
  };
  return { bulk: sql(ROWS_PER_STATEMENT), single: sql(1), sharedWidth, width };
}

/** Upserts rows, each (date, source) once. @returns How many were inserted or changed. */
export function upsertRows(
  db: Database,
  { bulk, single, sharedWidth, width }: RowsUpsert,
  of: { readonly ticker: string; readonly ingestId: number },
  length: number,
  { shares, shared, fill }: RowValues,
): number {
  let changed = 0;
  let end = 0;
  for (let row = 0; row < length; row = end) {
    const first = row;
    for (end = row + 1; end < length && shares(first, end);) end++;
    const common = shared(first);
    if (common === undefined) continue;
    for (const size of [ROWS_PER_STATEMENT, 1]) {
      if (row + size > end) continue;
      const statement = db.prepare(size === 1 ? single : bulk);
      const values: SQLInputValue[] = [of.ticker, of.ingestId, ...common];
      for (; row + size <= end; row += size) {
        for (let place = 0; place < size; place++) {
          fill(values, sharedWidth + place * width, row + place);
        }
        changed += Number(statement.run(...values).changes);
      }
    }
  }
  return changed;
}
