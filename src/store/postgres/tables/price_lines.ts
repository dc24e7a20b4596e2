/**
 * Rows of prices and their details as lines of text: how the server is asked whether it has them
 * already, and how new ones are sent to it by `COPY`.
 *
 * Most days are either new or stored as they are. Of what is stored only a checksum comes back, and of
 * days that are stored nothing is sent. Everything else is left to `upsertPrices`.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { PriceRow } from "../../../model/prices.ts";
import type { UpsertCounts } from "../../store.ts";
import type { Transaction } from "../connection/connection.ts";
import { arrayText, type SqlValue } from "../connection/driver.ts";
import { DETAIL_NAMES, PRICES, type PricesOf } from "./prices.ts";

const TABLES = { prices: PRICES, price_details: DETAIL_NAMES } as const;
type Table = keyof typeof TABLES;

const SPECIAL = /["(),\\ \t\n\v\f\r]|^$/;

/** A value as the server writes it in the text of a row, and reads it in CSV. */
function field(value: SqlValue | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "";
  if (typeof value !== "string") return String(value);
  if (!SPECIAL.test(value) && !value.includes("\0")) return value;
  return `"${value.replaceAll("\0", "\u2400").replaceAll('"', '""')}"`;
}

function priceLine({ date, open, high, low, close, adjClose, volume }: PriceRow): string {
  return `${date},${field(open)},${field(high)},${field(low)},${field(close)},${field(adjClose)},` +
    field(volume);
}

function detailLine({ date, details }: PriceRow): string {
  let line = date;
  for (const name of DETAIL_NAMES) line += `,${field(details?.[name])}`;
  return line;
}

/** The rows of one ticker as lines. */
interface Lines {
  readonly of: PricesOf;
  readonly source: string;
  readonly prices: readonly string[];
  readonly details: readonly string[];
  /** How many of the first rows have as many details. */
  readonly detailed: (rows: number) => number;
}

/** Undefined where the days do not rise, or are of several sources. */
function linesOf(of: PricesOf): Lines | undefined {
  const { rows } = of;
  const source = rows[0]?.source ?? of.source;
  let before = "";
  const prices: string[] = [];
  const details: string[] = [];
  for (const row of rows) {
    if (row.date <= before || (row.source ?? of.source) !== source) return undefined;
    before = row.date;
    prices.push(priceLine(row));
    if (row.details !== undefined) details.push(detailLine(row));
  }
  const detailed = (n: number): number =>
    details.length === rows.length
      ? n
      : rows.slice(0, n).filter(({ details }) => details !== undefined).length;
  return before === "" ? undefined : { of, source, prices, details, detailed };
}

function checksumOf(table: Table, alias: string): string {
  return `LATERAL (SELECT count(*) AS n, encode(sha256(convert_to(string_agg(
      ROW(date, ${
    TABLES[table].join(", ")
  })::text, E'\\n' ORDER BY date), 'UTF8')), 'hex') AS sha256
    FROM ${table} AS stored WHERE stored.ticker = given.ticker AND stored.source = given.source
      AND stored.date BETWEEN given.first AND given.last) AS ${alias}`;
}

function storedSql(withDetails: boolean): string {
  return `SELECT given.id, prices.n, prices.sha256
    ${withDetails ? ", details.n AS details, details.sha256 AS details_sha256" : ""}
    FROM unnest($1::bigint[], $2::text[], $3::text[], $4::date[], $5::date[])
      AS given (id, ticker, source, first, last)
    CROSS JOIN ${checksumOf("prices", "prices")}
    ${withDetails ? `CROSS JOIN ${checksumOf("price_details", "details")}` : ""}`;
}

/** Whether the first of some lines are what the server has. */
function begins(lines: readonly string[], n: number, sha256: unknown): boolean {
  if (n === 0) return true;
  if (n > lines.length) return false;
  const text = lines.slice(0, n).map((line) => `(${line})`).join("\n");
  return createHash("sha256").update(text).digest("hex") === sha256;
}

function csv({ of: { ticker, ingestId }, source }: Lines, lines: readonly string[]): string {
  const key = `${field(ticker)},${field(source)},`;
  let text = "";
  for (const line of lines) text += `${key}${line},${ingestId}\n`;
  return text;
}

/** What is to be written of a ticker of which the first days are stored as they are, or none. */
export interface NewRows {
  readonly counts: UpsertCounts;
  /** Lines of the other days. */
  readonly text: Readonly<Record<Table, string>>;
}

/**
 * Compares rows with what is stored of their days.
 *
 * @returns By the row of `ingest_logs`. A ticker that is not there has days that are stored otherwise,
 *   or that cannot be told from others.
 */
export async function newRows(
  db: Transaction,
  all: readonly PricesOf[],
): Promise<Map<number, NewRows>> {
  const lines = new Map<number, Lines>();
  for (const of of all) {
    const each = linesOf(of);
    if (each !== undefined) lines.set(of.ingestId, each);
  }
  const [without, having] = [false, true].map((withDetails) => {
    const asked = [...lines.values()].filter((each) => each.details.length > 0 === withDetails);
    return asked.length === 0 ? [] : db.all(
      storedSql(withDetails),
      arrayText(asked.map(({ of }) => of.ingestId)),
      arrayText(asked.map(({ of }) => of.ticker)),
      arrayText(asked.map(({ source }) => source)),
      arrayText(asked.map(({ of: { rows } }) => rows[0]?.date)),
      arrayText(asked.map(({ of: { rows } }) => rows.at(-1)?.date)),
    );
  });
  const found = new Map<number, NewRows>();
  for (const row of [...await without ?? [], ...await having ?? []]) {
    const [id, known, details] = [Number(row.id), Number(row.n), Number(row.details ?? 0)];
    const each = lines.get(id);
    if (
      each === undefined || each.detailed(known) !== details ||
      !begins(each.prices, known, row.sha256) || !begins(each.details, details, row.details_sha256)
    ) continue;
    found.set(id, {
      counts: { inserted: each.prices.length - known, updated: 0, unchanged: known },
      text: {
        prices: csv(each, each.prices.slice(known)),
        price_details: csv(each, each.details.slice(details)),
      },
    });
  }
  return found;
}

/** Inserts rows that are not stored. */
export async function copyRows(db: Transaction, all: readonly NewRows[]): Promise<void> {
  const copies = Object.entries(TABLES).map(([table, columns]) => {
    const text = all.map((each) => each.text[table as Table]).join("");
    return text === "" ? undefined : db.copy(
      `COPY ${table} (ticker, source, date, ${columns.join(", ")}, ingest_id)
       FROM STDIN (FORMAT csv)`,
      text,
    );
  });
  await Promise.all(copies);
}
