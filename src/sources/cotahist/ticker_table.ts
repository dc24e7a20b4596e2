/** From CODNEG, and the term of a forward, to a number, without a string per record. @module */
import { tryCanonicalTicker } from "../../model/ticker.ts";
import { wider } from "../files/row_columns.ts";
import { FIELDS, FORWARD_MARKET } from "./layout.ts";
import { termAt } from "./quote.ts";

/** What {@linkcode TickerTable.idAt} answers for bytes that are no ticker. */
export const NO_TICKER = -1;

/** Suffix that makes a B3 ticker the same name as at other sources. */
export const SUFFIX = ".SA";

const NAME_BYTES = FIELDS.ticker.length;
const KEY_WORDS = 4;

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24);
}

function hashOf(a: number, b: number, c: number, d: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca77) ^ Math.imul(c, 0xc2b2ae3d) ^
    Math.imul(d, 0x27d4eb2f);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}

/** Characters of a code of the exchange: others are those of a damaged or shifted record. */
const CODE = /^ *[\w.^=-]+ *$/;

/** A forward has its term behind its code, `PETR4T-030.SA`; no other code may look like that. */
function nameAt(bytes: Uint8Array, at: number, isForward: boolean): string | undefined {
  const start = at + FIELDS.ticker.start;
  let text = "";
  for (let i = start; i < start + NAME_BYTES; i++) text += String.fromCharCode(bytes[i] ?? 0);
  if (!CODE.test(text)) return undefined;
  const code = text.trim();
  if (!isForward && /-[0-9]{3}$/.test(code)) return undefined;
  if (!isForward) return tryCanonicalTicker(code + SUFFIX);
  const term = termAt(bytes, at);
  if (term < 0) return undefined;
  return tryCanonicalTicker(`${code}-${String(term).padStart(3, "0")}${SUFFIX}`);
}

/** A hash table with open addressing; bytes that differ in case or blanks have the same id. */
export class TickerTable {
  readonly names: string[] = [];
  readonly #ids = new Map<string, number>();
  #slots = new Int32Array(1024);
  #words = new Int32Array(512 * KEY_WORDS);
  #keyIds = new Int32Array(512);
  #keys = 0;

  /** The ticker id of a record, from 0 in the order of first sight, or {@linkcode NO_TICKER}. */
  idAt(bytes: Uint8Array, at: number, market: number): number {
    const start = at + FIELDS.ticker.start;
    const a = word(bytes, start);
    const b = word(bytes, start + 4);
    const c = word(bytes, start + 8);
    // PRAZOT and the first byte of MODREF, of which one bit is set so that it is never 0.
    const d = market === FORWARD_MARKET ? word(bytes, at + FIELDS.term.start) | 1 << 31 : 0;
    const mask = this.#slots.length - 1;
    let slot = hashOf(a, b, c, d) & mask;
    const words = this.#words;
    for (;;) {
      const key = (this.#slots[slot] ?? 0) - 1;
      if (key < 0) return this.#add(slot, [a, b, c, d], bytes, at, market);
      const w = key * KEY_WORDS;
      if (words[w] === a && words[w + 1] === b && words[w + 2] === c && words[w + 3] === d) {
        return this.#keyIds[key] ?? NO_TICKER;
      }
      slot = (slot + 1) & mask;
    }
  }

  idOf(ticker: string): number | undefined {
    return this.#ids.get(ticker);
  }

  #add(
    slot: number,
    words: readonly number[],
    bytes: Uint8Array,
    at: number,
    market: number,
  ): number {
    const name = nameAt(bytes, at, market === FORWARD_MARKET);
    let id = NO_TICKER;
    if (name !== undefined) {
      const known = this.#ids.get(name);
      id = known ?? this.names.push(name) - 1;
      if (known === undefined) this.#ids.set(name, id);
    }
    const key = this.#keys++;
    if (key === this.#keyIds.length) {
      this.#words = wider(this.#words, new Int32Array(this.#words.length * 2));
      this.#keyIds = wider(this.#keyIds, new Int32Array(this.#keyIds.length * 2));
    }
    this.#words.set(words, key * KEY_WORDS);
    this.#keyIds[key] = id;
    this.#slots[slot] = key + 1;
    if (this.#keys * 2 > this.#slots.length) this.#rehash();
    return id;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    const words = this.#words;
    for (let key = 0; key < this.#keys; key++) {
      const w = key * KEY_WORDS;
      const [a = 0, b = 0, c = 0, d = 0] = words.subarray(w, w + KEY_WORDS);
      let slot = hashOf(a, b, c, d) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = key + 1;
    }
    this.#slots = slots;
  }
}
