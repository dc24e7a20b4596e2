/** CSV as bytes, written value by value: a string for each of millions would be garbage. @module */
import type { SqlValue } from "./driver.ts";

const [COMMA, QUOTE, MINUS, POINT, ZERO] = [0x2c, 0x22, 0x2d, 0x2e, 0x30];

/** What has to be in quotes, in CSV or in the text of a row; and what is no ASCII. */
const SPECIAL = /[^!#-'*-+\--[\]-~]|^$/;

/** Whole numbers up to which a number with two digits behind the point is told exactly by digits. */
const MOST = 2 ** 53 / 128;

const encoder = new TextEncoder();

/** A text that grows. */
export class CsvText {
  #bytes: Uint8Array;
  #length = 0;

  constructor(size = 64 * 1024) {
    this.#bytes = new Uint8Array(size);
  }

  get length(): number {
    return this.#length;
  }

  /** A part of what was written; it stays as it is as long as nothing more is written. */
  part(from: number, to: number): Uint8Array {
    return this.#bytes.subarray(from, to);
  }

  copy(text: CsvText, from: number, to: number): void {
    this.#room(to - from);
    for (let at = from; at < to; at++) this.#bytes[this.#length++] = text.#bytes[at] ?? 0;
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + bytes));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }

  byte(code: number): void {
    this.#room(1);
    this.#bytes[this.#length++] = code;
  }

  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  next(value: SqlValue | undefined): void {
    this.byte(COMMA);
    this.value(value);
  }

  /** A value as the server writes it in the text of a row, and reads it in CSV. */
  value(value: SqlValue | undefined): void {
    if (value === null || value === undefined) return;
    if (typeof value === "number") this.#number(value);
    else this.#text(String(value));
  }

  #number(value: number): void {
    const hundredths = Math.round(value * 100);
    if (hundredths / 100 !== value || Math.abs(hundredths) > MOST) {
      if (!Number.isNaN(value)) this.#text(String(value));
      return;
    }
    this.#room(24);
    if (hundredths < 0) this.#bytes[this.#length++] = MINUS;
    const size = Math.abs(hundredths);
    const [whole, rest] = [Math.floor(size / 100), size % 100];
    let end = this.#length + 1;
    for (let left = whole; left >= 10; left = Math.floor(left / 10)) end++;
    let at = end;
    for (let left = whole; at > this.#length; left = Math.floor(left / 10)) {
      this.#bytes[--at] = ZERO + left % 10;
    }
    if (rest > 0) {
      this.#bytes[end++] = POINT;
      this.#bytes[end++] = ZERO + Math.floor(rest / 10);
      if (rest % 10 > 0) this.#bytes[end++] = ZERO + rest % 10;
    }
    this.#length = end;
  }

  #text(value: string): void {
    if (SPECIAL.test(value)) {
      this.byte(QUOTE);
      this.bytes(encoder.encode(value.replaceAll("\0", "\u2400").replaceAll('"', '""')));
      this.byte(QUOTE);
      return;
    }
    this.#room(value.length);
    for (let at = 0; at < value.length; at++) this.#bytes[this.#length++] = value.charCodeAt(at);
  }
}
