import * as v from "valibot";
import { UsageError } from "../../src/base/errors.ts";
import { FileError, stages, withLockedFile, writeJson } from "../../src/files/mod.ts";
import { LockTimeoutError } from "../../src/lock/errors.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "../assert.ts";
import { Folder, needing, test } from "./folder.ts";

const utilLinux = needing("utilLinux");
const links = needing("links");

const NAMES = ["stock_universe", "prices"] as const;

async function codeOf(work: () => Promise<unknown>): Promise<string> {
  return (await assertRejects(work, FileError)).code;
}

test("stages are numbered files, each with a checksum, whole and private", async (folder) => {
  const dir = folder.at("analysis/2024");
  const analysis = stages(dir, NAMES);
  assertEquals(analysis.path("prices"), `${dir}/2_prices.json`);
  const saved = await analysis.save("prices", { a: 1 });
  const names = [...Deno.readDirSync(dir)].map(({ name }) => name);
  assertEquals(names.filter((name) => !name.endsWith(".lock.holder")).sort(), [
    ".2_prices.json.lock",
    "2_prices.json",
    "2_prices.json.sha256",
  ]);
  assertEquals(Deno.readTextFileSync(`${dir}/2_prices.json`), '{\n  "a": 1\n}\n');
  assertEquals(
    Deno.readTextFileSync(`${dir}/2_prices.json.sha256`),
    `${saved.sha256}  2_prices.json\n`,
  );
  assertMatch(saved.sha256 ?? "", /^[0-9a-f]{64}$/);
  assertMatch(saved.savedAt ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assertEquals(await analysis.load("prices"), { a: 1 });
});

utilLinux.test("sha256sum checks what was saved", async (folder) => {
  const analysis = stages(folder.path, NAMES);
  await analysis.save("stock_universe", ["é"]);
  await analysis.save("prices", []);
  const sums = ["1_stock_universe.json.sha256", "2_prices.json.sha256"];
  const check = (): Promise<Deno.CommandOutput> =>
    new Deno.Command("sha256sum", { args: ["--strict", "-c", ...sums], cwd: folder.path }).output();
  const good = await check();
  assertEquals(
    new TextDecoder().decode(good.stdout),
    "1_stock_universe.json: OK\n2_prices.json: OK\n",
  );
  assertEquals([good.code, new TextDecoder().decode(good.stderr)], [0, ""]);
  folder.put("2_prices.json", "[] ");
  assertEquals((await check()).code, 1);
});

test("a stage is complete from its save on, until its file is touched", async (folder) => {
  const analysis = stages(folder.path, NAMES);
  assertEquals(await analysis.isComplete("prices"), false);
  assertEquals(await codeOf(() => analysis.load("prices")), "stage_missing");
  assertEquals(folder.names(), []);
  await analysis.save("prices", [1]);
  assert(await analysis.isComplete("prices"));
  assertEquals(await analysis.isComplete("stock_universe"), false);
  folder.put("2_prices.json", "[2]\n");
  assertEquals(await analysis.isComplete("prices"), false);
  const error = await assertRejects(() => analysis.load("prices"), FileError, "stage 2 (prices)");
  assertEquals([error.code, error.path], ["stage_checksum_mismatch", folder.at("2_prices.json")]);
  await writeJson(analysis.path("prices"), [3]);
  assertEquals(await analysis.isComplete("prices"), false);
  await analysis.save("prices", [4]);
  assertEquals(await analysis.load("prices"), [4]);
});

Deno.test("whatever is wrong with the two files, the stage is not complete", async () => {
  const sum = "1_a.json.sha256";
  const cases: Record<string, [(folder: Folder) => void, string]> = {
    "no checksum": [(folder) => Deno.removeSync(folder.at(sum)), "stage_missing"],
    "no file": [(folder) => Deno.removeSync(folder.at("1_a.json")), "stage_missing"],
    "an empty checksum": [(folder) => folder.put(sum, ""), "stage_checksum_mismatch"],
    "half a checksum": [
      (folder) => folder.put(sum, folder.text(sum).slice(0, 64)),
      "stage_checksum_mismatch",
    ],
    "the checksum of a file of another name": [
      (folder) => folder.put(sum, folder.text(sum).replace("1_a", "1_b")),
      "stage_checksum_mismatch",
    ],
    "a file that was cut off": [
      (folder) => Deno.truncateSync(folder.at("1_a.json"), 3),
      "stage_checksum_mismatch",
    ],
  };
  for (const [what, [spoil, code]] of Object.entries(cases)) {
    await using folder = await Folder.create();
    const analysis = stages(folder.path, ["a"]);
    await analysis.save("a", [1, 2, 3]);
    spoil(folder);
    assertEquals(await analysis.isComplete("a"), false, what);
    assertEquals(await codeOf(() => analysis.load("a")), code, what);
    const [info] = await analysis.list();
    assertEquals([info?.complete, info?.savedAt, info?.sha256], [false, null, null], what);
    await analysis.save("a", [4]);
    assert(await analysis.isComplete("a"), what);
  }
});

test("a list has every stage in its order", async (folder) => {
  const analysis = stages(folder.path, NAMES);
  const saved = await analysis.save("prices", []);
  assertEquals(await analysis.list(), [
    {
      name: "stock_universe",
      number: 1,
      path: folder.at("1_stock_universe.json"),
      complete: false,
      savedAt: null,
      sha256: null,
    },
    saved,
  ]);
  assertEquals([saved.name, saved.number, saved.complete], ["prices", 2, true]);
});

test("a schema checks what is loaded, and gives the type", async (folder) => {
  const analysis = stages(folder.path, NAMES);
  await analysis.save("stock_universe", ["PETR4.SA"]);
  const universe = await analysis.load("stock_universe", { schema: v.array(v.string()) });
  const first: string | undefined = universe[0];
  assertEquals(first, "PETR4.SA");
  const cast: string[] = await analysis.load<string[]>("stock_universe");
  assertEquals(cast, ["PETR4.SA"]);
  const schema = v.array(v.number());
  assertEquals(await codeOf(() => analysis.load("stock_universe", { schema })), "file_schema");
});

test("an unknown stage is refused with the nearest name", async (folder) => {
  const analysis = stages(folder.path, NAMES as readonly string[]);
  const works = [
    () => analysis.load("pricse"),
    () => analysis.save("pricse", 1),
    () => analysis.isComplete("pricse"),
    () => Promise.resolve().then(() => analysis.path("pricse")),
  ];
  for (const work of works) {
    const error = await assertRejects<UsageError>(work, UsageError, '"pricse"');
    assertEquals([error.code, error.hint], ["unknown_stage", "Did you mean prices?"]);
  }
  const far = assertThrows(() => analysis.path("zzz"), UsageError);
  assertEquals(far.hint, "Use one of: stock_universe, prices.");
  assertThrows(() => analysis.path("constructor"), UsageError);
  assertEquals(folder.names(), []);
});

Deno.test("names that would not be safe files are refused", () => {
  const bad = [[], [""], ["Prices"], ["a-b"], ["a.b"], ["../a"], ["é"], ["a\n"], ["a", "a"]];
  for (const names of bad) {
    const error = assertThrows(() => stages("x", names), UsageError);
    assertEquals(error.code, "bad_stage_name", JSON.stringify(names));
  }
  // `1_` and `.json.sha256` are 14 of the 241 bytes.
  assertEquals(stages("x", ["n".repeat(227)]).path("n".repeat(227)).length, 2 + 2 + 227 + 5);
  const error = assertThrows(() => stages("x", ["n".repeat(228)]), FileError);
  assertEquals(error.code, "file_name_too_long");
  assertThrows(() => stages("", ["a"]), TypeError);
});

links.test("a link in the place of a stage's file is replaced, and its mode means nothing", async (folder) => {
  const other = folder.put("other.json", "[]");
  Deno.symlinkSync(other, folder.at("1_a.json"));
  const analysis = stages(folder.path, ["a"]);
  await analysis.save("a", [1]);
  assertEquals([folder.text("other.json"), folder.mode("1_a.json")], ["[]", 0o600]);
  assert(Deno.lstatSync(folder.at("1_a.json")).isFile);
});

test("a stage is locked while it is saved, and a complete one is read without the lock", async (folder) => {
  const analysis = stages(folder.path, NAMES, { timeoutSeconds: 0 });
  await analysis.save("prices", [1]);
  const gate = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const holding = withLockedFile(analysis.path("prices"), "write", async () => {
    held.resolve();
    await gate.promise;
  });
  await held.promise;
  await assertRejects(() => analysis.save("prices", [2]), LockTimeoutError);
  await analysis.save("stock_universe", []);
  assertEquals(await analysis.load("prices"), [1]);
  // One that does not fit its checksum may be in the middle of its save: only the lock tells.
  Deno.removeSync(folder.at("2_prices.json.sha256"));
  await assertRejects(() => analysis.isComplete("prices"), LockTimeoutError);
  gate.resolve();
  await holding;
  assertEquals(await analysis.isComplete("prices"), false);
});
