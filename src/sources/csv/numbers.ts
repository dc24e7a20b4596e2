/**
 * Numbers as CSV files write them, with a decimal point or a decimal comma.
 *
 * @module
 */

/** Why a cell is not a number. The texts are codes of rejects. */
export type NumberFault = "bad_number" | "ambiguous_number";

const PLAIN = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const DECIMAL_COMMA = /^[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+),\d+(?:[eE][+-]?\d+)?$/;
const POINT_AND_THREE_DIGITS = /^[+-]?\d+\.\d{3}$/;
const MISSING = new Set(["", "-", "null", "nan", "n/a"]);

/** Whether a cell says that there is no value: empty, `-`, `null`, `NaN` or `N/A`, in any case. */
export function isMissing(cell: string): boolean {
  return cell.length <= 4 && MISSING.has(cell.toLowerCase());
}

/**
 * Reads the numbers of one file.
 *
 * A decimal point is always accepted. A decimal comma, with or without points between thousands
 * (`1.234,56`), is accepted where the cells are parted by semicolons. In such a file `1.234` may be
 * one and a bit or a thousand and more: once any number of the file has a decimal comma, a number
 * without one that has exactly three digits after a point is ambiguous and refused. That must not
 * depend on which comes first, so a file whose first comma comes after such a number has to be
 * read again, see {@linkcode NumberReader.mustReadAgain}.
 */
export class NumberReader {
  readonly #semicolons: boolean;
  #decimalComma: boolean;
  #pointAndThreeDigits = false;
  #mustReadAgain = false;

  /**
   * @param delimiter What parts the cells of the file.
   * @param decimalComma Whether the file is known to have decimal commas, from an earlier reading.
   */
  constructor(delimiter: string, decimalComma = false) {
    this.#semicolons = delimiter === ";";
    this.#decimalComma = decimalComma;
  }

  /** Whether a number with a decimal comma has been seen, or was known of. */
  get decimalComma(): boolean {
    return this.#decimalComma;
  }

  /** Whether what a number means can depend on others of the file: read them all, wanted or not. */
  get needsAll(): boolean {
    return this.#semicolons && !this.#decimalComma;
  }

  /** Whether a number was accepted that a decimal comma seen later made ambiguous. */
  get mustReadAgain(): boolean {
    return this.#mustReadAgain;
  }

  /**
   * Reads one cell.
   *
   * @returns A finite number (never -0), null where there is none, or what is wrong.
   */
  read(cell: string): number | null | NumberFault {
    if (PLAIN.test(cell)) {
      if (this.#semicolons && POINT_AND_THREE_DIGITS.test(cell)) {
        if (this.#decimalComma) return "ambiguous_number";
        this.#pointAndThreeDigits = true;
      }
      return finite(Number(cell));
    }
    if (isMissing(cell)) return null;
    if (this.#semicolons && DECIMAL_COMMA.test(cell)) {
      if (!this.#decimalComma) {
        this.#decimalComma = true;
        this.#mustReadAgain = this.#pointAndThreeDigits;
      }
      return finite(Number(cell.replaceAll(".", "").replace(",", ".")));
    }
    return "bad_number";
  }
}

/** Adding 0 makes 0 of -0, which is the same price but not the same bits. */
function finite(value: number): number | NumberFault {
  return Number.isFinite(value) ? value + 0 : "bad_number";
}
