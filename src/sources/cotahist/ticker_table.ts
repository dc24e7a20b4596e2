/**
 * From the twelve bytes of CODNEG to a small number, without a string per record.
 *
 * @module
 */
import { tryCanonicalTicker } from "../../model/ticker.ts";
import { FIELDS } from "./layout.ts";

/** What {@linkcode TickerTable.idAt} answers for bytes that are no ticker. */
export const NO_TICKER = -1;

/** Suffix that makes a B3 ticker the same name as at other sources. */
export const SUFFIX = ".SA";

const NAME_BYTES = FIELDS.ticker.length;

/** Twelve bytes as three 32-bit words. */
function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24);
}

function hashOf(a: number, b: number, c: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca77) ^ Math.imul(c, 0xc2b2ae3d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}

/**
 * The canonical ticker of a CODNEG field, or undefined. Only ASCII that can be printed: upper-casing `ß`
 * would give `SS`, and a line end at its edge would be trimmed away.
 */
function nameAt(bytes: Uint8Array, at: number): string | undefined {
  let text = "";
  for (let i = at; i < at + NAME_BYTES; i++) {
    const byte = bytes[i] ?? 0;
    if (byte < 0x20 || byte > 0x7e) return undefined;
    text += String.fromCharCode(byte);
  }
  const code = text.trim();
  return code === "" ? undefined : tryCanonicalTicker(code + SUFFIX);
}

/**
 * A hash table with open addressing from CODNEG bytes to ticker ids. Bytes that differ in case or
 * blanks only have the same id.
 */
export class TickerTable {
  /** Canonical tickers by id. */
  readonly names: string[] = [];
  readonly #ids = new Map<string, number>();
  /** Per slot: number of the key + 1, or 0. */
  #slots = new Int32Array(1024);
  /** Per key: its three words. */
  #words = new Int32Array(512 * 3);
  /** Per key: the ticker id. */
  #keyIds = new Int32Array(512);
  #keys = 0;

  /**
   * The ticker id of a record.
   *
   * @param at Offset of its CODNEG field.
   * @returns An id from 0 on, in the order of first sight, or {@linkcode NO_TICKER}.
   */
  idAt(bytes: Uint8Array, at: number): number {
    const a = word(bytes, at);
    const b = word(bytes, at + 4);
    const c = word(bytes, at + 8);
    const mask = this.#slots.length - 1;
    let slot = hashOf(a, b, c) & mask;
    const words = this.#words;
    for (;;) {
      const key = (this.#slots[slot] ?? 0) - 1;
      if (key < 0) return this.#add(slot, a, b, c, bytes, at);
      const w = key * 3;
      if (words[w] === a && words[w + 1] === b && words[w + 2] === c) {
        return this.#keyIds[key] ?? NO_TICKER;
      }
      slot = (slot + 1) & mask;
    }
  }

  /** The id of a canonical ticker, or undefined where no record had it. */
  idOf(ticker: string): number | undefined {
    return this.#ids.get(ticker);
  }

  #add(slot: number, a: number, b: number, c: number, bytes: Uint8Array, at: number): number {
    const name = nameAt(bytes, at);
    let id = NO_TICKER;
    if (name !== undefined) {
      const known = this.#ids.get(name);
      id = known ?? this.names.push(name) - 1;
      if (known === undefined) this.#ids.set(name, id);
    }
    const key = this.#keys++;
    if (key === this.#keyIds.length) this.#growKeys();
    this.#words.set([a, b, c], key * 3);
    this.#keyIds[key] = id;
    this.#slots[slot] = key + 1;
    if (this.#keys * 2 > this.#slots.length) this.#rehash();
    return id;
  }

  #growKeys(): void {
    const words = new Int32Array(this.#words.length * 2);
    words.set(this.#words);
    this.#words = words;
    const ids = new Int32Array(this.#keyIds.length * 2);
    ids.set(this.#keyIds);
    this.#keyIds = ids;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    const words = this.#words;
    for (let key = 0; key < this.#keys; key++) {
      const w = key * 3;
      let slot = hashOf(words[w] ?? 0, words[w + 1] ?? 0, words[w + 2] ?? 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = key + 1;
    }
    this.#slots = slots;
  }
}
