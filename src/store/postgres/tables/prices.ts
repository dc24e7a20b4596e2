/**
 * Upserts of prices, details and actions of many tickers in one statement. Only what differs is written: a
 * row that `ON CONFLICT` finds unchanged is locked, which writes its page anew.
 * @module
 */
import {
  DETAIL_NUMBERS,
  type NumberName,
  type Paper,
  PRICE_NUMBERS,
  type PriceColumns,
} from "../../../model/price_columns.ts";
import type { CorporateAction, PriceRow } from "../../../model/prices.ts";
import type { DaySpan, UpsertCounts } from "../../store.ts";
import type { Transaction } from "../connection/connection.ts";
import { arrayText, type SqlValue } from "../connection/driver.ts";
import { jsonText } from "./jobs.ts";

/** The rows of one ticker. */
export interface PricesOf {
  readonly ticker: string;
  readonly source: string;
  /** Row of `ingest_logs` that answers for them; each once. */
  readonly ingestId: number;
  readonly rows: PriceColumns;
}

const KEY = ["ticker", "date", "source"];
/** Columns of `prices` that are compared, in the order of the table. */
export const PRICES = ["open", "high", "low", "close", "adj_close", "volume"];
const KEPT = new Set(["open", "adj_close", "volume"]);

const PAPER: Readonly<Record<keyof Paper, string>> = {
  currency: "text",
  isin: "text",
  specification: "text",
  distribution: "bigint",
  market: "text",
  term: "bigint",
  strike: "double precision",
  expiry: "date",
};
/** Columns of `price_details` that a paper has, named as its keys. */
export const PAPER_NAMES = Object.keys(PAPER) as (keyof Paper)[];
/** Columns of `price_details`. */
export const DETAIL_NAMES: readonly string[] = [...PAPER_NAMES, ...DETAIL_NUMBERS];

function joined(alias: string): string {
  return KEY.map((name) => `${alias}.${name} = given.${name}`).join(" AND ");
}

function insert(table: string, columns: readonly string[], changed: string): string {
  const all = [...KEY, ...columns, "ingest_id"];
  return `INSERT INTO ${table} (${all.join(", ")}) SELECT ${all.join(", ")} FROM judged
    WHERE ${changed} ORDER BY ${KEY.join(", ")} ON CONFLICT (${KEY.join(", ")}) DO UPDATE SET
      ${[...columns, "ingest_id"].map((name) => `${name} = excluded.${name}`).join(", ")}`;
}

function statement(withDetails: boolean, keepKnown: boolean): string {
  const types = [
    ...["text", "date", "text", "bigint", ...PRICES.map(() => "double precision")],
    ...withDetails
      ? [
        ...["boolean", ...Object.values(PAPER)],
        ...DETAIL_NUMBERS.map((name) => name === "trades" ? "bigint" : "double precision"),
      ]
      : [],
  ];
  const names = [
    ...[...KEY, "ingest_id", ...PRICES],
    ...withDetails ? ["detailed", ...DETAIL_NAMES] : [],
  ];
  const value = (name: string): string =>
    keepKnown && KEPT.has(name) ? `coalesce(given.${name}, stored.${name})` : `given.${name}`;
  const differ = (alias: string, columns: readonly string[], of: (name: string) => string) =>
    [
      `${alias}.ticker IS NULL`,
      ...columns.map((name) => `${alias}.${name} IS DISTINCT FROM ${of(name)}`),
    ]
      .join(" OR ");
  const given = (name: string): string => `given.${name}`;
  return `WITH given AS (
      SELECT * FROM unnest(${types.map((type, at) => `$${at + 1}::${type}[]`).join(", ")})
        AS given (${names.join(", ")})),
    judged AS MATERIALIZED (
      SELECT ${[...KEY, "ingest_id"].map(given).join(", ")},
        ${PRICES.map((name) => `${value(name)} AS ${name}`).join(", ")},
        stored.ticker IS NULL AS is_new, (${differ("stored", PRICES, value)}) AS is_changed
        ${
    withDetails
      ? `, ${DETAIL_NAMES.map(given).join(", ")},
        detailed AND (${differ("details", DETAIL_NAMES, given)}) AS is_other`
      : ""
  }
      FROM given LEFT JOIN prices AS stored ON ${joined("stored")}
        ${withDetails ? `LEFT JOIN price_details AS details ON ${joined("details")}` : ""}),
    written AS (${insert("prices", PRICES, "is_changed")})
    ${withDetails ? `, detailed AS (${insert("price_details", DETAIL_NAMES, "is_other")})` : ""}
    SELECT ingest_id, count(*) FILTER (WHERE is_new) AS inserted,
      count(*) FILTER (WHERE is_changed ${withDetails ? "OR is_other" : ""}) AS changed
    FROM judged GROUP BY ingest_id`;
}

const STATEMENTS = new Map<string, string>();

function statementOf(withDetails: boolean, keepKnown: boolean): string {
  const key = `${withDetails} ${keepKnown}`;
  const known = STATEMENTS.get(key) ?? statement(withDetails, keepKnown);
  STATEMENTS.set(key, known);
  return known;
}

function arrayOf<Value extends SqlValue | undefined>(
  all: readonly PricesOf[],
  value: (of: PricesOf, row: number) => Value,
): string {
  function* values(): Generator<Value> {
    for (const each of all) for (let row = 0; row < each.rows.length; row++) yield value(each, row);
  }
  return arrayText(values());
}

function columnsOf(all: readonly PricesOf[], withDetails: boolean): string[] {
  const numbers = (
    names: readonly NumberName[],
  ) => names.map((name) => arrayOf(all, ({ rows }, row) => rows[name](row)));
  return [
    arrayOf(all, ({ ticker }) => ticker),
    arrayOf(all, ({ rows }, row) => rows.date[row]),
    arrayOf(all, ({ rows, source }, row) => rows.source[row] ?? source),
    arrayOf(all, ({ ingestId }) => ingestId),
    ...numbers(PRICE_NUMBERS),
    ...withDetails
      ? [
        arrayOf(all, ({ rows }, row) => rows.paper[row] !== undefined),
        ...PAPER_NAMES.map((name) => arrayOf(all, ({ rows }, row) => rows.paper[row]?.[name])),
        ...numbers(DETAIL_NUMBERS),
      ]
      : [],
  ];
}

/** Upserts rows of tickers. @returns Counts by the row of `ingest_logs`; each row counts once. */
export async function upsertPrices(
  db: Transaction,
  all: readonly PricesOf[],
  keepKnown: boolean,
): Promise<Map<number, UpsertCounts>> {
  const counts = new Map<number, UpsertCounts>();
  const given = all.filter(({ rows }) => rows.length > 0);
  if (given.length > 0) {
    const withDetails = given.some(({ rows }) => rows.paper.length > 0);
    // One look into the key for each row: any other join would read the whole table.
    const [, found] = await Promise.all([
      db.run("SET LOCAL enable_hashjoin TO off; SET LOCAL enable_mergejoin TO off"),
      db.all(statementOf(withDetails, keepKnown), ...columnsOf(given, withDetails)),
      db.run("SET LOCAL enable_hashjoin TO on; SET LOCAL enable_mergejoin TO on"),
    ]);
    const byId = new Map(found.map((row) => [Number(row.ingest_id), row]));
    for (const { ingestId, rows } of given) {
      const row = byId.get(ingestId);
      const [inserted, changed] = [Number(row?.inserted), Number(row?.changed)];
      const updated = changed - inserted;
      counts.set(ingestId, { inserted, updated, unchanged: rows.length - changed });
    }
  }
  return counts;
}

/** A question for the stored rows of a ticker on some days. */
export interface WantedPrices {
  readonly ticker: string;
  readonly days: DaySpan;
  readonly source: string | undefined;
}

/** The stored rows of tickers on some days, by date. */
export async function storedPrices(
  db: Transaction,
  all: readonly WantedPrices[],
): Promise<PriceRow[][]> {
  const rows = await db.arrays(
    `SELECT place, stored.* FROM
       unnest($1::text[], $2::date[], $3::date[], $4::text[])
         WITH ORDINALITY AS given (ticker, first, last, source, place)
       CROSS JOIN LATERAL (
         SELECT date, open, high, low, close, adj_close, volume, source FROM prices
         WHERE ticker = given.ticker AND date BETWEEN given.first AND given.last
           AND (given.source IS NULL OR source = given.source) ORDER BY date, source) AS stored
     ORDER BY place, date, source`,
    arrayText(all.map(({ ticker }) => ticker)),
    arrayText(all.map(({ days }) => days.from)),
    arrayText(all.map(({ days }) => days.to)),
    arrayText(all.map(({ source }) => source)),
  );
  const found = all.map((): PriceRow[] => []);
  for (const values of rows as unknown as StoredPrice[]) {
    const at = Number(values[0]) - 1;
    found[at]?.push(priceOf(values, all[at]?.source === undefined));
  }
  return found;
}

type StoredPrice = readonly [
  of: unknown,
  date: string,
  open: number | null,
  high: number | null,
  low: number | null,
  close: number,
  adjClose: number | null,
  volume: number | null,
  source: string,
];

function priceOf(
  [, date, open, high, low, close, adjClose, volume, source]: StoredPrice,
  withSource: boolean,
): PriceRow {
  return withSource
    ? { date, open, high, low, close, adjClose, volume, source }
    : { date, open, high, low, close, adjClose, volume };
}

/** The same of several tickers. @param most Rows at most: where there are more, the answer is undefined. */
export async function storedPricesOf(
  db: Transaction,
  tickers: readonly string[],
  { from, to }: DaySpan,
  source: string | undefined,
  most: number,
): Promise<Map<string, PriceRow[]> | undefined> {
  const rows = await db.arrays(
    `SELECT ticker, date, open, high, low, close, adj_close, volume, source FROM prices
     WHERE ticker = ANY($1::text[]) AND date BETWEEN $2::date AND $3::date
       ${source === undefined ? "" : "AND source = $5"}
     ORDER BY ticker, date, source LIMIT $4::bigint`,
    arrayText(tickers),
    from,
    to,
    most,
    ...source === undefined ? [] : [source],
  );
  if (rows.length === most) return undefined;
  const found = new Map<string, PriceRow[]>();
  for (const values of rows as unknown as StoredPrice[]) {
    const known = found.get(String(values[0]));
    const row = priceOf(values, source === undefined);
    if (known === undefined) found.set(String(values[0]), [row]);
    else known.push(row);
  }
  return found;
}

/** As SQL, every ticker that has prices, found in the key one by one. */
export const KNOWN_TICKERS = `known (ticker) AS (
  (SELECT prices.ticker FROM prices ORDER BY prices.ticker LIMIT 1)
  UNION ALL
  SELECT (SELECT prices.ticker FROM prices WHERE prices.ticker > known.ticker
    ORDER BY prices.ticker LIMIT 1)
  FROM known WHERE known.ticker IS NOT NULL)`;

/** Every ticker that has prices, sorted. */
export async function knownTickers(db: Transaction): Promise<string[]> {
  const rows = await db.all(
    `WITH RECURSIVE ${KNOWN_TICKERS} SELECT ticker FROM known WHERE ticker IS NOT NULL`,
  );
  return rows.map(({ ticker }) => String(ticker));
}

/** Removes days of tickers, with their details. */
export async function deletePrices(
  db: Transaction,
  all: readonly { readonly ticker: string; readonly source: string; readonly day: string }[],
): Promise<void> {
  if (all.length === 0) return;
  const values = [
    arrayText(all.map(({ ticker }) => ticker)),
    arrayText(all.map(({ source }) => source)),
    arrayText(all.map(({ day }) => day)),
  ];
  await Promise.all(["prices", "price_details"].map((table) =>
    db.run(
      `DELETE FROM ${table} AS stored
       USING unnest($1::text[], $2::text[], $3::date[]) AS given (ticker, source, date)
       WHERE ${joined("stored")}`,
      ...values,
    )
  ));
}

/** Every ticker that has prices of a source, sorted. */
export async function storedTickers(db: Transaction, source: string): Promise<string[]> {
  const rows = await db.all(
    `WITH RECURSIVE ${KNOWN_TICKERS}
     SELECT ticker FROM known WHERE ticker IS NOT NULL AND EXISTS (
       SELECT FROM prices WHERE prices.ticker = known.ticker AND prices.source = $1)
     ORDER BY ticker`,
    source,
  );
  return rows.map(({ ticker }) => String(ticker));
}

/** ISINs that the stored days of a ticker have. */
export async function storedIsins(db: Transaction, ticker: string): Promise<string[]> {
  const rows = await db.all(
    `SELECT DISTINCT isin FROM price_details WHERE ticker = $1 AND isin IS NOT NULL ORDER BY isin`,
    ticker,
  );
  return rows.map(({ isin }) => String(isin));
}

interface ActionsOf {
  readonly ticker: string;
  readonly source: string;
  readonly ingestId: number;
  readonly actions: readonly CorporateAction[];
}

function actionRows(all: readonly ActionsOf[]): Record<string, unknown>[] {
  return all.flatMap(({ ticker, source, ingestId, actions }) =>
    actions.map(({ date, kind, amount, numerator, denominator }) => ({
      ...{ ticker, source, ingest_id: ingestId, date, kind, amount, numerator, denominator },
    }))
  );
}

function tickersIn(rows: readonly Readonly<Record<string, unknown>>[]): Set<string> {
  return new Set(rows.map(({ ticker }) => String(ticker)));
}

/** Upserts actions; an unchanged row is left alone. @returns Tickers of which any changed. */
export async function upsertActions(
  db: Transaction,
  all: readonly ActionsOf[],
): Promise<ReadonlySet<string>> {
  const rows = actionRows(all);
  if (rows.length === 0) return new Set();
  const values = ["amount", "numerator", "denominator"];
  const changed = await db.all(
    `INSERT INTO corporate_actions AS stored
     SELECT * FROM json_populate_recordset(NULL::corporate_actions, $1::json)
     ORDER BY ticker, date, source, kind
     ON CONFLICT (ticker, date, source, kind) DO UPDATE SET
       ${[...values, "ingest_id"].map((name) => `${name} = excluded.${name}`).join(", ")}
     WHERE ${
      values.map((name) => `stored.${name} IS DISTINCT FROM excluded.${name}`).join(" OR ")
    } RETURNING stored.ticker`,
    jsonText(rows),
  );
  return tickersIn(changed);
}

/** Removes actions. @returns Tickers of which any was there. */
export async function deleteActions(
  db: Transaction,
  all: readonly ActionsOf[],
): Promise<ReadonlySet<string>> {
  const rows = actionRows(all);
  if (rows.length === 0) return new Set();
  const removed = await db.all(
    `DELETE FROM corporate_actions AS stored
     USING json_populate_recordset(NULL::corporate_actions, $1::json) AS given
     WHERE ${joined("stored")} AND stored.kind = given.kind RETURNING stored.ticker`,
    jsonText(rows),
  );
  return tickersIn(removed);
}
