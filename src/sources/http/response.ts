/** Reading a response: its body, of bounded size, and its `Retry-After` header. @module */
import { SourceError } from "../../base/errors.ts";
import { bytesText } from "../../base/text.ts";
import { JsonBound } from "./json_bound.ts";

/** How large a body may be. */
export interface BodyLimits {
  readonly maxBytes: number;
  readonly maxValues: number;
}

function truncated(length: number, shown: string): SourceError {
  // The cause is left out: the runtime's words may have the URL in them, secrets and all.
  return new SourceError(
    "truncated_body",
    `the answer broke off after ${bytesText(length)}: GET ${shown}`,
    { hint: "Try again: the connection was cut.", retryable: true },
  );
}

/** Takes a body piece by piece, and returns its length. @throws {SourceError} `truncated_body`. */
export async function takeBody(
  response: Response,
  take: (piece: Uint8Array<ArrayBuffer>, length: number) => Promise<void> | void,
  shown: string,
): Promise<number> {
  let length = 0;
  const reader = response.body?.getReader();
  if (reader === undefined) return length;
  for (;;) {
    let next: ReadableStreamReadResult<Uint8Array<ArrayBuffer>>;
    try {
      next = await reader.read();
    } catch (error) {
      if (error instanceof DOMException || length === 0) throw error;
      throw truncated(length, shown);
    }
    if (next.done) return length;
    length += next.value.length;
    try {
      await take(next.value, length);
    } catch (error) {
      await reader.cancel();
      throw error;
    }
  }
}

const FIRST_BYTES = 64 * 1024;

/** Reads a body. @throws {SourceError} `body_too_large`, `body_too_complex`, `truncated_body`. */
export async function readBody(
  response: Response,
  { maxBytes, maxValues }: BodyLimits,
  shown: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const refused = (code: string, what: string): SourceError =>
    new SourceError(code, `the answer ${what}: GET ${shown}`, {
      hint: "Check the base URL: this is no answer of the service.",
    });
  const tooLarge = (): SourceError =>
    refused("body_too_large", `has more than ${Math.floor(maxBytes / 1024 / 1024)} MiB`);
  const bound = new JsonBound(maxValues);
  const promised = Number(response.headers.get("content-length") ?? NaN);
  if (promised > maxBytes) {
    await response.body?.cancel();
    throw tooLarge();
  }
  // One array, and no list of parts: a body of 4 MiB in parts of 2 bytes took 2 GB in that.
  let bytes = new Uint8Array(FIRST_BYTES);
  const length = await takeBody(response, (piece, length) => {
    if (length > maxBytes) throw tooLarge();
    const excess = bound.excess(piece);
    if (excess !== undefined) throw refused("body_too_complex", excess);
    if (length > bytes.length) {
      const larger = new Uint8Array(Math.max(length, 2 * bytes.length));
      larger.set(bytes);
      bytes = larger;
    }
    bytes.set(piece, length - piece.length);
  }, shown);
  return bytes.slice(0, length);
}

/** A longer pause is taken for a day. In ms. */
const LONGEST_MS = 86_400_000;

/** The oldest form of a date, C's asctime(): without a zone, and yet UTC (RFC 9110, 5.6.7). */
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;

/** The longest date has 33 characters; the header may have a megabyte. */
const MOST_CHARACTERS = 64;

function dateMs(text: string): number {
  // `Date.parse` would make a day of the year 2001 of "1.5" and "-5".
  if (text.length > MOST_CHARACTERS || !/[A-Za-z].*:/.test(text)) return NaN;
  return Date.parse(ASCTIME.test(text) ? `${text} GMT` : text);
}

/** What `Retry-After` asks for (RFC 9110, 10.2.3), in ms; null where it cannot be understood. */
export function retryAfterMs(value: string | null, nowMs: number): number | null {
  const text = value?.trim() ?? "";
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : dateMs(text) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(LONGEST_MS, Math.max(0, ms));
}
