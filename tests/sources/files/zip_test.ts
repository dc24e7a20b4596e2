import { SourceError } from "../../../src/base/errors.ts";
import { openZip } from "../../../src/sources/files/zip.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";
import { concat, makeZip } from "../cotahist/zip_writer.ts";
import * as fc from "fast-check";

const TEXT = new TextEncoder().encode("0123456789".repeat(60_000));

/** Reads every entry of a ZIP file with these bytes. */
async function readZip(bytes: Uint8Array): Promise<Map<string, Uint8Array>> {
  const path = await Deno.makeTempFile({ suffix: ".zip" });
  try {
    await Deno.writeFile(path, bytes);
    await using zip = await openZip(path);
    const read = new Map<string, Uint8Array>();
    for (const entry of zip.entries) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of entry.chunks()) chunks.push(chunk);
      read.set(entry.name, concat(chunks));
    }
    return read;
  } finally {
    await Deno.remove(path);
  }
}

async function codeOfZip(bytes: Uint8Array): Promise<string> {
  return (await assertRejects(() => readZip(bytes), SourceError)).code;
}

Deno.test("entries come out as they went in, stored and deflated, folders left out", async () => {
  const none = new Uint8Array();
  const read = await readZip(makeZip([
    { name: "folder/", data: none },
    { name: "folder/a.txt", data: TEXT },
    { name: "b.txt", data: TEXT.subarray(0, 1000), method: 0 },
    { name: "empty", data: none },
  ]));
  assertEquals([...read.keys()], ["folder/a.txt", "b.txt", "empty"]);
  assertEquals(read.get("folder/a.txt"), TEXT);
  assertEquals(read.get("b.txt"), TEXT.subarray(0, 1000));
  assertEquals(read.get("empty"), none);
});

Deno.test("a ZIP with any path that climbs out is refused as a whole", async () => {
  for (const name of ["../a.txt", "/etc/a.txt", "x/../../a.txt", "x\\a.txt", "C:/a.txt", "C:a"]) {
    const bytes = makeZip([{ name: "good.txt", data: TEXT }, { name, data: TEXT }]);
    assertEquals(await codeOfZip(bytes), "zip_unsafe_path", name);
  }
});

Deno.test("what nobody can see of a name does not reach the terminal", async () => {
  const name = "a\u001b[31m\u009b\u202e\n.txt";
  const read = await readZip(makeZip([{ name, data: TEXT, flags: 0x800 }]));
  assertEquals([...read.keys()], ["a�[31m� .txt"]);
});

Deno.test("damage is found: CRC-32, size, data, cut-off files", async () => {
  const entry = { name: "a.txt", data: TEXT };
  assertEquals(await codeOfZip(makeZip([{ ...entry, crc: 1 }])), "zip_corrupt");
  assertEquals(await codeOfZip(makeZip([{ ...entry, size: TEXT.length - 1 }])), "zip_corrupt");
  assertEquals(await codeOfZip(makeZip([{ ...entry, size: TEXT.length + 1 }])), "zip_corrupt");
  assertEquals(await codeOfZip(makeZip([{ ...entry, method: 0, crc: 1 }])), "zip_corrupt");
  const good = makeZip([entry]);
  for (const length of [2, 30, 100, good.length - 30, good.length - 1]) {
    assertEquals(await codeOfZip(good.slice(0, length)), "zip_corrupt", String(length));
  }
  const broken = good.slice();
  broken.fill(0xff, 60, 120);
  assertEquals(await codeOfZip(broken), "zip_corrupt");
});

Deno.test("what unpacks to more than it declares is stopped early", async () => {
  const bomb = new Uint8Array(50_000_000);
  const error = await assertRejects(
    () => readZip(makeZip([{ name: "a.txt", data: bomb, size: 10 }])),
    SourceError,
  );
  assertEquals(error.code, "zip_corrupt");
  assertStringIncludes(error.message, "more than the 10 bytes");
});

Deno.test("encrypted and foreign packing is told apart from damage", async () => {
  const entry = { name: "a.txt", data: TEXT };
  assertEquals(await codeOfZip(makeZip([{ ...entry, flags: 1 }])), "zip_unsupported");
  assertEquals(await codeOfZip(makeZip([{ ...entry, method: 12 }])), "zip_unsupported");
});

Deno.test("a file that is not there is no damaged ZIP", async () => {
  const error = await assertRejects(() => openZip("/nowhere/x.zip"), SourceError);
  assertEquals(error.code, "file_not_found");
});

Deno.test("an entry can be left half-read and the ZIP closed", async () => {
  const path = await Deno.makeTempFile({ suffix: ".zip" });
  try {
    await Deno.writeFile(path, makeZip([{ name: "a.txt", data: TEXT }]));
    const zip = await openZip(path);
    for await (const chunk of zip.entries[0]?.chunks() ?? []) {
      assertEquals(chunk[0], TEXT[0]);
      break;
    }
    await zip[Symbol.asyncDispose]();
    await zip[Symbol.asyncDispose]();
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("no damage to a ZIP gives anything but a SourceError or the true data", async () => {
  const data = TEXT.subarray(0, 3000);
  const good = makeZip([{ name: "a.txt", data }, { name: "b.txt", data, method: 0 }]);
  const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const bytes = good.slice();
      for (const [at, value] of changes) bytes[at] = value;
      try {
        for (const text of (await readZip(bytes)).values()) assertEquals(text, data);
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
      }
    }),
    { numRuns: 150 },
  );
});
