/**
 * Reading a table page by page, so that memory stays flat however many rows there are.
 *
 * Each page is one query for the rows behind the last key: an error in it is thrown, which one in the
 * middle of `StatementSync.iterate` is not (Deno 2.9.6), and no page is read twice as with `OFFSET`.
 *
 * @module
 */
import type { SQLInputValue, SQLOutputValue } from "node:sqlite";
import { DatabaseError } from "../../errors.ts";
import type { ExportPlan, Segment } from "./plan.ts";
import { quoted } from "./schema.ts";
import type { Reader } from "../connection/reader.ts";
import { returnArrays } from "../connection/row_arrays.ts";

/** Rows of values; the first of each are those of the plan's columns. */
export type Rows = readonly (readonly SQLOutputValue[])[];

/** Characters of text that one page should become: beyond it nothing gets faster. */
const PAGE_CHARACTERS = 128 * 1024;

const FIRST_ROWS = 64;
const MOST_ROWS = 8192;

/** How many rows the next page has, by how long the rows before it were. */
export class PageSize {
  #rows = FIRST_ROWS;

  /** Rows that the next page should have. */
  get rows(): number {
    return this.#rows;
  }

  /**
   * Learns from a page.
   *
   * @param rows How many it had.
   */
  learn(rows: number, characters: number): void {
    const fitting = Math.floor(PAGE_CHARACTERS * rows / Math.max(characters, 1));
    // Growing by steps: rows that are short at first may be long later on.
    this.#rows = Math.max(1, Math.min(fitting, this.#rows * 8, MOST_ROWS));
  }
}

function incomplete(db: Reader, plan: ExportPlan, read: number, there: number): DatabaseError {
  return new DatabaseError(
    "export_incomplete",
    `only ${read} of the ${there} rows of ${plan.object} in ${db.path} could be read`,
    db.path,
    { hint: `See whether the database is sound: tickerlock db verify --db ${db.path}` },
  );
}

/**
 * How many rows there are, where that is cheap to tell.
 *
 * @param db A connection within a transaction.
 * @param plan How the table is read.
 * @returns Undefined where counting would take as long as reading.
 */
export function countRows(db: Reader, plan: ExportPlan): number | undefined {
  if (!plan.whole || !plan.keyed || plan.atOnce) return undefined;
  return Number(db.get(`SELECT count(*) AS n FROM ${quoted(plan.object)}`)?.n);
}

function* segmentAtOnce(
  db: Reader,
  plan: ExportPlan,
  { where, values, key }: Segment,
  size: PageSize,
): Generator<Rows> {
  const condition = where === "" ? "" : ` WHERE ${where}`;
  const order = key.length === 0 ? "" : ` ORDER BY ${key.join(", ")}`;
  const rows = db.arrays(
    `SELECT ${plan.selected.join(", ")} FROM ${quoted(plan.object)}${condition}${order}`,
    ...values,
  );
  for (let at = 0; at < rows.length;) {
    const page = rows.slice(at, at + size.rows);
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
  size: PageSize,
): Generator<Rows> {
  const select = `SELECT ${plan.selected.join(", ")} FROM ${quoted(plan.object)}`;
  const order = key.length === 0 ? "" : ` ORDER BY ${key.join(", ")}`;
  const behind = `(${key.join(", ")}) > (${key.map(() => "?").join(", ")})`;
  const at = key.map((each) => plan.selected.indexOf(each));
  let last: readonly SQLInputValue[] | undefined;
  for (;;) {
    const all = [where, last === undefined ? "" : behind].filter((each) => each !== "");
    const condition = all.length === 0 ? "" : ` WHERE ${all.join(" AND ")}`;
    const limit = size.rows;
    const sql = `${select}${condition}${order} LIMIT ?`;
    const rows = db.arrays(sql, ...values, ...last ?? [], limit);
    const first = rows[0];
    if (first === undefined) return;
    if (last?.every((value, index) => isSame(value, first[at[index] ?? 0])) ?? false) {
      // Text that is no UTF-8 is not found again by what was read of it.
      throw new DatabaseError(
        "export_bad_key",
        `a key of ${plan.object} in ${db.path} is no text in UTF-8: ${last?.join(", ")}`,
        db.path,
        { hint: "Correct that row, for example with the sqlite3 shell." },
      );
    }
    yield rows;
    if (rows.length < limit || key.length === 0) return;
    last = at.map((index) => rows.at(-1)?.[index] ?? null);
  }
}

// A view without a known key. Every column takes part in the order, so that equal data come out
// equal; SQLite sorts on the disk what does not fit into its memory.
function* sortedPages(db: Reader, plan: ExportPlan, size: PageSize): Generator<Rows> {
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
      if (rows.length < size.rows) continue;
      read += rows.length;
      yield rows;
      rows = [];
    }
    read += rows.length;
    if (rows.length > 0) yield rows;
    if (read !== there) throw incomplete(db, plan, read, there);
  }
}

/**
 * The rows of a plan, page by page.
 *
 * @param db A connection within a transaction, so that all pages are of one state.
 * @param plan How the table is read.
 * @param size Tell it after each page how long its text became.
 * @param there How many rows there are, from {@linkcode countRows}.
 * @throws {DatabaseError} `export_incomplete`, `export_bad_key`, or what is wrong with the database.
 */
export function* exportPages(
  db: Reader,
  plan: ExportPlan,
  size: PageSize,
  there: number | undefined,
): Generator<Rows> {
  if (!plan.keyed) {
    yield* sortedPages(db, plan, size);
    return;
  }
  let read = 0;
  for (const segment of plan.segments) {
    const pages = plan.atOnce ? segmentAtOnce : segmentPages;
    for (const rows of pages(db, plan, segment, size)) {
      read += rows.length;
      yield rows;
    }
  }
  if (there !== undefined && read !== there) throw incomplete(db, plan, read, there);
}
