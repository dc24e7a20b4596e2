/** What programs call the columns; a test compares the names with `docs/csv.md`. @module */

/** The columns that are understood. */
export const COLUMNS = [
  ...["date", "time", "ticker", "source"] as const,
  ...["open", "high", "low", "close", "adj_close", "volume"] as const,
] as const;

/** One of the columns that are understood. */
export type Column = (typeof COLUMNS)[number];

/** What a name means. */
export interface Spelling {
  readonly column: Column;
  /** Of several columns with one meaning, the highest rank is read. */
  readonly rank: number;
}

const NAMES: readonly (readonly [column: Column, rank: number, names: string])[] = [
  ["date", 10, "date dtyyyymmdd exchange_date fecha datum"],
  ["date", 6, "data"],
  ["date", 5, "datetime"],
  ["date", 4, "timestamp"],
  ["date", 3, "time"],
  ["date", 2, "unix"],
  ["date", 1, "dia"],
  ["time", 10, "hora"],
  ["ticker", 10, "ticker symbol ativo papel codigo"],
  ["source", 10, "source"],
  ["open", 10, "open abertura abrir otwarcie open_price apertura eroffn ouv"],
  ["high", 10, "high max maximo maxima alto alta najwyzszy high_price massimo hoch plus_haut"],
  ["low", 10, "low min minimo minima baixo baixa najnizszy low_price tief plus_bas"],
  ["close", 10, "close close/last price fechamento ultimo zamkniecie latest close_price zuletzt"],
  ["close", 10, "dernier close_close_price_adjusted_for_splits"],
  ["close", 8, "last preco"],
  ["adj_close", 10, "adj_close adjclose adjusted_close adjustedclose fechamento_ajustado"],
  [
    "adj_close",
    10,
    "adj_close_adjusted_close_price_adjusted_for_splits_and_dividend_and/or_capital_gain_distributions",
  ],
  ["volume", 12, "volume_qty quantidade qtde qtd"],
  ["volume", 10, "volume vol wolumen"],
  ["volume", 5, "quantity tickvol"],
];

/** What names mean, as {@linkcode normalized} writes them. */
export const SPELLINGS: ReadonlyMap<string, Spelling> = new Map(
  NAMES.flatMap(([column, rank, names]) =>
    names.split(" ").map((name) => [name, { column, rank }])
  ),
);

/** Money: a volume in it is a turnover, and no number of units. */
const MONEY = new Set([
  ...Intl.supportedValuesOf("currency"),
  ...["BUSD", "DAI", "FDUSD", "TUSD", "USDC", "USDT"],
]);

function unitOf(name: string): string | undefined {
  return /^Volume[ _(]+([A-Z]{2,6})\)?$/.exec(name.trim())?.[1];
}

/** A name without case, accents, angle brackets, stars and what parts its words. */
export function normalized(name: string): string {
  return name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()
    .replace(/[\s_.()[\]-]+/g, "_").replace(/[<>*"]/g, "").replace(/^_+|(?<!_)_+$/g, "");
}

/** What a column is by its name; `next` is the name of the column behind it. */
export function spellingOf(name: string, next = ""): Spelling | undefined {
  const known = SPELLINGS.get(normalized(name));
  if (known !== undefined) return known;
  // "Volume BTC", "Volume USDT": the units of a pair, and its turnover. Alone, a unit may be anything.
  const [unit, turnover] = [unitOf(name), unitOf(next)];
  return unit === undefined || turnover === undefined || MONEY.has(unit) || !MONEY.has(turnover)
    ? undefined
    : { column: "volume", rank: 8 };
}
