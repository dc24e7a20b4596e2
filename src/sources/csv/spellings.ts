/** What programs call the columns; a test compares the names with `docs/csv.md`. @module */

/** The columns that are understood. */
export const COLUMNS = [
  "date",
  "time",
  "ticker",
  "source",
  "open",
  "high",
  "low",
  "close",
  "adj_close",
  "volume",
] as const;

/** One of the columns that are understood. */
export type Column = (typeof COLUMNS)[number];

/** What a name means. */
export interface Spelling {
  readonly column: Column;
  /** Of several columns with one meaning, the highest rank is read. */
  readonly rank: number;
}

function means(column: Column, rank = 10): Spelling {
  return { column, rank };
}

/** Names as {@linkcode normalized} writes them. */
export const SPELLINGS: Readonly<Record<string, Spelling>> = {
  date: means("date"),
  data: means("date", 6),
  dtyyyymmdd: means("date"),
  datetime: means("date", 5),
  timestamp: means("date", 4),
  time: means("date", 3),
  unix: means("date", 2),
  dia: means("date", 1),
  exchange_date: means("date"),
  fecha: means("date"),
  datum: means("date"),
  hora: means("time"),
  ticker: means("ticker"),
  symbol: means("ticker"),
  ativo: means("ticker"),
  papel: means("ticker"),
  codigo: means("ticker"),
  source: means("source"),
  open: means("open"),
  abertura: means("open"),
  abrir: means("open"),
  otwarcie: means("open"),
  open_price: means("open"),
  apertura: means("open"),
  eroffn: means("open"),
  ouv: means("open"),
  high: means("high"),
  max: means("high"),
  maximo: means("high"),
  maxima: means("high"),
  alto: means("high"),
  alta: means("high"),
  najwyzszy: means("high"),
  high_price: means("high"),
  massimo: means("high"),
  hoch: means("high"),
  plus_haut: means("high"),
  low: means("low"),
  min: means("low"),
  minimo: means("low"),
  minima: means("low"),
  baixo: means("low"),
  baixa: means("low"),
  najnizszy: means("low"),
  low_price: means("low"),
  tief: means("low"),
  plus_bas: means("low"),
  close: means("close"),
  "close/last": means("close"),
  price: means("close"),
  fechamento: means("close"),
  ultimo: means("close"),
  zamkniecie: means("close"),
  latest: means("close"),
  close_price: means("close"),
  zuletzt: means("close"),
  dernier: means("close"),
  close_close_price_adjusted_for_splits: means("close"),
  last: means("close", 8),
  preco: means("close", 8),
  adj_close: means("adj_close"),
  adjclose: means("adj_close"),
  adjusted_close: means("adj_close"),
  adjustedclose: means("adj_close"),
  fechamento_ajustado: means("adj_close"),
  "adj_close_adjusted_close_price_adjusted_for_splits_and_dividend_and/or_capital_gain_distributions":
    means("adj_close"),
  volume_qty: means("volume", 12),
  quantidade: means("volume", 12),
  qtde: means("volume", 12),
  qtd: means("volume", 12),
  quantity: means("volume", 5),
  volume: means("volume"),
  vol: means("volume"),
  wolumen: means("volume"),
  tickvol: means("volume", 5),
};

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
  const known = Object.hasOwn(SPELLINGS, normalized(name))
    ? SPELLINGS[normalized(name)]
    : undefined;
  if (known !== undefined) return known;
  // "Volume BTC", "Volume USDT": the units of a pair, and its turnover. Alone, a unit may be anything.
  const [unit, turnover] = [unitOf(name), unitOf(next)];
  return unit === undefined || turnover === undefined || MONEY.has(unit) || !MONEY.has(turnover)
    ? undefined
    : means("volume", 8);
}
