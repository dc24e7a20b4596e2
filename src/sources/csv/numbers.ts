/** Numbers as programs write them: decimal signs, thousands, currencies, `M`. @module */

/** The sign before the decimals. */
export type DecimalSign = "." | ",";

/** What a cell is under either sign. */
export interface Readings {
  readonly point: number | undefined;
  readonly comma: number | undefined;
}

/** A longer cell is no number: the patterns would look at it again from each of its places. */
const MOST_CHARACTERS = 64;

const PLAIN = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const PLAIN_COMMA = /^[+-]?\d+(?:,\d+)?$/;
const MISSING = new Set(["", "-", "--", "–", "—", "null", "none", "nan", "n/a", "#n/a", "n/d"]);

/** Whether a cell says that there is no value: empty, a dash, `null`, `NaN`, `N/A` and the like. */
export function isMissing(cell: string): boolean {
  return cell.length <= 4 && MISSING.has(cell.toLowerCase());
}

/** The value of a cell that is a number in every language but for its decimal point. */
export function plainNumber(cell: string): number | undefined {
  return PLAIN.test(cell) ? finite(Number(cell)) : undefined;
}

/** Whether a plain number could be a thousand and more: `1.234`. */
export function looksGrouped(cell: string): boolean {
  const point = cell.length - 4;
  return point > 0 && cell.charCodeAt(point) === 46 && /^[+-]?[1-9]\d{0,2}\.\d{3}$/.test(cell);
}

/** The sign of a cell such as `12,5`, at a tenth of the time of {@linkcode readingsOf}. */
export function plainSign(cell: string): DecimalSign | undefined {
  const sign = PLAIN_SIGN.exec(cell)?.[1];
  return sign === "." || sign === "," ? sign : undefined;
}

const PLAIN_SIGN = /^[+-]?\d+([.,])(?:\d\d?|\d{4,})$/;

/** Powers of ten that letters behind a number stand for, in English and in Portuguese. */
const SCALES: Readonly<Record<string, number>> = {
  k: 3,
  mil: 3,
  m: 6,
  mi: 6,
  b: 9,
  bi: 9,
  t: 12,
  tri: 12,
};

const DECORATED =
  /^(\()?([+\-−])?(?:[A-Z]{0,3}\$|[€£¥])?\s*([+\-−])?([\d.,'’\s]*\d)(?:[eE]([+-]?\d+))?\s*(%|[a-zA-Z]{1,3})?\s*(?:[A-Z]{0,3}\$|[€£¥])?(\))?$/;

const SPACED = /^[1-9]\d{0,2}(?:[\s'’]\d{3})+(?=[.,]|$)/;

// Groups of three; or, as in India, of two before the last three.
const UNDER_POINT = /^(?:\d+|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d?(?:,\d{2})+,\d{3})?(?:\.\d+)?$/;
const UNDER_COMMA = /^(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+)?(?:,\d+)?$/;

/** What a cell can be. Undefined where it is no number at all, or a share in percent. */
export function readingsOf(cell: string): (Readings & { readonly isPercent: boolean }) | undefined {
  const match = cell.length > MOST_CHARACTERS ? null : DECORATED.exec(cell);
  if (match === null) return undefined;
  const [, open, sign1, sign2, written = "", exponent = "0", unit = "", close] = match;
  if ((open === undefined) !== (close === undefined)) return undefined;
  if (sign1 !== undefined && sign2 !== undefined) return undefined;
  const isPercent = unit === "%";
  const scale = unit === "" || isPercent ? 0 : SCALES[unit.toLowerCase()];
  if (scale === undefined) return undefined;
  const digits = SPACED.test(written) ? written.replace(/[\s'’]/g, "") : written;
  const sign = open !== undefined || /[-−]/.test(sign1 ?? sign2 ?? "") ? "-" : "";
  const value = (text: string): number | undefined =>
    finite(Number(`${sign}${text}e${Number(exponent) + scale}`));
  return {
    isPercent,
    point: UNDER_POINT.test(digits) ? value(digits.replaceAll(",", "")) : undefined,
    comma: UNDER_COMMA.test(digits)
      ? value(digits.replaceAll(".", "").replace(",", "."))
      : undefined,
  };
}

/** The value of a cell, null where it has none, undefined where it is no number. */
export function readNumber(cell: string, decimal: DecimalSign): number | null | undefined {
  if (isMissing(cell)) return null;
  // What most cells are, without a look at what else they could be.
  if (decimal === "." ? PLAIN.test(cell) : PLAIN_COMMA.test(cell)) {
    return finite(Number(decimal === "." ? cell : cell.replace(",", ".")));
  }
  const readings = readingsOf(cell);
  if (readings === undefined || readings.isPercent) return undefined;
  return decimal === "." ? readings.point : readings.comma;
}

/** Adding 0 makes 0 of -0, which is the same price but not the same bits. */
function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value + 0 : undefined;
}
