/**
 * Reading a table page by page, so that memory stays flat however many rows there are.
 *
 * Each page is one query for the rows behind the last key: an error in it is thrown, which one in the
 * middle of `StatementSync.iterate` is not (Deno 2.9.6), and no page is read twice as with `OFFSET`.
 *
 * @module
 */
import type { SQLInputValue, SQLOutputValue } from "node:sqlite";
import type { ExportPage } from "../../care.ts";
import { StoreError } from "../../errors.ts";
import type { ExportPlan, Segment } from "./plan.ts";
import { quoted } from "../../export/objects.ts";
import { type Reader, returnArrays } from "../connection/reader.ts";

function incomplete({ path }: Reader, plan: ExportPlan, read: number, there: number): StoreError {
  const message = `only ${read} of the ${there} rows of ${plan.object} in ${path} could be read`;
  return new StoreError("export_incomplete", message, path, {
    hint: `See whether the database is sound: tickerlock db verify --db ${path}`,
  });
}

/** How many rows there are; undefined where counting would take as long as reading. */
export function countRows(db: Reader, plan: ExportPlan): number | undefined {
  if (!plan.whole || !plan.keyed || plan.atOnce) return undefined;
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

/**
 * The rows of a plan, page by page.
 *
 * @param db A connection within a transaction, so that all pages are of one state.
 * @throws {StoreError} `export_incomplete`, `export_bad_key`, or what is wrong with the database.
 */
export function* exportPages(
  db: Reader,
  plan: ExportPlan,
  nextRows: () => number,
  there: number | undefined,
): Generator<ExportPage> {
  if (!plan.keyed) {
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
