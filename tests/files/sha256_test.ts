import { createHash } from "node:crypto";
import { sha256OfFile } from "../../src/files/sha256.ts";
import { assertEquals, assertRejects } from "../assert.ts";
import { temporaryFolder } from "../store/sqlite/helpers.ts";

Deno.test("a file of any size is hashed as sha256sum does", async () => {
  await using folder = await temporaryFolder();
  const bytes = new Uint8Array(3_000_001).map((_, at) => at % 251);
  await Deno.writeFile(`${folder.path}/large`, bytes);
  await Deno.writeFile(`${folder.path}/empty`, new Uint8Array());
  const expected = createHash("sha256").update(bytes).digest("hex");
  assertEquals(await sha256OfFile(`${folder.path}/large`), expected);
  const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  assertEquals(await sha256OfFile(`${folder.path}/empty`), empty);
  await assertRejects(() => sha256OfFile(`${folder.path}/none`), Error, "none");
});
