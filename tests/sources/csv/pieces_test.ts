import * as fc from "fast-check";
import { SourceError } from "../../../src/base/errors.ts";
import { MAX_RECORD_LENGTH, readPieces } from "../../../src/sources/csv/pieces.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";
import { temporaryFolder } from "./helpers.ts";

async function pieces(content: string | Uint8Array, blockBytes?: number) {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/a.csv`;
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await Deno.writeFile(path, bytes);
  return await Array.fromAsync(readPieces(path, undefined, blockBytes));
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

Deno.test("bytes that are not UTF-8 are replaced", async () => {
  const found = await pieces(new Uint8Array([0x61, 0xe9, 0x0a]));
  assertEquals(found.map((piece) => piece.text), ["a\uFFFD\n"]);
});

Deno.test("other formats are refused by name", async () => {
  assertEquals((await refusal("")).code, "file_empty");
  assertEquals((await refusal(new Uint8Array([0xff, 0xfe, 0x61, 0]))).code, "csv_not_utf8");
  const utf16 = await refusal(new Uint8Array([0xfe, 0xff, 0, 0x61]));
  assertEquals(utf16.code, "csv_not_utf8");
  assertStringIncludes(utf16.hint ?? "", "iconv -f UTF-16");
  const nul = await refusal(new Uint8Array([0x61, 0x62, 0x63, 0x64, 0]));
  assertEquals(nul.code, "not_csv");
  assertStringIncludes(nul.message, "NUL");
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
  const reading = readPieces(path, controller.signal, 4);
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
