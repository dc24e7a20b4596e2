import * as fc from "fast-check";
import { SourceError } from "../../../src/base/errors.ts";
import { MAX_RECORD_LENGTH, NotUtf8Error, readPieces } from "../../../src/sources/csv/pieces.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";
import { temporaryFolder } from "./helpers.ts";

async function pieces(content: string | Uint8Array, blockBytes?: number) {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/a.csv`;
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await Deno.writeFile(path, bytes);
  return await Array.fromAsync(readPieces(path, { blockBytes }));
}

async function refusal(content: string | Uint8Array): Promise<SourceError> {
  return await assertRejects(() => pieces(content), SourceError);
}

Deno.test("pieces are whole records with the line that they begin in", async () => {
  const found = await pieces('a,b\n"1\n2",3\n4,5\nend', 8);
  assertEquals(found.map(({ text, firstLine }) => [firstLine, text]), [
    [1, "a,b\n"],
    [2, '"1\n2",3\n4,5\n'],
    [5, "end"],
  ]);
  assertEquals(found.at(-1)?.bytesDone, 19);
  assertEquals(found.at(-1)?.bytesTotal, 19);
});

Deno.test("a byte order mark goes, and a character cut by a block stays whole", async () => {
  assertEquals((await pieces("\uFEFFdate")).map((piece) => piece.text), ["date"]);
  const text = "é€😀é€😀\n".repeat(9);
  assertEquals((await pieces(text, 5)).map((piece) => piece.text).join(""), text);
});

Deno.test("bytes that are not UTF-8 say what to read them as", async () => {
  const latin1 = Uint8Array.from("Máxima;Mínima\n", (char) => char.charCodeAt(0));
  await using folder = await temporaryFolder();
  const path = `${folder.path}/a.csv`;
  await Deno.writeFile(path, latin1);
  const error = await assertRejects(() => Array.fromAsync(readPieces(path)), NotUtf8Error);
  assertEquals(error.instead, "windows-1252");
  const [piece] = await Array.fromAsync(readPieces(path, { encoding: error.instead }));
  assertEquals(piece?.text, "Máxima;Mínima\n");
  // One damaged byte in a text of UTF-8.
  await Deno.writeFile(path, new Uint8Array([...new TextEncoder().encode("Máxima Último "), 0xe9]));
  const damaged = await assertRejects(() => Array.fromAsync(readPieces(path)), NotUtf8Error);
  assertEquals(damaged.instead, "utf-8, damaged");
  const [text] = await Array.fromAsync(readPieces(path, { encoding: damaged.instead }));
  assertEquals(text?.text, "Máxima Último \uFFFD");
});

Deno.test("a byte order mark of UTF-16 is believed, also in small blocks", async () => {
  for (const [mark, isLittle] of [[[0xff, 0xfe], true], [[0xfe, 0xff], false]] as const) {
    const units = Array.from("é,1\n2\n", (char) => char.charCodeAt(0));
    const bytes = [...mark, ...units.flatMap((unit) => isLittle ? [unit, 0] : [0, unit])];
    const found = await pieces(new Uint8Array(bytes), 5);
    assertEquals(found.map(({ text }) => text).join(""), "é,1\n2\n");
    assertEquals(found[0]?.encoding, isLittle ? "utf-16le" : "utf-16be");
  }
});

Deno.test("other formats are refused by name", async () => {
  assertEquals((await refusal("")).code, "file_empty");
  const nul = await refusal(new Uint8Array([0x61, 0x62, 0x63, 0x64, 0]));
  assertEquals(nul.code, "not_csv");
  assertStringIncludes(nul.message, "NUL");
  assertStringIncludes(nul.hint ?? "", "UTF-16 needs its byte order mark");
  const zip = await refusal(new Uint8Array([0x50, 0x4b, 3, 4, 0, 0]));
  assertEquals(zip.code, "not_csv");
  assertStringIncludes(zip.message, "ZIP");
});

Deno.test("a record without end is refused before it fills the memory", async () => {
  const error = await refusal(`date,close\n1,2\n"open\n${"1,2\n".repeat(MAX_RECORD_LENGTH / 2)}`);
  assertEquals(error.code, "csv_malformed");
  assertEquals(error.details.line, 3);
});

Deno.test("a missing file, a folder and a stop are told apart", async () => {
  await using folder = await temporaryFolder();
  const none = await assertRejects(
    () => Array.fromAsync(readPieces(`${folder.path}/none.csv`)),
    SourceError,
  );
  assertEquals(none.code, "file_not_found");
  const directory = await assertRejects(
    () => Array.fromAsync(readPieces(folder.path)),
    SourceError,
  );
  assertEquals(directory.code, "is_a_directory");
  const reason = new Error("stop");
  const path = `${folder.path}/a.csv`;
  await Deno.writeTextFile(path, "a\nb\nc\nd\n");
  const controller = new AbortController();
  const reading = readPieces(path, { signal: controller.signal, blockBytes: 4 });
  assertEquals((await reading.next()).value?.text, "a\nb\n");
  controller.abort(reason);
  assertEquals(await assertRejects(() => reading.next(), Error), reason);
});

Deno.test("property: pieces put together are the file, whatever the block size", async () => {
  const text = fc.array(fc.constantFrom('"', ",", "\n", "\r\n", "a", "é"), {
    minLength: 1,
    maxLength: 60,
  }).map((parts) => parts.join(""));
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 4, max: 20 }), async (text, blockBytes) => {
      const found = await pieces(text, blockBytes);
      assertEquals(found.map((piece) => piece.text).join(""), text);
      let before = "";
      for (const piece of found) {
        assertEquals(piece.firstLine, before.split("\n").length);
        assert(piece.text !== "");
        before += piece.text;
      }
    }),
    { numRuns: 200 },
  );
});
