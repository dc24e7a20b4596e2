/**
 * Reading a table page by page, each by a query behind the last key: its errors are thrown, which one in
 * the middle of `iterate` is not (Deno 2.9.6).
 * @module
 */
import type { SQLInputValue, SQLOutputValue } from "node:sqlite";
import { addDays } from "../../../base/day.ts";
import type { ExportPage, ExportQuery } from "../../care.ts";
import { StoreError } from "../../errors.ts";
import {
  chosenColumns,
  type ExportObject,
  factsOf,
  filterColumn,
  quoted,
} from "../../export/objects.ts";
import { type Reader, returnArrays } from "../connection/reader.ts";

/** A part of the rows that is read page by page. */
interface Segment {
  readonly where: string;
  readonly values: readonly SQLInputValue[];
  /** Expressions of the key that vary within it; none where it has one row at most. */
  readonly key: readonly string[];
}

/** How a table is read. */
export interface ExportPlan {
  readonly object: string;
  readonly columns: readonly string[];
  /** What is selected, as SQL: the columns, then what of the key is not among them. */
  readonly selected: readonly string[];
  readonly segments: readonly Segment[];
  /** Whether all rows are wanted, so that counting them beforehand is cheap. */
  readonly whole: boolean;
  /** Without one, rows are sorted by all columns. */
  readonly keyColumn: string | undefined;
  readonly atOnce: boolean;
}

interface Condition {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

// The plus keeps SQLite from reading by another index than that of the key, and sorting each page.
function conditionsOf(object: ExportObject, query: ExportQuery): Condition[] {
  const { source, from, to } = query;
  const date = factsOf(object.name).date ?? "date";
  const conditions: Condition[] = [];
  if (source !== null) {
    const column = filterColumn("source", object, "source");
    conditions.push({ sql: `+${column} = ?`, values: [source] });
  }
  if (from !== null) {
    const column = filterColumn("from", object, date);
    conditions.push({ sql: `+${column} >= ?`, values: [from] });
  }
  if (to !== null) {
    const column = filterColumn("to", object, date);
    // Times of that day are text that begins with it. After 9999-12-31 comes no day of four digits.
    const end = addDays(to, 1);
    conditions.push(
      end > to
        ? { sql: `+${column} < ?`, values: [end] }
        : { sql: `+${column} IS NOT NULL`, values: [] },
    );
  }
  return conditions;
}

function segmentsOf(object: ExportObject, query: ExportQuery): Segment[] {
  const conditions = conditionsOf(object, query);
  const key = object.key ?? [];
  const segment = (all: readonly Condition[], rest: readonly string[]): Segment => ({
    where: all.map(({ sql }) => sql).join(" AND "),
    values: all.flatMap(({ values }) => values),
    key: rest,
  });
  const wanted = query.tickers.length > 0 ? query.tickers : object.tickers ?? [];
  const tickers = [...new Set(wanted)].sort();
  if (tickers.length === 0) return [segment(conditions, key)];
  const column = filterColumn("ticker", object, factsOf(object.name).ticker ?? "ticker");
  if (key[0] !== column) {
    const marks = tickers.map(() => "?").join(", ");
    return [segment([...conditions, { sql: `+${column} IN (${marks})`, values: tickers }], key)];
  }
  return tickers.map((ticker) =>
    segment([{ sql: `${column} = ?`, values: [ticker] }, ...conditions], key.slice(1))
  );
}

/** Plans how to read a table or view. @throws {UsageError} `filter_not_possible`, `unknown_column`. */
export function planExport(object: ExportObject, query: ExportQuery): ExportPlan {
  const columns = query.columns === null ? object.columns : chosenColumns(object, query.columns);
  const chosen = columns.map(quoted);
  const segments = segmentsOf(object, query);
  return {
    object: object.name,
    columns,
    selected: [...chosen, ...(object.key ?? []).filter((each) => !chosen.includes(each))],
    segments,
    whole: segments.every(({ where }) => where === ""),
    keyColumn: object.key?.[0],
    atOnce: factsOf(object.name).atOnce === true,
  };
}

function incomplete({ path }: Reader, plan: ExportPlan, read: number, there: number): StoreError {
  const message = `only ${read} of the ${there} rows of ${plan.object} in ${path} could be read`;
  return new StoreError("export_incomplete", message, path, {
    hint: `See whether the database is sound: tickerlock db verify --db ${path}`,
  });
}

/** How many rows there are; undefined where counting would take as long as reading. */
export function countRows(db: Reader, plan: ExportPlan): number | undefined {
  if (!plan.whole || plan.keyColumn === undefined || plan.atOnce) return undefined;
  return Number(db.get(`SELECT count(*) AS n FROM ${quoted(plan.object)}`)?.n);
}

function* segmentAtOnce(
  db: Reader,
  plan: ExportPlan,
  { where, values, key }: Segment,
  nextRows: () => number,
): Generator<ExportPage> {
  const condition = where === "" ? "" : ` WHERE ${where}`;
  const order = key.length === 0 ? "" : ` ORDER BY ${key.join(", ")}`;
  const rows = db.arrays(
    `SELECT ${plan.selected.join(", ")} FROM ${quoted(plan.object)}${condition}${order}`,
    ...values,
  );
  for (let at = 0; at < rows.length;) {
    const page = rows.slice(at, at + nextRows());
    at += page.length;
    yield page;
  }
}

function isSame(a: SQLInputValue | undefined, b: SQLInputValue | undefined): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return String(a) === String(b);
  // A page with a number beyond 2^53 has bigints, the next one may not.
  return typeof a === "bigint" || typeof b === "bigint" ? String(a) === String(b) : a === b;
}

function* segmentPages(
  db: Reader,
  plan: ExportPlan,
  { where, values, key }: Segment,
  nextRows: () => number,
): Generator<ExportPage> {
  const select = `SELECT ${plan.selected.join(", ")} FROM ${quoted(plan.object)}`;
  const order = key.length === 0 ? "" : ` ORDER BY ${key.join(", ")}`;
  const behind = `(${key.join(", ")}) > (${key.map(() => "?").join(", ")})`;
  const at = key.map((each) => plan.selected.indexOf(each));
  let last: readonly SQLInputValue[] | undefined;
  for (;;) {
    const all = [where, last === undefined ? "" : behind].filter((each) => each !== "");
    const condition = all.length === 0 ? "" : ` WHERE ${all.join(" AND ")}`;
    const limit = nextRows();
    const sql = `${select}${condition}${order} LIMIT ?`;
    const rows = db.arrays(sql, ...values, ...last ?? [], limit);
    const first = rows[0];
    if (first === undefined) return;
    if (last?.every((value, index) => isSame(value, first[at[index] ?? 0])) ?? false) {
      // Text that is no UTF-8 is not found again by what was read of it.
      const message = `a key of ${plan.object} in ${db.path} is no text in UTF-8: ${
        last?.join(", ")
      }`;
      throw new StoreError("export_bad_key", message, db.path, {
        hint: "Correct that row, for example with the sqlite3 shell.",
      });
    }
    yield rows;
    if (rows.length < limit || key.length === 0) return;
    last = at.map((index) => rows.at(-1)?.[index] ?? null);
  }
}

// A view without a known key. Every column takes part in the order, so that equal data come out
// equal; SQLite sorts on the disk what does not fit into its memory.
function* sortedPages(db: Reader, plan: ExportPlan, nextRows: () => number): Generator<ExportPage> {
  for (const { where, values } of plan.segments) {
    const from = `FROM ${quoted(plan.object)}${where === "" ? "" : ` WHERE ${where}`}`;
    const there = Number(db.get(`SELECT count(*) AS n ${from}`, ...values)?.n);
    db.get("PRAGMA temp_store = FILE");
    const order = plan.selected.map((each) => `${each} COLLATE BINARY`).join(", ");
    const statement = db.raw.prepare(
      `SELECT ${plan.selected.join(", ")} ${from} ORDER BY ${order}`,
    );
    const arrayOf = returnArrays(statement);
    statement.setReadBigInts(true);
    let read = 0;
    let rows: SQLOutputValue[][] = [];
    for (const row of statement.iterate(...values)) {
      rows.push(arrayOf(row));
      if (rows.length < nextRows()) continue;
      read += rows.length;
      yield rows;
      rows = [];
    }
    read += rows.length;
    if (rows.length > 0) yield rows;
    if (read !== there) throw incomplete(db, plan, read, there);
  }
}

/** The rows of a plan, page by page, of a connection within a transaction. @throws {StoreError} */
export function* exportPages(
  db: Reader,
  plan: ExportPlan,
  nextRows: () => number,
  there: number | undefined,
): Generator<ExportPage> {
  if (plan.keyColumn === undefined) {
    yield* sortedPages(db, plan, nextRows);
    return;
  }
  let read = 0;
  for (const segment of plan.segments) {
    const pages = plan.atOnce ? segmentAtOnce : segmentPages;
    for (const rows of pages(db, plan, segment, nextRows)) {
      read += rows.length;
      yield rows;
    }
  }
  if (there !== undefined && read !== there) throw incomplete(db, plan, read, there);
}
