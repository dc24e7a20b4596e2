/**
 * What is counted of a file as a whole, and of all files.
 *
 * @module
 */

/** A counter per code. Only codes that were seen are gone through: of 65,536 a file has some twenty. */
export class CodeCounts {
  readonly #counts: Uint32Array;
  readonly #seen: number[] = [];

  /** @param codes One more than the greatest code. */
  constructor(codes: number) {
    this.#counts = new Uint32Array(codes);
  }

  /** Counts a code. */
  add(code: number, count: number): void {
    const before = this.#counts[code] ?? 0;
    if (before === 0) this.#seen.push(code);
    this.#counts[code] = before + count;
  }

  /** Codes with their counts, in the order of the codes. */
  entries(): [code: number, count: number][] {
    return this.#seen.sort((a, b) => a - b).map((code) => [code, this.#counts[code] ?? 0]);
  }

  /** Back to nothing. */
  clear(): void {
    for (const code of this.#seen) this.#counts[code] = 0;
    this.#seen.length = 0;
  }
}

/** Counts of one file, or of all files kept. */
export class Tally {
  /** Records per market, documented or not. */
  readonly markets = new CodeCounts(1000);
  /** Records per CODBDI: its two bytes as one number. */
  readonly bdi = new CodeCounts(65_536);
  /** Rows that were kept. */
  rows = 0;
  /** Records that were refused. */
  rejects = 0;
  /** `yyyymmdd` of the first and the last record. */
  firstDate = 99_999_999;
  lastDate = 0;

  /** Adds the counts of a file. */
  add(other: Tally): void {
    for (const [market, count] of other.markets.entries()) this.markets.add(market, count);
    for (const [bdi, count] of other.bdi.entries()) this.bdi.add(bdi, count);
    this.rows += other.rows;
    this.rejects += other.rejects;
    this.firstDate = Math.min(this.firstDate, other.firstDate);
    this.lastDate = Math.max(this.lastDate, other.lastDate);
  }

  /** Back to nothing. */
  clear(): void {
    this.markets.clear();
    this.bdi.clear();
    this.rows = 0;
    this.rejects = 0;
    this.firstDate = 99_999_999;
    this.lastDate = 0;
  }
}
