/** Reading small files whole. The bound keeps a file without end out of memory. @module */
import { UnsafeFileError } from "./owners.ts";

const MOST_BYTES = 10 * 1024 * 1024;

const PIECE = 64 * 1024;

function tooLarge(): UnsafeFileError {
  return new UnsafeFileError(
    "it is larger than 10 MiB",
    "Look whether it is what it should be",
  );
}

class Whole {
  readonly #parts: Uint8Array<ArrayBuffer>[] = [];
  #length = 0;

  add(part: Uint8Array<ArrayBuffer>): void {
    this.#length += part.length;
    if (this.#length > MOST_BYTES) throw tooLarge();
    this.#parts.push(part);
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

/** Reads a file or a pipe; a signal ends the wait. @throws {UnsafeFileError} Above 10 MiB. */
export async function readWhole(path: string): Promise<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path);
  const whole = new Whole();
  for (;;) {
    const part = new Uint8Array(PIECE);
    const count = await file.read(part);
    if (count === null) return whole.bytes;
    whole.add(part.subarray(0, count));
  }
}

/**
 * Reads a file, or a link to one, without waiting for a pipe in its place.
 * @param mayBePipe Waits for one, deaf to signals that are handled.
 * @throws {UnsafeFileError} Where it is no file, or larger than 10 MiB.
 */
export function readWholeSync(path: string, mayBePipe = false): Uint8Array<ArrayBuffer> {
  const { openSync, fstatSync, readSync, closeSync, constants } = process.getBuiltinModule(
    "node:fs",
  );
  // Deno's own errors, of a file that is missing or withheld.
  Deno.statSync(path);
  const fd = openSync(path, constants.O_RDONLY | (mayBePipe ? 0 : constants.O_NONBLOCK ?? 0));
  try {
    const info = fstatSync(fd);
    if (info.isDirectory()) throw new Deno.errors.IsADirectory(path);
    if (!info.isFile() && !mayBePipe) {
      throw new UnsafeFileError("it is a pipe, socket or device", "Name a file");
    }
    const whole = new Whole();
    for (;;) {
      const part = new Uint8Array(PIECE);
      const count = readSync(fd, part, 0, PIECE, null);
      if (count === 0) return whole.bytes;
      whole.add(part.subarray(0, count));
    }
  } finally {
    closeSync(fd);
  }
}

/** The text of {@linkcode readWholeSync}, without a byte order mark. @throws As that. */
export function readWholeTextSync(path: string): string {
  return new TextDecoder().decode(readWholeSync(path));
}
