import { createHash } from "node:crypto";
import { hashBeside, sha256OfFile } from "../../../../src/store/sqlite/backup/sha256.ts";
import { assert, assertEquals, assertRejects } from "../../../assert.ts";
import { temporaryFolder } from "../helpers.ts";

const LARGE = 20_000_000;

Deno.test("a large file is hashed beside other work, a small one here, both as sha256sum does", async () => {
  await using folder = await temporaryFolder();
  const bytes = new Uint8Array(LARGE).map((_, at) => at % 251);
  await Deno.writeFile(`${folder.path}/large`, bytes);
  await Deno.writeFile(`${folder.path}/empty`, new Uint8Array());
  const small = await hashBeside(1000);
  assert(small === sha256OfFile);
  const hash = await hashBeside(LARGE);
  assert(hash !== sha256OfFile);
  const expected = createHash("sha256").update(bytes).digest("hex");
  const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  assertEquals(
    await Promise.all(["large", "empty", "large"].map((name) => hash(`${folder.path}/${name}`))),
    [expected, empty, expected],
  );
  assertEquals(await small(`${folder.path}/large`), expected);
});

Deno.test("a file that cannot be read is an error of that file, and the next one is hashed", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeFile(`${folder.path}/file`, new Uint8Array());
  const hash = await hashBeside(LARGE);
  await assertRejects(() => hash(`${folder.path}/none`), Error, "none");
  assertEquals((await hash(`${folder.path}/file`)).slice(0, 8), "e3b0c442");
});
