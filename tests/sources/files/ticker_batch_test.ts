import { createHash } from "node:crypto";
import { payloadHash } from "../../../src/sources/files/ticker_batch.ts";
import { assertEquals } from "../../assert.ts";

// The first hashes of a process go another way than later ones.
Deno.test("a payload's hash is its SHA-256, whatever its size, at the beginning and after many", async () => {
  for (let round = 0; round < 10; round++) {
    for (const size of [0, 1, 55, 64, 1 << 20, 3_000_000]) {
      const bytes = new Uint8Array(size).fill(round + 1);
      const expected = createHash("sha256").update(bytes).digest("hex");
      assertEquals(await payloadHash(bytes), expected, `${round} ${size}`);
    }
  }
});
