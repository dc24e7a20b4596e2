/**
 * From what is wanted of a table to the statements that read it page by page.
 *
 * @module
 */
import type { SQLInputValue } from "node:sqlite";
import { addDays } from "../../../base/day.ts";
import type { ExportQuery } from "../../care.ts";
import {
  chosenColumns,
  type ExportObject,
  factsOf,
  filterColumn,
  quoted,
} from "../../export/objects.ts";

/** A part of the rows that is read page by page. */
export interface Segment {
  /** What every row of it fulfils, as SQL; empty for nothing. */
  readonly where: string;
  readonly values: readonly SQLInputValue[];
  /** Expressions of the key that vary within it; none where it has one row at most. */
  readonly key: readonly string[];
}

/** How a table is read. */
export interface ExportPlan {
  readonly object: string;
  /** Names of the columns that are written. */
  readonly columns: readonly string[];
  /** What is selected, as SQL: the columns, then what of the key is not among them. */
  readonly selected: readonly string[];
  /** The parts, in the order of the key. */
  readonly segments: readonly Segment[];
  /** Whether all rows are wanted, so that counting them beforehand is cheap. */
  readonly whole: boolean;
  /** Whether there is a key to read by; without one, rows are sorted by all columns. */
  readonly keyed: boolean;
  /** First column of the key, as SQL; undefined where there is no key. */
  readonly keyColumn: string | undefined;
  /** Whether each part is read by one query, and all of its rows are in memory for that time. */
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

/**
 * Plans how to read a table or view.
 *
 * @throws {UsageError} `filter_not_possible`, `unknown_column`.
 */
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
    keyed: object.key !== null,
    keyColumn: object.key?.[0],
    atOnce: factsOf(object.name).atOnce === true,
  };
}
