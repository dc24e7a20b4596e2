import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { PayloadHash } from "../../../src/sources/files/payload_hash.ts";
import { assertEquals } from "../../assert.ts";

function expected(pieces: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  return hash.digest("hex");
}

async function hashed(parts: readonly (readonly Uint8Array<ArrayBuffer>[])[]): Promise<string> {
  const hash = new PayloadHash();
  for (const part of parts) await hash.add(part);
  return await hash.digest();
}

// The first hashes of a process go another way than later ones: this test has to come first.
Deno.test("a little and much, at the beginning and after many", async () => {
  const sizes = [0, 1, 1 << 20, (1 << 20) + 1, 3_000_000];
  for (let round = 0; round < 10; round++) {
    for (const size of sizes) {
      const bytes = new Uint8Array(size).fill(round + 1);
      const parts = [[bytes], [], [bytes.slice(0, 3), bytes.slice(0, 7)]];
      assertEquals(await hashed(parts), expected(parts.flat()), `${round} ${size}`);
    }
  }
});

Deno.test("property: it is the SHA-256 of the pieces behind each other", async () => {
  const piece = fc.uint8Array({ maxLength: 50 }).map((bytes) => new Uint8Array(bytes));
  const parts = fc.array(fc.array(piece, { maxLength: 5 }), { maxLength: 5 });
  await fc.assert(fc.asyncProperty(parts, async (given) => {
    assertEquals(await hashed(given), expected(given.flat()));
  }));
});
