/**
 * SHA-256 of what a source has delivered.
 *
 * @module
 */
import type { Hash } from "node:crypto";

/** Bytes that are kept, to be hashed at once. */
const MOST_KEPT = 1 << 20;

/** So many hashes come by way of another thread: loading `node:crypto` costs as much as all of them. */
const FEW = 32;

let createHash: typeof import("node:crypto").createHash | undefined;
let digests = 0;

/**
 * SHA-256 that is fed piece by piece. Deno 2.9 takes some 20 ms to load `node:crypto`, which a run over
 * little does not need: the web's own function hashes what is there at once, on another thread.
 */
export class PayloadHash {
  #kept: Uint8Array<ArrayBuffer>[] = [];
  #bytes = 0;
  #hash: Hash | undefined;

  /**
   * Feeds it.
   *
   * @param pieces In their order. They are kept and must not change.
   */
  async add(pieces: readonly Uint8Array<ArrayBuffer>[]): Promise<void> {
    for (const piece of pieces) {
      if (this.#hash !== undefined) this.#hash.update(piece);
      else {
        this.#kept.push(piece);
        this.#bytes += piece.length;
      }
    }
    if (this.#hash === undefined && this.#bytes > MOST_KEPT) await this.#stream();
  }

  /**
   * The hash of all pieces, in lower-case hex. Call it once, at the end.
   */
  async digest(): Promise<string> {
    if (this.#hash === undefined && createHash === undefined && ++digests <= FEW) {
      return new Uint8Array(await crypto.subtle.digest("SHA-256", this.#whole())).toHex();
    }
    return (await this.#stream()).digest("hex");
  }

  #whole(): Uint8Array<ArrayBuffer> {
    const [first, ...others] = this.#kept;
    if (first !== undefined && others.length === 0) return first;
    const whole = new Uint8Array(this.#bytes);
    let at = 0;
    for (const piece of this.#kept) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }

  async #stream(): Promise<Hash> {
    if (this.#hash !== undefined) return this.#hash;
    createHash ??= (await import("node:crypto")).createHash;
    const hash = createHash("sha256");
    for (const piece of this.#kept) hash.update(piece);
    this.#kept = [];
    return this.#hash = hash;
  }
}
