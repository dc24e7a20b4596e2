/**
 * Prices and details as lines of text: by a checksum the server is asked whether it has them, and new ones
 * are sent by `COPY`. Most days are new or stored as they are; everything else is left to `upsertPrices`.
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { DETAIL_NUMBERS, orNull, PRICE_NUMBERS } from "../../../model/price_columns.ts";
import type { UpsertCounts } from "../../store.ts";
import type { Transaction } from "../connection/connection.ts";
import { CsvText } from "../connection/csv_text.ts";
import { arrayText, type SqlValue } from "../connection/driver.ts";
import { DETAIL_NAMES, PAPER_NAMES, PRICES, type PricesOf } from "./prices.ts";

const TABLES = { prices: PRICES, price_details: DETAIL_NAMES } as const;
type Table = keyof typeof TABLES;

const COMMA = 0x2c;
const encoder = new TextEncoder();

const [BEGIN, BETWEEN, END] = ["(", ")\n(", ")"].map((each) => encoder.encode(each)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];

/** The lines of a table for one ticker: its key, the columns that are compared, the row of the log. */
class Lines {
  readonly #text: CsvText;
  readonly #key: Uint8Array;
  readonly #end: Uint8Array;
  readonly #starts: number[];

  constructor(text: CsvText, ticker: string, source: string, ingestId: number) {
    this.#text = text;
    this.#starts = [text.length];
    const part = new CsvText(64);
    part.value(ticker);
    part.next(source);
    part.byte(COMMA);
    this.#key = part.part(0, part.length);
    this.#end = encoder.encode(`,${ingestId}\n`);
  }

  get count(): number {
    return this.#starts.length - 1;
  }

  add(date: string, values: readonly (SqlValue | undefined)[]): void {
    const text = this.#text;
    text.bytes(this.#key);
    text.value(date);
    for (const value of values) text.next(value);
    text.bytes(this.#end);
    this.#starts.push(text.length);
  }

  from(index: number): Uint8Array {
    return this.#text.part(this.#starts[index] ?? this.#text.length, this.#starts.at(-1) ?? 0);
  }

  begin(n: number, sha256: unknown): boolean {
    if (n === 0) return true;
    if (n > this.count) return false;
    const text = new CsvText((this.#starts[n] ?? 0) - (this.#starts[0] ?? 0));
    for (let index = 0; index < n; index++) {
      const [from = 0, to = 0] = [this.#starts[index], this.#starts[index + 1]];
      text.bytes(index === 0 ? BEGIN : BETWEEN);
      text.copy(this.#text, from + this.#key.length, to - this.#end.length);
    }
    text.bytes(END);
    return createHash("sha256").update(text.part(0, text.length)).digest("hex") === sha256;
  }
}

interface Written {
  readonly of: PricesOf;
  readonly source: string;
  readonly prices: Lines;
  readonly details: Lines;
}

function detailed({ of: { rows }, details }: Written, n: number): number {
  return details.count === rows.length
    ? n
    : rows.paper.slice(0, n).filter((paper) => paper !== undefined).length;
}

function write(of: PricesOf, text: Readonly<Record<Table, CsvText>>): Written | undefined {
  const { rows, ticker, ingestId } = of;
  const source = rows.source[0] ?? of.source;
  let before = "";
  for (const [row, date] of rows.date.entries()) {
    if (date <= before || (rows.source[row] ?? of.source) !== source) return undefined;
    before = date;
  }
  if (before === "") return undefined;
  const prices = new Lines(text.prices, ticker, source, ingestId);
  const details = new Lines(text.price_details, ticker, source, ingestId);
  for (const [row, date] of rows.date.entries()) {
    prices.add(date, PRICE_NUMBERS.map((name) => orNull(rows[name](row))));
    const paper = rows.paper[row];
    if (paper === undefined) continue;
    details.add(date, [
      ...PAPER_NAMES.map((name) => paper[name]),
      ...DETAIL_NUMBERS.map((name) => orNull(rows[name](row))),
    ]);
  }
  return { of, source, prices, details };
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

/** What is to be written of a ticker of which the first days are stored as they are, or none. */
export interface NewRows {
  readonly counts: UpsertCounts;
  readonly text: Readonly<Record<Table, Uint8Array>>;
}

/**
 * Compares rows with what is stored.
 * @returns By the row of `ingest_logs`, without days stored otherwise.
 */
export async function newRows(
  db: Transaction,
  all: readonly PricesOf[],
): Promise<Map<number, NewRows>> {
  const lines = new Map<number, Written>();
  const text = { prices: new CsvText(), price_details: new CsvText() };
  for (const of of all) {
    const each = write(of, text);
    if (each !== undefined) lines.set(of.ingestId, each);
  }
  const [without, having] = [false, true].map((withDetails) => {
    const asked = [...lines.values()].filter((each) => each.details.count > 0 === withDetails);
    return asked.length === 0 ? [] : db.all(
      storedSql(withDetails),
      arrayText(asked.map(({ of }) => of.ingestId)),
      arrayText(asked.map(({ of }) => of.ticker)),
      arrayText(asked.map(({ source }) => source)),
      arrayText(asked.map(({ of: { rows } }) => rows.date[0])),
      arrayText(asked.map(({ of: { rows } }) => rows.date.at(-1))),
    );
  });
  const found = new Map<number, NewRows>();
  for (const row of [...await without ?? [], ...await having ?? []]) {
    const [id, known, details] = [Number(row.id), Number(row.n), Number(row.details ?? 0)];
    const each = lines.get(id);
    if (
      each === undefined || detailed(each, known) !== details ||
      !each.prices.begin(known, row.sha256) || !each.details.begin(details, row.details_sha256)
    ) continue;
    found.set(id, {
      counts: { inserted: each.prices.count - known, updated: 0, unchanged: known },
      text: { prices: each.prices.from(known), price_details: each.details.from(details) },
    });
  }
  return found;
}

/** Inserts rows that are not stored; its failure is heard by who awaits it, whenever that is. */
export function copyRows(db: Transaction, all: readonly NewRows[]): Promise<unknown> {
  const copies = Object.entries(TABLES).map(([table, columns]) => {
    const text = Buffer.concat(all.map((each) => each.text[table as Table]));
    return text.length === 0 ? undefined : db.copy(
      `COPY ${table} (ticker, source, date, ${columns.join(", ")}, ingest_id)
       FROM STDIN (FORMAT csv)`,
      text,
    );
  });
  const copied = Promise.all(copies);
  copied.catch(() => {});
  return copied;
}
