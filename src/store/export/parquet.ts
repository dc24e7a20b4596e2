/** Rows as Parquet, one group after the other: days as DATE, times as TIMESTAMP in UTC. @module */
import { ParquetWriter } from "hyparquet-writer";
import { ByteWriter } from "hyparquet-writer/bytes";
import { isDay } from "../../base/day.ts";
import { plural } from "../../base/text.ts";
import { VERSION } from "../../base/version.ts";
import type { ColumnType, ExportQuery, ExportRows, ExportValue } from "../care.ts";
import { StoreError } from "../errors.ts";
import type { OnRows, Outflow, Poured } from "./pour.ts";

/** Rows of a group: what a reader leaves out or takes as a whole, and what is in memory at once. */
const GROUP_ROWS = 50_000;

const GROUP_CHARACTERS = 16 * 1024 * 1024;

const PAGE_ROWS = 4096;

const DAY_MS = 86_400_000;

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]["schema"][number];
type Row = readonly ExportValue[];

const ELEMENTS: Readonly<Record<ColumnType, Omit<SchemaElement, "name">>> = {
  integer: { type: "INT64" },
  double: { type: "DOUBLE" },
  text: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  day: { type: "INT32", converted_type: "DATE", logical_type: { type: "DATE" } },
  time: {
    type: "INT64",
    converted_type: "TIMESTAMP_MILLIS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" },
  },
  bytes: { type: "BYTE_ARRAY" },
};

const WORDS: Readonly<Record<ColumnType, string>> = {
  integer: "a whole number of 64 bits",
  double: "a number that a double holds",
  text: "text",
  day: "a day YYYY-MM-DD",
  time: "a time in UTC, YYYY-MM-DDTHH:MM:SS.mmmZ",
  bytes: "bytes",
};

const days = new Map<string, number | undefined>();

/** Days since 1970; most rows have one that was seen before. */
function dayNumber(text: string): number | undefined {
  if (days.has(text)) return days.get(text);
  const number = isDay(text) ? Date.parse(`${text}T00:00:00Z`) / DAY_MS : undefined;
  if (days.size > 100_000) days.clear();
  days.set(text, number);
  return number;
}

/** A value of a column as the writer takes it; undefined where it is none of that type. */
const FITTED: Readonly<Record<ColumnType, (value: ExportValue) => ExportValue | undefined>> = {
  integer: (value) => {
    if (typeof value === "bigint") return value;
    return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : undefined;
  },
  double: (value) => {
    if (typeof value === "bigint") {
      return BigInt(Number(value)) === value ? Number(value) : undefined;
    }
    return typeof value === "number" ? value : undefined;
  },
  text: (value) => typeof value === "string" ? value : undefined,
  day: (value) => typeof value === "string" ? dayNumber(value) : undefined,
  time: (value) => {
    if (typeof value !== "string" || !/^.{10}T\d\d:\d\d:\d\d(\.\d{1,3})?Z$/.test(value)) return;
    const time = dayNumber(value.slice(0, 10)) === undefined ? NaN : Date.parse(value);
    return Number.isNaN(time) ? undefined : time;
  },
  bytes: (value) => value instanceof Uint8Array ? value : undefined,
};

function seenType(rows: readonly Row[], at: number): ColumnType {
  const kinds = new Set<ColumnType>();
  for (const row of rows) {
    const value = row[at];
    if (typeof value === "string") kinds.add("text");
    else if (value instanceof Uint8Array) kinds.add("bytes");
    else if (typeof value === "bigint" || Number.isSafeInteger(value)) kinds.add("integer");
    else if (typeof value === "number") kinds.add("double");
  }
  if (kinds.has("double")) return "double";
  const [only = "text"] = kinds;
  return only;
}

/** What all documents of an export have in common. */
export class ParquetSchema {
  readonly #from: ExportRows;
  readonly #query: ExportQuery;
  readonly #db: string;
  #types: readonly ColumnType[] | undefined;

  constructor(from: ExportRows, query: ExportQuery, db: string) {
    this.#from = from;
    this.#query = query;
    this.#db = db;
  }

  writer(bytes: ByteWriter, rows: readonly Row[]): ParquetWriter {
    const { columns, schemaVersion } = this.#from;
    const types = this.#typesFrom(rows);
    const { object, ...filter } = this.#query;
    return new ParquetWriter({
      writer: bytes,
      schema: [
        { name: "schema", num_children: columns.length },
        ...columns.map((name, at): SchemaElement => ({
          name,
          repetition_type: "OPTIONAL",
          ...ELEMENTS[types[at] ?? "text"],
        })),
      ],
      createdBy: `tickerlock version ${VERSION}`,
      kvMetadata: [
        { key: "tickerlock.version", value: VERSION },
        { key: "tickerlock.schema", value: String(schemaVersion) },
        { key: "tickerlock.object", value: object },
        { key: "tickerlock.query", value: JSON.stringify(filter) },
      ],
    });
  }

  columnsOf(rows: readonly Row[]): { name: string; data: ExportValue[] }[] {
    const types = this.#typesFrom(rows);
    return this.#from.columns.map((name, at) => {
      const type = types[at] ?? "text";
      const fitted = FITTED[type];
      const data = rows.map((row) => {
        const value = row[at] ?? null;
        return value === null ? null : fitted(value) ?? this.refuse(name, value, type);
      });
      return { name, data };
    });
  }

  #typesFrom(rows: readonly Row[]): readonly ColumnType[] {
    return this.#types ??= this.#from.types.map((type, at) => type ?? seenType(rows, at));
  }

  /** Refuses a value of a column. @throws {StoreError} `export_value_unfit`. */
  refuse(column: string, value: ExportValue, type: ColumnType): never {
    const shown = value instanceof Uint8Array ? plural(value.length, "byte") : String(value);
    throw new StoreError(
      "export_value_unfit",
      `column ${column} of ${this.#query.object} holds ${JSON.stringify(shown.slice(0, 60))}, ` +
        `which is not ${WORDS[type]}: a column of Parquet has one type`,
      this.#db,
      {
        hint: "Leave the column out with --columns, give it one type in a view " +
          `(CAST(${column} AS TEXT)), or export as csv, json or ndjson.`,
      },
    );
  }
}

class Pieces extends ByteWriter {
  wanted = true;
  readonly #out: Outflow;

  constructor(out: Outflow) {
    super();
    this.#out = out;
  }

  async flush(): Promise<void> {
    const piece = this.getBytes().slice();
    this.index = 0;
    this.wanted &&= await this.#out.write(piece);
  }

  override finish(): Promise<void> {
    return this.flush();
  }
}

/** One document that is being written. */
export class ParquetDocument {
  waiting: Row[] = [];
  rows = 0;
  readonly #schema: ParquetSchema;
  readonly #out: Outflow;
  readonly #pieces: Pieces;
  #writer: ParquetWriter | undefined;
  #characters = 0;

  constructor(schema: ParquetSchema, out: Outflow) {
    this.#schema = schema;
    this.#out = out;
    this.#pieces = new Pieces(out);
  }

  add(row: Row): boolean {
    this.waiting.push(row);
    for (const value of row) {
      if (typeof value === "string") this.#characters += value.length;
      else if (value instanceof Uint8Array) this.#characters += value.length;
    }
    return this.waiting.length >= GROUP_ROWS || this.#characters >= GROUP_CHARACTERS;
  }

  /** Writes what is waiting as a group. @returns False where the reader wants no more. */
  async flush(): Promise<boolean> {
    const rows = this.waiting;
    this.#writer ??= this.#schema.writer(this.#pieces, rows);
    const columnData = this.#schema.columnsOf(rows);
    this.waiting = [];
    this.#characters = 0;
    await this.#writer.write({ columnData, rowGroupSize: rows.length });
    this.rows += rows.length;
    return this.#pieces.wanted;
  }

  /** Writes the rest. @returns False where the reader wanted no more. */
  async end(): Promise<boolean> {
    if (this.waiting.length > 0 && !await this.flush()) return false;
    this.#writer ??= this.#schema.writer(this.#pieces, []);
    await this.#writer.finish();
    return this.#pieces.wanted && await this.#out.end();
  }
}

/** All rows, with how far that has come. */
export async function* rowsOf(from: ExportRows, onRows: OnRows | undefined): AsyncGenerator<Row[]> {
  let done = 0;
  for (let page; (page = await from.page(PAGE_ROWS)) !== undefined;) {
    yield [...page];
    onRows?.(done += page.length, from.total);
  }
}

/** Writes rows as one document. @throws {StoreError} `export_value_unfit`. */
export async function pourParquet(
  from: ExportRows,
  out: Outflow,
  schema: ParquetSchema,
  onRows: OnRows | undefined,
): Promise<Poured> {
  const document = new ParquetDocument(schema, out);
  for await (const page of rowsOf(from, onRows)) {
    for (const row of page) {
      if (document.add(row) && !await document.flush()) {
        return { rows: document.rows, bytes: out.bytes, cutShort: true };
      }
    }
  }
  const wanted = await document.end();
  return { rows: document.rows, bytes: out.bytes, cutShort: !wanted };
}
