import { gunzipSync } from "node:zlib";
import { SourceError, UsageError } from "../../src/base/errors.ts";
import { realFileSystem, useFileSystem } from "../../src/files/file_system.ts";
import { prepareFolder } from "../../src/files/prepare_folder.ts";
import { RAW_FOLDER, saveRaw } from "../../src/ingest/save_raw.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { faulty } from "../files/faults.ts";
import { Folder } from "../files/folder.ts";
import { has, wantedMode } from "../system.ts";

const BYTES = crypto.getRandomValues(new Uint8Array(10_000));
const ANSWER = { bytes: BYTES, sha256: "ab12", status: 200 };
const NAME = "^BVSP-job-1-ab12.gz";

async function save(folder: Folder, fs = realFileSystem): Promise<void> {
  using _fs = useFileSystem(fs);
  await saveRaw(folder.path, "^BVSP", "job-1", ANSWER);
}

Deno.test("a body is kept as it was, for its owner alone, and again without harm", async () => {
  await using folder = await Folder.create();
  for (let time = 0; time < 2; time++) {
    await save(folder);
    assertEquals(folder.names(), [NAME]);
    const kept = gunzipSync(await Deno.readFile(folder.at(NAME)));
    assertEquals(new Uint8Array(kept), BYTES);
    assertEquals(folder.mode(NAME), wantedMode(0o600));
  }
});

Deno.test("any name can be that of a file, and a long one is cut", async () => {
  await using folder = await Folder.create();
  const sha256 = "f".repeat(64);
  for (const ticker of ["A/../B", "M&M.NS", "&".repeat(64)]) {
    await saveRaw(folder.path, ticker, crypto.randomUUID(), { ...ANSWER, sha256 });
  }
  const names = folder.names();
  assertEquals(names.map((name) => name.replace(/-[0-9a-f-]{36}-f{64}\.gz$/, "")), [
    "%26".repeat(34).slice(0, 100),
    "A%2F..%2FB",
    "M%26M.NS",
  ]);
});

Deno.test("a write that fails leaves nothing half, and the error says what and why", async () => {
  await using folder = await Folder.create();
  const error = await assertRejects(() => save(folder, faulty({ mostPerWrite: 0 })), SourceError);
  assertEquals([error.code, error.retryable], ["raw_not_saved", false]);
  assertStringIncludes(error.message, NAME);
  assert(error.cause instanceof Error);
  assertEquals(folder.names(), []);
});

Deno.test("the folder is made with all above it, and nothing is left in it", async () => {
  await using folder = await Folder.create();
  const path = folder.at("a/b/c");
  await prepareFolder(path, RAW_FOLDER);
  await prepareFolder(path, RAW_FOLDER);
  assertEquals([...Deno.readDirSync(path)], []);
});

Deno.test("a folder that can be none is refused before anything is asked for", async () => {
  await using folder = await Folder.create();
  const file = folder.put("file", "text");
  const proc = has("proc") ? ["/proc/tickerlock"] : [];
  for (const path of [file, `${file}/below`, folder.at("a\0b"), ...proc]) {
    const error = await assertRejects(() => prepareFolder(path, RAW_FOLDER), UsageError);
    assertEquals([error.code, error.exitCode], ["raw_folder_unusable", 2]);
    assertStringIncludes(error.hint ?? "", "--save-raw");
    assert(error.cause instanceof Error);
  }
  assertEquals(folder.names(), ["file"]);
});
