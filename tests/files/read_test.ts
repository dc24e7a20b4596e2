import * as v from "valibot";
import { UsageError } from "../../src/base/errors.ts";
import { FileError, readJson, readText } from "../../src/files/mod.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { test } from "./folder.ts";
import { has } from "../system.ts";

async function codeOf(work: () => Promise<unknown>): Promise<string> {
  return (await assertRejects(work, FileError)).code;
}

test("text and JSON are read as they are, through links too", async (folder) => {
  const path = folder.put("a.json", '{"a": [1, "é"]}');
  assertEquals(await readText(path), '{"a": [1, "é"]}');
  assertEquals(await readJson(path), { a: [1, "é"] });
  if (!has("links")) return;
  Deno.symlinkSync("a.json", folder.at("link"));
  assertEquals(await readJson(folder.at("link")), { a: [1, "é"] });
});

test("reading leaves nothing behind: no lock file, no folder", async (folder) => {
  const path = folder.put("a.json", "1");
  assertEquals(await readJson(path), 1);
  assertEquals(await readJson(folder.at("no/such.json"), { default: 2 }), 2);
  assertEquals(folder.names(), ["a.json"]);
});

test("a missing file is an error, or the default, whatever that is", async (folder) => {
  const path = folder.at("none.json");
  const error = await assertRejects(() => readJson(path), FileError);
  assertEquals([error.code, error.path], ["file_not_found", path]);
  assertStringIncludes(error.message, JSON.stringify(path));
  assertStringIncludes(error.hint ?? "", "default");
  assertEquals(await codeOf(() => readText(path)), "file_not_found");
  assertEquals(await readText(path, { default: "x" }), "x");
  assertEquals(await readText(path, { default: undefined }), undefined);
  assertEquals(await readJson(path, { default: null }), null);
  if (!has("links")) return;
  Deno.symlinkSync("none.json", folder.at("dangling"));
  assertEquals(await readJson(folder.at("dangling"), { default: 3 }), 3);
});

test("a default is for a missing file only", async (folder) => {
  const broken = folder.put("broken.json", "{");
  const latin = folder.put("latin.txt", new Uint8Array([0xe9]));
  const other = { default: "x" };
  assertEquals(await codeOf(() => readJson(broken, other)), "file_corrupt_json");
  assertEquals(await codeOf(() => readText(latin, other)), "file_not_utf8");
  assertEquals(await codeOf(() => readText(folder.path, other)), "file_not_regular");
  assertEquals(await codeOf(() => readText(`${broken}/x`, other)), "file_not_found");
  const schema = { ...other, schema: v.number() };
  const text = folder.put("text.json", '"1"');
  assertEquals(await codeOf(() => readJson(text, schema)), "file_schema");
});

test("a schema gives the type, with that of the default", async (folder) => {
  const Row = v.object({ close: v.pipe(v.string(), v.transform(Number)) });
  const path = folder.put("rows.json", '[{"close": "37.5"}]');
  const rows = await readJson(path, { schema: v.array(Row) });
  const first: number | undefined = rows[0]?.close;
  assertEquals(first, 37.5);
  const none: { close: number } | null = await readJson(folder.at("none"), {
    schema: Row,
    default: null,
  });
  assertEquals(none, null);
  const cast: string[] = await readJson<string[]>(folder.at("none"), { default: [] });
  assertEquals(cast, []);
  const inferred: string | null = await readText(folder.at("none"), { default: null });
  assertEquals(inferred, null);
});

Deno.test("a path that cannot be one is refused before anything is read", async () => {
  await assertRejects(() => readText("data/"), UsageError, "data/");
  await assertRejects(async () => await readJson("", { default: 1 }), UsageError);
});
