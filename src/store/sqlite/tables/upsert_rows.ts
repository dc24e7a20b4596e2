/**
 * Upserting many rows of one ticker into a table whose key is (ticker, date, source).
 *
 * @module
 */
import type { SQLInputValue } from "node:sqlite";
import type { Database } from "../connection/database.ts";

/**
 * Rows per statement. Each call into SQLite has a cost of its own, and so has each parameter: of 1, 2,
 * 3, 4, 6, 12 and 20 rows at a time, 4 to 6 took the least time, a sixth less than 1.
 */
const ROWS_PER_STATEMENT = 6;

/** The columns of a table beside its key and `ingest_id`, as {@linkcode rowsUpsert} takes them. */
interface UpsertColumns {
  /** Those that are mostly the same from row to row. Default none. */
  readonly shared?: readonly string[];
  readonly own: readonly string[];
  /** Those of which a null leaves what is stored as it is. Default none. */
  readonly kept?: readonly string[];
}

/** The statements that upsert rows. */
export interface RowsUpsert {
  readonly bulk: string;
  readonly single: string;
  /** Values that the rows of a statement have in common: ticker, ingest_id, source, shared columns. */
  readonly sharedWidth: number;
  /** Values of a row: date, own columns. */
  readonly width: number;
}

/** How rows become the values of a statement. */
export interface RowValues {
  /** Whether two rows have the same source and shared columns. */
  readonly shares: (a: number, b: number) => boolean;
  /** Source and shared columns; undefined where the table gets nothing of the row. */
  readonly shared: (row: number) => readonly SQLInputValue[] | undefined;
  /** Writes date and own columns from a place on. */
  readonly fill: (values: SQLInputValue[], at: number, row: number) => void;
}

/**
 * Makes the statements: the database's own `INSERT … ON CONFLICT … DO UPDATE`, which leaves a row alone
 * where nothing changes. What rows have in common is given once for all rows of a statement: with eight
 * columns shared of thirteen, inserting takes three fifths of the time.
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

/**
 * Upserts rows.
 *
 * @param of Their ticker, and the row of `ingest_logs` that answers for them.
 * @param length How many rows there are; each (date, source) once.
 * @returns How many rows were inserted or changed.
 */
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
